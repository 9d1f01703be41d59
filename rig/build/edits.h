/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: insertions into a source tree at places known by their text. */
#pragma once

#include <glib.h>

/* Applies the list on path list (words: images/xen/variants/stock.edits) to the tree. headers: the folder
 * that "copy" takes from. XR_ERROR_INPUT for a fault of the list, XR_ERROR_BUILD for a pattern or function
 * that the tree has not, or has more than once; the message names the list's line, the file and the pattern.
 * A failure leaves the tree half edited. */
gboolean xr_edits_apply(const char *list, const char *headers, const char *tree, GError **error);

/* Adds the list's text and the bytes of the headers it copies to checksum. */
gboolean xr_edits_hash(const char *list, const char *headers, GChecksum *checksum, GError **error);

/* Lines [*first, *end) of the one definition of function in lines, its name's line and closing brace
 * included: it begins at a line that is not indented or follows its type there, and ends at the first "}" in
 * the first column. FALSE if there is none or several: *count says how many. Pure. */
gboolean xr_edits_find_function(char **lines, const char *function, guint *first, guint *end,
                                guint *count);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: making text of guests safe to show. */
#pragma once

#include <glib.h>

/* Nothing a guest or dom0 prints is trusted: control characters (C0, C1, DEL, bidirectional
 * overrides) and bytes that are not UTF-8 become \xNN or \u{NNNN}, and no more than max_bytes bytes
 * of result are given, a cut marked by "…" (which counts). len -1 for a NUL-terminated text. Free
 * with g_free. */
char *xr_text_escape(const char *text, gssize len, gsize max_bytes);

/* The words of a text, with spaces between them; none is empty. Free with g_strfreev. */
char **xr_text_words(const char *text);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a plan's file, with the lines on which its keys stand. Private to rig/plan. */
#pragma once

#include <glib.h>

/* One "[section]" line (key and value NULL), or one "key=value" line. */
typedef struct {
    guint line; /* from 1 */
    char *section, *key, *value;
} XrPlanEntry;

/* XrPlanEntry* in the file's order; values unescaped, without blanks at their ends. Whether names
 * are known is not looked at. XR_ERROR_INPUT, "PATH:LINE: …", for a file that cannot be read, is not
 * UTF-8, is no key file, or has a key twice. Free with g_ptr_array_unref. */
GPtrArray *xr_plan_file_read(const char *path, GError **error);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the files in tests/plans, found by their names. */
#pragma once

#include <glib.h>

/* The file that text names: a path where it holds a "/" or ends in suffix (".plan"), else the shipped file of that
 * name. what is what it is called ("plan"). XR_ERROR_INPUT naming those that there are. Free with g_free. */
char *xr_shipped_find(const char *text, const char *suffix, const char *what, GError **error);
/* The file's base name without suffix, made fit for the names of records. Free with g_free. */
char *xr_shipped_name(const char *path, const char *suffix);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the folders that records go into. */
#pragma once

#include <glib.h>

/* Makes STATE/KIND/<UTC time>-<name>-<4 hex digits> (0700), or given, if not NULL, which must not exist or be
 * empty. Returns the path, and in id what the record is called: the folder's name, or for a given one its last
 * component (cut, odd characters as "-") and 4 hex digits; at most 46 of [A-Za-z0-9-]. Both are freed with
 * g_free. NULL with XR_ERROR_RECORD. */
char *xr_folder_new(const char *kind, const char *given, const char *name, char **id,
                    GError **error);

/* Sets XR_ERROR_RECORD "PATH: WHAT: what errno says", with a way out where the disk is full. Returns NULL. */
gpointer xr_folder_fail(GError **error, const char *what, const char *path);

/* A record under way is held by whoever writes it (shared), so that nobody removes it meanwhile; the kernel lets go when the
 * process ends in whatever way. -1 where it cannot be had; for xr_folder_let_go, which takes -1, too. */
int xr_folder_hold(const char *dir);
/* The folder for this caller alone; -1 at once where somebody holds it. */
int xr_folder_take(const char *dir);
void xr_folder_let_go(int fd);

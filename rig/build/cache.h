/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: folders that are made once and then only read. */
#pragma once

#include <gio/gio.h>

/* Makes folder dest, which does not exist yet. log: a file to write to, if there is much to say.
 * lock_fd must stay open in processes that are started, so that none of them outlives the lock. */
typedef gboolean (*XrCacheFill)(const char *dest, const char *log, int lock_fd, gpointer user_data,
                                GCancellable *cancellable, GError **error);

/* The folder CACHE/kind/key, made by fill where it is not there yet. Such a folder appears by a
 * rename, whole, and is never changed after. Callers that come at the same time wait for the one
 * that fills (a lock per entry, also between processes); what dead ones left in CACHE/kind is removed
 * first. On failure nothing but the log (CACHE/kind/key.log) is left. The entry is in use, and cannot
 * be removed, until xr_cache_let_go or the end of the process. Free with g_free. */
char *xr_cache_entry(const char *kind, const char *key, XrCacheFill fill, gpointer user_data,
                     GCancellable *cancellable, GError **error);
/* The same for an entry that nothing here can fill; FALSE if it is not there. */
gboolean xr_cache_hold(const char *kind, const char *key);
/* What this process used so far it uses no more. */
void xr_cache_let_go(void);

/* TRUE, and the path, if the entry is there; never fills. Free *path with g_free. */
gboolean xr_cache_lookup(const char *kind, const char *key, char **path);

/* CACHE/kind. Free with g_free. */
char *xr_cache_folder(const char *kind);
/* Names of the folders of entries in the cache (char *, sorted), and keys of those in one; also of those that
 * failed and left a log. Empty where there are none. Free with g_ptr_array_unref. */
GPtrArray *xr_cache_kinds(void);
GPtrArray *xr_cache_keys(const char *kind);
/* When it was used last, in seconds since 1970, and whether somebody makes or uses it now. */
gint64 xr_cache_last_use(const char *kind, const char *key, gboolean *in_use);
/* Removes an entry with its log; it goes by a rename, whole. XR_ERROR_INPUT if it is in use. */
gboolean xr_cache_drop(const char *kind, const char *key, GError **error);
/* Removes what killed rigs have left half made, in all kinds. */
void xr_cache_sweep(void);
/* Bytes that path takes on disk, with all in it. */
guint64 xr_cache_size(const char *path);

/* Removes a file, or a folder with all in it; links are not followed. Errors are passed over: what
 * is left is met again later. */
void xr_cache_remove(const char *path);

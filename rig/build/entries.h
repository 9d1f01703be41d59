/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the builds that are in the cache. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

typedef struct {
    char *
        kind; /* "hypervisors", "toolstacks" (built from source) or "builds" (dom0, packages' Xen) */
    char *key;
    char *path;
    char *name; /* as it was asked for */
    char *version;
    char *id;
    guint64 bytes; /* on disk */
    gint64 age_s;
    JsonObject *description; /* all that build.json says */
} XrEntry;
void xr_entry_free(XrEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrEntry, xr_entry_free)

/* All of them (XrEntry), by name, the newest of a name first. now_s: seconds since 1970, for ages. An entry
 * that cannot be read is listed without a description. Free with g_ptr_array_unref. */
GPtrArray *xr_entries_list(gint64 now_s);

/* TRUE if text is the entry's name, key or id. */
gboolean xr_entry_is(const XrEntry *entry, const char *text);

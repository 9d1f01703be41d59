/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what is in the cache. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

typedef struct {
    char *
        kind; /* "hypervisors", "toolstacks" (built from source), "builds" (dom0, and packages' Xen),
                   "trees" (packages), "sources", and what else has a folder in the cache */
    char *key;
    char *path;
    char *name; /* as it was asked for; the key where it has no build.json */
    char *version;
    char *id;
    gboolean is_build;       /* it is whole and has a build.json */
    guint64 bytes;           /* on disk, with its log */
    gint64 age_s, unused_s;  /* since it was made, and used last */
    gboolean in_use;         /* by a running rig */
    JsonObject *description; /* all that build.json says; NULL without */
} XrEntry;
void xr_entry_free(XrEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrEntry, xr_entry_free)

/* All of them (XrEntry), by kind and name, the newest of a name first; also what failed and left a log. now_s:
 * seconds since 1970, for ages. An entry that cannot be read is listed without a description. Free with
 * g_ptr_array_unref. */
GPtrArray *xr_entries_list(gint64 now_s);

/* TRUE if text is the entry's name, key or id. */
gboolean xr_entry_is(const XrEntry *entry, const char *text);
/* TRUE if user was made of used: its build.json names it. */
gboolean xr_entry_uses(const XrEntry *user, const XrEntry *used);

/* Names of other builds, each once, whose hypervisor is the same code (identity.h) as identity; without those
 * that are called name. Reads descriptions alone. Free with g_ptr_array_unref. */
GPtrArray *xr_entries_identical(const char *identity, const char *name);

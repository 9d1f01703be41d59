/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: where a source tree comes from, and how it is told from others. */
#pragma once

#include "build/build.h"
#include "build/source.h"

/* A source tree that can be exported. */
typedef struct {
    XrSourceKind kind;
    char *folder;      /* the tree, or the checkout */
    char *revision;    /* git: the commit's full id; else NULL */
    char *content;     /* tells what the hypervisor is made of from any other: a hash over it */
    char *entry;       /* debsrc: the cache's entry, "sources/KEY"; else NULL */
    char *version;     /* Debian's; NULL where only the tree itself tells */
    JsonArray *inputs; /* files that came, or one object with the commit */
} XrOrigin;

/* Finds it; for debsrc: fetches the source package where it is not in the cache. progress is told before.
 * XR_ERROR_INPUT, XR_ERROR_FETCH, XR_ERROR_HOST, XR_ERROR_STOPPED. */
XrOrigin *xr_origin_find(const XrSource *source, XrBuildProgress progress, gpointer user_data,
                         GCancellable *cancellable, GError **error);
void xr_origin_free(XrOrigin *origin);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrOrigin, xr_origin_free)

/* Debian's version, or own (Xen's, "4.17.5") with what tells the tree from others. Free with g_free. */
char *xr_origin_describe_version(const XrOrigin *origin, const char *own);

/* SHA-256, in hex, over names and contents of what a hypervisor is made from in a source tree; what a build
 * left there does not count. XR_ERROR_INPUT if it is none. Free with g_free. */
char *xr_origin_hash_tree(const char *folder, GError **error);

/* Adds name, size and contents of the file name, relative to root, to checksum; of a link, where it points. Errors of
 * reading it. */
gboolean xr_origin_hash_file(const char *root, const char *name, GChecksum *checksum,
                             GError **error);

/* The contents of the file path of the source; NULL if it has none. Free with g_free. */
char *xr_origin_read(const XrOrigin *origin, const char *path);

/* Adds names and contents of all files of the source below parts to checksum, but those below left_out (paths; both
 * end with NULL). A part that is not there adds nothing. Errors of reading. */
gboolean xr_origin_hash_parts(const XrOrigin *origin, const char *const *parts,
                              const char *const *left_out, GChecksum *checksum, GError **error);

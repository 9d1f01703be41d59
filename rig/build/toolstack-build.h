/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: toolstacks built here from a hypervisor's source. */
#pragma once

#include "build/build.h"
#include "build/source.h"
#include "build/toolstack.h"

/* A toolstack in the cache. */
typedef struct {
    char *folder;  /* the entry: a tree as of Debian's packages, manifest.json, build.json */
    char *key;     /* of the entry */
    char *version; /* of the source that it was built from: "4.17.5-g0123456789ab" */
    char *
        name; /* of that source: may be another than that of the hypervisor, if they compile the same */
    char *identity; /* the same for the same programs and libraries, byte by byte */
} XrToolstack;

/* Builds the toolstack of what source names, or takes one from the cache that was built of the same files, headers and
 * packages, then in well under a second. interfaces: the source's, headers included. Errors as of
 * xr_hypervisor_prepare. */
XrToolstack *xr_toolstack_prepare(const XrSource *source, const XrInterfaces *interfaces,
                                  XrBuildProgress progress, gpointer user_data,
                                  GCancellable *cancellable, GError **error);
void xr_toolstack_free(XrToolstack *toolstack);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrToolstack, xr_toolstack_free)

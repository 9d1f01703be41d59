/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: hypervisors built here from source. */
#pragma once

#include "build/build.h"
#include "build/source.h"
#include "build/toolstack.h"

/* A hypervisor in the cache. */
typedef struct {
    char *folder;     /* the entry: xen, xen-syms, config, build.json, coverage/ */
    char *xen;        /* ELF32 for QEMU's multiboot loader */
    char *name;       /* as it was asked for when it was built; another name may come to the same */
    char *version;    /* of the source: Debian's version, or Xen's with the commit */
    char *id;         /* 16 hex digits over source, variant, configuration, compiler and flags */
    char *sha256;     /* of xen */
    char *identity;   /* the same for the same code: identity.h */
    JsonObject *pins; /* pins.h */
    char *coverage; /* folder of sources and notes of the lines it counts; NULL if it counts none */
    JsonArray *inputs;       /* objects of what it was made from, as in XrBuild */
    XrInterfaces interfaces; /* zeros for file: */
} XrHypervisor;

/* Builds what source names, or takes it from the cache: then it is there in well under a second. Two at a
 * time are safe, an interrupted one leaves nothing but a log. Not for XR_FROM_PACKAGES. Errors:
 * XR_ERROR_HOST names the tools that are missing, XR_ERROR_INPUT a folder or commit that is not there,
 * XR_ERROR_FETCH, XR_ERROR_STOPPED, and XR_ERROR_BUILD, with the compiler's first errors and the log's path, where
 * the source is why: no compiler error is anything else unless the log tells of a full disk or of no memory
 * (XR_ERROR_HOST). */
XrHypervisor *xr_hypervisor_prepare(const XrSource *source, XrBuildProgress progress,
                                    gpointer user_data, GCancellable *cancellable, GError **error);
void xr_hypervisor_free(XrHypervisor *hypervisor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrHypervisor, xr_hypervisor_free)

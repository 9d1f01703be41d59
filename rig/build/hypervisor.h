/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: hypervisors built here from source. */
#pragma once

#include "build/build.h"
#include "build/source.h"
#include "build/toolstack.h"

/* A hypervisor in the cache. */
typedef struct {
    char *folder;   /* the entry: xen, xen-syms, config, build.json, coverage/ */
    char *xen;      /* ELF32 for QEMU's multiboot loader */
    char *version;  /* of the source: Debian's version, or Xen's with the commit */
    char *id;       /* 16 hex digits over source, variant, configuration, compiler and flags */
    char *sha256;   /* of xen */
    char *coverage; /* folder of sources and notes of the lines it counts; NULL if it counts none */
    JsonArray *inputs;       /* objects of what it was made from, as in XrBuild */
    XrInterfaces interfaces; /* zeros for file: */
} XrHypervisor;

/* Builds what source names, or takes it from the cache: then it is there in well under a second. Two at a
 * time are safe, an interrupted one leaves nothing but a log. Not for XR_FROM_PACKAGES. Errors:
 * XR_ERROR_HOST names the tools that are missing, XR_ERROR_INPUT a folder or commit that is not there,
 * XR_ERROR_FETCH, XR_ERROR_BUILD with the compiler's last error lines and the log's path,
 * XR_ERROR_STOPPED. */
XrHypervisor *xr_hypervisor_prepare(const XrSource *source, XrBuildProgress progress,
                                    gpointer user_data, GCancellable *cancellable, GError **error);
void xr_hypervisor_free(XrHypervisor *hypervisor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrHypervisor, xr_hypervisor_free)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the kernel of dom0 or of the Linux domUs. */
#pragma once

#include "build/build.h"
#include "build/kernel-name.h"
#include "build/modules.h"

typedef struct {
    char *name;    /* as it was named */
    char *release; /* "6.12.118+deb13-amd64" */
    char *image;   /* its bzImage */
    char *sha256;  /* of that */
    char *set;     /* package set, and its tree in the cache; NULL where it is of no package */
    char *tree;
    XrModules *modules;
} XrKernel;

/* Finds the kernel of that name; a package is fetched where it is not in the cache, after fetching was called. Errors:
 * XR_ERROR_INPUT for a name that is none, a file that is not there, modules that are not the kernel's; XR_ERROR_FETCH;
 * XR_ERROR_STOPPED. */
XrKernel *xr_kernel_find(const char *name, void (*fetching)(gpointer user_data), gpointer user_data,
                         GCancellable *cancellable, GError **error);
void xr_kernel_free(XrKernel *kernel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrKernel, xr_kernel_free)

/* All that an image made of it depends on goes to checksum; list: the image's, which names modules. */
gboolean xr_kernel_hash(const XrKernel *kernel, const char *list, GChecksum *checksum,
                        GError **error);

/* Its vmlinux, and how Xen can start that. XR_ERROR_BUILD where it cannot at all. Free with g_bytes_unref. */
GBytes *xr_kernel_unpack(const XrKernel *kernel, XrBuildKernel *facts, GError **error);

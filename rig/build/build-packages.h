/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: dom0, with what is from packages and what is not. */
#pragma once

#include "build/build.h"
#include "build/kernel-name.h"
#include "build/toolstack-build.h"

/* xr_build_prepare for "debian:RELEASE", with these kernels. */
XrBuild *xr_build_prepare_packages(const char *name, const XrKernelWords *kernels,
                                   XrBuildProgress progress, gpointer user_data,
                                   GCancellable *cancellable, GError **error);

/* Whether there is one of that name. XR_ERROR_INPUT lists those known. */
gboolean xr_build_check_packages(const char *name, GError **error);

/* The same around a toolstack from source; the hypervisor is left to the caller: xen names no file, xen_version says
 * nothing. */
XrBuild *xr_build_prepare_toolstack(const XrToolstack *toolstack, const XrKernelWords *kernels,
                                    XrBuildProgress progress, gpointer user_data,
                                    GCancellable *cancellable, GError **error);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a build while it is made. */
#pragma once

#include "build/kernel.h"

/* How plans and descriptions of builds call the users of their kernels, by XrBuildUser. */
extern const char *const xr_build_users[XR_BUILD_USERS];

typedef struct {
    const char *name;
    const char *set;
    gboolean has_xen; /* whether the set has a hypervisor of its own */
    char *tree;
    XrKernel *kernels[XR_BUILD_USERS];
    char *lists[XR_BUILD_USERS]; /* of their images */
    XrBuildProgress progress;
    gpointer user_data;
} XrBuildJob;

/* A file of that name in folder. */
gboolean xr_build_put(const char *folder, const char *name, GBytes *data, GError **error);
/* Writes build.json beside what was made in dest; facts: of the kernels. */
gboolean xr_build_describe(const XrBuildJob *job, const char *dest,
                           const XrBuildKernel facts[XR_BUILD_USERS], GError **error);

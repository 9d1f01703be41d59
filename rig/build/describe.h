/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a build's description says of its hypervisor, and how two compare. */
#pragma once

#include "build/build.h"

/* Adds identity (identity.h) and pins (pins.h) of folder's xen to object, the pins as folder's config and object's
 * flags, compiler and linker tell; a compiler that is not told is read in xen. XR_ERROR_FETCH if xen is none. */
gboolean xr_describe_xen(JsonObject *object, const char *folder, GError **error);

/* TRUE if the hypervisors of both are the same code and their kernels the same files: a comparison of the two would measure
 * the same thing twice. What is around them, toolstack and the rest of dom0, may differ. Pure. */
gboolean xr_builds_are_identical(const XrBuild *a, const XrBuild *b);
/* Where their pins differ, as "debug: y / n" (char *), and which kernels do. Pure. Free with g_ptr_array_unref. */
GPtrArray *xr_builds_list_differences(const XrBuild *a, const XrBuild *b);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the cache holds of a build, read. */
#pragma once

#include "build/build.h"

/* The build in the folder entry; toolstack and the kernels' names are left to the caller. XR_ERROR_FETCH where it is damaged. */
XrBuild *xr_build_load(const char *entry, GError **error);

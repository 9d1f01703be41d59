/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: programs of the host that a build needs. */
#pragma once

#include "build/source.h"

/* XR_ERROR_HOST names all packages that are missing for building source, and how to get them. */
gboolean xr_tools_check(const XrSource *source, GError **error);

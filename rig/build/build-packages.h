/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: builds whose hypervisor is a Debian release's own. */
#pragma once

#include "build/build.h"

/* xr_build_prepare for "debian:RELEASE". */
XrBuild *xr_build_prepare_packages(const char *name, XrBuildProgress progress, gpointer user_data,
                                   GCancellable *cancellable, GError **error);

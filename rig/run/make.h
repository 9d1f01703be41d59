/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a build made ready while the main loop goes on, so that signals are heard. */
#pragma once

#include "build/build.h"

/* xr_build_prepare in a thread; note is called from it. Runs the default main context until it is done. */
XrBuild *xr_make_build(const char *name, XrBuildProgress note, gpointer user_data,
                       GCancellable *cancellable, GError **error);

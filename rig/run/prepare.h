/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a build made ready while the main loop goes on. */
#pragma once

#include "run/session.h"

/* The plan's build with the plan's kernels, which must be fit for its modes (XR_ERROR_BUILD): xr_build_prepare in a thread of its own, so that signals are heard and progress moves meanwhile: a
 * signal cancels it (XR_ERROR_STOPPED). Its sentences become notes and log events. */
XrBuild *xr_prepare_build(XrSession *s, GError **error);

/* Whether Linux can run in the modes that the plan asks for with that Xen on that accelerator. XR_ERROR_HOST. Pure. */
gboolean xr_prepare_check_pvh(const XrPlan *plan, const XrBuild *build, XrAccel accel,
                              GError **error);

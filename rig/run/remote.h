/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a run on another host. */
#pragma once

#include "boot/remote.h"
#include "run/session.h"

/* Whether the plan can run there at all: XR_ERROR_INPUT if not. */
gboolean xr_run_remote_check(const XrPlan *plan, const char *uri, GError **error);

/* Connects, and uploads what build boots, in a thread of its own, so that signals are heard and progress moves meanwhile: a signal
 * ends it (XR_ERROR_STOPPED), also while that host does not answer. Tells of it. Errors of xr_remote_open, xr_remote_prepare
 * and xr_remote_upload. */
XrRemote *xr_run_remote_open(XrSession *s, const char *uri, const char *qemu, const XrBuild *build,
                             GError **error);

/* Removes what was uploaded; that it could not be is told. */
void xr_run_remote_close(XrSession *s, XrRemote *remote);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which lines of the hypervisor ran in the windows, where its build counts them. */
#pragma once

#include "run/session.h"

/* Before the first window: Xen begins to count anew. */
gboolean xr_coverage_begin(XrSession *s, GError **error);

/* After the last window: an event "coverage" for the report, and coverage.info in the record. XR_ERROR_AGENT,
 * XR_ERROR_HOST, XR_ERROR_RECORD, XR_ERROR_STOPPED. */
gboolean xr_coverage_end(XrSession *s, GError **error);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which figures a run can have, known before it is run. Pure. */
#pragma once

#include "plan/plan.h"

/* Whether a run of the plan can have a figure of that name, or name is a class of findings ("verdict:crash"). What is
 * behind a name's first point (a domain, a lock, a file) is not looked at: that, and whether the build gives the figure, is
 * known only of a run. XR_ERROR_INPUT, with the names that there are. */
gboolean xr_metric_check(const XrPlan *plan, const char *name, GError **error);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command lines a plan comes to. Pure. */
#pragma once

#include "plan/plan.h"

/* Each is one line of words; the plan's own additions come last, so that they win. Free with g_free. */
char *xr_cmdline_xen(const XrPlan *plan, XrAccel accel);
char *xr_cmdline_dom0(const XrPlan *plan);
/* What domU number i is told beside what the agent adds (console, root). */
char *xr_cmdline_guest(const XrPlan *plan, guint i);

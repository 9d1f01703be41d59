/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a run's pictures as scripts for gnuplot (plot.h), each of that many pixels' width. */
#pragma once

#include "tell/tell.h"
#include "tell/timeline.h"

/* NULL where there is nothing to draw. Times on their axes are the rig's, rates dom0's clock. Free with g_free. */

/* Stages, what befell domUs, faults and findings, in lanes over time. */
char *xr_run_plot_events(const XrReport *report, const XrTimeline *timeline, guint width);
/* The sum of all VBDs over time; windows shaded, with the figure measured in each. */
char *xr_run_plot_sum(const XrReport *report, const XrTimeline *timeline, guint width);
/* Each VBD over time: a strip each, its colour telling the rate. */
char *xr_run_plot_vbds(const XrReport *report, const XrTimeline *timeline, guint width);
/* Requests by the time until their reply. */
char *xr_run_plot_latency(const XrReport *report, const XrTimeline *timeline, guint width);

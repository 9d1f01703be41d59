/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the parts of judging; for judge/ only. */
#pragma once

#include "judge/judge.h"
#include "watch/observation-priv.h"

/* One judging under way. Borrows all but nothing. */
typedef struct {
    const XrObservation *obs;
    const XrPlan *plan;
    const XrPriv *priv;
    XrVerdict *verdict;
} XrCase;

/* --- metrics.c: figures; what cannot be known makes none --- */

void xr_metrics_add(XrCase *c);
/* Appends a metric of those samples, which it takes; none if there are none. */
void xr_metric_take(XrVerdict *verdict, const char *name, const char *unit, GArray *samples);
double xr_median(const GArray *samples);

/* --- progress.c: how evenly VBDs went forward --- */

/* Fairness, the longest stall and their findings. */
void xr_progress_judge(XrCase *c);

/* --- limits.c: findings against the plan's limits, and of what is missing --- */

void xr_limits_judge(XrCase *c);

/* --- reason.c --- */

/* One sentence, safe to show. Findings are sorted. Free with g_free. */
char *xr_reason(const XrCase *c);

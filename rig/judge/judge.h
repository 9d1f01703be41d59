/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: from an observation and a plan's limits to a verdict. */
#pragma once

#include "watch/observation.h"

/* A figure with its samples. unit e.g. "B/s", "ratio", "ns", "count"; low and high are the smallest
 * and largest sample; value the median over windows, or the single figure. */
typedef struct {
    char *name; /* "throughput", "throughput.w03/vbd0", "fairness", "longest_stall", "boot_time",
                   "create_time", "latency_p99", "guest_share", … */
    char *unit;
    double value, low, high;
    GArray *samples; /* double */
} XrMetric;

typedef struct {
    XrVerdictKind kind;
    char *reason;        /* one sentence: why this verdict */
    GPtrArray *findings; /* XrFinding*, worst first; the observation's and the limits' */
    GPtrArray *metrics;  /* XrMetric* */
} XrVerdict;

/* Pure: the same observation and plan give the same verdict. A run that lacks what it should have
 * measured is never a pass: missing windows, domains or counters are findings of kind "incomplete".
 */
XrVerdict *xr_judge(const XrObservation *obs, const XrPlan *plan);
void xr_verdict_free(XrVerdict *verdict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrVerdict, xr_verdict_free)

/* "pass", "skip", "unsure", "fail", "error"; static. */
const char *xr_verdict_name(XrVerdictKind kind);
/* 0, 77, 2, 1, 99 */
int xr_verdict_exit_code(XrVerdictKind kind);
/* NULL if there is none of that name. */
const XrMetric *xr_verdict_metric(const XrVerdict *verdict, const char *name);

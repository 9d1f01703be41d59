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

/* --- figures.c --- */

/* Latencies, gaps, grant operations and the hypervisor's lines that ran, as far as they are known. */
void xr_figures_add(XrCase *c);
/* The time, ns, within which that share of all requests was answered; buckets[i] holds those of 2^i to
 * 2^(i + 1) - 1 ns. NaN where there is none. */
double xr_latency_quantile(const double *buckets, guint n, double share);
/* The time that no request exceeded, ns; NaN where there is none. */
double xr_latency_bound(const double *buckets, guint n);

/* --- lockstep.c --- */

/* Throughput by ticks and fairness, where windows were measured in lockstep. */
void xr_lockstep_add(XrCase *c);
/* --- locks.c --- */

/* The metrics lock_… and the verdict's table, where there is a lock profile. */
void xr_locks_add(XrCase *c);

/* --- counts.c --- */

/* Things for each MiB moved. */
#define XR_UNIT_PER_MIB "/MiB"
/* The metrics instructions…, pause.xen, hypercalls.… and grant_…, where instructions were counted. */
void xr_counts_add(XrCase *c);

/* --- functions.c --- */

/* The verdict's table of functions, and findings where it does not add up, or has no names. */
void xr_functions_judge(XrCase *c);

/* --- bounds.c --- */

/* Findings of figures against limits.metric.NAME. Metrics are there already. */
void xr_bounds_judge(XrCase *c);

/* --- host.c: whether the host held the machine up --- */

/* The metric host_wait. */
void xr_host_add(XrCase *c);
/* A finding of how VBDs fared: a failure, or unsure where the host held the machine up, which its meaning then
 * says. Metrics are there already. */
void xr_host_finding(XrCase *c, const char *kind, const char *where, gint64 when_ns,
                     const char *meaning);

/* --- progress.c: how evenly VBDs went forward --- */

/* Fairness, the longest stall and their findings. */
void xr_progress_judge(XrCase *c);

/* Kind of the finding that something was not measured. */
#define XR_KIND_INCOMPLETE "incomplete"
/* --- limits.c: findings against the plan's limits, and of what is missing, which also goes to incomplete --- */

void xr_limits_judge(XrCase *c);

/* --- reason.c --- */

/* One sentence, safe to show. Findings are sorted. Free with g_free. */
char *xr_reason(const XrCase *c);
/* A line of a console without the hypervisor's or the kernel's stamp; within line. */
const char *xr_reason_unstamped(const char *line);
/* Where, when and what, a clause, safe to show. Free with g_free. */
char *xr_reason_of_finding(const XrCase *c, const XrFinding *finding);

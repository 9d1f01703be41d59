/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: from an observation and a plan's limits to a verdict. */
#pragma once

#include "watch/functions.h"
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

/* A lock as Xen's lock profile counted it; medians over the windows, NaN where not known. */
typedef struct {
    char *lock;       /* Xen's name of it, e.g. "grant_read", "maptrack_lock" */
    char *domain;     /* whose: "dom0"; "domUs", all of them in sum; "xen" for locks of no domain */
    double acquired;  /* a second */
    double per_pair;  /* for each grant of that domain's, or by it, that was mapped and unmapped */
    double contended; /* share of those acquired that had to wait */
    double hold;      /* time it was held, by all CPUs in sum, over the time that passed */
    double wait;      /* time it was waited for, the same */
} XrLockRow;

typedef struct {
    XrVerdictKind kind;
    char *reason;        /* one sentence: why this verdict */
    GPtrArray *findings; /* XrFinding*, worst first; the observation's and the limits' */
    /* char *, clauses: why the run is not complete, that is the rig, the host or the plan was at fault, or something that
     * the plan asks for was not measured. Empty: it is complete, as where the verdict is pass or unsure; never empty where
     * that is error or skip. Safe to show. */
    GPtrArray *incomplete;
    GPtrArray *metrics; /* XrMetric* */
    GPtrArray
        *locks; /* XrLockRow*, NULL without a lock profile: grant, event channel, domain, others */
    XrFunctions *functions; /* NULL: instructions were not told by function */
    gint64 counted_bytes;   /* that were moved while they ran */
} XrVerdict;

/* Pure: the same observation and plan give the same verdict. A run that lacks what it should have
 * measured is never a pass: missing windows, domains or counters are findings of kind "incomplete".
 * A finding of weight fail decides, whatever else was found. */
XrVerdict *xr_judge(const XrObservation *obs, const XrPlan *plan);
void xr_verdict_free(XrVerdict *verdict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrVerdict, xr_verdict_free)

/* "pass", "skip", "unsure", "fail", "error"; static. */
const char *xr_verdict_name(XrVerdictKind kind);
/* 0, 77, 2, 1, 99 */
int xr_verdict_exit_code(XrVerdictKind kind);
/* Whether nothing is in incomplete. */
gboolean xr_verdict_is_complete(const XrVerdict *verdict);
/* NULL if there is none of that name. */
const XrMetric *xr_verdict_metric(const XrVerdict *verdict, const char *name);

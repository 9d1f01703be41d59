/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: telling what a night came to. */
#pragma once

#include "judge/nightly.h"
#include "plan/night.h"
#include "tell/history.h"
#include <json-glib/json-glib.h>
#include <stdio.h>

/* Reasons, verdicts and excerpts may hold guest text: whoever shows them escapes them. */
typedef struct {
    char *id, *dir;         /* of the run's record */
    char *verdict, *reason; /* as `xenrig run` gave them */
    gboolean complete;      /* as well … */
    char *incomplete;       /* … and why not; "" where it is */
    char *excerpt;          /* what consoles said around the findings, lines; NULL: none */
    double seconds;         /* that it took; NaN: not known */
    double host_wait;       /* NaN: not known */
    gboolean starved; /* host_wait is above the plan's limits.host_wait: no part of any statistic */
} XrNightRun;

typedef struct {
    char *metric, *unit;
    GArray *base, *values; /* double: tonight's, as judged */
    XrNightInput input;    /* borrows the above */
    XrNightResult result;
    XrHistorySeries
        *series;     /* of the build, tonight's runs with it, starved ones without; NULL: none */
    GArray *changes; /* XrChangePoint of the series */
} XrNightMetric;

/* A build under a plan. */
typedef struct {
    char *plan, *build;
    gboolean is_baseline; /* judged by its runs alone */
    gboolean again;       /* it is the baseline's own name: A/A */
    XrNightKind kind;
    char *reason;       /* a sentence without a full stop */
    guint told, wanted; /* runs that told something, and how many were asked for */
    guint starved;      /* of told */
    double seconds;     /* of all its runs */
    GPtrArray *runs;    /* XrNightRun, in the order in which they were run */
    GPtrArray *metrics; /* XrNightMetric */
} XrNightCell;

typedef enum {
    XR_NIGHT_END_WHOLE,
    XR_NIGHT_END_BUDGET,
    XR_NIGHT_END_INTERRUPTED,
    XR_NIGHT_END_STORED, /* judged from its record */
} XrNightEnd;

typedef struct {
    const XrNight *night; /* borrowed */
    XrNightKind kind;     /* the worst of the cells' */
    XrNightEnd end;
    char *id, *dir, *started, *host; /* host: its id */
    guint32 seed;
    GPtrArray *cells; /* XrNightCell: plan by plan, the baseline first in each */
    GPtrArray *notes; /* char *: sentences on what could not be had */
} XrNightReport;
void xr_night_report_free(XrNightReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrNightReport, xr_night_report_free)
void xr_night_run_free(XrNightRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrNightRun, xr_night_run_free)
void xr_night_metric_free(XrNightMetric *metric);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrNightMetric, xr_night_metric_free)
void xr_night_cell_free(XrNightCell *cell);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrNightCell, xr_night_cell_free)

/* For people: the verdict, each build with its metrics and their fences, change points, what went wrong. color: ANSI. */
void xr_tell_night_text(const XrNightReport *report, FILE *out, gboolean color);
/* TAP version 13: a test a build and plan. Unsure is "ok … # SKIP": nothing was learnt. Free with g_free. */
char *xr_tell_night_tap(const XrNightReport *report);
/* JUnit's XML, as GitLab and Jenkins read it: a testsuite a plan, a testcase a build. Free with g_free. */
char *xr_tell_night_junit(const XrNightReport *report);
/* One object; schema in tell/nightly.schema.json. New object. */
JsonObject *xr_tell_night_json(const XrNightReport *report);

/* --- words that several of them use --- */

/* "debian:trixie", "debian:bookworm (baseline)", "debian:bookworm (A/A)". Free with g_free. */
char *xr_tell_night_build(const XrNightCell *cell);
/* "The run is incomplete: …", safe to show, of a run that failed; NULL where it is complete, or its verdict says so. Free with
 * g_free. */
char *xr_tell_night_incomplete(const XrNightRun *run);
/* "12.3 % lower (p 0.0016; 95 %: 8.1 to 15 % lower)": beside the baseline. Free with g_free. */
char *xr_tell_night_factor(const XrNightMetric *metric);
/* "usual ±12 %, of 31 runs since 2026-11-20", "no fence yet: 7 of 12 runs". Free with g_free. */
char *xr_tell_night_fence(const XrNightMetric *metric);
/* Why the metric's verdict is what it is, a sentence without a full stop. Free with g_free. */
char *xr_tell_night_why(const XrNightMetric *metric);
/* "throughput changed at run … (2026-11-20 02:10): 470 MB/s before, 410 MB/s after, p 0.001". Free with g_free. */
char *xr_tell_night_change(const XrNightMetric *metric, guint index);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: comparisons from beginning to end: new ones, ones gone on with, and stored runs. */
#pragma once

#include "run/compare.h"
#include "tell/compare.h"

typedef struct {
    XrPlan *plan;
    XrCompareRules rules;
    XrComparison *comparison;
    XrCompareEnd end;
    char **builds;
    GPtrArray *samples; /* GArray of double, a build each */
    GPtrArray *runs;    /* XrRunFigure */
    GPtrArray *
        functions; /* XrFunctionsDiff of each build but the first, or NULL; NULL: the metric is none of instructions */
    char *unit;
    gint64 seed; /* -1: none */
    char *dir;   /* the record's, or NULL */
} XrCompareResult;
void xr_compare_result_free(XrCompareResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrCompareResult, xr_compare_result_free)

/* Fills in functions from the records of the runs, where they have tables. */
void xr_compare_read_functions(XrCompareResult *result);
/* What there is to tell of it; borrows result. */
XrCompareReport xr_compare_report(const XrCompareResult *result);

/* plan_name NULL: "default". All builds are made ready before the first run; seed -1: a random one. dir NULL: a
 * new record in the state folder. Errors of the plan, builds, record and metric; what runs suffered is in
 * the result. */
XrCompareResult *xr_compare_new(const char *plan_name, const char *const *overrides,
                                const char *const *builds, gint64 seed, const char *dir,
                                const XrCompareOptions *options, GError **error);
/* overrides may change compare.budget and compare.repeats: anything else would make it another comparison. */
XrCompareResult *xr_compare_resume(const char *dir, const char *const *overrides,
                                   const XrCompareOptions *options, GError **error);
/* Judges what the record holds, by its plan with the overrides; another metric is read from the runs' own
 * records. Writes nothing. */
XrCompareResult *xr_compare_replay(const char *dir, const char *const *overrides, GError **error);
/* from against against, each as xr_run_figures_load takes them; one look. Runs of different setups, or of
 * more than one build on a side, are XR_ERROR_INPUT. Runs without a figure are no samples. */
XrCompareResult *xr_compare_stored(const char *plan_name, const char *const *overrides,
                                   const char *const *from, const char *const *against,
                                   GError **error);

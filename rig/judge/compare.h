/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: whether builds differ, judged from one figure a run. Pure. */
#pragma once

#include "judge/ranks.h"
#include "judge/sequential.h"
#include "plan/plan.h"

typedef enum { XR_LIKE_SAME, XR_LIKE_DIFFERENT, XR_LIKE_UNSURE } XrLikeness;

typedef struct {
    double smallest_effect; /* 0.05: factors from 1 / 1.05 to 1.05 do not matter */
    double false_different; /* how often builds that do not differ may be called different */
    double false_same; /* how often those that differ by smallest_effect may be called the same */
    guint runs_min, runs_max;
} XrCompareRules;
/* Those of the plan's section [compare]. */
XrCompareRules xr_compare_rules(const XrPlan *plan);

/* One build against the first. */
typedef struct {
    XrLikeness kind;
    gboolean
        certain; /* the interval at 1 - false_different leaves 1 out, though kind may be the same */
    guint runs;  /* of each of the two, at the look that is told here */
    guint runs_against; /* of the first build; as runs but for samples of unequal size */
    double p;           /* of the rank test at that look alone */
    XrEffect effect;    /* with the interval at 95 %, over all looks */
    XrEffect bounds;    /* … at 1 - 2 false_same, which decides on the same */
    XrEffect surely;    /* … at 1 - false_different, which decides on different */
} XrPair;

typedef struct {
    GArray *pairs;   /* XrPair of builds 1, 2, …: one less than builds */
    guint undecided; /* of them */
} XrComparison;
void xr_comparison_free(XrComparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrComparison, xr_comparison_free)

/* Walks through all looks that the samples allow: samples[i] is a GArray of double, the figures of build i
 * in the order of their rounds. A pair that a look has decided stays so, and needs no further runs. Figures
 * are above zero. looks is of rules' runs_min and runs_max. */
XrComparison *xr_compare(const XrCompareRules *rules, XrSequential *looks, GArray *const *samples,
                         guint builds);
/* One look at samples that are all there, of any sizes from 1 to 200. */
XrComparison *xr_compare_once(const XrCompareRules *rules, GArray *const *samples, guint builds);

/* Why no more was run. */
typedef enum {
    XR_END_DECIDED,
    XR_END_RUNS,        /* compare.runs_max */
    XR_END_BUDGET,      /* compare.budget */
    XR_END_REPEATS,     /* compare.repeats */
    XR_END_INTERRUPTED, /* by a signal */
    XR_END_STORED,      /* stored runs were judged */
    XR_END_ENOUGH,      /* who asked for it knows enough */
    XR_END_FAILED,      /* a build failed again and again before anything was measured */
} XrCompareEnd;

/* different if any pair is, else unsure if any is, else the same. */
XrLikeness xr_comparison_kind(const XrComparison *comparison);
/* "same", "different", "unsure"; static. */
const char *xr_likeness_name(XrLikeness kind);
/* 0 same, 1 different, 2 unsure. */
int xr_likeness_exit_code(XrLikeness kind);

/* The fewest runs of each build with which all of builds can be told from the first, by these error rates and
 * at the last look. */
guint xr_compare_runs_needed(const XrCompareRules *rules, guint builds);

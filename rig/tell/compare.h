/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: telling what a comparison or a calibration came to. */
#pragma once

#include "judge/calibrate.h"
#include "judge/compare.h"
#include "judge/functions-diff.h"
#include "keep/run-figure.h"
#include <stdio.h>

/* All is borrowed. */
typedef struct {
    const XrCompareRules *rules;
    const XrComparison *comparison;
    XrCompareEnd end;
    const char *const *builds; /* NULL-terminated, the first is what the others are compared with */
    GArray *const *samples;    /* double, of each build */
    const GPtrArray *runs;     /* XrRunFigure of all runs, those that were no samples, too */
    const char *plan;          /* name */
    const char *metric, *unit;
    gint64 seed;            /* of the order of runs; -1: they were not run as one comparison */
    const char *record_dir; /* of the comparison, or NULL */
    const GPtrArray *
        functions; /* XrFunctionsDiff of each build but the first, NULL where there is none; or NULL */
} XrCompareReport;

/* For people: a sentence for each build, then samples and how they were got. color: ANSI. */
void xr_tell_compare_text(const XrCompareReport *report, FILE *out, gboolean color);
/* One object; schema in tell/compare.schema.json. New object. */
JsonObject *xr_tell_compare_json(const XrCompareReport *report);

/* The functions of that build that differ from the first one's; NULL where that is not known. It belongs to the report. */
const XrFunctionsDiff *xr_tell_pair_functions(const XrCompareReport *report, guint build);

/* Builds, rules, order of the runs and what befell them; and all figures, a build each, in the order of rounds. Array of
 * XrFact (facts.h), safe to show as they are. New arrays. */
GPtrArray *xr_facts_of_comparison(const XrCompareReport *report);
GPtrArray *xr_facts_of_samples(const XrCompareReport *report);

/* "single-lock is 7.9 to 8.3 times slower than stock": build's figures are by the factor larger than
 * base's, from low to high. Free with g_free. */
char *xr_tell_effect(const char *build, const char *base, const char *metric, const char *unit,
                     double low, double high);
/* The verdict on build number 1, 2, … in a sentence without a full stop. Free with g_free. */
char *xr_tell_pair(const XrCompareReport *report, guint build);
/* Runs that failed, with or without a figure. */
guint xr_tell_compare_failures(const XrCompareReport *report);
/* How many runs failed, and the first of them, a sentence without a full stop, safe to show; NULL where none did. Free with
 * g_free. */
char *xr_tell_compare_failure(const XrCompareReport *report);
/* 1 where a run failed, whatever its figure told; else that of the verdict. */
int xr_tell_compare_exit_code(const XrCompareReport *report);
/* Why the comparison got no farther; NULL where there is nothing to tell. Free with g_free. */
char *xr_tell_compare_end(const XrCompareReport *report);
/* xr_tell_pair, and where it is unsure, why no more was run. Free with g_free. */
char *xr_tell_pair_and_end(const XrCompareReport *report, guint build);
/* Why both builds are one for what is measured, or NULL. Free with g_free. */
char *xr_tell_same_build(const XrCompareReport *report, guint build);

typedef struct {
    const XrCompareRules *rules;
    const GPtrArray *runs; /* XrRunFigure that sets are drawn from */
    const XrTrial *trials;
    guint count;
    guint32 seed;
} XrCalibrateReport;

void xr_tell_calibrate_text(const XrCalibrateReport *report, FILE *out);
/* One object: "runs", "rules", "trials". New object. */
JsonObject *xr_tell_calibrate_json(const XrCalibrateReport *report);

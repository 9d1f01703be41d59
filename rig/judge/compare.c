/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: whether builds differ, judged from one figure a run.
 *
 * Method: each build is compared with the first by two tests that share the ranks of their runs' figures.
 * Different: a two-sided Mann-Whitney test rejects that both are of one distribution. The same: two one-sided
 * tests (Schuirmann, "A comparison of the two one-sided tests procedure and the power approach", Journal of
 * Pharmacokinetics and Biopharmaceutics 15, 1987) reject that either build is ahead of the other by the smallest
 * effect that matters or more; that is, the interval of the factor (judge/ranks.c) at 1 - 2 false_same lies
 * within. Unsure: neither. A difference that is certain and too small to matter is the same, and told.
 * The samples grow by a run each, and both tests look after each round, each with its own error rate held over
 * all looks (judge/sequential.c).
 * Several builds: Holm's method ("A simple sequentially rejective multiple test procedure", Scandinavian
 * Journal of Statistics 6, 1979), for either test on its own: with k of its hypotheses not yet rejected it works
 * at its rate over k. Together with looks: Ye, Li, Liu and Yao, "A group sequential Holm procedure with multiple
 * primary endpoints", Statistics in Medicine 32 (2013).
 * Limits: those of ranks.c. "Different" is about the two sets of runs: what else than the build differed
 * between them, a busier host say, the order of runs has to exclude, not this. */
#include "judge/compare.h"

#include <math.h>

static const double told = 0.05; /* one minus the confidence of the interval that is told */

/* What a look decides by: its samples, and how many hypotheses of either kind are left. */
typedef struct {
    const XrCompareRules *rules;
    XrSequential *looks; /* NULL: one look */
    guint left_different, left_same;
} Look;

XrCompareRules xr_compare_rules(const XrPlan *plan)
{
    return (XrCompareRules){.smallest_effect = plan->compare.smallest_effect,
                            .false_different = plan->compare.false_different,
                            .false_same = plan->compare.false_same,
                            .runs_min = plan->compare.runs_min,
                            .runs_max = plan->compare.runs_max};
}

const char *xr_likeness_name(XrLikeness kind)
{
    static const char *const names[] = {"same", "different", "unsure"};

    return names[kind];
}

int xr_likeness_exit_code(XrLikeness kind)
{
    static const int codes[] = {0, 1, 2};

    return codes[kind];
}

void xr_comparison_free(XrComparison *comparison)
{
    if (comparison == NULL)
        return;
    g_array_unref(comparison->pairs);
    g_free(comparison);
}

XrLikeness xr_comparison_kind(const XrComparison *comparison)
{
    XrLikeness kind = XR_LIKE_SAME;

    for (guint i = 0; i < comparison->pairs->len; i++) {
        const XrPair *pair = &g_array_index(comparison->pairs, XrPair, i);

        if (pair->kind == XR_LIKE_DIFFERENT)
            return XR_LIKE_DIFFERENT;
        if (pair->kind == XR_LIKE_UNSURE)
            kind = XR_LIKE_UNSURE;
    }
    return kind;
}

/* The interval at 1 - alpha, over all looks. */
static XrEffect effect_at(const Look *look, const XrPair *pair, const double *shifts, double alpha)
{
    const guint m = pair->runs_against, n = pair->runs;
    const guint critical = look->looks != NULL ? xr_sequential_critical(look->looks, alpha, n)
                                               : xr_ranks_critical(m, n, alpha);

    return xr_ranks_effect(shifts, m * n, critical);
}

static void judge_pair(const Look *look, XrPair *pair, const GArray *first, const GArray *second)
{
    const double *x = (const double *)(gpointer)first->data;
    const double *y = (const double *)(gpointer)second->data;
    const XrCompareRules *rules = look->rules;
    const double most = 1 + rules->smallest_effect;
    g_autofree double *shifts = xr_ranks_shifts(x, pair->runs_against, y, pair->runs);

    pair->effect = effect_at(look, pair, shifts, told);
    pair->bounds = effect_at(look, pair, shifts, 2 * rules->false_same / look->left_same);
    pair->surely = effect_at(look, pair, shifts, rules->false_different / look->left_different);
    pair->certain = pair->surely.low > 1 || pair->surely.high < 1;
    if (pair->bounds.low > 1 / most && pair->bounds.high < most)
        pair->kind = XR_LIKE_SAME;
    else
        pair->kind = pair->certain ? XR_LIKE_DIFFERENT : XR_LIKE_UNSURE;
}

/* A look at that many runs of each, or, where runs is 0, at all there are. Rejected hypotheses leave more of the error
 * rate to the others: again until nothing changes. */
static void judge_look(XrComparison *comparison, Look *look, GArray *const *samples, guint runs)
{
    gboolean changed = TRUE;

    while (changed) {
        guint different = 0, same = 0;

        for (guint i = 0; i < comparison->pairs->len; i++) {
            XrPair *pair = &g_array_index(comparison->pairs, XrPair, i);
            const gboolean there = samples[0]->len >= runs && samples[i + 1]->len >= runs;

            if (pair->kind != XR_LIKE_UNSURE || !there || samples[0]->len == 0 ||
                samples[i + 1]->len == 0)
                continue;
            pair->runs = runs > 0 ? runs : samples[i + 1]->len;
            pair->runs_against = runs > 0 ? runs : samples[0]->len;
            judge_pair(look, pair, samples[0], samples[i + 1]);
            different += pair->kind == XR_LIKE_DIFFERENT;
            same += pair->kind == XR_LIKE_SAME;
        }
        look->left_different -= different;
        look->left_same -= same;
        comparison->undecided -= different + same;
        changed = different + same > 0 && comparison->undecided > 0;
    }
}

static void add_p(XrComparison *comparison, GArray *const *samples)
{
    for (guint i = 0; i < comparison->pairs->len; i++) {
        XrPair *pair = &g_array_index(comparison->pairs, XrPair, i);

        if (pair->runs > 0)
            pair->p = xr_ranks_p((const double *)(gpointer)samples[0]->data, pair->runs_against,
                                 (const double *)(gpointer)samples[i + 1]->data, pair->runs);
    }
}

static XrComparison *comparison_new(guint builds)
{
    XrComparison *comparison = g_new0(XrComparison, 1);
    const XrEffect nothing = {NAN, 0, INFINITY};
    const XrPair unknown = {XR_LIKE_UNSURE, FALSE, 0, 0, 1, nothing, nothing, nothing};

    comparison->pairs = g_array_new(FALSE, FALSE, sizeof(XrPair));
    for (guint i = 1; i < builds; i++)
        g_array_append_val(comparison->pairs, unknown);
    comparison->undecided = builds - 1;
    return comparison;
}

XrComparison *xr_compare(const XrCompareRules *rules, XrSequential *looks, GArray *const *samples,
                         guint builds)
{
    XrComparison *comparison = comparison_new(builds);
    Look look = {rules, looks, builds - 1, builds - 1};

    for (guint runs = rules->runs_min; runs <= rules->runs_max && comparison->undecided > 0; runs++)
        judge_look(comparison, &look, samples, runs);
    add_p(comparison, samples);
    return comparison;
}

XrComparison *xr_compare_once(const XrCompareRules *rules, GArray *const *samples, guint builds)
{
    XrComparison *comparison = comparison_new(builds);
    Look look = {rules, NULL, builds - 1, builds - 1};

    judge_look(comparison, &look, samples, 0);
    add_p(comparison, samples);
    return comparison;
}

guint xr_compare_runs_needed(const XrCompareRules *rules, guint builds)
{
    const double pairs = builds - 1;
    double p = 1; /* of the largest U: 1 / C(2n, n), one-sided */
    guint runs = 0;

    while (2 * p * pairs > rules->false_different || p * pairs > rules->false_same) {
        runs++;
        p *= runs / (2.0 * (2.0 * runs - 1));
    }
    return runs;
}

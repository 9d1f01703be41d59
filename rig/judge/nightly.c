/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: whether a build regressed, judged from the runs of one night and the host's history.
 *
 * Two questions are asked of each metric. The night: do the runs of the build differ from those of the baseline, which took turns
 * with them in random order? The history: do they differ from what this plan and build gave on this host before (judge/fence.c)?
 * What slows a host slows both builds of a night alike, and moves either away from its history; so the history alone never
 * calls a build changed, and a night never needs the history to be believed. What the history adds is how far figures vary: a few
 * runs are enough where that is known.
 *
 * Changed (regressed, or improved where it is the good side) is a metric
 * (1) whose two-sided Mann-Whitney test (judge/ranks.c) rejects. The error rate is that of the whole night, false_alarm: all
 *     metrics of all builds and plans are one family, in which Holm's method ("A simple sequentially rejective multiple test
 *     procedure", Scandinavian Journal of Statistics 6, 1979) rejects the k-th smallest of K p-values at false_alarm / (K + 1 - k),
 *     whatever the metrics have to do with one another; or
 * (2) of which all runs of one build are above all of the other, at least three each, farther than those of either are from one
 *     another; and whose typical factor (the median of all pairs' factors) is beyond the fence of changes from run to run, the
 *     wider fence where both builds have one. Normal noise of standard deviation s has a fence of 5.2 s, and the factor of three
 *     and three runs a deviation of some 0.9 s; but twelve runs tell a fence badly, and fences do not see spikes, which is what
 *     the gap is for. Simulated with twelve runs of history and five metrics (tests/unit/test-nightly-alarms.c, and 100000 nights
 *     once): 0.12 % of nights of three and three runs in which nothing changed, 0.06 % with a spike in 5 % of runs (0.08 % with 20 to 60
 *     runs of history); 0.02 % and less with four and four runs. It comes on top of (1).
 * In both cases an interval that lies within the smallest effect that matters makes it the same: certain, but too little.
 * The same is a metric whose interval at 1 - 2 false_same lies within the smallest effect (two one-sided tests, judge/compare.c),
 * or whose factor and median are within the fences: nothing unusual, and no statement that a smaller change is none. If both builds are
 * beyond their fences on one side, the host has changed, and that is told.
 * Unsure is the rest: too few runs; no fence yet and an interval that is too wide; a factor beyond the fence with
 * runs that overlap or scatter; a build beyond its own fence where the baseline is not.
 * To claim of several metrics that they are the same needs no correction: each claim has its own rate.
 *
 * Limits: those of ranks.c and fence.c. With K metrics and n runs of each build (1) can reject from 2 / C(2n, n) <= false_alarm / K on:
 * at 0.1 %, seven runs for one metric, ten for up to 92; with fewer only (2) finds anything. Noise of which one night has
 * more than the history knew can make (2) reject. */
#include "judge/nightly.h"

#include "judge/judge-priv.h"
#include "judge/worse.h"
#include <math.h>
#include <stdlib.h>

static const double told = 0.05; /* one minus the confidence of the interval that is told */

const char *xr_night_kind_name(XrNightKind kind)
{
    static const char *const names[] = {
        [XR_NIGHT_SAME] = "same",           [XR_NIGHT_IMPROVED] = "improved",
        [XR_NIGHT_UNSURE] = "unsure",       [XR_NIGHT_ERROR] = "error",
        [XR_NIGHT_REGRESSED] = "regressed", [XR_NIGHT_FAILED] = "failed"};

    return names[kind];
}

int xr_night_exit_code(XrNightKind kind)
{
    static const int codes[] = {
        [XR_NIGHT_SAME] = 0,   [XR_NIGHT_IMPROVED] = 0,  [XR_NIGHT_UNSURE] = 2,
        [XR_NIGHT_ERROR] = 99, [XR_NIGHT_REGRESSED] = 1, [XR_NIGHT_FAILED] = 1};

    return codes[kind];
}

const char *xr_night_why_name(XrNightWhy why)
{
    static const char *const names[] = {"ranks",    "fence",    "bounds", "usual",
                                        "few-runs", "no-fence", "mixed",  "alone"};

    return names[why];
}

static const double *values_of(const GArray *array)
{
    return (const double *)(gconstpointer)array->data;
}

/* --- each metric on its own --- */

/* A change that does not matter is beyond no fence. */
static int side_of(const XrFence *fence, double value, double smallest_effect)
{
    const double most = 1 + fmax(fence->change, smallest_effect);

    if (fence->state != XR_FENCE_KNOWN || isnan(value))
        return 0;
    return value < fence->centre / most ? -1 : value > fence->centre * most;
}

static void take_usual(const XrNightInput *input, XrNightResult *result)
{
    const gboolean base = input->base_fence.state == XR_FENCE_KNOWN;
    const gboolean own = input->fence.state == XR_FENCE_KNOWN;

    result->by_base = base && (!own || input->base_fence.change > input->fence.change);
    result->usual = result->by_base ? input->base_fence.change : own ? input->fence.change : NAN;
}

static gboolean are_enough(const XrNightInput *input)
{
    return input->base->len >= XR_NIGHT_FEWEST && input->values->len >= XR_NIGHT_FEWEST;
}

static void measure(const XrNightInput *input, XrNightResult *result)
{
    const guint m = input->base->len, n = input->values->len;
    const XrEffect nothing = {NAN, 0, INFINITY};
    g_autofree double *shifts = NULL;

    *result = (XrNightResult){.kind = XR_NIGHT_UNSURE, .why = XR_NIGHT_FEW_RUNS, .p = NAN};
    result->effect = result->bounds = nothing;
    result->base = xr_median(input->base);
    result->value = xr_median(input->values);
    result->base_side = side_of(&input->base_fence, result->base, input->smallest_effect);
    result->side = side_of(&input->fence, result->value, input->smallest_effect);
    take_usual(input, result);
    if (m == 0 || n == 0)
        return;
    shifts = xr_ranks_shifts(values_of(input->base), m, values_of(input->values), n);
    result->effect = xr_ranks_effect(shifts, m * n, xr_ranks_critical(m, n, told));
    result->bounds = xr_ranks_effect(shifts, m * n, xr_ranks_critical(m, n, 2 * input->false_same));
    result->worse =
        xr_is_worse(XR_WORSE_AS_USUAL, input->metric, input->unit, result->effect.ratio);
    if (are_enough(input))
        result->p = xr_ranks_p(values_of(input->base), m, values_of(input->values), n);
}

/* --- all together --- */

static int by_p(const void *a, const void *b)
{
    const double x = (*(const XrNightResult *const *)a)->p;
    const double y = (*(const XrNightResult *const *)b)->p;

    return x < y ? -1 : x > y;
}

/* The results whose tests reject by Holm's method, as keys. */
static GHashTable *reject(XrNightResult *results, guint count, double false_alarm)
{
    GHashTable *rejected = g_hash_table_new(NULL, NULL);
    g_autofree XrNightResult **order = g_new(XrNightResult *, count);
    guint tested = 0;

    for (guint i = 0; i < count; i++) {
        if (!isnan(results[i].p))
            order[tested++] = &results[i];
    }
    if (tested > 0)
        qsort(order, tested, sizeof(order[0]), by_p);
    for (guint k = 0; k < tested && order[k]->p <= false_alarm / (tested - k) * (1 + 1e-9); k++)
        g_hash_table_add(rejected, order[k]);
    return rejected;
}

typedef struct {
    double low, high;
} Range;

static Range range_of(const GArray *values)
{
    Range range = {INFINITY, 0};

    for (guint i = 0; i < values->len; i++) {
        range.low = fmin(range.low, g_array_index(values, double, i));
        range.high = fmax(range.high, g_array_index(values, double, i));
    }
    return range;
}

/* All of one above all of the other, by a larger factor than there is within either. */
static gboolean are_apart(const GArray *first, const GArray *second)
{
    const Range a = range_of(first), b = range_of(second);
    const double gap = fmax(b.low / a.high, a.low / b.high);

    return gap > 1 && gap > a.high / a.low && gap > b.high / b.low;
}

/* A factor beyond 1 / (1 + change) to 1 + change. */
static gboolean is_beyond(double ratio, double change)
{
    return ratio > 1 + change || ratio < 1 / (1 + change);
}

static void set(XrNightResult *result, XrNightKind kind, XrNightWhy why)
{
    result->kind = kind;
    result->why = why;
}

static void decide(const XrNightInput *input, XrNightResult *result, gboolean rejected)
{
    const double least = input->smallest_effect;
    const gboolean equal =
        !is_beyond(result->bounds.low, least) && !is_beyond(result->bounds.high, least);
    const gboolean known = !isnan(result->usual);
    const gboolean unusual = known && is_beyond(result->effect.ratio, fmax(result->usual, least));
    const XrNightKind changed = result->worse ? XR_NIGHT_REGRESSED : XR_NIGHT_IMPROVED;

    if (!are_enough(input))
        return;
    if (rejected && !equal)
        set(result, changed, XR_NIGHT_BY_RANKS);
    else if (unusual && !equal && are_apart(input->base, input->values))
        set(result, changed, XR_NIGHT_BY_FENCE);
    else if (unusual && !equal)
        set(result, XR_NIGHT_UNSURE, XR_NIGHT_MIXED);
    else if (result->side != 0 && result->side != result->base_side)
        set(result, XR_NIGHT_UNSURE, XR_NIGHT_ALONE);
    else if (equal)
        set(result, XR_NIGHT_SAME, XR_NIGHT_BY_BOUNDS);
    else if (!known)
        set(result, XR_NIGHT_UNSURE, XR_NIGHT_NO_FENCE);
    else
        set(result, XR_NIGHT_SAME, XR_NIGHT_BY_USUAL);
}

void xr_night_judge(const XrNightInput *inputs, XrNightResult *results, guint count,
                    double false_alarm)
{
    g_autoptr(GHashTable) rejected = NULL;

    for (guint i = 0; i < count; i++)
        measure(&inputs[i], &results[i]);
    rejected = reject(results, count, false_alarm);
    for (guint i = 0; i < count; i++)
        decide(&inputs[i], &results[i], g_hash_table_contains(rejected, &results[i]));
}

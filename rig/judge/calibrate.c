/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how often comparisons would have been right, tried out on runs of one build.
 *
 * Method: figures of real runs of one build are drawn with replacement (Efron's bootstrap) into two sets, as
 * if two builds had been compared round by round, and the comparison is judged as any other, looks and
 * all. The share of sets that are called different is the rate of false alarms; with the second set's figures
 * scaled by a known effect, the share that is called different is the power.
 * Singly: each figure by itself, which takes the runs as independent. Neighbours: a round is two runs that
 * followed each other, so that drift of the host between rounds stays in.
 * Of two builds that both were run the sets are drawn from the runs of each: the share that is called different is the
 * power for a real effect, with the second build's own spread.
 * Limits: what the runs at hand never showed is not in the sets either, and 20 of them know little of a
 * distribution's tails; sets drawn from the same runs share their luck, so that the interval of a rate is about
 * the drawing alone. Scaling makes an effect that is the same in every run; real ones may vary. Drawing with
 * replacement gives equal figures now and then, which count as no difference. */
#include "judge/calibrate.h"
#include "judge/centre.h"

typedef struct {
    const double *figures, *second;
    guint n, m;
    double effect;
    XrDraw draw;
} Source;

static void draw_round(GRand *rand, guint round, double *first, double *second, gpointer user_data)
{
    const Source *source = user_data;
    guint a = (guint)g_rand_int_range(rand, 0, (gint)source->n);
    guint b = (guint)g_rand_int_range(rand, 0, (gint)source->m);

    if (source->draw == XR_DRAW_NEIGHBOURS) {
        const guint swapped = (guint)g_rand_boolean(rand);
        const guint early = (guint)g_rand_int_range(rand, 0, (gint)source->n - 1);

        a = early + swapped;
        b = early + 1 - swapped;
    }
    *first = source->figures[a];
    *second = source->second[b] * (1 - source->effect);
}

/* Judges after each round, as a real comparison does, and stops as one. */
static XrPair try_once(XrRoundFunc draw, gpointer user_data, const XrCompareRules *rules,
                       XrSequential *looks, GRand *rand)
{
    g_autoptr(GArray) first = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) second = g_array_new(FALSE, FALSE, sizeof(double));
    GArray *const samples[] = {first, second};
    g_autoptr(XrComparison) comparison = NULL;

    for (guint round = 0; round < rules->runs_max; round++) {
        double x, y;

        draw(rand, round, &x, &y, user_data);
        g_array_append_val(first, x);
        g_array_append_val(second, y);
    }
    /* It walks through the looks and stops at the one that decides: what was drawn beyond is not looked at. */
    comparison = xr_compare(rules, looks, samples, 2);
    return g_array_index(comparison->pairs, XrPair, 0);
}

XrTrial xr_calibrate_with(XrRoundFunc draw, gpointer user_data, const XrCompareRules *rules,
                          XrSequential *looks, guint sets, guint32 seed)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    XrTrial trial = {.sets = sets};

    for (guint i = 0; i < sets; i++) {
        const XrPair pair = try_once(draw, user_data, rules, looks, rand);

        trial.different += pair.kind == XR_LIKE_DIFFERENT;
        trial.same += pair.kind == XR_LIKE_SAME;
        trial.unsure += pair.kind == XR_LIKE_UNSURE;
        trial.wrong += pair.kind == XR_LIKE_DIFFERENT && pair.effect.ratio > 1;
        trial.runs += (double)pair.runs / sets;
    }
    return trial;
}

XrTrial xr_calibrate(const double *figures, guint n, const XrCompareRules *rules,
                     XrSequential *looks, double effect, XrDraw draw, guint sets, guint32 seed)
{
    Source source = {figures, figures, n, n, effect, draw};
    XrTrial trial = xr_calibrate_with(draw_round, &source, rules, looks, sets, seed);

    trial.effect = effect;
    trial.draw = draw;
    return trial;
}

XrTrial xr_calibrate_pair(const double *first, guint n, const double *second, guint m,
                          const XrCompareRules *rules, XrSequential *looks, guint sets,
                          guint32 seed)
{
    const double level = 0.95; /* of intervals that are not used */
    Source source = {first, second, n, m, 0, XR_DRAW_SINGLY};
    XrTrial trial = xr_calibrate_with(draw_round, &source, rules, looks, sets, seed);

    trial.effect = 1 - xr_centre(second, m, level).median / xr_centre(first, n, level).median;
    trial.draw = XR_DRAW_SINGLY;
    if (trial.effect < 0)
        trial.wrong = trial.different - trial.wrong;
    return trial;
}

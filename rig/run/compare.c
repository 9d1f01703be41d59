/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a comparison: rounds of runs in random order.
 *
 * Method: a randomised block design. Each round has one run of each build that is not yet decided and of the first,
 * in an order drawn anew (Fisher and Yates' shuffle from seed and number of the round), so that what changes on
 * the host in the meantime falls on all builds alike, also if it changes in step with the runs. One run
 * gives one figure; its windows are neighbours in time and no samples of their own. After compare.runs_min
 * rounds, and each one after, builds are looked at (judge/compare.c).
 * Runs that told nothing (verdict error or skip, or a failure before anything was measured) are repeated in
 * their place. A run is never left out for the figure it gave. Each run has a workload.seed of its own: on a
 * machine that repeats itself exactly, the same seed twice would be one sample counted twice.
 * In lockstep each build boots once; its runs are windows from that snapshot, one seed each. What differs from one
 * snapshot of a build to the next (some 1 %, README) is then no part of the spread: compare.smallest_effect has to be
 * above it. */
#include "run/compare.h"

#include "base/error.h"
#include <math.h>

enum { MINUTE_S = 60 };

typedef struct {
    XrCompareRecord *record;
    const XrPlan *plan;
    XrCompareRules rules;
    XrSequential *looks;
    const XrCompareFuncs *funcs;
    gpointer user_data;
    guint builds;
} Loop;

void xr_compare_order(guint32 seed, guint round, guint builds, guint *order)
{
    const guint32 seeds[] = {seed, round};
    g_autoptr(GRand) rand = g_rand_new_with_seed_array(seeds, G_N_ELEMENTS(seeds));

    for (guint i = 0; i < builds; i++)
        order[i] = i;
    for (guint i = builds; i > 1; i--) {
        const guint other = (guint)g_rand_int_range(rand, 0, (gint)i);
        const guint last = order[i - 1];

        order[i - 1] = order[other];
        order[other] = last;
    }
}

/* --- what there is --- */

static guint attempts_of(const Loop *loop, guint round, guint index, gboolean *counted)
{
    guint attempts = 0;

    *counted = FALSE;
    for (guint i = 0; i < loop->record->runs->len; i++) {
        const XrRunFigure *figure = loop->record->runs->pdata[i];

        if (figure->round != round || figure->index != index)
            continue;
        attempts++;
        *counted |= figure->counted;
    }
    return attempts;
}

static guint repeated(const Loop *loop)
{
    guint count = 0;

    for (guint i = 0; i < loop->record->runs->len; i++)
        count += !((XrRunFigure *)loop->record->runs->pdata[i])->counted;
    return count;
}

static double seconds_spent(const Loop *loop)
{
    double sum = 0;

    for (guint i = 0; i < loop->record->runs->len; i++) {
        const XrRunFigure *figure = loop->record->runs->pdata[i];

        sum += isfinite(figure->seconds) ? figure->seconds : 0;
    }
    return sum;
}

static XrComparison *judge(const Loop *loop)
{
    g_autoptr(GPtrArray) samples = xr_compare_record_samples(loop->record);

    return xr_compare(&loop->rules, loop->looks, (GArray *const *)samples->pdata, loop->builds);
}

static gboolean is_wanted(const XrComparison *comparison, guint index)
{
    return index == 0 || g_array_index(comparison->pairs, XrPair, index - 1).kind == XR_LIKE_UNSURE;
}

/* --- one run --- */

XrPlan *xr_compare_run_plan(const XrPlan *plan, const char *path, const char *build, guint32 number,
                            GError **error)
{
    g_autofree char *name = g_strconcat("hypervisor.build=", build, NULL);
    g_autofree char *seed =
        g_strdup_printf("workload.seed=%u", (guint32)(plan->workload.seed + number));
    /* In lockstep a run is one window from the build's snapshot. */
    const gboolean lockstep = plan->machine.time == XR_TIME_LOCKSTEP;
    const char *const overrides[] = {name,
                                     seed,
                                     lockstep ? "lockstep.seeds=1" : NULL,
                                     "lockstep.lengths=1",
                                     "lockstep.check=no",
                                     "lockstep.layers=no",
                                     NULL};

    return xr_plan_load(path, overrides, error);
}

static XrPlan *plan_of_run(const Loop *loop, guint round, guint index, guint attempts,
                           GError **error)
{
    const guint places = loop->builds * loop->rules.runs_max;
    const guint32 number = (attempts * places) + (round * loop->builds) + index;
    g_autofree char *path = g_build_filename(loop->record->dir, "plan", NULL);

    return xr_compare_run_plan(loop->plan, path, loop->record->builds[index], number, error);
}

/* Whether the run's figure is a sample; FALSE with error where no run will ever give one. */
static gboolean take_figure(const Loop *loop, XrRunFigure *figure, const char *dir, GError **error)
{
    g_autofree char *names = NULL;
    const gboolean failed =
        g_str_equal(figure->verdict, "error") || g_str_equal(figure->verdict, "skip");

    if (failed || (isnan(figure->value) && g_str_equal(figure->verdict, "fail")))
        return TRUE;
    figure->counted = isfinite(figure->value) && figure->value > 0;
    if (figure->counted)
        return TRUE;
    if (isfinite(figure->value)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "compare.metric: %s is %g in %s, and builds are compared by factors; choose a "
                    "figure that is above zero in every run",
                    figure->metric, figure->value, dir);
        return FALSE;
    }
    names = xr_run_figure_names(dir);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "compare.metric: the run %s has no figure \"%s\"; it has: %s", dir, figure->metric,
                names);
    return FALSE;
}

static void tell_outcome(const Loop *loop, const XrRunFigure *figure)
{
    g_autofree char *text = NULL;

    if (g_str_equal(figure->verdict, "pass"))
        return;
    text = g_strdup_printf(
        "%s: %s: %s (%s; record %s)", loop->record->builds[figure->index], figure->verdict,
        figure->reason, figure->counted ? "its figure counts" : "to be repeated", figure->record);
    loop->funcs->note(text, loop->user_data);
}

static gboolean run_one(const Loop *loop, guint round, guint index, guint attempts, GError **error)
{
    g_autofree char *name = xr_compare_record_next(loop->record, index);
    g_autofree char *dir = g_build_filename(loop->record->dir, name, NULL);
    g_autoptr(XrPlan) plan = plan_of_run(loop, round, index, attempts, error);
    const gint64 begin = g_get_monotonic_time();
    g_autoptr(XrRunFigure) figure = NULL;

    if (plan == NULL)
        return FALSE;
    figure = loop->funcs->run(plan, dir, loop->user_data, error);
    if (figure == NULL)
        return FALSE;
    /* The signal's doing, no news of the build. */
    if (loop->funcs->stopped(loop->user_data) && g_str_equal(figure->verdict, "error"))
        return TRUE;
    figure->round = round;
    figure->index = index;
    g_free(figure->record);
    figure->record = g_steal_pointer(&name);
    figure->seconds = (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
    if (!take_figure(loop, figure, dir, error))
        return FALSE;
    tell_outcome(loop, figure);
    return xr_compare_record_add(loop->record, g_steal_pointer(&figure), error);
}

/* --- rounds --- */

static char *minutes(double seconds)
{
    return seconds < MINUTE_S ? g_strdup_printf("%.0f s", seconds)
                              : g_strdup_printf("%.0f min", seconds / MINUTE_S);
}

static void tell_round(const Loop *loop, const XrComparison *comparison, guint round, guint index)
{
    const guint runs = loop->record->runs->len;
    const double each = runs > 0 ? seconds_spent(loop) / runs : NAN;
    const guint wanted = comparison->undecided + 1;
    const double to_look = round + 1 < loop->rules.runs_min ? loop->rules.runs_min - round : 1;
    g_autofree char *look = minutes(each * to_look * wanted);
    g_autofree char *most = minutes(each * (loop->rules.runs_max - round) * wanted);
    g_autofree char *left =
        isnan(each) ? g_strdup("")
                    : g_strdup_printf("; %s to the next look, at most %s in all", look, most);
    g_autofree char *text =
        g_strdup_printf("round %u of at most %u, run %u: %s%s", round + 1, loop->rules.runs_max,
                        runs + 1, loop->record->builds[index], left);

    loop->funcs->note(text, loop->user_data);
}

/* Whether the next run is to be left, and why. */
static gboolean is_over(const Loop *loop, XrCompareEnd *end)
{
    const guint runs = loop->record->runs->len;
    const double spent = seconds_spent(loop);
    const double budget = (double)loop->plan->compare.budget / 1e9;

    if (loop->funcs->stopped(loop->user_data))
        *end = XR_END_INTERRUPTED;
    else if (loop->funcs->enough != NULL && loop->funcs->enough(loop->record, loop->user_data))
        *end = XR_END_ENOUGH;
    else if (repeated(loop) > loop->plan->compare.repeats)
        *end = XR_END_REPEATS;
    else if (budget > 0 && runs > 0 && spent + spent / runs > budget)
        *end = XR_END_BUDGET;
    else
        return FALSE;
    return TRUE;
}

/* FALSE where the comparison ends within the round, be it with an error. */
static gboolean run_round(const Loop *loop, const XrComparison *comparison, guint round,
                          XrCompareEnd *end, GError **error)
{
    g_autofree guint *order = g_new(guint, loop->builds);

    xr_compare_order(loop->record->seed, round, loop->builds, order);
    for (guint i = 0; i < loop->builds; i++) {
        gboolean counted;
        guint attempts = attempts_of(loop, round, order[i], &counted);

        while (is_wanted(comparison, order[i]) && !counted) {
            if (is_over(loop, end))
                return FALSE;
            tell_round(loop, comparison, round, order[i]);
            if (!run_one(loop, round, order[i], attempts, error))
                return FALSE;
            attempts = attempts_of(loop, round, order[i], &counted);
        }
    }
    return TRUE;
}

gboolean xr_compare_go_on(XrCompareRecord *record, const XrPlan *plan, const XrCompareFuncs *funcs,
                          gpointer user_data, XrComparison **comparison, XrCompareEnd *end,
                          GError **error)
{
    const XrCompareRules rules = xr_compare_rules(plan);
    XrSequential *looks = xr_sequential_shared(rules.runs_min, rules.runs_max);
    Loop loop = {record, plan, rules, looks, funcs, user_data, g_strv_length(record->builds)};
    g_autoptr(XrComparison) now = judge(&loop);
    g_autoptr(GError) trouble = NULL;

    *end = XR_END_RUNS;
    for (guint round = 0; round < rules.runs_max && now->undecided > 0; round++) {
        const gboolean whole = run_round(&loop, now, round, end, &trouble);

        if (trouble != NULL) {
            g_propagate_error(error, g_steal_pointer(&trouble));
            return FALSE;
        }
        xr_comparison_free(now);
        now = judge(&loop);
        if (!whole)
            break;
    }
    if (now->undecided == 0)
        *end = XR_END_DECIDED;
    *comparison = g_steal_pointer(&now);
    return TRUE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a comparison: rounds of runs in random order.
 *
 * Method: a randomised block design. Each round has one run of each build that is not yet decided and of the first,
 * in an order drawn anew (Fisher and Yates' shuffle from seed and number of the round), so that what changes on
 * the host in the meantime falls on all builds alike, also if it changes in step with the runs. One run
 * gives one figure; its windows are neighbours in time and no samples of their own. After compare.runs_min
 * rounds, and each one after, builds are looked at (judge/compare.c).
 * Runs that told nothing (verdict error or skip, or doubt before anything was measured) are repeated in their place. A run
 * that failed is not: what it found stands, its round is one without a figure if it gave none, and a build that failed so
 * twice is run no more. A run is never left out for the figure it gave. Each run has a workload.seed of its own: on a
 * machine that repeats itself exactly, the same seed twice would be one sample counted twice.
 * In lockstep each build boots compare.snapshots times; its runs are windows from these snapshots in turn, one seed each, so that
 * what differs from one snapshot of a build to the next (up to 0.7 % was seen, README) is part of the spread. Runs of one snapshot
 * are alike in it, which the tests do not know of: compare.smallest_effect has to be above it.
 * Builds side by side: each has a place, and one run at a time in it, as all of a build's go on from one snapshot. The
 * rounds up to the next look are run as one, as nothing can end between; their order is the one in which runs begin. */
#include "run/compare.h"

#include "base/error.h"
#include "run/pool.h"
#include <math.h>

enum { MINUTE_S = 60 };

/* Of a build. */
typedef struct {
    guint round;
    char *name; /* of its run's record, while one is under way */
    gint64 begin_us;
    gboolean ended;
    int exit_code;
} Place;

typedef struct {
    XrCompareRecord *record;
    const XrPlan *plan;
    XrCompareRules rules;
    XrSequential *looks;
    const XrCompareFuncs *funcs;
    gpointer user_data;
    guint builds, machines;
    Place *places;
    GError *error; /* that ends it */
} Loop;

/* --- what there is --- */

/* By the clock, as if all places had been at work throughout. */
static double seconds_spent(const Loop *loop)
{
    double sum = 0;

    for (guint i = 0; i < loop->record->runs->len; i++) {
        const XrRunFigure *figure = loop->record->runs->pdata[i];

        sum += isfinite(figure->seconds) ? figure->seconds : 0;
    }
    return sum / MIN(loop->machines, loop->builds);
}

/* What a run takes: as long as the last ones did. In lockstep the first round does not tell: it boots the machines that
 * later ones go on from. NaN where nothing tells. */
static double seconds_each(const Loop *loop)
{
    const GPtrArray *runs = loop->record->runs;
    double sum = 0;
    guint taken = 0;

    for (guint i = runs->len; i > 0 && taken < loop->builds; i--) {
        const XrRunFigure *figure = runs->pdata[i - 1];
        const gboolean boots = loop->funcs->start != NULL && figure->round == 0;

        if (boots || !isfinite(figure->seconds))
            continue;
        sum += figure->seconds;
        taken++;
    }
    return sum / taken;
}

static XrComparison *judge(const Loop *loop)
{
    g_autoptr(GPtrArray) samples = xr_compare_record_samples(loop->record);

    return xr_compare(&loop->rules, loop->looks, (GArray *const *)samples->pdata, loop->builds);
}

static gboolean is_wanted(const Loop *loop, const XrComparison *comparison, guint index)
{
    return index == 0 ||
           (g_array_index(comparison->pairs, XrPair, index - 1).kind == XR_LIKE_UNSURE &&
            !xr_compare_record_is_given_up(loop->record, index));
}

/* Whether no build that is left can be told from the first by more runs. */
static gboolean are_given_up(const Loop *loop, const XrComparison *comparison)
{
    gboolean any = FALSE;

    for (guint index = 1; index < loop->builds; index++)
        any |= is_wanted(loop, comparison, index);
    return !any || xr_compare_record_is_given_up(loop->record, 0);
}

/* --- one run --- */

/* Whether the run's figure is a sample; FALSE with error where no run will ever give one: the fault of the build, unless
 * it is the one that others are compared with. */
static gboolean take_figure(const Loop *loop, XrRunFigure *figure, const char *dir, GError **error)
{
    g_autofree char *names = NULL;
    const XrErrorCode whose = figure->index == 0 ? XR_ERROR_INPUT : XR_ERROR_BUILD;
    const gboolean failed =
        g_str_equal(figure->verdict, "error") || g_str_equal(figure->verdict, "skip");

    if (failed || (isnan(figure->value) && !g_str_equal(figure->verdict, "pass")))
        return TRUE;
    figure->counted = isfinite(figure->value) && figure->value > 0;
    if (figure->counted || xr_run_figure_failed(figure))
        return TRUE;
    if (isfinite(figure->value)) {
        g_set_error(error, XR_ERROR, whose,
                    "compare.metric: %s is %g in %s, and builds are compared by factors; choose a "
                    "figure that is above zero in every run",
                    figure->metric, figure->value, dir);
        return FALSE;
    }
    names = xr_run_figure_names(dir);
    g_set_error(error, XR_ERROR, whose,
                "compare.metric: the run %s has no figure \"%s\"; it has: %s", dir, figure->metric,
                names);
    return FALSE;
}

static void tell_outcome(const Loop *loop, const XrRunFigure *figure)
{
    g_autofree char *outcome = NULL;
    g_autofree char *text = NULL;

    if (g_str_equal(figure->verdict, "pass"))
        return;
    outcome = xr_run_figure_outcome(figure);
    text = g_strdup_printf("%s: %s (%s; record %s)", loop->record->builds[figure->index], outcome,
                           figure->counted                ? "its figure counts"
                           : xr_run_figure_failed(figure) ? "it gave no figure"
                                                          : "to be repeated",
                           figure->record);
    loop->funcs->note(text, loop->user_data);
}

/* Takes the figure of the run that has ended in its place. */
static gboolean take_run(const Loop *loop, guint index, XrRunFigure *taken, GError **error)
{
    g_autoptr(XrRunFigure) figure = taken;
    Place *place = &loop->places[index];
    g_autofree char *name = g_steal_pointer(&place->name);
    g_autofree char *dir = g_build_filename(loop->record->dir, name, NULL);

    /* That it was asked to end is no news of the build. */
    if ((loop->error != NULL || loop->funcs->stopped(loop->user_data)) &&
        g_str_equal(figure->verdict, "error"))
        return TRUE;
    figure->round = place->round;
    figure->index = index;
    g_free(figure->record);
    figure->record = g_steal_pointer(&name);
    figure->seconds = (double)(g_get_monotonic_time() - place->begin_us) / G_USEC_PER_SEC;
    if (!take_figure(loop, figure, dir, error))
        return FALSE;
    tell_outcome(loop, figure);
    return xr_compare_record_add(loop->record, g_steal_pointer(&figure), error);
}

static gboolean run_here(const Loop *loop, guint index, const char *const *sets, const char *dir,
                         GError **error)
{
    g_autofree char *path = g_build_filename(loop->record->dir, "plan", NULL);
    g_autoptr(XrPlan) plan = xr_plan_load(path, sets, error);
    XrRunFigure *figure = plan != NULL ? loop->funcs->run(plan, dir, loop->user_data, error) : NULL;

    return figure != NULL && take_run(loop, index, figure, error);
}

/* Begins the run, or makes it. */
static gboolean begin_run(const Loop *loop, guint round, guint index, guint attempts,
                          GError **error)
{
    const guint places = loop->builds * loop->rules.runs_max;
    const guint32 number = (attempts * places) + (round * loop->builds) + index;
    g_auto(GStrv) sets = xr_compare_run_overrides(loop->plan, loop->record->builds[index], number);
    char *name = xr_compare_record_next(loop->record, index);
    g_autofree char *dir = g_build_filename(loop->record->dir, name, NULL);
    const XrCompareTask task = {(const char *const *)sets, dir, index, round};
    Place *place = &loop->places[index];

    *place = (Place){.round = round, .name = name, .begin_us = g_get_monotonic_time()};
    if (loop->funcs->start == NULL)
        return run_here(loop, index, task.sets, dir, error);
    return loop->funcs->start(&task, place, loop->user_data, error);
}

void xr_compare_ended(gpointer data, int exit_code)
{
    Place *place = data;

    place->ended = TRUE;
    place->exit_code = exit_code;
}

/* --- rounds --- */

static char *minutes(double seconds)
{
    return seconds < MINUTE_S ? g_strdup_printf("%.0f s", seconds)
                              : g_strdup_printf("%.0f min", seconds / MINUTE_S);
}

static guint count_busy(const Loop *loop)
{
    guint busy = 0;

    for (guint i = 0; i < loop->builds; i++)
        busy += loop->places[i].name != NULL;
    return busy;
}

static void tell_round(const Loop *loop, const XrComparison *comparison, guint round, guint index)
{
    const guint run = loop->record->runs->len + count_busy(loop) + 1;
    const guint wanted = comparison->undecided + 1;
    const double each = seconds_each(loop) * wanted / MIN(loop->machines, wanted);
    const double to_look = round + 1 < loop->rules.runs_min ? loop->rules.runs_min - round : 1;
    g_autofree char *look = minutes(each * to_look);
    g_autofree char *most = minutes(each * (loop->rules.runs_max - round));
    g_autofree char *left =
        isnan(each) ? g_strdup("")
                    : g_strdup_printf("; %s to the next look, at most %s in all", look, most);
    g_autofree char *text =
        g_strdup_printf("round %u of at most %u, run %u: %s%s", round + 1, loop->rules.runs_max,
                        run, loop->record->builds[index], left);

    loop->funcs->note(text, loop->user_data);
}

/* Whether the next run is to be left, and why. */
static gboolean is_over(const Loop *loop, const XrComparison *comparison, XrCompareEnd *end)
{
    const double budget = (double)loop->plan->compare.budget / 1e9;

    if (loop->funcs->stopped(loop->user_data))
        *end = XR_END_INTERRUPTED;
    else if (loop->funcs->enough != NULL && loop->funcs->enough(loop->record, loop->user_data))
        *end = XR_END_ENOUGH;
    else if (are_given_up(loop, comparison))
        *end = XR_END_FAILED;
    else if (xr_compare_record_repeated(loop->record) > loop->plan->compare.repeats)
        *end = XR_END_REPEATS;
    else if (budget > 0 && seconds_spent(loop) + seconds_each(loop) > budget)
        *end = XR_END_BUDGET;
    else
        return FALSE;
    return TRUE;
}

/* Takes the error; the first one counts, and ends what is under way. */
static void fail(Loop *loop, GError *error)
{
    if (loop->error != NULL) {
        g_error_free(error);
        return;
    }
    loop->error = error;
    if (loop->funcs->end != NULL)
        loop->funcs->end(loop->user_data);
}

/* The first run of rounds below to that is missing and whose build has no run under way. */
static gboolean find_next(const Loop *loop, const XrComparison *comparison, guint to, guint *round,
                          guint *index, guint *attempts)
{
    g_autofree guint *order = g_new(guint, loop->builds);
    gboolean done;

    for (guint r = 0; r < to; r++) {
        xr_compare_order(loop->record->seed, r, loop->builds, order);
        for (guint i = 0; i < loop->builds; i++) {
            if (!is_wanted(loop, comparison, order[i]) || loop->places[order[i]].name != NULL)
                continue;
            *round = r;
            *index = order[i];
            *attempts = xr_compare_record_attempts(loop->record, r, order[i], &done);
            if (!done)
                return TRUE;
        }
    }
    return FALSE;
}

static void take_ended(Loop *loop)
{
    for (guint i = 0; i < loop->builds; i++) {
        Place *place = &loop->places[i];
        g_autofree char *dir = NULL;
        GError *error = NULL;
        XrRunFigure *figure;

        if (place->name == NULL || !place->ended)
            continue;
        dir = g_build_filename(loop->record->dir, place->name, NULL);
        figure = xr_run_figure_read(dir, loop->plan->compare.metric, NULL);
        if (figure == NULL) {
            g_autofree char *why = xr_pool_no_verdict(place->exit_code);

            figure = xr_run_figure_none(loop->record->builds[i], loop->plan->compare.metric, why);
        }
        if (!take_run(loop, i, figure, &error))
            fail(loop, error);
    }
}

/* Begins runs as long as there is a place; FALSE where the comparison ends before all have begun. */
static gboolean begin_runs(Loop *loop, const XrComparison *comparison, guint to, XrCompareEnd *end)
{
    guint round, index, attempts;
    GError *error = NULL;

    while (loop->error == NULL && count_busy(loop) < loop->machines &&
           find_next(loop, comparison, to, &round, &index, &attempts)) {
        if (is_over(loop, comparison, end))
            return FALSE;
        tell_round(loop, comparison, round, index);
        if (begin_run(loop, round, index, attempts, &error))
            continue;
        g_clear_pointer(&loop->places[index].name, g_free);
        fail(loop, error);
    }
    return loop->error == NULL;
}

/* All rounds below to. FALSE where the comparison ends within, be it with an error. */
static gboolean run_rounds(Loop *loop, const XrComparison *comparison, guint to, XrCompareEnd *end)
{
    gboolean goes_on = begin_runs(loop, comparison, to, end);

    while (count_busy(loop) > 0) {
        g_main_context_iteration(NULL, TRUE);
        take_ended(loop);
        goes_on = goes_on && begin_runs(loop, comparison, to, end);
    }
    return goes_on;
}

gboolean xr_compare_go_on(XrCompareRecord *record, const XrPlan *plan, const XrCompareFuncs *funcs,
                          gpointer user_data, XrComparison **comparison, XrCompareEnd *end,
                          GError **error)
{
    const XrCompareRules rules = xr_compare_rules(plan);
    XrSequential *looks = xr_sequential_shared(rules.runs_min, rules.runs_max);
    const guint builds = g_strv_length(record->builds);
    g_autofree Place *places = g_new0(Place, builds);
    Loop loop = {.record = record,
                 .plan = plan,
                 .rules = rules,
                 .looks = looks,
                 .funcs = funcs,
                 .user_data = user_data,
                 .builds = builds,
                 .machines = funcs->start != NULL ? plan->compare.machines : 1,
                 .places = places};
    g_autoptr(XrComparison) now = judge(&loop);

    *end = XR_END_RUNS;
    for (guint to = rules.runs_min; to <= rules.runs_max && now->undecided > 0; to++) {
        const gboolean whole = run_rounds(&loop, now, to, end);

        xr_comparison_free(now);
        now = judge(&loop);
        if (!whole)
            break;
    }
    if (loop.error != NULL) {
        g_propagate_error(error, loop.error);
        return FALSE;
    }
    if (now->undecided == 0)
        *end = XR_END_DECIDED;
    *comparison = g_steal_pointer(&now);
    return TRUE;
}

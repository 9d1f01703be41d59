/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a night: plans run over builds in turn.
 *
 * Each plan has so many rounds as the night has runs. A round runs the baseline and each build once, in an order drawn anew
 * (run/compare.c says why). A run that ended in error or was skipped is repeated once in its place, and where that
 * is no better, no more is run of that build; nor of one that failed twice without a figure. A run that failed is news of its
 * build, and is not repeated. Without the baseline the rest of its plan is left out, for there is nothing to compare with. */
#include "run/nightly.h"

#include "base/error.h"
#include <math.h>
#include <string.h>

enum { TRIES = 2, FAILURES = 2 };

typedef struct {
    XrNightRecord *record;
    const XrNightFuncs *funcs;
    gpointer user_data;
    GPtrArray *unbuilt; /* char * or NULL, of each build */
    XrNightEnd end;
    guint plan; /* number of the one that is run */
} Night;

gboolean xr_night_told(const XrRunFigure *figure)
{
    return !g_str_equal(figure->verdict, "error") && !g_str_equal(figure->verdict, "skip");
}

static const XrCompareRecord *runs_of(const Night *night)
{
    return night->record->records->pdata[night->plan];
}

/* --- what there is --- */

/* Runs of the build in that round that told something, and others. */
static guint count_runs(const XrCompareRecord *runs, guint round, guint build, guint *others)
{
    guint told = 0;

    *others = 0;
    for (guint i = 0; i < runs->runs->len; i++) {
        const XrRunFigure *figure = runs->runs->pdata[i];

        if (figure->round != round || figure->index != build)
            continue;
        told += xr_night_told(figure);
        *others += !xr_night_told(figure);
    }
    return told;
}

gboolean xr_night_is_given_up(const XrCompareRecord *runs, guint build)
{
    guint failures = 0, others;

    for (guint i = 0; i < runs->runs->len; i++) {
        const XrRunFigure *figure = runs->runs->pdata[i];

        if (figure->index != build)
            continue;
        failures += g_str_equal(figure->verdict, "fail") && !figure->counted;
        if (count_runs(runs, figure->round, build, &others) == 0 && others >= TRIES)
            return TRUE;
    }
    return failures >= FAILURES;
}

static double seconds_spent(const Night *night, guint *count)
{
    double sum = 0;

    *count = 0;
    for (guint p = 0; p < night->record->records->len; p++) {
        const XrCompareRecord *runs = night->record->records->pdata[p];

        for (guint i = 0; i < runs->runs->len; i++) {
            const XrRunFigure *figure = runs->runs->pdata[i];

            sum += isfinite(figure->seconds) ? figure->seconds : 0;
        }
        *count += runs->runs->len;
    }
    return sum;
}

static gboolean is_over(Night *night)
{
    const double budget = (double)night->record->night->budget / 1e9;
    guint count;
    const double spent = seconds_spent(night, &count);

    if (night->funcs->compare.stopped(night->user_data))
        night->end = XR_NIGHT_END_INTERRUPTED;
    else if (budget > 0 && count > 0 && spent + spent / count > budget)
        night->end = XR_NIGHT_END_BUDGET;
    return night->end != XR_NIGHT_END_WHOLE;
}

/* --- one run --- */

static void say(const Night *night, const char *text)
{
    night->funcs->compare.note(text, night->user_data);
}

/* "; 12 min left, as it went so far". Free with g_free. */
static char *time_left(const Night *night, guint round)
{
    guint count;
    const double spent = seconds_spent(night, &count);
    const guint rounds = night->record->night->runs;
    const guint left = (night->record->plans->len - night->plan) * rounds - round;

    return count > 0 ? g_strdup_printf("; %.0f min left, as it went so far",
                                       ceil(spent / count * left * night->unbuilt->len / 60))
                     : g_strdup("");
}

static void tell_start(const Night *night, guint round, guint build)
{
    g_autofree char *left = time_left(night, round);
    const XrPlan *plan = night->record->plans->pdata[night->plan];
    g_autofree char *text = g_strdup_printf(
        "plan %s (%u of %u), round %u of %u: %s%s%s", plan->plan.name, night->plan + 1,
        night->record->plans->len, round + 1, night->record->night->runs,
        runs_of(night)->builds[build], build == 0 ? " (baseline)" : "", left);

    say(night, text);
}

static void tell_outcome(const Night *night, const XrRunFigure *figure)
{
    g_autofree char *outcome = NULL;
    g_autofree char *text = NULL;

    if (g_str_equal(figure->verdict, "pass"))
        return;
    outcome = xr_run_figure_outcome(figure);
    text = g_strdup_printf("%s: %s (record %s/%s)", runs_of(night)->builds[figure->index], outcome,
                           runs_of(night)->dir, figure->record);
    say(night, text);
}

static XrPlan *plan_of_run(const Night *night, guint round, guint build, guint tries,
                           GError **error)
{
    const XrCompareRecord *runs = runs_of(night);
    const guint builds = night->unbuilt->len;
    const guint places = builds * night->record->night->runs;
    g_autofree char *path = g_build_filename(runs->dir, "plan", NULL);

    return xr_compare_run_plan(night->record->plans->pdata[night->plan], path, runs->builds[build],
                               tries * places + round * builds + build, error);
}

static gboolean run_one(const Night *night, guint round, guint build, guint tries, GError **error)
{
    XrCompareRecord *runs = night->record->records->pdata[night->plan];
    g_autofree char *name = xr_compare_record_next(runs, build);
    g_autofree char *dir = g_build_filename(runs->dir, name, NULL);
    g_autoptr(XrPlan) plan = plan_of_run(night, round, build, tries, error);
    const gint64 begin = g_get_monotonic_time();
    g_autoptr(XrRunFigure) figure = NULL;

    if (plan == NULL)
        return FALSE;
    tell_start(night, round, build);
    figure = night->funcs->compare.run(plan, dir, night->user_data, error);
    if (figure == NULL)
        return FALSE;
    /* The signal's doing, no news of the build. */
    if (night->funcs->compare.stopped(night->user_data) && g_str_equal(figure->verdict, "error"))
        return TRUE;
    figure->round = round;
    figure->index = build;
    g_free(figure->record);
    figure->record = g_steal_pointer(&name);
    figure->seconds = (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
    figure->counted = xr_night_told(figure) && isfinite(figure->value) && figure->value > 0;
    tell_outcome(night, figure);
    return xr_compare_record_add(runs, g_steal_pointer(&figure), error);
}

/* --- rounds --- */

static gboolean is_wanted(const Night *night, guint build)
{
    return night->unbuilt->pdata[build] == NULL && !xr_night_is_given_up(runs_of(night), build) &&
           !xr_night_is_given_up(runs_of(night), 0);
}

/* Runs what the round lacks of a build. FALSE where the night ends, be it with an error. */
static gboolean run_place(Night *night, guint round, guint build, GError **error)
{
    guint tries;

    while (is_wanted(night, build) && count_runs(runs_of(night), round, build, &tries) == 0) {
        if (is_over(night) || !run_one(night, round, build, tries, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean run_plan(Night *night, GError **error)
{
    const guint builds = night->unbuilt->len;
    g_autofree guint *order = g_new(guint, builds);

    for (guint round = 0; round < night->record->night->runs; round++) {
        xr_compare_order(runs_of(night)->seed, round, builds, order);
        for (guint i = 0; i < builds; i++) {
            if (!run_place(night, round, order[i], error))
                return FALSE;
        }
    }
    return TRUE;
}

/* Before the first run, so that no compiler runs beside a run. FALSE without the baseline. */
static gboolean prepare_builds(Night *night, GError **error)
{
    char *const *builds = ((XrCompareRecord *)night->record->records->pdata[0])->builds;

    for (guint i = 0; builds[i] != NULL; i++) {
        g_autoptr(GError) why = NULL;
        g_autofree char *text = NULL;

        g_ptr_array_add(night->unbuilt, NULL);
        if (night->funcs->build(builds[i], night->user_data, &why))
            continue;
        if (night->funcs->compare.stopped(night->user_data))
            continue; /* the night ends before its first run */
        if (i == 0) {
            g_propagate_prefixed_error(error, g_steal_pointer(&why), "baseline %s: ", builds[i]);
            return FALSE;
        }
        text = g_strdup_printf("%s: %s", builds[i], why->message);
        say(night, text);
        night->unbuilt->pdata[i] = g_strdup(why->message);
    }
    return TRUE;
}

gboolean xr_night_go_on(XrNightRecord *record, const XrNightFuncs *funcs, gpointer user_data,
                        GPtrArray **unbuilt, XrNightEnd *end, GError **error)
{
    g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func(g_free);
    Night night = {record, funcs, user_data, reasons, XR_NIGHT_END_WHOLE, 0};
    g_autoptr(GError) trouble = NULL;

    if (!prepare_builds(&night, error))
        return FALSE;
    for (night.plan = 0; night.plan < record->plans->len; night.plan++) {
        if (!run_plan(&night, &trouble))
            break;
    }
    if (trouble != NULL) {
        g_propagate_error(error, g_steal_pointer(&trouble));
        return FALSE;
    }
    *end = night.end;
    *unbuilt = g_steal_pointer(&reasons);
    return TRUE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a bisection's decisions by a figure of runs.
 *
 * Each decision is a comparison of its own (run/compare.h) of the good end with the commit, in rounds of random order: the
 * good end is measured again each time, so that what the host does meanwhile is taken for no change of the code. Where
 * single runs tell the ends apart (ends.h), as with counts, a comparison ends as soon as the commit's figures are
 * clearly those of one end, and those of the good end measured beside them are still the good end's.
 * "The same" is, for a step, less than half the way from the good end to the bad one (of factors: the square root of
 * theirs), where that is more than compare.smallest_effect: what matters is which of the two a commit is like, and to be
 * sure of less takes fewer runs. */
#include "bisect/engine.h"

#include "base/error.h"
#include "boot/leftovers.h"
#include "tell/compare.h"
#include "tell/format.h"
#include <math.h>

typedef struct {
    XrBisect *b;
    gboolean is_ends;
    XrPlan plan; /* the state's, with the smallest effect of a step; borrows all else */
    XrCompareRules rules;
    XrCompareRecord *record;
    XrComparison *comparison;
    XrCompareEnd end;
} Work;

static void work_clear(Work *work)
{
    xr_compare_record_free(work->record);
    xr_comparison_free(work->comparison);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Work, work_clear)

/* A share of the error rate for each look. */
static double alpha_of(const Work *work)
{
    return work->rules.false_different / work->rules.runs_max;
}

/* Of which end the figures of a step's commit are. */
static XrSide clear_side(const Work *work, GArray *const *samples, double *error)
{
    const XrEnds ends = xr_ends_fit(work->b->good, work->b->bad);
    const double smallest = work->b->state->plan->compare.smallest_effect;
    double unused;

    if (samples[0]->len > 0 &&
        xr_ends_side(&ends, samples[0], alpha_of(work), smallest, &unused) != XR_SIDE_GOOD)
        return XR_SIDE_NEITHER;
    return xr_ends_side(&ends, samples[1], alpha_of(work), smallest, error);
}

static gboolean are_apart(const Work *work, GArray *const *samples)
{
    XrEnds ends;

    if (samples[0]->len == 0 || samples[1]->len == 0)
        return FALSE;
    ends = xr_ends_fit(samples[0], samples[1]);
    return xr_ends_are_apart(&ends, alpha_of(work), work->rules.smallest_effect);
}

/* --- the comparison --- */

static XrRunFigure *run(const XrPlan *plan, const char *dir, gpointer user_data, GError **error)
{
    const XrBisect *b = ((Work *)user_data)->b;

    return b->funcs->compare.run(plan, dir, b->user_data, error);
}

static gboolean stopped(gpointer user_data)
{
    const XrBisect *b = ((Work *)user_data)->b;

    return b->funcs->compare.stopped(b->user_data);
}

static void note(const char *text, gpointer user_data)
{
    const XrBisect *b = ((Work *)user_data)->b;

    b->funcs->compare.note(text, b->user_data);
}

static gboolean enough(const XrCompareRecord *record, gpointer user_data)
{
    const Work *work = user_data;
    g_autoptr(GPtrArray) samples = xr_compare_record_samples(record);
    GArray *const *figures = (GArray *const *)samples->pdata;
    double error;

    return work->is_ends ? are_apart(work, figures)
                         : clear_side(work, figures, &error) != XR_SIDE_NEITHER;
}

/* In the state's folder name, gone on with if it is there. */
static gboolean open_record(Work *work, const char *name, const char *commit, GError **error)
{
    const XrBisectState *state = work->b->state;
    g_autofree char *dir = xr_bisect_state_path(state, name);
    g_autofree char *file = g_build_filename(dir, "compare.json", NULL);
    g_autofree char *shown = xr_plan_show(&work->plan, FALSE);
    g_autofree char *good = xr_bisect_build_name(work->b, state->task.good);
    g_autofree char *other = xr_bisect_build_name(work->b, commit);
    const char *const builds[] = {good, other, NULL};

    if (g_file_test(file, G_FILE_TEST_EXISTS)) {
        work->record = xr_compare_record_open(dir, error);
        return work->record != NULL;
    }
    xr_leftovers_remove_tree(dir);
    work->record = xr_compare_record_new(dir, state->plan->plan.name, shown, builds,
                                         state->task.seed ^ g_str_hash(name), NULL, error);
    return work->record != NULL;
}

/* What is the same for this comparison; within what a plan can say. */
static double smallest_effect(const Work *work)
{
    static const double digit = 0.0001;
    const double smallest = work->b->state->plan->compare.smallest_effect;
    XrEnds ends;

    if (work->is_ends)
        return smallest;
    ends = xr_ends_fit(work->b->good, work->b->bad);
    return fmax(smallest, fmin(1, floor(expm1(fabs(ends.bad - ends.good) / 2) / digit) * digit));
}

static gboolean compare(Work *work, const char *name, const char *commit, GError **error)
{
    static const XrCompareFuncs funcs = {
        .run = run, .stopped = stopped, .note = note, .enough = enough};
    XrBisectResult *result = work->b->result;

    work->plan = *work->b->state->plan;
    work->plan.compare.smallest_effect = smallest_effect(work);
    work->rules = xr_compare_rules(&work->plan);
    if (!open_record(work, name, commit, error) ||
        !xr_compare_go_on(work->record, &work->plan, &funcs, work, &work->comparison, &work->end,
                          error))
        return FALSE;
    for (guint i = 0; i < work->record->runs->len; i++) {
        const XrRunFigure *figure = work->record->runs->pdata[i];

        result->seconds += isfinite(figure->seconds) ? figure->seconds : 0;
    }
    result->runs += work->record->runs->len;
    return work->end != XR_END_INTERRUPTED || xr_bisect_check_stopped(work->b, error);
}

static const char *unit_of(const Work *work)
{
    for (guint i = 0; i < work->record->runs->len; i++) {
        const XrRunFigure *figure = work->record->runs->pdata[i];

        if (figure->counted)
            return figure->unit;
    }
    return "";
}

/* --- in words --- */

static char *tell_pair(const Work *work, GArray *const *samples, const char *other)
{
    const char *const builds[] = {"the good end", other, NULL};
    const XrCompareReport report = {.rules = &work->rules,
                                    .comparison = work->comparison,
                                    .end = work->end,
                                    .builds = builds,
                                    .samples = samples,
                                    .runs = work->record->runs,
                                    .plan = work->b->state->plan->plan.name,
                                    .metric = work->b->state->plan->compare.metric,
                                    .unit = unit_of(work),
                                    .seed = work->record->seed};
    g_autofree char *sentence = xr_tell_pair_and_end(&report, 1);
    g_autofree char *failure = xr_tell_compare_failure(&report);

    return failure != NULL ? g_strdup_printf("%s; %s", sentence, failure)
                           : g_steal_pointer(&sentence);
}

/* Counts are means, too: "2.995", not "3", and not all digits there are. */
static char *tell_figure(double value, const char *unit)
{
    return g_str_equal(unit, "count") ? g_strdup_printf("%.4g", value) : xr_tell_value(value, unit);
}

static char *tell_mean(const GArray *figures, const char *unit)
{
    double sum = 0;

    for (guint i = 0; i < figures->len; i++)
        sum += g_array_index(figures, double, i);
    return tell_figure(sum / figures->len, unit);
}

static char *tell_clear(const Work *work, GArray *const *samples, XrSide side)
{
    const char *unit = unit_of(work);
    g_autofree char *own = tell_mean(samples[1], unit);
    g_autofree char *good = tell_mean(work->b->good, unit);
    g_autofree char *bad = tell_mean(work->b->bad, unit);

    return g_strdup_printf("%s in %u run%s, like the %s end (good %s, bad %s)", own,
                           samples[1]->len, samples[1]->len == 1 ? "" : "s",
                           side == XR_SIDE_GOOD ? "good" : "bad", good, bad);
}

/* --- the way --- */

static void take_ends(XrBisect *b, GArray *const *samples)
{
    g_array_set_size(b->good, 0);
    g_array_set_size(b->bad, 0);
    g_array_append_vals(b->good, samples[0]->data, samples[0]->len);
    g_array_append_vals(b->bad, samples[1]->data, samples[1]->len);
}

static gboolean reproduce(XrBisect *b, XrEndsKind *kind, char **why, double *error_rate,
                          GError **error)
{
    static const XrEndsKind kinds[] = {[XR_LIKE_SAME] = XR_ENDS_ALIKE,
                                       [XR_LIKE_DIFFERENT] = XR_ENDS_DIFFER,
                                       [XR_LIKE_UNSURE] = XR_ENDS_UNSURE};
    g_auto(Work) work = {.b = b, .is_ends = TRUE};
    g_autoptr(GPtrArray) samples = NULL;
    GArray *const *figures;

    if (!compare(&work, "ends", b->state->task.bad, error))
        return FALSE;
    samples = xr_compare_record_samples(work.record);
    figures = (GArray *const *)samples->pdata;
    take_ends(b, figures);
    *error_rate = work.rules.false_different;
    if (are_apart(&work, figures)) {
        g_autofree char *good = tell_mean(figures[0], unit_of(&work));
        g_autofree char *bad = tell_mean(figures[1], unit_of(&work));

        *kind = XR_ENDS_DIFFER;
        *why = g_strdup_printf("%s of the good end is %s, of the bad end %s, in %u and %u runs: "
                               "single runs tell them apart",
                               b->state->plan->compare.metric, good, bad, figures[0]->len,
                               figures[1]->len);
        return TRUE;
    }
    *kind = kinds[xr_comparison_kind(work.comparison)];
    *why = tell_pair(&work, figures, "the bad end");
    return TRUE;
}

/* What is different, but not as the bad end is, is no sign of what is looked for. */
static void judge_pair(const Work *work, XrBisectStep *step)
{
    const XrEnds ends = xr_ends_fit(work->b->good, work->b->bad);
    const XrPair *pair = &g_array_index(work->comparison->pairs, XrPair, 0);
    const gboolean as_bad = (pair->effect.ratio > 1) == (ends.bad > ends.good);

    step->mark = XR_BISECT_MARK_SKIP;
    if (pair->kind == XR_LIKE_SAME) {
        step->mark = XR_BISECT_MARK_GOOD;
        step->error = work->rules.false_same;
    } else if (pair->kind == XR_LIKE_DIFFERENT) {
        step->mark = as_bad ? XR_BISECT_MARK_BAD : XR_BISECT_MARK_GOOD;
        step->error = work->rules.false_different;
    }
    if (pair->kind == XR_LIKE_DIFFERENT && !as_bad) {
        g_autofree char *told = g_steal_pointer(&step->why);

        step->why = g_strdup_printf("%s: not the way the bad end differs", told);
    }
}

static gboolean decide(XrBisect *b, XrBisectStep *step, GError **error)
{
    g_auto(Work) work = {.b = b};
    g_autofree char *name = g_strdup_printf("steps/%.12s", step->commit);
    g_autofree char *label = g_strndup(step->commit, 12);
    g_autoptr(GPtrArray) samples = NULL;
    g_autoptr(GError) local = NULL;
    XrSide side;

    if (!compare(&work, name, step->commit, &local)) {
        /* A figure that this commit alone has not, or has as zero. */
        step->mark = XR_BISECT_MARK_SKIP;
        step->why = g_strdup(local->message);
        if (g_error_matches(local, XR_ERROR, XR_ERROR_INPUT) ||
            g_error_matches(local, XR_ERROR, XR_ERROR_BUILD))
            return TRUE;
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    samples = xr_compare_record_samples(work.record);
    side = clear_side(&work, (GArray *const *)samples->pdata, &step->error);
    if (side != XR_SIDE_NEITHER) {
        step->mark = side == XR_SIDE_GOOD ? XR_BISECT_MARK_GOOD : XR_BISECT_MARK_BAD;
        step->why = tell_clear(&work, (GArray *const *)samples->pdata, side);
        return TRUE;
    }
    step->error = 0;
    step->why = tell_pair(&work, (GArray *const *)samples->pdata, label);
    judge_pair(&work, step);
    return TRUE;
}

static gboolean once(XrBisect *b, const char *place, guint number, const char *commit, XrSide *side,
                     char **told, GError **error)
{
    const XrEnds ends = xr_ends_fit(b->good, b->bad);
    g_autoptr(XrRunFigure) figure = xr_bisect_measure(b, place, commit, number, error);

    if (figure == NULL)
        return FALSE;
    *side = figure->counted ? xr_ends_nearer(&ends, figure->value) : XR_SIDE_NEITHER;
    *told = figure->counted ? tell_figure(figure->value, figure->unit)
                            : g_strdup_printf("no figure (%s)", figure->verdict);
    return TRUE;
}

static double evidence(const XrBisect *b, const XrRunFigure *figure)
{
    const XrEnds ends = xr_ends_fit(b->good, b->bad);

    return xr_ends_evidence(&ends, figure->value);
}

const XrBisectWay xr_bisect_by_figure = {reproduce, decide, once, evidence, TRUE};

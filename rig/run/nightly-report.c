/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a night's record comes to.
 *
 * A build's verdict under a plan is the worst of: its runs (a run that failed makes it failed, whatever became of the others; it is an
 * error where it could not be had, or where runs that told nothing were not made up for), what is missing (unsure), and its
 * metrics. The baseline is judged by its runs alone. */
#include "run/nightly.h"

#include <math.h>

static void raise_to(XrNightCell *cell, XrNightKind kind, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* The first reason of the worst kind stays. */
static void raise_to(XrNightCell *cell, XrNightKind kind, const char *format, ...)
{
    va_list args;

    if (cell->reason != NULL && kind <= cell->kind)
        return;
    g_free(cell->reason);
    va_start(args, format);
    cell->reason = g_strdup_vprintf(format, args);
    va_end(args);
    cell->kind = kind;
}

/* --- runs --- */

static XrNightRun *run_new(const XrCompareRecord *runs, const XrRunFigure *figure,
                           const XrPlan *plan)
{
    XrNightRun *run = g_new0(XrNightRun, 1);

    run->id = g_strdup(figure->run);
    run->dir = g_build_filename(runs->dir, figure->record, NULL);
    run->verdict = g_strdup(figure->verdict);
    run->reason = g_strdup(figure->reason);
    run->complete = figure->complete;
    run->incomplete = g_strdup(figure->incomplete);
    run->seconds = figure->seconds;
    run->host_wait = figure->host_wait;
    run->starved = xr_night_is_starved(plan, figure);
    if (!g_str_equal(run->verdict, "pass") && !g_str_equal(run->verdict, "skip"))
        run->excerpt = xr_night_excerpt(run->dir);
    return run;
}

static void take_runs(XrNightCell *cell, const XrCompareRecord *runs, guint index,
                      const XrPlan *plan)
{
    for (guint i = 0; i < runs->runs->len; i++) {
        const XrRunFigure *figure = runs->runs->pdata[i];
        XrNightRun *run;

        if (figure->index != index)
            continue;
        run = run_new(runs, figure, plan);
        g_ptr_array_add(cell->runs, run);
        cell->seconds += isfinite(run->seconds) ? run->seconds : 0;
        cell->told += xr_night_told(figure);
        cell->starved += xr_night_told(figure) && run->starved;
    }
}

static const XrNightRun *first_of(const XrNightCell *cell, const char *verdict, guint *count)
{
    const XrNightRun *first = NULL;

    *count = 0;
    for (guint i = 0; i < cell->runs->len; i++) {
        const XrNightRun *run = cell->runs->pdata[i];
        const gboolean excused = run->starved && g_str_equal(verdict, "unsure");

        if (!g_str_equal(run->verdict, verdict) || excused)
            continue;
        first = first != NULL ? first : run;
        (*count)++;
    }
    return first;
}

static void judge_runs(XrNightCell *cell, gboolean given_up)
{
    guint failed, errors, skipped, unsure;
    const XrNightRun *fail = first_of(cell, "fail", &failed);
    const XrNightRun *error = first_of(cell, "error", &errors);
    const XrNightRun *skip = first_of(cell, "skip", &skipped);
    const XrNightRun *doubt = first_of(cell, "unsure", &unsure);

    if (fail != NULL)
        raise_to(cell, XR_NIGHT_FAILED, "%u of %u runs failed: %s%s%s", failed, cell->runs->len,
                 fail->reason, fail->complete ? "" : "; that run is incomplete: ",
                 fail->complete ? "" : fail->incomplete);
    /* One that was made up for is told with the runs, and weighs nothing. */
    if (error != NULL && given_up)
        raise_to(cell, XR_NIGHT_ERROR, "%u of %u runs ended in error: %s", errors, cell->runs->len,
                 error->reason);
    if (skip != NULL && given_up)
        raise_to(cell, XR_NIGHT_UNSURE, "skipped: %s", skip->reason);
    if (doubt != NULL)
        raise_to(cell, XR_NIGHT_UNSURE, "%u of %u runs are unsure: %s", unsure, cell->runs->len,
                 doubt->reason);
    if (cell->told < cell->wanted)
        raise_to(cell, XR_NIGHT_UNSURE, "%u of %u runs are missing", cell->wanted - cell->told,
                 cell->wanted);
}

/* --- metrics --- */

static const XrNightMetric *worst_of(const XrNightCell *cell, XrNightKind kind, guint *count)
{
    const XrNightMetric *first = NULL;

    *count = 0;
    for (guint i = 0; i < cell->metrics->len; i++) {
        const XrNightMetric *metric = cell->metrics->pdata[i];

        if (metric->result.kind != kind)
            continue;
        first = first != NULL ? first : metric;
        (*count)++;
    }
    return first;
}

static void judge_metrics(XrNightCell *cell)
{
    static const XrNightKind kinds[] = {XR_NIGHT_REGRESSED, XR_NIGHT_UNSURE, XR_NIGHT_IMPROVED};

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        guint count;
        const XrNightMetric *metric = worst_of(cell, kinds[i], &count);
        g_autofree char *factor = metric != NULL ? xr_tell_night_factor(metric) : NULL;
        g_autofree char *why = metric != NULL ? xr_tell_night_why(metric) : NULL;
        g_autofree char *more =
            count > 1 ? g_strdup_printf(" (and %u more)", count - 1) : g_strdup("");

        if (metric != NULL)
            raise_to(cell, kinds[i], "%s %s: %s%s", metric->metric, factor, why, more);
    }
    raise_to(cell, XR_NIGHT_SAME, "no metric of %u changed", cell->metrics->len);
}

static void judge_all_metrics(XrNightReport *report)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    for (guint c = 0; c < report->cells->len; c++) {
        const XrNightCell *cell = report->cells->pdata[c];

        for (guint i = 0; i < cell->metrics->len; i++)
            g_ptr_array_add(all, cell->metrics->pdata[i]);
    }
    g_autofree XrNightInput *inputs = g_new(XrNightInput, all->len);
    g_autofree XrNightResult *results = g_new(XrNightResult, all->len);
    for (guint i = 0; i < all->len; i++)
        inputs[i] = ((XrNightMetric *)all->pdata[i])->input;
    xr_night_judge(inputs, results, all->len, report->night->false_alarm);
    for (guint i = 0; i < all->len; i++)
        ((XrNightMetric *)all->pdata[i])->result = results[i];
}

/* --- all --- */

static XrNightCell *cell_new(const XrNightRecord *record, guint number, guint index,
                             XrHistory *history)
{
    const XrPlan *plan = record->plans->pdata[number];
    const XrCompareRecord *runs = record->records->pdata[number];
    XrNightCell *cell = g_new0(XrNightCell, 1);

    cell->plan = g_strdup(plan->plan.name);
    cell->build = g_strdup(runs->builds[index]);
    cell->is_baseline = index == 0;
    cell->again = index > 0 && g_str_equal(cell->build, runs->builds[0]);
    cell->wanted = record->night->runs;
    cell->runs = g_ptr_array_new_with_free_func((GDestroyNotify)xr_night_run_free);
    cell->metrics = index > 0
                        ? xr_night_metrics(record, number, index, history)
                        : g_ptr_array_new_with_free_func((GDestroyNotify)xr_night_metric_free);
    take_runs(cell, runs, index, plan);
    return cell;
}

static void judge_cell(XrNightCell *cell, const char *unbuilt, gboolean given_up)
{
    if (unbuilt != NULL)
        raise_to(cell, XR_NIGHT_ERROR, "cannot be built: %s", unbuilt);
    judge_runs(cell, given_up);
    if (cell->is_baseline)
        raise_to(cell, XR_NIGHT_SAME, "%u of %u runs told what it does", cell->told, cell->wanted);
    else
        judge_metrics(cell);
}

static void judge_cells(XrNightReport *report, const XrNightRecord *record,
                        const GPtrArray *unbuilt)
{
    const guint builds = g_strv_length(record->night->builds) + 1;

    for (guint i = 0; i < report->cells->len; i++) {
        XrNightCell *cell = report->cells->pdata[i];
        const guint index = i % builds;
        const char *why = unbuilt != NULL ? unbuilt->pdata[index] : NULL;

        judge_cell(cell, why, xr_night_is_given_up(record->records->pdata[i / builds], index));
        report->kind = MAX(report->kind, cell->kind);
    }
}

static XrHistory *open_history(XrNightReport *report)
{
    g_autoptr(GError) error = NULL;
    XrHistory *history = xr_history_open(&error);

    if (history == NULL)
        g_ptr_array_add(report->notes,
                        g_strdup_printf("no fences and change points: %s", error->message));
    return history;
}

XrNightReport *xr_night_report(const XrNightRecord *record, const GPtrArray *unbuilt,
                               XrNightEnd end)
{
    XrNightReport *report = g_new0(XrNightReport, 1);
    const guint builds = g_strv_length(record->night->builds) + 1;
    g_autoptr(XrHistory) history = NULL;

    report->night = record->night;
    report->end = end;
    report->id = g_strdup(record->id);
    report->dir = g_strdup(record->dir);
    report->started = g_strdup(record->started);
    report->host = xr_history_this_host();
    report->seed = record->seed;
    report->cells = g_ptr_array_new_with_free_func((GDestroyNotify)xr_night_cell_free);
    report->notes = g_ptr_array_new_with_free_func(g_free);
    history = open_history(report);
    for (guint plan = 0; plan < record->plans->len; plan++) {
        for (guint index = 0; index < builds; index++)
            g_ptr_array_add(report->cells, cell_new(record, plan, index, history));
    }
    judge_all_metrics(report);
    judge_cells(report, record, unbuilt);
    return report;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the figures of a night's runs, and what the history knows of them.
 *
 * Runs that the host held up (host_wait above limits.host_wait) are left out, tonight's and those of the history: what they gave is
 * the host's figure. Fences are of what was before the night, so that a night is not measured by itself; change points are
 * of all. */
#include "run/nightly.h"

#include "base/error.h"
#include <float.h>
#include <math.h>

/* In lockstep, and where instructions are counted, the host's haste is no part of any figure. A host_wait that is not known
 * is none. */
gboolean xr_night_is_starved(const XrPlan *plan, const XrRunFigure *figure)
{
    return plan->machine.time == XR_TIME_REAL && figure->host_wait > plan->limits.host_wait;
}

/* --- tonight --- */

/* What is judged where the night does not say. */
static void add_usual_names(GPtrArray *names, const XrPlan *plan)
{
    static const char *const more[] = {"latency_p99", "boot_time", "create_time"};

    g_ptr_array_add(names, g_strdup(plan->compare.metric));
    for (gsize i = 0; plan->machine.time == XR_TIME_REAL && i < G_N_ELEMENTS(more); i++) {
        if (!g_str_equal(more[i], plan->compare.metric))
            g_ptr_array_add(names, g_strdup(more[i]));
    }
}

/* Takes the run's figure into values where it is one that counts; setup and unit are told by any run. */
static void take_run(const XrCompareRecord *runs, const XrRunFigure *run, const XrPlan *plan,
                     XrNightMetric *metric, GArray *values, char **setup)
{
    g_autofree char *dir = g_build_filename(runs->dir, run->record, NULL);
    g_autoptr(XrRunFigure) figure = NULL;

    if (!xr_night_told(run) || xr_night_is_starved(plan, run))
        return;
    figure = xr_run_figure_read(dir, metric->metric, NULL);
    if (figure == NULL || !isfinite(figure->value) || figure->value <= 0)
        return;
    g_array_append_val(values, figure->value);
    g_free(metric->unit);
    metric->unit = g_strdup(figure->unit);
    g_free(*setup);
    *setup = g_strdup(figure->setup);
}

static void take_tonight(const XrCompareRecord *runs, const XrPlan *plan, guint index,
                         XrNightMetric *metric, char **setup)
{
    for (guint i = 0; i < runs->runs->len; i++) {
        const XrRunFigure *run = runs->runs->pdata[i];

        if (run->index == 0)
            take_run(runs, run, plan, metric, metric->base, setup);
        if (run->index == index)
            take_run(runs, run, plan, metric, metric->values, setup);
    }
}

/* --- the history --- */

/* Of the values of runs before the night, against the median since their last change. */
static XrFence fence_before(const XrHistorySeries *series, gint64 night_us)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) changes = NULL;
    guint since = 0;

    for (guint i = 0; series != NULL && i < series->points->len; i++) {
        const XrHistoryPoint *point = series->points->pdata[i];

        if (point->started_us < night_us)
            g_array_append_val(values, point->value);
    }
    changes = xr_change_points((const double *)(gpointer)values->data, values->len, XR_CHANGE_SEED);
    if (changes->len > 0)
        since = g_array_index(changes, XrChangePoint, changes->len - 1).index;
    return xr_fence((const double *)(gpointer)values->data, values->len, since);
}

static GArray *changes_of(const XrHistorySeries *series)
{
    g_autoptr(GArray) values = series != NULL ? xr_history_series_values(series)
                                              : g_array_new(FALSE, FALSE, sizeof(double));

    return xr_change_points((const double *)(gpointer)values->data, values->len, XR_CHANGE_SEED);
}

static void take_history(const XrNightRecord *record, const XrPlan *plan, const char *build,
                         const char *setup, XrHistory *history, XrNightMetric *metric)
{
    g_autofree char *host = xr_history_this_host();
    XrHistorySeriesKey key = {.plan = plan->plan.name,
                              .build = record->night->baseline,
                              .metric = metric->metric,
                              .host = host,
                              .setup = setup,
                              /* A limit of 0 is one, too. */
                              .most_wait = fmax(plan->limits.host_wait, DBL_MIN),
                              .may_be_empty = TRUE};
    g_autoptr(XrHistorySeries) base = NULL;

    if (history != NULL && setup != NULL) {
        base = xr_history_series(history, &key, NULL);
        key.build = build;
        metric->series = xr_history_series(history, &key, NULL);
    }
    metric->input.base_fence = fence_before(base, record->started_us);
    metric->input.fence = fence_before(metric->series, record->started_us);
    metric->changes = changes_of(metric->series);
}

/* --- all --- */

static XrNightMetric *metric_new(const XrNightRecord *record, guint number, guint index,
                                 const char *name, XrHistory *history)
{
    const XrPlan *plan = record->plans->pdata[number];
    const XrCompareRecord *runs = record->records->pdata[number];
    XrNightMetric *metric = g_new0(XrNightMetric, 1);
    g_autofree char *setup = NULL;

    metric->metric = g_strdup(name);
    metric->unit = g_strdup("");
    metric->base = g_array_new(FALSE, FALSE, sizeof(double));
    metric->values = g_array_new(FALSE, FALSE, sizeof(double));
    take_tonight(runs, plan, index, metric, &setup);
    take_history(record, plan, runs->builds[index], setup, history, metric);
    metric->input.metric = metric->metric;
    metric->input.unit = metric->unit;
    metric->input.base = metric->base;
    metric->input.values = metric->values;
    metric->input.smallest_effect = plan->compare.smallest_effect;
    metric->input.false_same = plan->compare.false_same;
    return metric;
}

GPtrArray *xr_night_metrics(const XrNightRecord *record, guint plan, guint index,
                            XrHistory *history)
{
    GPtrArray *metrics = g_ptr_array_new_with_free_func((GDestroyNotify)xr_night_metric_free);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const gboolean given = record->night->metrics[0] != NULL;

    for (gsize i = 0; record->night->metrics[i] != NULL; i++)
        g_ptr_array_add(names, g_strdup(record->night->metrics[i]));
    if (!given)
        add_usual_names(names, record->plans->pdata[plan]);
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(XrNightMetric) metric = metric_new(record, plan, index, names->pdata[i], history);

        /* Of those that nobody asked for by name, what no run has is none. The first is what the plan is about. */
        if (given || i == 0 || metric->base->len + metric->values->len > 0)
            g_ptr_array_add(metrics, g_steal_pointer(&metric));
    }
    return metrics;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a night's verdicts in words. */
#include "tell/nightly.h"

#include "tell/format.h"
#include <math.h>

void xr_night_run_free(XrNightRun *run)
{
    if (run == NULL)
        return;
    g_free(run->id);
    g_free(run->dir);
    g_free(run->verdict);
    g_free(run->reason);
    g_free(run->incomplete);
    g_free(run->excerpt);
    g_free(run);
}

void xr_night_metric_free(XrNightMetric *metric)
{
    if (metric == NULL)
        return;
    g_free(metric->metric);
    g_free(metric->unit);
    g_clear_pointer(&metric->base, g_array_unref);
    g_clear_pointer(&metric->values, g_array_unref);
    xr_history_series_free(metric->series);
    g_clear_pointer(&metric->changes, g_array_unref);
    g_free(metric);
}

void xr_night_cell_free(XrNightCell *cell)
{
    if (cell == NULL)
        return;
    g_free(cell->plan);
    g_free(cell->build);
    g_free(cell->reason);
    g_clear_pointer(&cell->runs, g_ptr_array_unref);
    g_clear_pointer(&cell->metrics, g_ptr_array_unref);
    g_free(cell);
}

void xr_night_report_free(XrNightReport *report)
{
    if (report == NULL)
        return;
    g_free(report->id);
    g_free(report->dir);
    g_free(report->started);
    g_free(report->host);
    g_clear_pointer(&report->cells, g_ptr_array_unref);
    g_clear_pointer(&report->notes, g_ptr_array_unref);
    g_free(report);
}

char *xr_tell_night_incomplete(const XrNightRun *run)
{
    g_autofree char *why = xr_tell_safe(run->incomplete, 600);

    if (run->complete || !g_str_equal(run->verdict, "fail"))
        return NULL;
    return g_strdup_printf("The run is incomplete: %s.", why);
}

char *xr_tell_night_build(const XrNightCell *cell)
{
    g_autofree char *build = xr_tell_safe(cell->build, 300);

    return g_strconcat(build,
                       cell->is_baseline ? " (baseline)"
                       : cell->again     ? " (A/A)"
                                         : "",
                       NULL);
}

char *xr_tell_night_factor(const XrNightMetric *metric)
{
    const double ratio = metric->result.effect.ratio;

    if (isnan(ratio))
        return g_strdup("not known");
    if (ratio >= 2 || ratio <= 0.5)
        return g_strdup_printf("%.3g times %s", ratio >= 2 ? ratio : 1 / ratio,
                               ratio >= 2 ? "higher" : "lower");
    return g_strdup_printf("%.1f %% %s", fabs(ratio - 1) * 100, ratio < 1 ? "lower" : "higher");
}

char *xr_tell_night_fence(const XrNightMetric *metric)
{
    const XrNightResult *result = &metric->result;
    const XrFence *fence = result->by_base ? &metric->input.base_fence : &metric->input.fence;
    g_autofree char *low = xr_tell_value(fence->low, metric->unit);
    g_autofree char *high = xr_tell_value(fence->high, metric->unit);

    if (fence->state == XR_FENCE_TOO_FEW)
        return g_strdup_printf("no fence yet: %u of %d runs", fence->values, XR_FENCE_FEWEST);
    if (fence->state == XR_FENCE_NOT_POSITIVE)
        return g_strdup("no fence: figures at or below zero");
    return g_strdup_printf("%s to %s (%.1f %%), of %u earlier runs of %s on this host", low, high,
                           fence->change * 100, fence->values,
                           result->by_base ? "the baseline" : "this build");
}

static char *usual_words(const XrNightMetric *metric)
{
    const XrNightResult *result = &metric->result;
    const gboolean host = result->side != 0 && result->side == result->base_side;
    const double seen = fmax(result->usual, metric->input.smallest_effect);

    return g_strdup_printf(
        "within what is usual; less than %.1f %% would not be seen%s", seen * 100,
        !host              ? ""
        : result->side < 0 ? "; both builds are below their fences: the host has "
                             "changed"
                           : "; both builds are above their fences: the host has "
                             "changed");
}

static char *bounds_words(const XrNightMetric *metric)
{
    const XrEffect *bounds = &metric->result.bounds;

    return g_strdup_printf("between %+.1f and %+.1f %%, and less than %.3g %% does not matter",
                           (bounds->low - 1) * 100, (bounds->high - 1) * 100,
                           metric->input.smallest_effect * 100);
}

char *xr_tell_night_why(const XrNightMetric *metric)
{
    const XrNightResult *result = &metric->result;
    g_autofree char *fence = xr_tell_night_fence(metric);

    switch (result->why) {
    case XR_NIGHT_BY_RANKS:
        return g_strdup_printf("the night's runs differ (rank test, p %.2g)", result->p);
    case XR_NIGHT_BY_FENCE:
        return g_strdup_printf(
            "all runs are on that side of the baseline's, by more than the usual "
            "%.1f %%",
            result->usual * 100);
    case XR_NIGHT_BY_BOUNDS:
        return bounds_words(metric);
    case XR_NIGHT_BY_USUAL:
        return usual_words(metric);
    case XR_NIGHT_FEW_RUNS:
        return g_strdup_printf("%u runs of the baseline and %u of the build have a figure that "
                               "counts; %d of each are needed",
                               metric->base->len, metric->values->len, XR_NIGHT_FEWEST);
    case XR_NIGHT_NO_FENCE:
        return g_strdup_printf("the night alone does not tell (rank test, p %.2g); %s", result->p,
                               fence);
    case XR_NIGHT_MIXED:
        return g_strdup_printf("farther from the baseline than the usual %.1f %%, but runs overlap "
                               "or scatter",
                               result->usual * 100);
    case XR_NIGHT_ALONE:
        return g_strdup("beyond its own fence, but not beside the baseline: the host may have "
                        "changed");
    }
    return g_strdup("");
}

char *xr_tell_night_change(const XrNightMetric *metric, guint index)
{
    const XrChangePoint *change = &g_array_index(metric->changes, XrChangePoint, index);
    const XrHistoryPoint *last = metric->series->points->pdata[change->index - 1];
    const XrHistoryPoint *next = metric->series->points->pdata[change->index];
    g_autofree char *name = xr_tell_safe(metric->metric, 100);
    g_autofree char *run = xr_tell_safe(next->run, 64);
    g_autofree char *time = xr_tell_time(next->started_us);
    g_autofree char *before = xr_tell_value(change->before, metric->unit);
    g_autofree char *after = xr_tell_value(change->after, metric->unit);

    return g_strdup_printf("%s changed at run %s (%s): %s before, %s after (%+.1f %%), p %.3f; %s",
                           name, run, time, before, after,
                           (change->after / change->before - 1) * 100, change->p,
                           g_str_equal(last->build_id, next->build_id) ? "the build is the same"
                                                                       : "the build is another");
}

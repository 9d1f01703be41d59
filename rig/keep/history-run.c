/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: memory of runs as the history knows them. */
#include "keep/history-run.h"

#include "plan/plan.h"

void xr_history_metric_free(XrHistoryMetric *metric)
{
    if (metric == NULL)
        return;
    g_free(metric->name);
    g_free(metric->unit);
    g_free(metric);
}

void xr_history_window_free(XrHistoryWindow *window)
{
    if (window == NULL)
        return;
    g_free(window->metric);
    g_free(window);
}

void xr_history_finding_free(XrHistoryFinding *finding)
{
    if (finding == NULL)
        return;
    g_free(finding->kind);
    g_free(finding->weight);
    g_free(finding->where);
    g_free(finding->line);
    g_free(finding->meaning);
    g_free(finding);
}

void xr_history_host_free(XrHistoryHost *host)
{
    if (host == NULL)
        return;
    g_free(host->id);
    g_free(host->fingerprint);
    g_free(host->origin);
    g_free(host->arch);
    g_free(host->cpu);
    g_free(host->kernel);
    g_free(host->distribution);
    g_free(host);
}

void xr_history_run_free(XrHistoryRun *run)
{
    if (run == NULL)
        return;
    g_free(run->id);
    g_free(run->record);
    g_free(run->plan);
    g_free(run->setup);
    g_free(run->build);
    g_free(run->build_id);
    g_free(run->xen_version);
    g_free(run->verdict);
    g_free(run->reason);
    g_free(run->incomplete);
    g_free(run->rig);
    g_free(run->mode);
    g_free(run->purpose);
    xr_history_host_free(run->host);
    xr_history_metric_free(run->figure);
    g_clear_pointer(&run->metrics, g_ptr_array_unref);
    g_clear_pointer(&run->windows, g_ptr_array_unref);
    g_clear_pointer(&run->findings, g_ptr_array_unref);
    g_free(run);
}

const char *xr_history_main_figure(const char *mode)
{
    for (XrTime time = XR_TIME_REAL; time <= XR_TIME_COUNT; time++) {
        if (g_str_equal(xr_plan_time_name(time), mode))
            return xr_plan_metric(time);
    }
    return xr_plan_metric(XR_TIME_REAL);
}

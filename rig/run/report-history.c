/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the history as a page. */
#include "run/report-history.h"

#include "base/error.h"
#include "base/since.h"
#include "tell/pages.h"

/* The search for changes takes time with the square of the runs. */
enum { GROUPS_MAX = 12, FIGURES_MAX = 24, RUNS_MAX = 200, RUNS_OTHER = 40 };

typedef struct {
    XrHistory *history;
    char *host, *this_host;
    gint64 since_us;
} Ask;

static void ask_clear(Ask *ask)
{
    xr_history_close(ask->history);
    g_free(ask->host);
    g_free(ask->this_host);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Ask, ask_clear)

static gboolean open_history(Ask *ask, const XrReportHistory *asked, GError **error)
{
    if (asked->since != NULL &&
        !xr_since_parse(asked->since, g_get_real_time(), &ask->since_us, error)) {
        g_prefix_error(error, "--since: ");
        return FALSE;
    }
    ask->history = xr_history_open(error);
    if (ask->history == NULL)
        return FALSE;
    ask->this_host = xr_history_this_host();
    ask->host = asked->host != NULL ? xr_history_find_host(ask->history, asked->host, error)
                                    : g_strdup(ask->this_host);
    if (ask->host == NULL)
        g_prefix_error(error, "--host: ");
    return ask->host != NULL;
}

/* --- groups --- */

static XrHistoryGroup *group_of(GPtrArray *groups, const XrHistoryRun *run)
{
    XrHistoryGroup *group;

    for (guint i = 0; i < groups->len; i++) {
        group = groups->pdata[i];
        if (g_str_equal(group->plan, run->plan) && g_str_equal(group->build, run->build))
            return group;
    }
    group = g_new0(XrHistoryGroup, 1);
    group->plan = g_strdup(run->plan);
    group->build = g_strdup(run->build);
    group->trends = g_ptr_array_new_with_free_func((GDestroyNotify)xr_trend_free);
    group->runs = g_ptr_array_new_with_free_func((GDestroyNotify)xr_history_run_free);
    g_ptr_array_add(groups, group);
    return group;
}

/* Runs by plan and build, those that were run last first. Takes the runs. */
static GPtrArray *group_runs(GPtrArray *taken)
{
    g_autoptr(GPtrArray) runs = taken;
    GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)xr_history_group_free);

    g_ptr_array_set_free_func(runs, NULL);
    for (guint i = 0; i < runs->len; i++) {
        XrHistoryGroup *group = group_of(groups, runs->pdata[i]);

        g_ptr_array_add(group->runs, runs->pdata[i]);
    }
    return groups;
}

/* Of the newest runs, most of them. A figure that none of the runs has is no trend. */
static gboolean add_trend(const Ask *ask, XrHistoryGroup *group, const char *setup,
                          const char *metric, guint most, GError **error)
{
    const XrHistorySeriesKey key = {.plan = group->plan,
                                    .build = group->build,
                                    .metric = metric,
                                    .host = ask->host,
                                    .setup = setup,
                                    .since_us = ask->since_us,
                                    .most_wait = XR_HISTORY_MUCH_WAIT};
    XrHistorySeries *series = xr_history_series(ask->history, &key, error);

    if (series == NULL)
        return FALSE;
    if (series->points->len > most)
        g_ptr_array_remove_range(series->points, 0, series->points->len - most);
    g_ptr_array_add(group->trends, xr_trend_new(series, ask->this_host));
    return TRUE;
}

/* The newest run that tells figures: its settings are the trends', and its own figure the first. */
static XrHistoryRun *newest_with_figures(const XrHistoryGroup *group)
{
    for (guint i = 0; i < group->runs->len; i++) {
        XrHistoryRun *run = group->runs->pdata[i];

        if (run->figure != NULL && run->setup[0] != '\0' && !g_str_equal(run->verdict, "error") &&
            !g_str_equal(run->verdict, "skip"))
            return run;
    }
    return NULL;
}

static gboolean add_trends(const Ask *ask, XrHistoryGroup *group, GError **error)
{
    XrHistoryRun *run = newest_with_figures(group);
    g_autoptr(GError) why = NULL;

    if (run == NULL)
        return TRUE;
    if (!xr_history_fill(ask->history, run, error))
        return FALSE;
    if (!add_trend(ask, group, run->setup, run->figure->name, RUNS_MAX, &why)) {
        group->why = g_strdup(why->message);
        return TRUE;
    }
    for (guint i = 0; i < run->metrics->len && group->trends->len < FIGURES_MAX; i++) {
        const XrHistoryMetric *metric = run->metrics->pdata[i];

        if (!g_str_equal(metric->name, run->figure->name))
            add_trend(ask, group, run->setup, metric->name, RUNS_OTHER, NULL);
    }
    return TRUE;
}

/* --- the page --- */

static char *scope_of(const Ask *ask, const XrReportHistory *asked)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "host %s%s", ask->host,
                           g_str_equal(ask->host, ask->this_host) ? " (this one)" : "");
    if (asked->since != NULL)
        g_string_append_printf(text, ", since %s", asked->since);
    return g_string_free(text, FALSE);
}

static char *sentence_of(const GPtrArray *groups)
{
    guint runs = 0;

    for (guint i = 0; i < groups->len; i++)
        runs += ((XrHistoryGroup *)groups->pdata[i])->runs->len;
    return g_strdup_printf("%u run%s of %u plan%s and build%s", runs, runs == 1 ? "" : "s",
                           groups->len, groups->len == 1 ? "" : "s", groups->len == 1 ? "" : "s");
}

static GPtrArray *find_groups(const Ask *ask, const XrReportHistory *asked, GError **error)
{
    const XrHistoryFilter filter = {
        .plan = asked->plan, .build = asked->build, .host = ask->host, .since_us = ask->since_us};
    GPtrArray *runs = xr_history_list(ask->history, &filter, error);

    if (runs == NULL)
        return NULL;
    if (runs->len > 0)
        return group_runs(runs);
    g_ptr_array_unref(runs);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "no such run by host %s is in the history; `xenrig history list` shows what is",
                ask->host);
    return NULL;
}

char *xr_report_history(const XrReportHistory *asked, GHashTable *hrefs, char **sentence,
                        char **hint, GError **error)
{
    g_auto(Ask) ask = {0};
    g_autoptr(GPtrArray) groups =
        open_history(&ask, asked, error) ? find_groups(&ask, asked, error) : NULL;
    g_autofree char *scope = NULL;
    guint left_out;

    if (groups == NULL)
        return NULL;
    *sentence = sentence_of(groups);
    left_out = groups->len - MIN(groups->len, GROUPS_MAX);
    g_ptr_array_set_size(groups, (gint)(groups->len - left_out));
    for (guint i = 0; i < groups->len; i++) {
        if (!add_trends(&ask, groups->pdata[i], error)) {
            g_clear_pointer(sentence, g_free);
            return NULL;
        }
    }
    scope = scope_of(&ask, asked);
    const XrHistoryView view = {scope, groups, left_out, hrefs};
    return xr_tell_html_history(&view, hint);
}

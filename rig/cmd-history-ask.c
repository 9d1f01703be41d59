/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the words of the command "history" that only ask. */
#include "base/error.h"
#include "base/since.h"
#include "cmd-history.h"
#include "commands.h"
#include "tell/history.h"
#include <stdio.h>

enum { LISTED = 30 };

/* host is kept in *host, which the filter borrows. */
static gboolean make_filter(const HistoryOptions *o, XrHistory *history, guint limit,
                            XrHistoryFilter *filter, char **host, GError **error)
{
    *filter = (XrHistoryFilter){
        .plan = o->plan, .build = o->build, .limit = o->limit > 0 ? (guint)o->limit : limit};
    if (o->since != NULL &&
        !xr_since_parse(o->since, g_get_real_time(), &filter->since_us, error)) {
        g_prefix_error(error, "--since: ");
        return FALSE;
    }
    if (o->host == NULL)
        return TRUE;
    *host = xr_history_find_host(history, o->host, error);
    filter->host = *host;
    if (*host == NULL)
        g_prefix_error(error, "--host: ");
    return *host != NULL;
}

static GPtrArray *list(const HistoryOptions *o, XrHistory *history, guint limit, GError **error)
{
    g_autofree char *host = NULL;
    XrHistoryFilter filter;

    if (!make_filter(o, history, limit, &filter, &host, error))
        return NULL;
    return xr_history_list(history, &filter, error);
}

gboolean cmd_history_list(const HistoryOptions *o, char **args, GError **error)
{
    g_autoptr(XrHistory) history = xr_history_open(error);
    g_autoptr(GPtrArray) runs = history != NULL ? list(o, history, LISTED + 1, error) : NULL;
    g_autofree char *host = xr_history_this_host();
    const gboolean more = o->limit < 0 && runs != NULL && runs->len > LISTED;

    if (runs == NULL)
        return FALSE;
    if (more)
        g_ptr_array_set_size(runs, LISTED);
    g_autofree char *text = xr_tell_history_list(runs, host);
    fputs(text, stdout);
    if (more)
        printf("the newest %d; --limit N or --since TIME shows more\n", LISTED);
    return TRUE;
}

gboolean cmd_history_show(const HistoryOptions *o, char **args, GError **error)
{
    g_autoptr(XrHistory) history = xr_history_open(error);
    g_autoptr(XrHistoryRun) run = history != NULL ? xr_history_find(history, args[0], error) : NULL;
    g_autofree char *host = xr_history_this_host();

    if (run == NULL)
        return FALSE;
    g_autofree char *text = xr_tell_history_run(run, host);
    fputs(text, stdout);
    return TRUE;
}

gboolean cmd_history_compare(const HistoryOptions *o, char **args, GError **error)
{
    g_autoptr(XrHistory) history = xr_history_open(error);
    g_autoptr(XrHistoryRun) a = history != NULL ? xr_history_find(history, args[0], error) : NULL;
    g_autoptr(XrHistoryRun) b = a != NULL ? xr_history_find(history, args[1], error) : NULL;
    g_autofree char *host = xr_history_this_host();

    if (b == NULL)
        return FALSE;
    g_autofree char *text = xr_tell_history_compare(a, b, host);
    fputs(text, stdout);
    return TRUE;
}

static XrHistorySeries *find_series(const HistoryOptions *o, XrHistory *history, GError **error)
{
    g_autofree char *host = NULL;
    XrHistoryFilter filter;
    XrHistorySeriesKey key;

    if (!make_filter(o, history, 0, &filter, &host, error))
        return NULL;
    if (host == NULL)
        host = xr_history_this_host();
    key = (XrHistorySeriesKey){.plan = o->plan,
                               .build = o->build,
                               .metric = o->metric,
                               .host = host,
                               .since_us = filter.since_us,
                               .most_wait = XR_HISTORY_MUCH_WAIT};
    return xr_history_series(history, &key, error);
}

gboolean cmd_history_trend(const HistoryOptions *o, char **args, GError **error)
{
    g_autoptr(XrHistory) history = NULL;
    g_autoptr(XrTrend) trend = NULL;
    g_autofree char *host = xr_history_this_host();
    XrHistorySeries *series;

    if (o->csv) {
        g_set_error_literal(error, XR_ERROR, XR_ERROR_INPUT,
                            "--csv: not for \"trend\"; `xenrig history export --csv` has all runs");
        return FALSE;
    }
    history = xr_history_open(error);
    series = history != NULL ? find_series(o, history, error) : NULL;
    if (series == NULL)
        return FALSE;
    trend = xr_trend_new(series, host);
    if (o->json) {
        cmd_print_json(xr_tell_trend_json(trend));
        return TRUE;
    }
    g_autofree char *text = xr_tell_trend(trend);
    fputs(text, stdout);
    return TRUE;
}

gboolean cmd_history_export(const HistoryOptions *o, char **args, GError **error)
{
    g_autoptr(XrHistory) history = NULL;
    g_autoptr(GPtrArray) runs = NULL;

    if (o->json == o->csv) {
        g_set_error_literal(error, XR_ERROR, XR_ERROR_INPUT,
                            "say `xenrig history export --json` or `… --csv`");
        return FALSE;
    }
    history = xr_history_open(error);
    runs = history != NULL ? list(o, history, 0, error) : NULL;
    for (guint i = 0; runs != NULL && i < runs->len; i++) {
        if (!xr_history_fill(history, runs->pdata[i], error))
            return FALSE;
    }
    if (runs == NULL)
        return FALSE;
    if (o->json) {
        cmd_print_json(xr_tell_history_json(runs));
        return TRUE;
    }
    g_autofree char *text = xr_tell_history_csv(runs);
    fputs(text, stdout);
    return TRUE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: series of a metric over runs that may be taken together. */
#include "keep/history-db.h"

#include "base/error.h"
#include <math.h>

enum { NAMED = 8 };

/* One of the names is the host's, in every statement below. */
#define SAME "r.plan = ?1 AND r.host = ?2 AND (r.build = ?3 OR r.build_id = ?3)"

static void point_free(gpointer data)
{
    XrHistoryPoint *point = data;

    g_free(point->run);
    g_free(point->build_id);
    g_free(point->xen_version);
    g_free(point->verdict);
    g_free(point);
}

void xr_history_series_free(XrHistorySeries *series)
{
    if (series == NULL)
        return;
    g_free(series->plan);
    g_free(series->setup);
    g_free(series->build);
    g_free(series->metric);
    g_free(series->host);
    g_free(series->unit);
    g_clear_pointer(&series->points, g_ptr_array_unref);
    g_free(series);
}

static sqlite3_stmt *prepare(XrHistory *history, const XrHistorySeriesKey *key, const char *sql,
                             GError **error)
{
    sqlite3_stmt *statement = xr_db_prepare(history, sql, error);

    if (statement == NULL)
        return NULL;
    xr_db_bind_text(statement, 1, key->plan);
    xr_db_bind_text(statement, 2, key->host);
    xr_db_bind_text(statement, 3, key->build);
    return statement;
}

static gboolean check_key(const XrHistorySeriesKey *key, GError **error)
{
    const char *const parts[] = {key->plan, key->build, key->host};
    static const char *const names[] = {"plan", "build", "host"};

    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i] != NULL && parts[i][0] != '\0')
            continue;
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "a series is of one plan, build, metric and host: name the %s", names[i]);
        return FALSE;
    }
    return TRUE;
}

/* First column of all rows, with ", " between; at most NAMED of them. Free with g_free. */
static char *list(XrHistory *history, sqlite3_stmt *statement)
{
    GString *text = g_string_new(NULL);
    gboolean row = TRUE;
    guint count = 0;

    while (xr_db_step(history, statement, &row, NULL) && row) {
        g_autofree char *name = xr_db_text(statement, 0);

        if (count++ < NAMED)
            g_string_append_printf(text, "%s%s", count > 1 ? ", " : "", name);
    }
    if (count > NAMED)
        g_string_append_printf(text, " and %u more", count - NAMED);
    if (count == 0)
        g_string_append(text, "none");
    return g_string_free(text, FALSE);
}

static void refuse_unknown(XrHistory *history, const XrHistorySeriesKey *key, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = xr_db_prepare(
        history,
        "SELECT plan || ' on ' || build || ' (' || count(*) || ')' FROM runs WHERE host = ?1 AND"
        " setup <> '' GROUP BY plan, build ORDER BY count(*) DESC, plan, build",
        error);
    g_autofree char *names = NULL;

    if (statement == NULL)
        return;
    xr_db_bind_text(statement, 1, key->host);
    names = list(history, statement);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "no run of plan \"%s\" on build \"%s\" by host %s is in the history; of this host "
                "it has: %s",
                key->plan, key->build, key->host, names);
}

static void refuse_metric(XrHistory *history, const XrHistorySeries *series, gboolean since,
                          GError **error)
{
    g_autoptr(sqlite3_stmt) statement = xr_db_prepare(
        history,
        "SELECT DISTINCT m.name FROM runs r JOIN metrics m ON m.run = r.number WHERE r.plan = ?1"
        " AND r.host = ?2 AND r.setup = ?3 AND instr(m.name, '.') = 0 ORDER BY m.name",
        error);
    g_autofree char *names = NULL;

    if (statement == NULL)
        return;
    xr_db_bind_text(statement, 1, series->plan);
    xr_db_bind_text(statement, 2, series->host);
    xr_db_bind_text(statement, 3, series->setup);
    names = list(history, statement);
    g_set_error(
        error, XR_ERROR, XR_ERROR_INPUT,
        "no run of plan \"%s\" on build \"%s\" by host %s that ended%s neither in error nor in "
        "skip has a figure \"%s\"; runs of the plan have: %s",
        series->plan, series->build, series->host, since ? " since then" : "", series->metric,
        names);
}

static void refuse_starved(const XrHistorySeries *series, GError **error)
{
    const gboolean one = series->starved == 1;
    g_autofree char *all =
        one ? g_strdup("the only run") : g_strdup_printf("all of the %u runs", series->starved);

    g_set_error(
        error, XR_ERROR, XR_ERROR_INPUT,
        "%s of plan \"%s\" on build \"%s\" by host %s with a figure \"%s\" %s left out, as the "
        "host let %s wait for its CPUs in more than %.0f %% of the time; run the plan when "
        "nothing else runs there (the figure host_wait tells how long each run waited)",
        all, series->plan, series->build, series->host, series->metric, one ? "is" : "are",
        one ? "it" : "each", series->most_wait * 100);
}

/* What the key leaves open is as the newest run has it: its settings, and the figure that it is known by. */
static gboolean fill_in(XrHistory *history, const XrHistorySeriesKey *key, XrHistorySeries *series,
                        GError **error)
{
    g_autoptr(sqlite3_stmt) statement =
        prepare(history, key,
                "SELECT r.setup, main_figure(r.mode) FROM runs r WHERE " SAME
                " AND r.setup <> '' AND (?4 IS NULL OR r.setup = ?4)"
                " ORDER BY r.started_us DESC LIMIT 1",
                error);
    gboolean row;

    if (statement == NULL)
        return FALSE;
    xr_db_bind_text(statement, 4, key->setup);
    if (!xr_db_step(history, statement, &row, error))
        return FALSE;
    if (!row) {
        refuse_unknown(history, key, error);
        return FALSE;
    }
    series->setup = xr_db_text(statement, 0);
    if (series->metric == NULL)
        series->metric = xr_db_text(statement, 1);
    return TRUE;
}

static gboolean count_others(XrHistory *history, const XrHistorySeriesKey *key,
                             XrHistorySeries *series, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = prepare(
        history, key, "SELECT count(*) FROM runs r WHERE " SAME " AND r.setup <> ?4", error);
    gboolean row;

    if (statement == NULL)
        return FALSE;
    xr_db_bind_text(statement, 4, series->setup);
    if (!xr_db_step(history, statement, &row, error))
        return FALSE;
    series->others = (guint)sqlite3_column_int64(statement, 0);
    return TRUE;
}

static void take_point(XrHistorySeries *series, sqlite3_stmt *row)
{
    XrHistoryPoint *point = g_new0(XrHistoryPoint, 1);

    point->run = xr_db_text(row, 0);
    point->build_id = xr_db_text(row, 1);
    point->xen_version = xr_db_text(row, 2);
    point->verdict = xr_db_text(row, 3);
    point->started_us = sqlite3_column_int64(row, 4);
    point->value = xr_db_double(row, 5);
    point->low = xr_db_double(row, 6);
    point->high = xr_db_double(row, 7);
    g_free(series->unit);
    series->unit = xr_db_text(row, 8);
    g_ptr_array_add(series->points, point);
}

/* What host_wait has to be above for a run to be no point; a host_wait that is not known is none. */
static double limit_of(const XrHistorySeries *series)
{
    const gboolean limited = series->most_wait > 0 && !g_str_equal(series->metric, "host_wait");

    return limited ? series->most_wait : INFINITY;
}

static void take_row(XrHistorySeries *series, sqlite3_stmt *row)
{
    if (sqlite3_column_int(row, 9) != 0)
        series->starved++;
    else
        take_point(series, row);
}

static gboolean read_points(XrHistory *history, const XrHistorySeriesKey *key,
                            XrHistorySeries *series, GError **error)
{
    g_autoptr(sqlite3_stmt) statement =
        prepare(history, key,
                "SELECT r.id, r.build_id, r.xen_version, r.verdict, r.started_us, m.value, m.low,"
                " m.high, m.unit, w.value > ?7"
                " FROM runs r JOIN metrics m ON m.run = r.number AND m.name = ?4"
                " LEFT JOIN metrics w"
                " ON w.run = r.number AND w.name = 'host_wait' AND r.mode = 'real'"
                " WHERE " SAME " AND r.setup = ?5 AND r.started_us >= ?6"
                " AND r.verdict NOT IN ('error', 'skip') AND m.value IS NOT NULL"
                " ORDER BY r.started_us, r.number",
                error);
    gboolean row = TRUE;

    if (statement == NULL)
        return FALSE;
    xr_db_bind_text(statement, 4, series->metric);
    xr_db_bind_text(statement, 5, series->setup);
    sqlite3_bind_int64(statement, 6, key->since_us);
    xr_db_bind_double(statement, 7, limit_of(series));
    while (row) {
        if (!xr_db_step(history, statement, &row, error))
            return FALSE;
        if (row)
            take_row(series, statement);
    }
    if (series->points->len > 0 || (series->starved > 0 && key->may_be_empty))
        return TRUE;
    if (series->starved > 0)
        refuse_starved(series, error);
    else
        refuse_metric(history, series, key->since_us > 0, error);
    return FALSE;
}

XrHistorySeries *xr_history_series(XrHistory *history, const XrHistorySeriesKey *key,
                                   GError **error)
{
    g_autoptr(XrHistorySeries) series = g_new0(XrHistorySeries, 1);

    if (!check_key(key, error))
        return NULL;
    series->plan = g_strdup(key->plan);
    series->build = g_strdup(key->build);
    series->metric = g_strdup(key->metric);
    series->host = g_strdup(key->host);
    series->most_wait = key->most_wait;
    series->points = g_ptr_array_new_with_free_func(point_free);
    if (key->setup != NULL && key->metric != NULL)
        series->setup = g_strdup(key->setup);
    else if (!fill_in(history, key, series, error))
        return NULL;
    if (!count_others(history, key, series, error) || !read_points(history, key, series, error))
        return NULL;
    return g_steal_pointer(&series);
}

GArray *xr_history_series_values(const XrHistorySeries *series)
{
    GArray *values = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; i < series->points->len; i++) {
        const XrHistoryPoint *point = series->points->pdata[i];

        g_array_append_val(values, point->value);
    }
    return values;
}

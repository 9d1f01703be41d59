/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the history is asked for: lists, single runs, hosts. */
#include "keep/history-db.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "keep/record.h"
#include <string.h>

enum { NAMED = 5 };

#define COLUMNS                                                                                    \
    "SELECT r.id, r.record, r.plan, r.setup, r.build, r.build_id, r.xen_version, r.verdict,"       \
    " r.reason, r.rig, r.mode, r.purpose, r.incomplete, r.complete, r.started_us, r.seconds,"      \
    " h.id, h.fingerprint, h.origin, h.arch, h.cpu, h.kernel, h.distribution, h.cores,"            \
    " h.memory_bytes, m.name, m.unit, m.value, m.low, m.high, m.count"                             \
    " FROM runs r JOIN hosts h ON h.id = r.host LEFT JOIN metrics m ON m.run = r.number AND"       \
    " m.name = main_figure(r.mode) "

static XrHistoryHost *read_host(sqlite3_stmt *row, int at)
{
    XrHistoryHost *host = g_new0(XrHistoryHost, 1);

    host->id = xr_db_text(row, at);
    host->fingerprint = xr_db_text(row, at + 1);
    host->origin = xr_db_text(row, at + 2);
    host->arch = xr_db_text(row, at + 3);
    host->cpu = xr_db_text(row, at + 4);
    host->kernel = xr_db_text(row, at + 5);
    host->distribution = xr_db_text(row, at + 6);
    host->cores = sqlite3_column_int64(row, at + 7);
    host->memory_bytes = sqlite3_column_int64(row, at + 8);
    return host;
}

static XrHistoryMetric *read_metric(sqlite3_stmt *row, int at)
{
    XrHistoryMetric *metric = g_new0(XrHistoryMetric, 1);

    metric->name = xr_db_text(row, at);
    metric->unit = xr_db_text(row, at + 1);
    metric->value = xr_db_double(row, at + 2);
    metric->low = xr_db_double(row, at + 3);
    metric->high = xr_db_double(row, at + 4);
    metric->count = (guint)sqlite3_column_int64(row, at + 5);
    return metric;
}

static XrHistoryRun *read_run(sqlite3_stmt *row)
{
    XrHistoryRun *run = g_new0(XrHistoryRun, 1);
    char **const texts[] = {&run->id,        &run->record,   &run->plan,        &run->setup,
                            &run->build,     &run->build_id, &run->xen_version, &run->verdict,
                            &run->reason,    &run->rig,      &run->mode,        &run->purpose,
                            &run->incomplete};
    int at = 0;

    for (; at < (int)G_N_ELEMENTS(texts); at++)
        *texts[at] = xr_db_text(row, at);
    run->complete = sqlite3_column_int(row, at) != 0;
    run->started_us = sqlite3_column_int64(row, at + 1);
    run->seconds = xr_db_double(row, at + 2);
    run->host = read_host(row, at + 3);
    if (sqlite3_column_type(row, at + 12) != SQLITE_NULL)
        run->figure = read_metric(row, at + 12);
    return run;
}

static GPtrArray *read_runs(XrHistory *history, sqlite3_stmt *statement, GError **error)
{
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func((GDestroyNotify)xr_history_run_free);
    gboolean row;

    do {
        if (!xr_db_step(history, statement, &row, error))
            return NULL;
        if (row)
            g_ptr_array_add(runs, read_run(statement));
    } while (row);
    return g_steal_pointer(&runs);
}

GPtrArray *xr_history_list(XrHistory *history, const XrHistoryFilter *filter, GError **error)
{
    g_autoptr(sqlite3_stmt) statement =
        xr_db_prepare(history,
                      COLUMNS "WHERE (?1 IS NULL OR r.plan = ?1)"
                              " AND (?2 IS NULL OR r.build = ?2 OR r.build_id = ?2)"
                              " AND (?3 IS NULL OR r.host = ?3) AND r.started_us >= ?4"
                              " ORDER BY r.started_us DESC, r.number DESC LIMIT ?5",
                      error);

    if (statement == NULL)
        return NULL;
    xr_db_bind_text(statement, 1, filter->plan);
    xr_db_bind_text(statement, 2, filter->build);
    xr_db_bind_text(statement, 3, filter->host);
    sqlite3_bind_int64(statement, 4, filter->since_us);
    sqlite3_bind_int64(statement, 5, filter->limit > 0 ? (gint64)filter->limit : -1);
    return read_runs(history, statement, error);
}

/* --- one run --- */

typedef gpointer (*ReadFunc)(sqlite3_stmt *row);

static gpointer read_metric_row(sqlite3_stmt *row)
{
    return read_metric(row, 0);
}

static gpointer read_window_row(sqlite3_stmt *row)
{
    XrHistoryWindow *window = g_new0(XrHistoryWindow, 1);

    window->metric = xr_db_text(row, 0);
    window->number = (guint)sqlite3_column_int64(row, 1);
    window->value = xr_db_double(row, 2);
    return window;
}

static gpointer read_finding_row(sqlite3_stmt *row)
{
    XrHistoryFinding *finding = g_new0(XrHistoryFinding, 1);

    finding->kind = xr_db_text(row, 0);
    finding->weight = xr_db_text(row, 1);
    finding->where = xr_db_text(row, 2);
    finding->when_s = xr_db_double(row, 3);
    finding->line = xr_db_text(row, 4);
    finding->meaning = xr_db_text(row, 5);
    finding->count = (guint)sqlite3_column_int64(row, 6);
    return finding;
}

/* Rows that belong to the run; NULL with error. */
static GPtrArray *read_parts(XrHistory *history, const XrHistoryRun *run, const char *sql,
                             ReadFunc read, GDestroyNotify free_part, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = xr_db_prepare(history, sql, error);
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(free_part);
    gboolean row = TRUE;

    if (statement == NULL)
        return NULL;
    xr_db_bind_text(statement, 1, run->id);
    sqlite3_bind_int64(statement, 2, run->started_us);
    while (row) {
        if (!xr_db_step(history, statement, &row, error))
            return NULL;
        if (row)
            g_ptr_array_add(parts, read(statement));
    }
    return g_steal_pointer(&parts);
}

#define OF_RUN " WHERE run = (SELECT number FROM runs WHERE id = ?1 AND started_us = ?2) ORDER BY "

gboolean xr_history_fill(XrHistory *history, XrHistoryRun *run, GError **error)
{
    g_clear_pointer(&run->metrics, g_ptr_array_unref);
    g_clear_pointer(&run->windows, g_ptr_array_unref);
    g_clear_pointer(&run->findings, g_ptr_array_unref);
    run->metrics = read_parts(
        history, run, "SELECT name, unit, value, low, high, count FROM metrics" OF_RUN "name",
        read_metric_row, (GDestroyNotify)xr_history_metric_free, error);
    if (run->metrics == NULL)
        return FALSE;
    run->windows = read_parts(history, run,
                              "SELECT metric, number, value FROM windows" OF_RUN "metric, number",
                              read_window_row, (GDestroyNotify)xr_history_window_free, error);
    if (run->windows == NULL)
        return FALSE;
    run->findings = read_parts(
        history, run,
        "SELECT kind, weight, place, when_s, line, meaning, count FROM findings" OF_RUN "number",
        read_finding_row, (GDestroyNotify)xr_history_finding_free, error);
    return run->findings != NULL;
}

static GPtrArray *match(XrHistory *history, const char *condition, const char *text, GError **error)
{
    g_autofree char *sql =
        g_strconcat(COLUMNS "WHERE ", condition, " ORDER BY r.started_us DESC", NULL);
    g_autoptr(sqlite3_stmt) statement = xr_db_prepare(history, sql, error);

    if (statement == NULL)
        return NULL;
    xr_db_bind_text(statement, 1, text);
    return read_runs(history, statement, error);
}

static void refuse_several(const GPtrArray *runs, const char *name, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < MIN(runs->len, (guint)NAMED); i++) {
        const XrHistoryRun *run = runs->pdata[i];
        g_autofree char *record = xr_text_escape(run->record, -1, 1024);

        g_string_append_printf(names, "%s%s (%s)", i > 0 ? ", " : "", run->id, record);
    }
    if (runs->len > NAMED)
        g_string_append_printf(names, " and %u more", runs->len - NAMED);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "\"%s\" is how %u runs begin: %s; give more of the id, or the record's folder",
                name, runs->len, names->str);
}

/* The runs that name can mean, by the first way that gives any. */
static GPtrArray *match_name(XrHistory *history, const char *name, GError **error)
{
    g_autofree char *path = g_canonicalize_filename(name, NULL);
    g_autoptr(GPtrArray) runs = match(history, "r.id = ?1", name, error);

    if (runs != NULL && runs->len == 0) {
        g_ptr_array_unref(runs);
        runs = match(history, "r.record = ?1", path, error);
    }
    if (runs != NULL && runs->len == 0 && name[0] != '\0') {
        g_ptr_array_unref(runs);
        runs = match(history, "substr(r.id, 1, length(?1)) = ?1", name, error);
    }
    return g_steal_pointer(&runs);
}

XrHistoryRun *xr_history_find(XrHistory *history, const char *name, GError **error)
{
    g_autoptr(GPtrArray) runs = match_name(history, name, error);
    g_autoptr(XrHistoryRun) run = NULL;

    if (runs == NULL)
        return NULL;
    if (runs->len == 0)
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "\"%s\" is neither a run's id nor how one begins nor a record that the history "
                    "knows; `xenrig history` lists the runs",
                    name);
    else if (runs->len > 1)
        refuse_several(runs, name, error);
    if (runs->len != 1)
        return NULL;
    run = g_ptr_array_steal_index(runs, 0);
    return xr_history_fill(history, run, error) ? g_steal_pointer(&run) : NULL;
}

/* --- hosts --- */

char *xr_history_this_host(void)
{
    g_autoptr(JsonObject) host = xr_host_fingerprint();

    return g_strdup(xr_json_string(host, "id", ""));
}

char *xr_history_find_host(XrHistory *history, const char *text, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) names = g_string_new(NULL);
    gboolean row = TRUE;

    if (g_str_equal(text, "this"))
        return xr_history_this_host();
    statement = xr_db_prepare(history, "SELECT id, cpu FROM hosts ORDER BY id", error);
    if (statement == NULL)
        return NULL;
    while (row) {
        if (!xr_db_step(history, statement, &row, error))
            return NULL;
        if (!row)
            break;
        g_autofree char *id = xr_db_text(statement, 0);
        g_autofree char *cpu = xr_db_text(statement, 1);

        g_string_append_printf(names, "%s%s (%s)", names->len > 0 ? ", " : "", id, cpu);
        if (g_str_equal(id, text))
            return g_steal_pointer(&id);
        if (g_str_has_prefix(id, text))
            g_ptr_array_add(ids, g_steal_pointer(&id));
    }
    if (ids->len == 1)
        return g_ptr_array_steal_index(ids, 0);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "\"%s\" is how %s of the history's hosts begins; it knows: %s, and \"this\"", text,
                ids->len == 0 ? "none" : "more than one", names->len > 0 ? names->str : "none yet");
    return NULL;
}

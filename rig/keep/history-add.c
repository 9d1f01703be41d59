/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: runs entered into the history, and taken out of it. */
#include "keep/history-db.h"

#include "base/error.h"
#include "base/text.h"
#include "boot/leftovers.h"
#include "keep/folder.h"
#include <unistd.h>

static gboolean add_host(XrHistory *history, const XrHistoryHost *host, GError **error)
{
    g_autoptr(sqlite3_stmt) insert =
        xr_db_prepare(history,
                      "INSERT INTO hosts (id, fingerprint, origin, arch, cpu, kernel, distribution,"
                      " cores, memory_bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                      " ON CONFLICT (id) DO NOTHING",
                      error);

    if (insert == NULL)
        return FALSE;
    xr_db_bind_text(insert, 1, host->id);
    xr_db_bind_text(insert, 2, host->fingerprint);
    xr_db_bind_text(insert, 3, host->origin);
    xr_db_bind_text(insert, 4, host->arch);
    xr_db_bind_text(insert, 5, host->cpu);
    xr_db_bind_text(insert, 6, host->kernel);
    xr_db_bind_text(insert, 7, host->distribution);
    sqlite3_bind_int64(insert, 8, host->cores);
    sqlite3_bind_int64(insert, 9, host->memory_bytes);
    return xr_db_run(history, insert, error);
}

/* What belongs to the run goes with it. */
static gboolean drop(XrHistory *history, const XrHistoryRun *run, GError **error)
{
    g_autoptr(sqlite3_stmt) statement =
        xr_db_prepare(history, "DELETE FROM runs WHERE id = ?1 AND started_us = ?2", error);

    if (statement == NULL)
        return FALSE;
    xr_db_bind_text(statement, 1, run->id);
    sqlite3_bind_int64(statement, 2, run->started_us);
    return xr_db_run(history, statement, error);
}

static gboolean add_run(XrHistory *history, const XrHistoryRun *run, GError **error)
{
    const char *const texts[] = {run->id,     run->host->id,  run->record,      run->plan,
                                 run->build,  run->build_id,  run->xen_version, run->verdict,
                                 run->reason, run->rig,       run->mode,        run->purpose,
                                 run->setup,  run->incomplete};
    g_autoptr(sqlite3_stmt) insert = xr_db_prepare(
        history,
        "INSERT INTO runs (id, host, record, plan, build, build_id, xen_version, verdict, reason,"
        " rig, mode, purpose, setup, incomplete, complete, started_us, seconds)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        error);

    if (insert == NULL)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        xr_db_bind_text(insert, (int)i + 1, texts[i]);
    sqlite3_bind_int(insert, 15, run->complete);
    sqlite3_bind_int64(insert, 16, run->started_us);
    xr_db_bind_double(insert, 17, run->seconds);
    return xr_db_run(history, insert, error);
}

static gboolean add_metrics(XrHistory *history, const GPtrArray *metrics, gint64 run,
                            GError **error)
{
    g_autoptr(sqlite3_stmt) insert =
        xr_db_prepare(history,
                      "INSERT OR REPLACE INTO metrics (run, name, unit, value, low, high, count)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                      error);

    for (guint i = 0; insert != NULL && i < metrics->len; i++) {
        const XrHistoryMetric *metric = metrics->pdata[i];

        sqlite3_bind_int64(insert, 1, run);
        xr_db_bind_text(insert, 2, metric->name);
        xr_db_bind_text(insert, 3, metric->unit);
        xr_db_bind_double(insert, 4, metric->value);
        xr_db_bind_double(insert, 5, metric->low);
        xr_db_bind_double(insert, 6, metric->high);
        sqlite3_bind_int64(insert, 7, metric->count);
        if (!xr_db_run(history, insert, error))
            return FALSE;
    }
    return insert != NULL;
}

static gboolean add_windows(XrHistory *history, const GPtrArray *windows, gint64 run,
                            GError **error)
{
    g_autoptr(sqlite3_stmt) insert = xr_db_prepare(
        history, "INSERT INTO windows (run, metric, number, value) VALUES (?1, ?2, ?3, ?4)", error);

    for (guint i = 0; insert != NULL && i < windows->len; i++) {
        const XrHistoryWindow *window = windows->pdata[i];

        sqlite3_bind_int64(insert, 1, run);
        xr_db_bind_text(insert, 2, window->metric);
        sqlite3_bind_int64(insert, 3, window->number);
        xr_db_bind_double(insert, 4, window->value);
        if (!xr_db_run(history, insert, error))
            return FALSE;
    }
    return insert != NULL;
}

static gboolean add_findings(XrHistory *history, const GPtrArray *findings, gint64 run,
                             GError **error)
{
    g_autoptr(sqlite3_stmt) insert = xr_db_prepare(
        history,
        "INSERT INTO findings (run, number, kind, weight, place, when_s, line, meaning, count)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        error);

    for (guint i = 0; insert != NULL && i < findings->len; i++) {
        const XrHistoryFinding *finding = findings->pdata[i];

        sqlite3_bind_int64(insert, 1, run);
        sqlite3_bind_int64(insert, 2, i + 1);
        xr_db_bind_text(insert, 3, finding->kind);
        xr_db_bind_text(insert, 4, finding->weight);
        xr_db_bind_text(insert, 5, finding->where);
        xr_db_bind_double(insert, 6, finding->when_s);
        xr_db_bind_text(insert, 7, finding->line);
        xr_db_bind_text(insert, 8, finding->meaning);
        sqlite3_bind_int64(insert, 9, finding->count);
        if (!xr_db_run(history, insert, error))
            return FALSE;
    }
    return insert != NULL;
}

static gboolean add_all(XrHistory *history, const XrHistoryRun *run, GError **error)
{
    gint64 number;

    if (!drop(history, run, error) || !add_host(history, run->host, error) ||
        !add_run(history, run, error))
        return FALSE;
    number = sqlite3_last_insert_rowid(history->db);
    return add_metrics(history, run->metrics, number, error) &&
           add_windows(history, run->windows, number, error) &&
           add_findings(history, run->findings, number, error);
}

gboolean xr_history_add(XrHistory *history, const XrHistoryRun *run, GError **error)
{
    return xr_db_begin(history, error) && xr_db_end(history, add_all(history, run, error), error);
}

gboolean xr_history_enter(const char *dir, GError **error)
{
    g_autoptr(XrHistoryRun) run = xr_history_run_read(dir, error);
    g_autoptr(XrHistory) history = run != NULL ? xr_history_open(error) : NULL;

    return history != NULL && xr_history_add(history, run, error);
}

/* --- out again --- */

static gboolean refuse_used(const XrHistoryRun *run, const char *dir, GError **error)
{
    g_autofree char *shown = xr_text_escape(dir, -1, 1024);

    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s: not removed: %s is in use, a run or a comparison is under way in it; wait for "
                "its end",
                run->id, shown);
    return FALSE;
}

/* Folder of the comparison that the record is a part of, or NULL. Free with g_free. */
static char *comparison_of(const char *record)
{
    g_autofree char *runs = g_path_get_dirname(record);
    g_autofree char *comparison = g_path_get_dirname(runs);
    g_autofree char *file = g_build_filename(comparison, "compare.json", NULL);

    return g_file_test(file, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer(&comparison) : NULL;
}

static gboolean remove_record(const XrHistoryRun *run, GError **error)
{
    g_autofree char *shown = xr_text_escape(run->record, -1, 1024);

    /* What the history says of a path may be old: nothing but a record is removed. */
    if (!xr_history_is_record(run->record)) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s: not removed: %s is there, but is no record of a run; move it away, and "
                    "the history forgets the run",
                    run->id, shown);
        return FALSE;
    }
    xr_leftovers_remove_tree(run->record);
    if (!g_file_test(run->record, G_FILE_TEST_EXISTS))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s: %s cannot be removed; see whose it is, and remove it by hand", run->id, shown);
    return FALSE;
}

static gboolean drop_both(XrHistory *history, const XrHistoryRun *run, GError **error)
{
    return drop(history, run, error) &&
           (!g_file_test(run->record, G_FILE_TEST_EXISTS) || remove_record(run, error));
}

gboolean xr_history_remove(XrHistory *history, const XrHistoryRun *run, GError **error)
{
    g_autofree char *comparison = comparison_of(run->record);
    const gboolean there = g_file_test(run->record, G_FILE_TEST_IS_DIR);
    const int whole = comparison != NULL ? xr_folder_take(comparison) : -1;
    const int own = there ? xr_folder_take(run->record) : -1;
    gboolean done;

    if (comparison != NULL && whole < 0)
        done = refuse_used(run, comparison, error);
    else if (there && own < 0)
        done = refuse_used(run, run->record, error);
    else
        done = xr_db_begin(history, error) &&
               xr_db_end(history, drop_both(history, run, error), error);
    xr_folder_let_go(own);
    xr_folder_let_go(whole);
    return done;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the history's database: opening, statements, errors. */
#include "keep/history-db.h"

#include "base/error.h"
#include "base/paths.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MS = 10 * 1000 };

/* What to do about it. */
static const char *way_out(int code)
{
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "it is damaged; `xenrig history rebuild` moves it aside and makes it anew from the "
               "records";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another xenrig has been writing to it for 10 s; once that has ended, "
               "`xenrig history rebuild` enters what is missing";
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return "free some space; `xenrig history rebuild` then enters what is missing from the "
               "records";
    default:
        return "`xenrig history rebuild` enters what is missing from the records";
    }
}

gboolean xr_db_fail(XrHistory *history, const char *what, GError **error)
{
    const int code = sqlite3_extended_errcode(history->db);
    const int system = sqlite3_system_errno(history->db);
    const gboolean told = (code & 0xff) == SQLITE_IOERR && system != 0;

    g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: %s: %s%s%s; %s", history->path, what,
                sqlite3_errmsg(history->db), told ? ": " : "", told ? g_strerror(system) : "",
                way_out(code));
    return FALSE;
}

gboolean xr_db_exec(XrHistory *history, const char *sql, const char *what, GError **error)
{
    if (sqlite3_exec(history->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return TRUE;
    return xr_db_fail(history, what, error);
}

sqlite3_stmt *xr_db_prepare(XrHistory *history, const char *sql, GError **error)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(history->db, sql, -1, &statement, NULL) == SQLITE_OK)
        return statement;
    xr_db_fail(history, "cannot be read", error);
    return NULL;
}

gboolean xr_db_step(XrHistory *history, sqlite3_stmt *statement, gboolean *row, GError **error)
{
    const int code = sqlite3_step(statement);

    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return TRUE;
    return xr_db_fail(
        history, sqlite3_stmt_readonly(statement) ? "cannot be read" : "cannot be written", error);
}

gboolean xr_db_run(XrHistory *history, sqlite3_stmt *statement, GError **error)
{
    gboolean row;
    const gboolean done = xr_db_step(history, statement, &row, error);

    sqlite3_reset(statement);
    return done;
}

void xr_db_bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    if (text != NULL)
        sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
    else
        sqlite3_bind_null(statement, at);
}

void xr_db_bind_double(sqlite3_stmt *statement, int at, double value)
{
    if (isfinite(value))
        sqlite3_bind_double(statement, at, value);
    else
        sqlite3_bind_null(statement, at);
}

char *xr_db_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);

    return g_strdup(text != NULL ? text : "");
}

double xr_db_double(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? NAN
               : sqlite3_column_double(statement, column);
}

gboolean xr_db_begin(XrHistory *history, GError **error)
{
    return xr_db_exec(history, "BEGIN IMMEDIATE", "cannot be written", error);
}

gboolean xr_db_end(XrHistory *history, gboolean ok, GError **error)
{
    const gboolean done = ok && xr_db_exec(history, "COMMIT", "cannot be written", error);

    /* Some errors have ended the transaction already. */
    if (!done && !sqlite3_get_autocommit(history->db))
        sqlite3_exec(history->db, "ROLLBACK", NULL, NULL, NULL);
    return done;
}

/* --- opening --- */

char *xr_history_path(void)
{
    g_autofree char *state = xr_paths_state();

    return g_build_filename(state, "history.sqlite", NULL);
}

/* SQLite would make it readable for all. */
static gboolean make_private(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd;

    if (g_mkdir_with_parents(folder, 0700) == 0) {
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0) {
            close(fd);
            return TRUE;
        }
    }
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s: cannot be opened: %s; once it can, `xenrig history rebuild` enters what is "
                "missing from the records",
                path, g_strerror(errno));
    return FALSE;
}

/* main_figure(mode), as xr_history_main_figure, for statements. */
static void tell_main_figure(sqlite3_context *context, int count, sqlite3_value **values)
{
    const char *mode = (const char *)sqlite3_value_text(values[0]);

    sqlite3_result_text(context, xr_history_main_figure(mode != NULL ? mode : ""), -1,
                        SQLITE_STATIC);
}

static gboolean add_functions(XrHistory *history, GError **error)
{
    if (sqlite3_create_function(history->db, "main_figure", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                NULL, tell_main_figure, NULL, NULL) == SQLITE_OK)
        return TRUE;
    return xr_db_fail(history, "cannot be opened", error);
}

XrHistory *xr_history_open(GError **error)
{
    g_autoptr(XrHistory) history = g_new0(XrHistory, 1);

    history->path = xr_history_path();
    if (!make_private(history->path, error))
        return NULL;
    if (sqlite3_open_v2(history->path, &history->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE,
                        NULL) != SQLITE_OK) {
        xr_db_fail(history, "cannot be opened", error);
        return NULL;
    }
    sqlite3_busy_timeout(history->db, BUSY_MS);
    if (!xr_db_exec(history, "PRAGMA foreign_keys = ON", "cannot be opened", error) ||
        !add_functions(history, error) || !xr_db_migrate(history, error))
        return NULL;
    return g_steal_pointer(&history);
}

void xr_history_close(XrHistory *history)
{
    if (history == NULL)
        return;
    sqlite3_close(history->db);
    g_free(history->path);
    g_free(history);
}

gboolean xr_db_is_sound(XrHistory *history)
{
    g_autoptr(sqlite3_stmt) check = xr_db_prepare(history, "PRAGMA quick_check(1)", NULL);
    gboolean row = FALSE;

    return check != NULL && xr_db_step(history, check, &row, NULL) && row &&
           g_strcmp0((const char *)sqlite3_column_text(check, 0), "ok") == 0;
}

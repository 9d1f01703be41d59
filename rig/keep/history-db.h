/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the history's database; private to the history and its tests. */
#pragma once

#include "keep/history.h"

#include <sqlite3.h>

struct _XrHistory {
    sqlite3 *db;
    char *path;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_finalize)

/* Sets XR_ERROR_RECORD: the file, what failed, why, and the way out. Returns FALSE. */
gboolean xr_db_fail(XrHistory *history, const char *what, GError **error);
gboolean xr_db_exec(XrHistory *history, const char *sql, const char *what, GError **error);
sqlite3_stmt *xr_db_prepare(XrHistory *history, const char *sql, GError **error);
/* row gets whether there is one. */
gboolean xr_db_step(XrHistory *history, sqlite3_stmt *statement, gboolean *row, GError **error);
/* For a statement that gives no rows; it can be bound and run again. */
gboolean xr_db_run(XrHistory *history, sqlite3_stmt *statement, GError **error);

/* Texts are copied; NULL is NULL, and so is a NaN. */
void xr_db_bind_text(sqlite3_stmt *statement, int at, const char *text);
void xr_db_bind_double(sqlite3_stmt *statement, int at, double value);
/* "" and NaN where NULL. Free with g_free. */
char *xr_db_text(sqlite3_stmt *statement, int column);
double xr_db_double(sqlite3_stmt *statement, int column);

/* Waits for other writers. A transaction that is not committed is taken back by xr_db_end. */
gboolean xr_db_begin(XrHistory *history, GError **error);
/* Commits where ok; FALSE where that fails, or ok was FALSE. */
gboolean xr_db_end(XrHistory *history, gboolean ok, GError **error);

/* The newest schema. */
int xr_db_schema(void);
/* Brings the schema up to date, each step a transaction. */
gboolean xr_db_migrate(XrHistory *history, GError **error);
/* Whether SQLite finds no damage; FALSE without an error where it does. */
gboolean xr_db_is_sound(XrHistory *history);

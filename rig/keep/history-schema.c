/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the schema of the history, version by version.
 *
 * A new database goes through all steps, so that it is the same as one that has grown old. Each step is one
 * transaction that ends with the new PRAGMA user_version: another process sees the one before or the one after. A step is
 * never changed once it was released; tests/golden/history has a database of each version before the last. */
#include "keep/history-db.h"

#include "base/error.h"

static const char *const steps[] = {
    /* 1: hosts, runs, metrics, findings. */
    "CREATE TABLE hosts ("
    "  id TEXT PRIMARY KEY,"
    "  fingerprint TEXT NOT NULL,"
    "  origin TEXT NOT NULL,"
    "  arch TEXT NOT NULL,"
    "  cpu TEXT NOT NULL,"
    "  kernel TEXT NOT NULL,"
    "  distribution TEXT NOT NULL,"
    "  cores INTEGER NOT NULL,"
    "  memory_bytes INTEGER NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE runs ("
    "  number INTEGER PRIMARY KEY,"
    "  id TEXT NOT NULL,"
    "  started_us INTEGER NOT NULL,"
    "  host TEXT NOT NULL REFERENCES hosts,"
    "  record TEXT NOT NULL,"
    "  plan TEXT NOT NULL,"
    "  build TEXT NOT NULL,"
    "  build_id TEXT NOT NULL,"
    "  xen_version TEXT NOT NULL,"
    "  verdict TEXT NOT NULL,"
    "  reason TEXT NOT NULL,"
    "  rig TEXT NOT NULL,"
    "  mode TEXT NOT NULL,"
    "  purpose TEXT NOT NULL,"
    "  seconds REAL,"
    "  UNIQUE (id, started_us)"
    ");"
    "CREATE INDEX runs_started ON runs (started_us);"
    "CREATE INDEX runs_plan ON runs (plan, host, started_us);"
    "CREATE TABLE metrics ("
    "  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,"
    "  name TEXT NOT NULL,"
    "  unit TEXT NOT NULL,"
    "  value REAL,"
    "  low REAL,"
    "  high REAL,"
    "  count INTEGER NOT NULL,"
    "  PRIMARY KEY (run, name)"
    ") WITHOUT ROWID;"
    "CREATE TABLE findings ("
    "  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,"
    "  number INTEGER NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  weight TEXT NOT NULL,"
    "  place TEXT NOT NULL,"
    "  when_s REAL,"
    "  line TEXT NOT NULL,"
    "  meaning TEXT NOT NULL,"
    "  count INTEGER NOT NULL,"
    "  PRIMARY KEY (run, number)"
    ") WITHOUT ROWID;",

    /* 2: a plan's name does not say what its settings were, and runs of other settings are not to be mixed: their hash. It
     * is not known of the runs that are there ('') until a rebuild has read their records again. And figures of windows. */
    "ALTER TABLE runs ADD COLUMN setup TEXT NOT NULL DEFAULT '';"
    "DROP INDEX runs_plan;"
    "CREATE INDEX runs_series ON runs (plan, host, build, setup, started_us);"
    "CREATE TABLE windows ("
    "  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,"
    "  metric TEXT NOT NULL,"
    "  number INTEGER NOT NULL,"
    "  value REAL,"
    "  PRIMARY KEY (run, metric, number)"
    ") WITHOUT ROWID;",

    /* 3: whether a run is complete, and why not. A failure was outranked by an error before: runs that have a finding of weight
     * fail are failures now (stored-verdict.c has the same rules for records). */
    "ALTER TABLE runs ADD COLUMN complete INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE runs ADD COLUMN incomplete TEXT NOT NULL DEFAULT '';"
    "UPDATE runs SET complete = 0, incomplete = reason WHERE verdict IN ('error', 'skip');"
    "UPDATE runs SET complete = 0, incomplete = f.meaning FROM findings f"
    "  WHERE verdict NOT IN ('error', 'skip') AND f.run = runs.number AND f.number ="
    "  (SELECT min(g.number) FROM findings g WHERE g.run = runs.number"
    "    AND (g.kind = 'incomplete' OR g.weight = 'error'));"
    "UPDATE runs SET verdict = 'fail', reason = f.place || ': ' || f.kind || ': ' ||"
    "  CASE f.line WHEN '' THEN f.meaning ELSE f.line END FROM findings f"
    "  WHERE verdict = 'error' AND f.run = runs.number AND f.number ="
    "  (SELECT min(g.number) FROM findings g WHERE g.run = runs.number AND g.weight = 'fail');",
};

int xr_db_schema(void)
{
    return (int)G_N_ELEMENTS(steps);
}

static gboolean read_number(XrHistory *history, const char *sql, int *number, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = xr_db_prepare(history, sql, error);
    gboolean row;

    if (statement == NULL || !xr_db_step(history, statement, &row, error))
        return FALSE;
    *number = sqlite3_column_int(statement, 0);
    return TRUE;
}

/* A database of something else has tables and no version. */
static gboolean check_empty(XrHistory *history, GError **error)
{
    int tables;

    if (!read_number(history, "SELECT count(*) FROM sqlite_schema", &tables, error))
        return FALSE;
    if (tables == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s: is a database, but no history of xenrig's; move it away, and "
                "`xenrig history rebuild` makes one from the records",
                history->path);
    return FALSE;
}

/* What version the database has is asked again within the transaction: another process may have been quicker. */
static gboolean step(XrHistory *history, GError **error)
{
    int version;
    g_autofree char *set = NULL;

    if (!read_number(history, "PRAGMA user_version", &version, error))
        return FALSE;
    if (version >= xr_db_schema())
        return TRUE;
    if (version == 0 && !check_empty(history, error))
        return FALSE;
    set = g_strdup_printf("PRAGMA user_version = %d", version + 1);
    return xr_db_exec(history, steps[version], "the schema cannot be brought up to date", error) &&
           xr_db_exec(history, set, "the schema cannot be brought up to date", error);
}

gboolean xr_db_migrate(XrHistory *history, GError **error)
{
    int version;

    for (;;) {
        if (!read_number(history, "PRAGMA user_version", &version, error))
            return FALSE;
        if (version == xr_db_schema())
            return TRUE;
        if (version < 0 || version > xr_db_schema())
            break;
        if (!xr_db_begin(history, error) || !xr_db_end(history, step(history, error), error))
            return FALSE;
    }
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s: has schema %d, and this xenrig (" XR_VERSION
                ") knows those up to %d: a newer one has written it; use that one, or another "
                "XENRIG_STATE with this one",
                history->path, version, xr_db_schema());
    return FALSE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Databases of the history that are old, new, strange or damaged. */
#include "base/error.h"
#include "history-fixture.h"

#define GOLDEN XR_SOURCE_DIR "/tests/golden/history/"

/* A database made of SQL text. */
static void make_database(const char *sql)
{
    g_autofree char *path = xr_history_path();
    sqlite3 *db = NULL;

    begin();
    g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    sqlite3_close(db);
}

static void make_golden(const char *name)
{
    g_autofree char *path = g_strconcat(GOLDEN, name, NULL);
    g_autofree char *sql = NULL;

    g_assert_true(g_file_get_contents(path, &sql, NULL, NULL));
    make_database(sql);
}

static void make_old(void)
{
    make_golden("schema-1.sql");
}

/* Tables with their columns, indices and foreign keys, as SQLite sees them. Free with g_free. */
static char *describe_schema(XrHistory *history)
{
    static const char sql[] =
        "SELECT 'column ' || t.name || '.' || c.name || ' ' || c.type || c.\"notnull\" || c.pk ||"
        " coalesce(c.dflt_value, '-') AS line FROM sqlite_schema t, pragma_table_info(t.name) c"
        " WHERE t.type = 'table' UNION ALL SELECT 'index ' || i.name || '.' || x.seqno || x.name"
        " FROM sqlite_schema i, pragma_index_info(i.name) x WHERE i.type = 'index' UNION ALL"
        " SELECT 'key ' || t.name || '.' || f.\"from\" || f.\"table\" || f.on_delete FROM"
        " sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY line";
    g_autoptr(sqlite3_stmt) statement = xr_db_prepare(history, sql, NULL);
    GString *text = g_string_new(NULL);

    g_assert_nonnull(statement);
    while (sqlite3_step(statement) == SQLITE_ROW)
        g_string_append_printf(text, "%s\n", sqlite3_column_text(statement, 0));
    return g_string_free(text, FALSE);
}

static void test_old(void)
{
    const XrHistorySeriesKey key = {
        .plan = "smoke", .build = "debian:bookworm", .metric = "throughput", .host = HOST_A};
    g_autoptr(GError) error = NULL;

    make_old();
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "20261121", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(run->reason, ==, "w03 stood still");
    g_assert_cmpstr(run->setup, ==, "");
    g_assert_true(isnan(run->seconds));
    g_assert_cmpfloat(run->figure->value, ==, 1e8);
    g_assert_cmpuint(run->findings->len, ==, 1);
    g_assert_cmpuint(run->windows->len, ==, 0);
    g_assert_cmpuint(count_runs(), ==, 2);
    /* Runs whose settings are not known are in no series. */
    g_assert_null(xr_history_series(history, &key, &error));
    assert_says(error->message, "of this host it has: none");
}

/* An entry of an older version is known by the figure of its way to count time, too. */
static void test_old_counted(void)
{
    g_autofree char *sql = NULL;
    g_autofree char *counted = NULL;

    g_assert_true(g_file_get_contents(GOLDEN "schema-1.sql", &sql, NULL, NULL));
    counted = g_strconcat(sql,
                          "UPDATE runs SET mode = 'count' WHERE number = 1;"
                          "UPDATE runs SET mode = 'hours' WHERE number = 2;"
                          "INSERT INTO metrics VALUES(1,'instructions','/MiB',5e5,5e5,5e5,1);",
                          NULL);
    make_database(counted);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "20261120", NULL);
    g_autoptr(XrHistoryRun) unknown = xr_history_find(history, "20261121", NULL);
    g_assert_cmpstr(run->figure->name, ==, "instructions");
    g_assert_cmpfloat(run->figure->value, ==, 5e5);
    g_assert_cmpstr(unknown->figure->name, ==, "throughput");
}

/* One that has grown old is the same as one that is made now. */
static void test_same_schema(void)
{
    make_old();
    g_autoptr(XrHistory) grown = open_history();
    g_autofree char *old = describe_schema(grown);

    begin();
    g_autoptr(XrHistory) made = open_history();
    g_autofree char *new = describe_schema(made);
    g_assert_cmpstr(old, ==, new);
    make_golden("schema-2.sql");
    g_autoptr(XrHistory) second = open_history();
    g_autofree char *middle = describe_schema(second);
    g_assert_cmpstr(middle, ==, new);
    assert_says(new, "column runs.complete INTEGER101");
    assert_says(new, "column runs.setup TEXT10''");
    assert_says(new, "index runs_series.3setup");
    assert_says(new, "key windows.runrunsCASCADE");
}

/* --- schema 2, in which an error outranked a failure --- */

static const struct {
    const char *id, *verdict, *reason;
    gboolean complete;
    const char *incomplete;
} runs_of_2[] = {
    {"20261120T100000Z-smoke-0001", "pass", "it went well", TRUE, ""},
    {"20261121T100000Z-smoke-0002", "fail",
     "w03/vbd0: data-mismatch: domain w03 vbd 0 offset 4096: expected pass 1", FALSE,
     "rig could not go on 9.0 s into window 2 of 3: dom0's agent did not answer \"counters\" "
     "within "
     "60 s"},
    {"20261122T100000Z-smoke-0003", "error",
     "rig was interrupted 17.0 s into stage create: a signal asked the rig to end", FALSE,
     "rig was interrupted 17.0 s into stage create: a signal asked the rig to end"},
    {"20261123T100000Z-smoke-0004", "fail",
     "xen panicked 1.0 s into window 1 of 3: Panic on CPU 0:", FALSE,
     "Not measured because of the trouble already found: 0 of 3 windows were measured."},
    {"20261124T100000Z-smoke-0005", "fail", "w03 stood still", TRUE, ""},
    {"20261125T100000Z-smoke-0006", "skip", "host lacks something: KVM", FALSE,
     "host lacks something: KVM"},
    {"20261126T100000Z-smoke-0007", "fail",
     "w01/vbd0: fairness: The slowest VBD got 0.050 of what the median VBD got (median over "
     "windows); limits.fairness asks for 0.100.",
     FALSE, "rig: The run lacks what it should have measured: 2 of 3 windows were measured."},
};

static void assert_runs_of_2(XrHistory *history)
{
    for (gsize i = 0; i < G_N_ELEMENTS(runs_of_2); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(XrHistoryRun) run = xr_history_find(history, runs_of_2[i].id, &error);

        g_assert_no_error(error);
        g_assert_cmpstr(run->verdict, ==, runs_of_2[i].verdict);
        g_assert_cmpstr(run->reason, ==, runs_of_2[i].reason);
        g_assert_cmpint(run->complete, ==, runs_of_2[i].complete);
        g_assert_cmpstr(run->incomplete, ==, runs_of_2[i].incomplete);
    }
}

/* Failures that were outranked are failures now, and what outranked them says why the run is incomplete. */
static void test_outranked(void)
{
    const XrHistorySeriesKey key = {
        .plan = "smoke", .build = "debian:bookworm", .metric = "throughput", .host = HOST_A};
    g_autoptr(GError) error = NULL;

    make_golden("schema-2.sql");
    g_autoptr(XrHistory) history = open_history();
    assert_runs_of_2(history);
    g_autoptr(XrHistorySeries) series = xr_history_series(history, &key, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(series->points->len, ==, 5);
}

/* A record of that time is read as its entry was migrated. */
static void test_outranked_record(void)
{
    static const Made made = {
        .id = "20261121T100000Z-smoke-0002",
        .started = "2026-11-21T10:00:00Z",
        .verdict = "error",
        .reason = "rig could not go on 9.0 s into window 2 of 3: dom0's agent did not answer "
                  "\\\"counters\\\" within 60 s",
        .findings =
            "{\"kind\":\"rig-error\",\"weight\":\"error\",\"where\":\"rig\",\"line\":\"no\"},"
            "{\"kind\":\"data-mismatch\",\"weight\":\"fail\",\"where\":\"w03/"
            "vbd0\",\"line\":\"domain "
            "w03 vbd 0 offset 4096: expected pass 1\"},"
            "{\"kind\":\"incomplete\",\"weight\":\"pass\",\"where\":\"rig\"}"};
    g_autofree char *dir = own_dir(&made);
    g_autoptr(GError) error = NULL;

    make_golden("schema-2.sql");
    write_record(dir, &made);
    g_autoptr(XrHistoryTally) tally = xr_history_rebuild(NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(tally->entered, ==, 1);
    g_autoptr(XrHistory) history = open_history();
    assert_runs_of_2(history);
}

/* A rebuild reads what an older version did not. */
static void test_old_rebuilt(void)
{
    static const Made made = {0};
    g_autofree char *dir = own_dir(&made);
    g_autoptr(GError) error = NULL;

    make_old();
    write_record(dir, &made);
    g_autoptr(XrHistoryTally) tally = xr_history_rebuild(NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(tally->entered, ==, 1);
    g_assert_cmpuint(tally->kept, ==, 2);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "20261120", &error);
    g_assert_cmpuint(strlen(run->setup), ==, 16);
    g_assert_cmpuint(run->windows->len, ==, 3);
    g_assert_cmpstr(run->record, ==, dir);
    g_assert_cmpuint(count_runs(), ==, 2);
}

static void assert_not_opened(const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = xr_history_path();
    g_autofree char *message = g_strconcat(path, wanted, NULL);

    g_assert_null(xr_history_open(&error));
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    g_assert_cmpstr(error->message, ==, message);
}

static void test_newer(void)
{
    g_autoptr(GError) error = NULL;

    make_database("PRAGMA user_version = 99; CREATE TABLE runs (x)");
    assert_not_opened(": has schema 99, and this xenrig (" XR_VERSION
                      ") knows those up to 3: a newer one has written it; use that one, or another "
                      "XENRIG_STATE with this one");
    /* It is not damaged: a rebuild leaves it. */
    g_assert_null(xr_history_rebuild(NULL, &error));
    assert_says(error->message, "has schema 99");
}

static void test_strange(void)
{
    make_database("CREATE TABLE music (title TEXT)");
    assert_not_opened(": is a database, but no history of xenrig's; move it away, and `xenrig "
                      "history rebuild` makes one from the records");
}

/* --- damage --- */

static void write_rubbish(void)
{
    g_autofree char *path = xr_history_path();

    g_assert_true(g_file_set_contents(path, "this is no database, and never was one\n", -1, NULL));
}

static void test_rubbish(void)
{
    begin();
    write_rubbish();
    assert_not_opened(": cannot be read: file is not a database; it is damaged; `xenrig history "
                      "rebuild` moves it aside and makes it anew from the records");
}

static guint count_damaged(void)
{
    g_autoptr(GDir) dir = g_dir_open(state, 0, NULL);
    guint count = 0;
    const char *name;

    while ((name = g_dir_read_name(dir)) != NULL)
        count += g_str_has_prefix(name, "history.sqlite.damaged-");
    return count;
}

static void test_rubbish_rebuilt(void)
{
    static const Made first = {.id = "first"}, second = {.id = "second"};
    g_autoptr(GError) error = NULL;

    begin();
    enter(&first);
    enter(&second);
    write_rubbish();
    g_autoptr(XrHistoryTally) tally = xr_history_rebuild(NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(tally->entered, ==, 2);
    assert_says(tally->notes->pdata[0], "/history.sqlite was damaged: it is ");
    g_assert_cmpuint(count_damaged(), ==, 1);
    g_assert_cmpuint(count_runs(), ==, 2);
}

/* Pages of tables overwritten, the header whole. */
static void test_damaged_pages(void)
{
    static const Made made = {.id = "first"}, next = {.id = "next"};
    g_autofree char *path = xr_history_path();
    g_autofree char *dir = own_dir(&next);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    gsize length;

    begin();
    enter(&made);
    g_assert_true(g_file_get_contents(path, &text, &length, NULL));
    g_assert_cmpuint(length, >, 8192);
    memset(text + 4096, 0x5a, length - 4096);
    g_assert_true(g_file_set_contents(path, text, (gssize)length, NULL));
    write_record(dir, &next);
    g_assert_false(xr_history_enter(dir, &error));
    assert_says(error->message, "database disk image is malformed; it is damaged; `xenrig history "
                                "rebuild` moves it aside");
    g_clear_error(&error);
    g_autoptr(XrHistoryTally) tally = xr_history_rebuild(NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(tally->entered, ==, 2);
    g_assert_cmpuint(count_damaged(), ==, 1);
    g_assert_cmpuint(count_runs(), ==, 2);
}

static void test_private(void)
{
    static const Made made = {0};
    g_autofree char *path = xr_history_path();
    GStatBuf info;

    begin();
    enter(&made);
    g_assert_cmpint(g_stat(path, &info), ==, 0);
    g_assert_cmphex(info.st_mode & 07777, ==, 0600);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/history-schema/old", test_old);
    g_test_add_func("/history-schema/old-counted", test_old_counted);
    g_test_add_func("/history-schema/same-schema", test_same_schema);
    g_test_add_func("/history-schema/old-rebuilt", test_old_rebuilt);
    g_test_add_func("/history-schema/outranked", test_outranked);
    g_test_add_func("/history-schema/outranked-record", test_outranked_record);
    g_test_add_func("/history-schema/newer", test_newer);
    g_test_add_func("/history-schema/strange", test_strange);
    g_test_add_func("/history-schema/rubbish", test_rubbish);
    g_test_add_func("/history-schema/rubbish-rebuilt", test_rubbish_rebuilt);
    g_test_add_func("/history-schema/damaged-pages", test_damaged_pages);
    g_test_add_func("/history-schema/private", test_private);
    return run_with_state();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several writers of the history at once, and a disk that is full: nothing is lost, no verdict is touched. */
#include "base/error.h"
#include "history-fixture.h"
#include "run/enter.h"

#include <signal.h>
#include <sys/resource.h>

enum { WRITERS = 3, EACH = 20 };

/* As a process would: a connection of its own for each run. */
static gpointer write_runs(gpointer data)
{
    for (guint i = 0; i < EACH; i++) {
        g_autofree char *id = g_strdup_printf("writer-%d-%u", GPOINTER_TO_INT(data), i);
        const Made made = {.id = id};

        enter(&made);
    }
    return NULL;
}

/* They also race for making the database. */
static void test_threads(void)
{
    GThread *threads[WRITERS];

    begin();
    for (gint i = 0; i < WRITERS; i++)
        threads[i] = g_thread_new("writer", write_runs, GINT_TO_POINTER(i));
    for (gint i = 0; i < WRITERS; i++)
        g_thread_join(threads[i]);
    g_assert_cmpuint(count_runs(), ==, WRITERS * EACH);
    g_autoptr(XrHistory) history = open_history();
    g_assert_true(xr_db_is_sound(history));
}

/* Whoever waits longer than the busy time gets told. */
static void test_busy(void)
{
    static const Made made = {0};
    g_autofree char *dir = own_dir(&made);
    g_autoptr(GError) error = NULL;

    begin();
    g_autoptr(XrHistory) first = open_history();
    g_autoptr(XrHistory) second = open_history();
    sqlite3_busy_timeout(second->db, 1);
    write_record(dir, &made);
    g_autoptr(XrHistoryRun) run = xr_history_run_read(dir, NULL);
    g_assert_true(xr_db_begin(first, NULL));
    g_assert_false(xr_history_add(second, run, &error));
    assert_says(error->message,
                "/history.sqlite: cannot be written: database is locked; another xenrig has been "
                "writing to it for 10 s; once that has ended, `xenrig history rebuild` enters what "
                "is missing");
    g_assert_true(xr_db_end(first, TRUE, NULL));
    g_clear_error(&error);
    g_assert_true(xr_history_add(second, run, &error));
    g_assert_no_error(error);
}

/* --- a full disk --- */

/* Half a run is not left behind, and what was there is. */
static void test_full(void)
{
    static const Made before = {.id = "before"}, made = {.id = "made"};
    g_autofree char *dir = own_dir(&made);
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) more = g_string_new(NULL);
    Made large = made;

    begin();
    enter(&before);
    for (guint i = 0; i < 1000; i++)
        g_string_append_printf(more, ",\"metric%u\":{\"value\":1,\"unit\":\"ns\"}", i);
    large.more = more->str;
    write_record(dir, &large);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_run_read(dir, NULL);
    g_assert_cmpint(sqlite3_exec(history->db, "PRAGMA max_page_count = 1", NULL, NULL, NULL), ==,
                    SQLITE_OK);
    g_assert_false(xr_history_add(history, run, &error));
    assert_says(error->message,
                "/history.sqlite: cannot be written: database or disk is full; free "
                "some space; `xenrig history rebuild` then enters what is missing "
                "from the records");
    g_assert_cmpuint(count_runs(), ==, 1);
    g_assert_true(xr_history_is_record(dir));
    g_assert_cmpint(sqlite3_exec(history->db, "PRAGMA max_page_count = 100000", NULL, NULL, NULL),
                    ==, SQLITE_OK);
    g_clear_error(&error);
    g_assert_true(xr_history_add(history, run, &error));
    g_assert_cmpuint(count_runs(), ==, 2);
}

/* Nothing can be written any more: the run ends all the same, and says so. */
static void test_warn(void)
{
    static const Made made = {.id = "made"};
    g_autofree char *dir = own_dir(&made);
    const struct rlimit none = {100, RLIM_INFINITY};

    begin();
    write_record(dir, &made);
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &none), ==, 0);
    xr_enter_history(dir);
    g_assert_true(xr_history_is_record(dir));
}

static void test_warning(void)
{
    g_test_trap_subprocess("/history-writers/warning/subprocess/full", 0,
                           G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("*xenrig: warning: the run is not in the history, its verdict and "
                              "record stand: */history.sqlite: *free some space; `xenrig history "
                              "rebuild` then enters what is missing from the records\n*");
}

/* What a hostile record makes of an error's text is escaped. */
static void test_hostile(void)
{
    static const Made made = {.id = "made"};
    g_autofree char *dir = own_dir(&made);

    begin();
    write_record(dir, &made);
    put(dir, "verdict.json", "\x1b]0;pwned\x07");
    xr_enter_history(dir);
}

static void test_escaped(void)
{
    g_test_trap_subprocess("/history-writers/escaped/subprocess/hostile", 0,
                           G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("*its verdict and record stand: */verdict.json: *");
    g_test_trap_assert_stderr_unmatched("*\x1b*");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/history-writers/threads", test_threads);
    g_test_add_func("/history-writers/busy", test_busy);
    g_test_add_func("/history-writers/full", test_full);
    g_test_add_func("/history-writers/warning", test_warning);
    g_test_add_func("/history-writers/warning/subprocess/full", test_warn);
    g_test_add_func("/history-writers/escaped", test_escaped);
    g_test_add_func("/history-writers/escaped/subprocess/hostile", test_hostile);
    return run_with_state();
}

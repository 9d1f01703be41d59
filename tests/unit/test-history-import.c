/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of other hosts taken in, and runs taken out of the history with their records. */
#include "base/error.h"
#include "history-fixture.h"
#include "keep/compare-record.h"

#include <unistd.h>

static char *outside; /* a folder that is not the state folder */

static void begin_outside(void)
{
    begin();
    remove_tree(outside);
    g_assert_cmpint(g_mkdir_with_parents(outside, 0700), ==, 0);
}

/* A record in outside/name. Free with g_free. */
static char *write_outside(const char *name, const Made *made)
{
    char *dir = g_build_filename(outside, name, NULL);

    write_record(dir, made);
    return dir;
}

static void put_outside(const char *name, const Made *made)
{
    g_autofree char *dir = write_outside(name, made);

    g_assert_true(xr_history_is_record(dir));
}

static XrHistoryTally *import(const char *origin)
{
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(GError) error = NULL;
    XrHistoryTally *tally = xr_history_import(history, outside, origin, &error);

    g_assert_no_error(error);
    return tally;
}

static void test_import(void)
{
    static const Made a = {.id = "a"}, b = {.id = "b"}, own = {.id = "own"};
    g_autoptr(GError) error = NULL;
    g_autofree char *wanted = NULL;

    begin_outside();
    put_outside("x/runs/a", &a);
    put_outside("x/comparisons/c/runs/001-0", &b);
    enter(&own);
    g_autoptr(XrHistoryTally) tally = import("node7");
    g_assert_cmpuint(tally->entered, ==, 2);
    g_assert_cmpuint(tally->refused + tally->known, ==, 0);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "b", &error);
    wanted = g_build_filename(state, "imported", "node7", "b", NULL);
    g_assert_cmpstr(run->record, ==, wanted);
    g_assert_true(xr_history_is_record(wanted));
    /* The same kind of host, and yet another one. */
    g_assert_cmpstr(run->host->id, ==, HOST_A "@node7");
    g_assert_cmpstr(run->host->fingerprint, ==, HOST_A);
    g_assert_cmpstr(run->host->origin, ==, "node7");
    g_autofree char *console = g_build_filename(wanted, "console", "xen.log", NULL);
    g_assert_true(g_file_test(console, G_FILE_TEST_IS_REGULAR));
}

/* Never mixed, be the fingerprints the same. */
static void test_not_mixed(void)
{
    static const Made theirs = {.id = "theirs", .value = 1e6}, own = {.id = "own", .value = 2e6};
    XrHistorySeriesKey key = {
        .plan = "smoke", .build = "debian:bookworm", .metric = "throughput", .host = HOST_A};

    begin_outside();
    put_outside("theirs", &theirs);
    enter(&own);
    g_autoptr(XrHistoryTally) tally = import("node7");
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistorySeries) here = xr_history_series(history, &key, NULL);
    g_assert_cmpuint(here->points->len, ==, 1);
    g_assert_cmpfloat(((XrHistoryPoint *)here->points->pdata[0])->value, ==, 2e6);
    key.host = HOST_A "@node7";
    g_autoptr(XrHistorySeries) there = xr_history_series(history, &key, NULL);
    g_assert_cmpuint(there->points->len, ==, 1);
    g_assert_cmpfloat(((XrHistoryPoint *)there->points->pdata[0])->value, ==, 1e6);
}

static void test_known(void)
{
    static const Made a = {.id = "a"}, own = {.id = "own"};
    g_autofree char *wanted = NULL;

    begin_outside();
    put_outside("a", &a);
    put_outside("own", &own);
    enter(&own);
    g_autoptr(XrHistoryTally) tally = import("node7");
    g_assert_cmpuint(tally->entered, ==, 1);
    g_assert_cmpuint(tally->known, ==, 1);
    wanted = g_strdup_printf("own is known already (%s/runs/own): skipped", state);
    g_assert_cmpstr(tally->notes->pdata[0], ==, wanted);
    g_autoptr(XrHistoryTally) again = import("node8");
    g_assert_cmpuint(again->entered, ==, 0);
    g_assert_cmpuint(again->known, ==, 2);
    g_assert_cmpuint(count_runs(), ==, 2);
}

static void test_same_id(void)
{
    static const Made one = {.id = "001-0-aaaa"},
                      two = {.id = "001-0-aaaa", .started = "2026-11-21T10:00:00Z"};
    g_autofree char *wanted = g_build_filename(state, "imported", "n", "001-0-aaaa-2", NULL);

    begin_outside();
    put_outside("one", &one);
    put_outside("two", &two);
    g_autoptr(XrHistoryTally) tally = import("n");
    g_assert_cmpuint(tally->entered, ==, 2);
    g_assert_true(xr_history_is_record(wanted));
}

static guint count_entries(const char *dir)
{
    g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
    guint count = 0;

    while (entries != NULL && g_dir_read_name(entries) != NULL)
        count++;
    return count;
}

static void test_damaged(void)
{
    static const Made good = {.id = "good"}, bad = {.id = "bad"}, other = {.id = "other"};
    g_autofree char *folder = g_build_filename(state, "imported", "n", NULL);
    g_autofree char *torn = NULL;
    g_autofree char *mixed = NULL;

    begin_outside();
    put_outside("a-good", &good);
    torn = write_outside("b-torn", &bad);
    mixed = write_outside("c-mixed", &other);
    put(torn, "events.jsonl", "{\"t\":0,\"kind\":\"stage\"}\n\x1b[2J rubbish\n{\"t\":1}\n");
    put(mixed, "run.json", "{\"id\":\"another\",\"argv\":[]}");
    g_autoptr(XrHistoryTally) tally = import("n");
    g_assert_cmpuint(tally->entered, ==, 1);
    g_assert_cmpuint(tally->refused, ==, 2);
    assert_says(tally->notes->pdata[0], "refused: ");
    assert_says(tally->notes->pdata[0], "/b-torn/events.jsonl:2: ");
    assert_says(tally->notes->pdata[0], "the record is damaged here");
    g_assert_null(strchr(tally->notes->pdata[0], '\x1b'));
    assert_says(tally->notes->pdata[1],
                "/c-mixed: verdict.json is of run other, run.json of another: it is damaged");
    g_assert_cmpuint(count_entries(folder), ==, 1);
    g_assert_cmpuint(count_runs(), ==, 1);
}

/* What another host's rig of today and of before says of a run that failed and was cut short comes with it. */
static void test_incomplete(void)
{
    static const Made cut = {.id = "cut", .verdict = "fail", .incomplete = "\"rig gave up\""},
                      old = {.id = "old",
                             .verdict = "error",
                             .reason = "rig gave up",
                             .findings =
                                 "{\"kind\":\"stall\",\"weight\":\"fail\",\"where\":\"w01\","
                                 "\"line\":\"\",\"meaning\":\"It stood.\"}"};
    g_autoptr(GError) error = NULL;

    begin_outside();
    put_outside("a", &cut);
    put_outside("b", &old);
    g_autoptr(XrHistoryTally) tally = import("n");
    g_assert_cmpuint(tally->entered, ==, 2);
    g_autoptr(XrHistory) history = open_history();
    for (guint i = 0; i < 2; i++) {
        g_autoptr(XrHistoryRun) run = xr_history_find(history, i == 0 ? "cut" : "old", &error);

        g_assert_no_error(error);
        g_assert_cmpstr(run->verdict, ==, "fail");
        g_assert_cmpstr(run->reason, ==, i == 0 ? "it went well" : "w01: stall: It stood.");
        g_assert_false(run->complete);
        g_assert_cmpstr(run->incomplete, ==, "rig gave up");
    }
}

/* A link in a record, or to one, may lead anywhere. */
static void test_links(void)
{
    static const Made good = {.id = "good"}, linked = {.id = "linked"};
    g_autofree char *secret = g_build_filename(outside, "r", "qemu.log", NULL);
    g_autofree char *dir = g_build_filename(outside, "r", NULL);
    g_autofree char *away = g_build_filename(state, "away", NULL);
    g_autofree char *link = g_build_filename(outside, "link", NULL);
    g_autofree char *copied = g_build_filename(state, "imported", "n", "good", "qemu.log", NULL);

    begin_outside();
    write_record(dir, &good);
    write_record(away, &linked);
    g_assert_cmpint(symlink("/etc/passwd", secret), ==, 0);
    g_assert_cmpint(symlink(away, link), ==, 0);
    g_autoptr(XrHistoryTally) tally = import("n");
    g_assert_cmpuint(tally->entered, ==, 1);
    g_assert_false(g_file_test(copied, G_FILE_TEST_EXISTS));
}

static void test_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *wanted = NULL;

    begin_outside();
    g_autoptr(XrHistory) history = open_history();
    g_assert_null(xr_history_import(history, outside, "../up", &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_cmpstr(
        error->message, ==,
        "\"../up\" is no name for where records come from: write 1 to 32 small letters, "
        "digits and dashes");
    g_clear_error(&error);
    g_assert_null(xr_history_import(history, outside, "n", &error));
    wanted = g_strconcat(
        outside, ": neither the record of a finished run nor a folder that holds some", NULL);
    g_assert_cmpstr(error->message, ==, wanted);
}

/* --- out again --- */

static gboolean remove_run(const char *id, GError **error)
{
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, id, NULL);

    return xr_history_remove(history, run, error);
}

static void test_remove(void)
{
    static const Made made = {.id = "made"}, stays = {.id = "stays"};
    g_autofree char *dir = own_dir(&made);
    g_autofree char *other = own_dir(&stays);
    g_autoptr(GError) error = NULL;

    begin();
    enter(&made);
    enter(&stays);
    g_assert_true(remove_run("made", &error));
    g_assert_no_error(error);
    g_assert_false(g_file_test(dir, G_FILE_TEST_EXISTS));
    g_assert_true(xr_history_is_record(other));
    g_assert_cmpuint(count_runs(), ==, 1);
    remove_tree(other);
    g_assert_true(remove_run("stays", &error));
    g_assert_cmpuint(count_runs(), ==, 0);
}

/* A run that is under way holds its record. */
static void test_remove_used(void)
{
    g_autoptr(GError) error = NULL;

    begin();
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", &error);
    const Made made = {.id = xr_record_id(record)};
    g_autofree char *dir = g_strdup(xr_record_dir(record));
    g_autofree char *wanted =
        g_strdup_printf("%s: not removed: %s is in use, a run or a comparison "
                        "is under way in it; wait for its end",
                        made.id, dir);
    write_record(dir, &made);
    g_assert_true(xr_history_enter(dir, &error));
    g_assert_false(remove_run(made.id, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, wanted);
    g_assert_true(xr_history_is_record(dir));
    g_assert_cmpuint(count_runs(), ==, 1);
    g_clear_error(&error);
    g_autofree char *id = g_strdup(made.id);
    xr_record_free(g_steal_pointer(&record));
    g_assert_true(remove_run(id, &error));
    g_assert_false(g_file_test(dir, G_FILE_TEST_EXISTS));
}

/* A comparison that is under way may read any of its runs. */
static void test_remove_compared(void)
{
    static const char *const builds[] = {"a", "b", NULL};
    static const Made made = {.id = "001-0-aaaa", .command = "compare"};
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = NULL;

    begin();
    g_autoptr(XrCompareRecord) comparison =
        xr_compare_record_new(NULL, "smoke", "[plan]\n", builds, 1, NULL, &error);
    g_assert_no_error(error);
    dir = g_build_filename(comparison->dir, "runs", "001-0", NULL);
    write_record(dir, &made);
    g_assert_true(xr_history_enter(dir, &error));
    g_assert_false(remove_run("001", &error));
    assert_says(error->message, comparison->dir);
    assert_says(error->message, " is in use");
    g_clear_error(&error);
    xr_compare_record_free(g_steal_pointer(&comparison));
    g_assert_true(remove_run("001", &error));
    g_assert_false(g_file_test(dir, G_FILE_TEST_EXISTS));
}

/* A path that the history remembers may be something else by now. */
static void test_remove_stranger(void)
{
    static const Made made = {.id = "made"};
    g_autofree char *dir = own_dir(&made);
    g_autofree char *precious = g_build_filename(dir, "thesis.tex", NULL);
    g_autoptr(GError) error = NULL;

    begin();
    enter(&made);
    remove_tree(dir);
    put(dir, "thesis.tex", "years of work\n");
    g_assert_false(remove_run("made", &error));
    assert_says(error->message, " is there, but is no record of a run; move it away, and the "
                                "history forgets the run");
    g_assert_true(g_file_test(precious, G_FILE_TEST_EXISTS));
    g_assert_cmpuint(count_runs(), ==, 1);
}

/* --- all again --- */

static void test_rebuild(void)
{
    static const Made own = {.id = "own"}, theirs = {.id = "theirs"}, gone = {.id = "gone"},
                      elsewhere = {.id = "elsewhere"}, more = {.id = "more"};
    g_autofree char *gone_dir = own_dir(&gone);
    g_autofree char *unfinished = g_build_filename(state, "runs", "killed", NULL);
    g_autofree char *kept_elsewhere = NULL;
    g_autoptr(GError) error = NULL;

    begin_outside();
    enter(&own);
    enter(&gone);
    put_outside("theirs", &theirs);
    g_autoptr(XrHistoryTally) tally = import("n");
    kept_elsewhere = write_outside("elsewhere", &elsewhere);
    g_assert_true(xr_history_enter(kept_elsewhere, &error));
    remove_tree(gone_dir);
    put(unfinished, "events.jsonl", "");
    put_outside("more/deep/more", &more);
    g_autofree char *folder = g_build_filename(outside, "more", NULL);
    const char *const folders[] = {folder, NULL};
    g_autoptr(XrHistoryTally) rebuilt = xr_history_rebuild(folders, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(rebuilt->entered, ==, 4);
    g_assert_cmpuint(rebuilt->kept, ==, 1);
    g_assert_cmpuint(rebuilt->refused, ==, 0);
    g_assert_cmpstr(rebuilt->notes->pdata[0], ==,
                    "1 record without a verdict (under way, or killed) is left out");
    g_assert_cmpuint(count_runs(), ==, 5);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "theirs", &error);
    g_assert_cmpstr(run->host->id, ==, HOST_A "@n");
}

int main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    outside = g_dir_make_tmp("xenrig-outside-XXXXXX", NULL);
    g_test_add_func("/history-import/import", test_import);
    g_test_add_func("/history-import/not-mixed", test_not_mixed);
    g_test_add_func("/history-import/known", test_known);
    g_test_add_func("/history-import/same-id", test_same_id);
    g_test_add_func("/history-import/damaged", test_damaged);
    g_test_add_func("/history-import/incomplete", test_incomplete);
    g_test_add_func("/history-import/links", test_links);
    g_test_add_func("/history-import/refused", test_refused);
    g_test_add_func("/history-import/remove", test_remove);
    g_test_add_func("/history-import/remove-used", test_remove_used);
    g_test_add_func("/history-import/remove-compared", test_remove_compared);
    g_test_add_func("/history-import/remove-stranger", test_remove_stranger);
    g_test_add_func("/history-import/rebuild", test_rebuild);
    result = run_with_state();
    remove_tree(outside);
    g_free(outside);
    return result;
}

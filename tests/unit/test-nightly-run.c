/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nights run: order, history, failures, signals, budgets, and going on; over made-up runs. */
#include "base/error.h"
#include "nightly-fixture.h"

#include <unistd.h>

#define THREE    "baseline=" PINNED "\nplans=smoke\nruns=3\nmetrics=throughput boot_time\n"
#define OF_OTHER THREE "builds=" OTHER "\n"
#define OF_SELF  THREE "builds=" PINNED "\n"

static void assert_cell(const Fixture *f, guint index, XrNightKind kind, const char *reason)
{
    g_assert_cmpstr(xr_night_kind_name(cell_of(f, index)->kind), ==, xr_night_kind_name(kind));
    assert_says(cell_of(f, index)->reason, reason);
}

/* Both builds in each round, which do not all begin with the same; no seed twice. */
static void test_order(void)
{
    Fixture f = {0};
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    guint first = 0;

    begin();
    begin_night(&f, "baseline=" PINNED "\nbuilds=" OTHER "\nplans=smoke verify\nruns=6\n");
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_NIGHT_END_WHOLE);
    g_assert_cmpuint(f.runs, ==, 24);
    for (guint i = 0; i < f.order->len; i += 2) {
        g_assert_cmpint(f.order->str[i], !=, f.order->str[i + 1]);
        first += f.order->str[i] == 'o';
    }
    g_assert_cmpuint(first, >, 2);
    g_assert_cmpuint(first, <, 10);
    f.order->str[12] = '\0';
    g_assert_cmpstr(f.order->str, !=, f.order->str + 13);
    g_auto(GStrv) seeds = g_strsplit(g_strchomp(f.seeds->str), " ", -1);
    for (guint i = 0; i < 12; i++)
        g_assert_true(g_hash_table_add(seen, seeds[i]));
    assert_says(f.notes->str, "plan smoke (1 of 2), round 1 of 6: ");
    assert_says(f.notes->str, "plan verify (2 of 2), round 6 of 6: ");
    assert_says(f.notes->str, PINNED " (baseline)");
    g_assert_cmpuint(f.report->cells->len, ==, 4);
    g_assert_cmpuint(count_runs(), ==, 24);
    end_night(&f);
}

/* A night can do without a history where figures hardly vary. */
static void test_same(void)
{
    Fixture f = {0}, later = {0};

    begin();
    begin_night(&f, OF_SELF);
    go_on(&f);
    g_assert_cmpint(f.report->kind, ==, XR_NIGHT_SAME);
    g_assert_true(cell_of(&f, 0)->is_baseline);
    g_assert_true(cell_of(&f, 1)->again);
    g_assert_cmpint(metric_of(&f, 1, "throughput")->result.why, ==, XR_NIGHT_BY_BOUNDS);
    end_night(&f);

    begin();
    add_past(PINNED, 0, 20, 4e8, 0.05);
    begin_night(&later, OF_SELF);
    go_on(&later);
    g_assert_cmpint(later.report->kind, ==, XR_NIGHT_SAME);
    g_assert_cmpuint(metric_of(&later, 1, "throughput")->input.fence.values, ==, 20);
    /* Tonight's are in the series, not in the fence. */
    g_assert_cmpuint(metric_of(&later, 1, "throughput")->series->points->len, ==, 26);
    end_night(&later);
}

static void test_regressed(void)
{
    Fixture f = {.other = 3.6e8}, fresh = {.other = 3.6e8};

    begin();
    begin_night(&fresh, OF_OTHER);
    go_on(&fresh);
    assert_cell(&fresh, 1, XR_NIGHT_UNSURE, "no fence yet: 0 of 12 runs");
    g_assert_cmpint(xr_night_exit_code(fresh.report->kind), ==, 2);
    end_night(&fresh);

    begin();
    add_past(PINNED, 0, 15, 4e8, 0.05);
    begin_night(&f, OF_OTHER);
    go_on(&f);
    assert_cell(&f, 0, XR_NIGHT_SAME, "3 of 3 runs told what it does");
    assert_cell(&f, 1, XR_NIGHT_REGRESSED, "throughput ");
    assert_cell(&f, 1, XR_NIGHT_REGRESSED, " lower: all runs are on that side of the baseline's");
    g_assert_true(metric_of(&f, 1, "throughput")->result.by_base);
    g_assert_cmpint(metric_of(&f, 1, "boot_time")->result.kind, ==, XR_NIGHT_SAME);
    g_assert_cmpint(xr_night_exit_code(f.report->kind), ==, 1);
    end_night(&f);
}

/* Half as fast, both: the host's doing. */
static void test_host(void)
{
    Fixture f = {.all = 0.5};

    begin();
    add_past(PINNED, 0, 15, 4e8, 0.05);
    add_past(OTHER, 20, 15, 4e8, 0.05);
    begin_night(&f, OF_OTHER);
    go_on(&f);
    g_assert_cmpint(f.report->kind, ==, XR_NIGHT_SAME);
    g_assert_cmpint(metric_of(&f, 1, "throughput")->result.side, ==, -1);
    end_night(&f);
}

/* Runs that the host held up are no figures, neither tonight's nor those before. */
static void test_starved(void)
{
    Fixture f = {.other = 1e6, .other_wait = 0.9}, past = {0};

    begin();
    add_past(PINNED, 0, 15, 4e8, 0.05);
    begin_night(&f, OF_OTHER);
    go_on(&f);
    assert_cell(&f, 1, XR_NIGHT_UNSURE,
                "3 runs of the baseline and 0 of the build have a figure that counts");
    g_assert_cmpuint(cell_of(&f, 1)->starved, ==, 3);
    g_assert_cmpuint(cell_of(&f, 0)->starved, ==, 0);
    g_assert_cmpuint(metric_of(&f, 1, "throughput")->series->points->len, ==, 0);
    g_assert_cmpuint(metric_of(&f, 1, "throughput")->series->starved, ==, 3);
    end_night(&f);

    begin();
    add_past(PINNED, 0, 15, 4e8, 0.05);
    add_past(PINNED, 20, 5, 1e6, 0.8);
    begin_night(&past, OF_SELF);
    go_on(&past);
    g_assert_cmpuint(metric_of(&past, 1, "throughput")->series->starved, ==, 5);
    g_assert_cmpuint(metric_of(&past, 1, "throughput")->input.fence.values, ==, 15);
    g_assert_cmpuint(metric_of(&past, 1, "throughput")->changes->len, ==, 0);
    g_assert_cmpint(past.report->kind, ==, XR_NIGHT_SAME);
    end_night(&past);
}

static void test_change_points(void)
{
    Fixture f = {.all = 0.7};
    g_autofree char *text = NULL;

    begin();
    add_past(PINNED, 0, 12, 4e8, 0.05);
    add_past(PINNED, 20, 9, 2.8e8, 0.05);
    begin_night(&f, OF_SELF);
    go_on(&f);
    g_assert_cmpuint(metric_of(&f, 1, "throughput")->changes->len, ==, 1);
    text = xr_tell_night_change(metric_of(&f, 1, "throughput"), 0);
    assert_says(text, "throughput changed at run past-kworm-020 (2026-11-02 00:00): 400.");
    assert_says(text, "the build is the same");
    /* The fence is about what has been since. */
    g_assert_cmpint(metric_of(&f, 1, "throughput")->result.side, ==, 0);
    end_night(&f);
}

/* A failure is news, not repeated; a build that fails without a figure is not run a third time. */
static void test_failed(void)
{
    Fixture f = {.verdict = "fail"}, blind = {.verdict = "fail", .blind = TRUE};

    begin();
    begin_night(&f, OF_OTHER);
    go_on(&f);
    g_assert_cmpuint(f.runs, ==, 6);
    assert_cell(&f, 1, XR_NIGHT_FAILED, "3 of 3 runs failed: w01 <panicked>");
    g_assert_cmpint(xr_night_exit_code(f.report->kind), ==, 1);
    assert_says(f.notes->str, OTHER ": fail: w01 <panicked> (record ");
    end_night(&f);

    begin();
    begin_night(&blind, OF_OTHER);
    go_on(&blind);
    g_assert_cmpuint(blind.runs, ==, 5);
    assert_cell(&blind, 1, XR_NIGHT_FAILED, "2 of 2 runs failed");
    g_assert_cmpuint(cell_of(&blind, 0)->told, ==, 3);
    end_night(&blind);
}

/* What told nothing is repeated once in its place. */
static void test_error(void)
{
    Fixture made_up = {.verdict = "error", .heals_after = 1}, f = {.verdict = "error"},
            skip = {.verdict = "skip"};

    begin();
    begin_night(&made_up, OF_OTHER);
    go_on(&made_up);
    g_assert_cmpuint(cell_of(&made_up, 1)->told, ==, 3);
    g_assert_cmpint(cell_of(&made_up, 1)->kind, ==, XR_NIGHT_SAME);
    end_night(&made_up);

    begin();
    begin_night(&f, OF_OTHER);
    go_on(&f);
    g_assert_cmpuint(f.runs, ==, 5);
    assert_cell(&f, 1, XR_NIGHT_ERROR, "2 of 2 runs ended in error: w01");
    g_assert_cmpint(xr_night_exit_code(f.report->kind), ==, 99);
    end_night(&f);

    begin();
    begin_night(&skip, OF_OTHER);
    go_on(&skip);
    assert_cell(&skip, 1, XR_NIGHT_UNSURE, "skipped: w01");
    end_night(&skip);
}

/* Corruption, then a silent agent: a failure, run no second time, and told with what is lacking. */
static void test_failure_then_error(void)
{
    Fixture f = {.verdict = "fail",
                 .incomplete = "\"rig could not go on\",\"1 of 3 windows were measured\""};
    g_autofree char *junit = NULL;

    begin();
    begin_night(&f, OF_OTHER);
    go_on(&f);
    g_assert_cmpuint(f.runs, ==, 6);
    assert_cell(
        &f, 1, XR_NIGHT_FAILED,
        "3 of 3 runs failed: w01 <panicked>; that run is incomplete: rig could not go on; 1 of "
        "3 windows were measured");
    assert_says(f.notes->str, OTHER ": fail: w01 <panicked>; the run is incomplete: rig could not "
                                    "go on; 1 of 3 windows were measured (record ");
    junit = xr_tell_night_junit(f.report);
    assert_says(junit, "<failure message=\"3 of 3 runs failed: w01 &lt;panicked&gt;; that run is "
                       "incomplete: rig could not go on; ");
    assert_says(junit, "The run is incomplete: rig could not go on; 1 of 3 windows were measured.");
    end_night(&f);
}

/* The same, as the rig told it when an error outranked a failure: such a run was made a second time. */
static void test_outranked(void)
{
    Fixture f = {.verdict = "error",
                 .findings = "{\"kind\":\"rig-error\",\"weight\":\"error\",\"where\":\"rig\"},"
                             "{\"kind\":\"stall\",\"weight\":\"fail\",\"where\":\"w01/vbd0\","
                             "\"meaning\":\"It stood still.\"}"};

    begin();
    begin_night(&f, OF_OTHER);
    go_on(&f);
    g_assert_cmpuint(f.runs, ==, 6);
    assert_cell(&f, 1, XR_NIGHT_FAILED, "3 of 3 runs failed: w01/vbd0: stall: It stood still.");
    end_night(&f);
}

/* A build that cannot be had does not hide another one that failed. */
static void test_failure_beside_error(void)
{
    Fixture f = {.verdict = "fail", .broken = "file:/third"};

    begin();
    begin_night(&f, "baseline=" PINNED "\nplans=smoke\nruns=3\nbuilds=" OTHER " file:/third\n");
    go_on(&f);
    assert_cell(&f, 1, XR_NIGHT_FAILED, "3 of 3 runs failed");
    assert_cell(&f, 2, XR_NIGHT_ERROR, "cannot be built");
    g_assert_cmpint(f.report->kind, ==, XR_NIGHT_FAILED);
    g_assert_cmpint(xr_night_exit_code(f.report->kind), ==, 1);
    end_night(&f);
}

/* One run failed, the others told nothing, twice each. */
static void test_failure_among_errors(void)
{
    Fixture f = {.verdict = "error", .fails = 1};

    begin();
    begin_night(&f, OF_OTHER);
    go_on(&f);
    assert_cell(&f, 1, XR_NIGHT_FAILED, "1 of 3 runs failed: w01");
    end_night(&f);
}

static void test_unbuilt(void)
{
    Fixture f = {.broken = OTHER}, base = {.broken = PINNED};
    g_autoptr(GError) error = NULL;

    begin();
    begin_night(&f, "baseline=" PINNED "\nplans=smoke\nruns=3\nbuilds=" OTHER " file:/third\n");
    go_on(&f);
    g_assert_cmpuint(f.runs, ==, 6);
    assert_cell(&f, 1, XR_NIGHT_ERROR, "cannot be built: mm.c:7: error: no such thing");
    g_assert_cmpuint(cell_of(&f, 2)->told, ==, 3);
    end_night(&f);

    begin_night(&base, OF_OTHER);
    g_assert_false(
        xr_night_go_on(base.record, &night_funcs, &base, &base.unbuilt, &base.end, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_BUILD);
    g_assert_cmpstr(error->message, ==, "baseline " PINNED ": mm.c:7: error: no such thing");
    end_night(&base);
}

/* Interrupted and gone on with: as if it had been run at once. */
static void test_resume(void)
{
    Fixture f = {.stop_after = 3};
    g_autofree char *dir = NULL;
    g_autoptr(GError) error = NULL;

    begin();
    begin_night(&f, OF_OTHER);
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_NIGHT_END_INTERRUPTED);
    /* The run that the signal hit is none. */
    g_assert_cmpuint(((XrCompareRecord *)f.record->records->pdata[0])->runs->len, ==, 2);
    assert_cell(&f, 1, XR_NIGHT_UNSURE, "2 of 3 runs are missing");
    dir = g_strdup(f.record->dir);
    xr_night_record_free(f.record);
    f.record = xr_night_record_open(dir, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(f.record->night->name, ==, "made");
    g_assert_cmpuint(f.record->seed, ==, 42);
    f.stop_after = 0;
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_NIGHT_END_WHOLE);
    g_assert_cmpuint(cell_of(&f, 0)->told + cell_of(&f, 1)->told, ==, 6);
    end_night(&f);
}

static void test_budget(void)
{
    Fixture f = {0};

    begin();
    begin_night(&f, OF_OTHER "budget=1ns\n");
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_NIGHT_END_BUDGET);
    g_assert_cmpuint(f.runs, ==, 1);
    g_assert_cmpint(f.report->kind, ==, XR_NIGHT_UNSURE);
    end_night(&f);
}

static void test_no_record(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(xr_night_record_open(state, &error));
    assert_says(error->message,
                "is no record of a night: it holds no file \"night.json\"; give the "
                "folder that `xenrig nightly` named as its record");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* Each made-up run is written through to the disk: memory is quicker, where there is a folder of it. */
    if (g_access("/dev/shm", W_OK) == 0)
        g_setenv("TMPDIR", "/dev/shm", TRUE);
    g_test_add_func("/nightly-run/order", test_order);
    g_test_add_func("/nightly-run/same", test_same);
    g_test_add_func("/nightly-run/regressed", test_regressed);
    g_test_add_func("/nightly-run/host", test_host);
    g_test_add_func("/nightly-run/starved", test_starved);
    g_test_add_func("/nightly-run/change-points", test_change_points);
    g_test_add_func("/nightly-run/failed", test_failed);
    g_test_add_func("/nightly-run/error", test_error);
    g_test_add_func("/nightly-run/failure-then-error", test_failure_then_error);
    g_test_add_func("/nightly-run/outranked", test_outranked);
    g_test_add_func("/nightly-run/failure-beside-error", test_failure_beside_error);
    g_test_add_func("/nightly-run/failure-among-errors", test_failure_among_errors);
    g_test_add_func("/nightly-run/unbuilt", test_unbuilt);
    g_test_add_func("/nightly-run/resume", test_resume);
    g_test_add_func("/nightly-run/budget", test_budget);
    g_test_add_func("/nightly-run/no-record", test_no_record);
    return run_with_state();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Series: what a plan spans, runs side by side, interrupted, gone on with, broken, and records cut short. */
#include "base/error.h"
#include "series-fixture.h"

static const char *const small[] = {"series.builds=s+single-lock s+bad",
                                    "series.tuned=", "series.vcpus=1 2", "evtchn.binding=default",
                                    NULL};

static void test_shape(void)
{
    g_autoptr(GError) error = NULL;
    const char *const overrides[] = {"series.builds=debsrc:bookworm+single-lock  debian:bookworm",
                                     "series.disk_rate=0", NULL};
    g_autoptr(XrPlan) shipped = xr_plan_load("bof", NULL, &error);
    g_autoptr(XrPlan) mixed = xr_plan_load("bof", overrides, &error);
    g_autoptr(XrPlan) one = xr_plan_load("lockstep", NULL, &error);
    const char *key;

    g_assert_no_error(error);
    g_autoptr(XrSeriesShape) shape = xr_series_shape(shipped, &key, &error);
    g_autoptr(XrSeriesShape) other = xr_series_shape(mixed, &key, &error);
    static const char *const labels[] = {"single-lock, vCPU 0", "split-lock, vCPU 0",
                                         "split-lock, tuned", "stock, tuned"};
    g_assert_cmpuint(shape->curves->len, ==, 4);
    for (guint i = 0; i < 4; i++)
        g_assert_cmpstr(((XrSeriesCurve *)shape->curves->pdata[i])->label, ==, labels[i]);
    g_assert_cmpuint(shape->vcpus->len, ==, 5);
    g_assert_true(shape->held);
    g_assert_false(other->held);
    g_assert_cmpstr(((XrSeriesCurve *)other->curves->pdata[0])->label, ==,
                    "debsrc:bookworm+single-lock, vCPU 0");
    g_assert_true(xr_plan_is_series(shipped));
    g_assert_false(xr_plan_is_series(one));
}

/* A point's overrides make a plan of one run of it, with pCPUs and windows that go with its vCPUs. */
static void test_overrides(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) plan = xr_plan_load("bof", NULL, &error);
    const char *key;
    g_autoptr(XrSeriesShape) shape = xr_series_shape(plan, &key, &error);

    g_assert_no_error(error);
    g_auto(GStrv) sets = xr_series_overrides(plan, shape->curves->pdata[2], 16, TRUE);
    g_autoptr(XrPlan) point = xr_plan_load("bof", (const char *const *)sets, &error);
    g_assert_no_error(error);
    g_assert_false(xr_plan_is_series(point));
    g_assert_cmpstr(point->hypervisor.build, ==, "debsrc:bookworm+split-lock");
    g_assert_cmpint(point->evtchn.binding, ==, XR_BINDING_PINNED);
    g_assert_cmpuint(point->dom0.vcpus, ==, 16);
    g_assert_cmpuint(point->machine.pcpus, ==, 18);
    g_assert_cmpuint(point->lockstep.lengths, ==, 1);
    g_assert_cmpuint(point->lockstep.disk_rate, ==, plan->series.disk_rate);
    g_assert_cmpuint(point->lockstep.window, ==, plan->lockstep.window * 10 / 18);
    g_auto(GStrv) few = xr_series_overrides(plan, shape->curves->pdata[0], 1, FALSE);
    g_autoptr(XrPlan) least = xr_plan_load("bof", (const char *const *)few, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(least->lockstep.window, ==, plan->lockstep.window * 10 / 3);
    g_assert_cmpuint(least->lockstep.disk_rate, ==, 0);
    g_assert_cmpint(least->evtchn.binding, ==, XR_BINDING_VCPU0);
    g_assert_cmpfloat(xr_series_work(plan, 16, FALSE), >, xr_series_work(plan, 16, TRUE));
}

/* The largest first, both points of a machine one after the other, two machines at once. */
static void test_order(void)
{
    Fixture f = {0};

    begin(&f, small);
    g_assert_cmpuint(xr_series_missing(f.record, f.shape), ==, 8);
    g_assert_null(go_on(&f));
    g_assert_cmpstr(f.order->str, ==,
                    "single-lock2 bad2 single-lock2h bad2h single-lock1 bad1 single-lock1h bad1h ");
    g_assert_cmpuint(f.most_at_once, ==, 2);
    g_assert_cmpuint(xr_series_missing(f.record, f.shape), ==, 0);
    g_assert_nonnull(strstr(
        f.notes->str, "1 of 8 points: single-lock, 2 vCPUs: 2.14 B/tick at slices of 51, 0 s"));
    g_assert_nonnull(strstr(f.notes->str, "8 of 8 points: bad, 1 vCPU, disks held: 1.5 B/tick"));
    g_assert_nonnull(strstr(f.notes->str, " left\n"));
    g_assert_null(go_on(&f));
    g_assert_cmpstr(f.order->str, ==, "");
    end(&f);
}

/* Interrupted, opened again, gone on with: what was measured is not measured again, and runs that the signal
 * hit are none. */
static void test_interrupt(void)
{
    Fixture f = {.stop_after = 5};
    g_autoptr(GError) error = NULL;

    begin(&f, small);
    g_autofree char *said = go_on(&f);
    g_assert_cmpstr(said, ==, "ended by a signal; the same command goes on with it");
    g_assert_cmpuint(f.record->points->len, <, 5);
    const guint there = f.record->points->len;
    g_autofree char *dir = g_strdup(f.record->dir);
    /* Nobody else may go on with it meanwhile. */
    g_autoptr(XrSeriesRecord) other = xr_series_record_open(dir, &error);
    g_assert_no_error(error);
    g_assert_false(xr_series_record_lock(other, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    g_assert_nonnull(
        strstr(error->message, ": another xenrig is at this series; wait for it, or "));
    g_clear_error(&error);

    xr_series_record_free(f.record);
    f.record = xr_series_record_open(dir, &error);
    g_assert_no_error(error);
    g_assert_true(xr_series_record_lock(f.record, &error));
    f.stop_after = 0;
    g_assert_null(go_on(&f));
    g_assert_cmpuint(f.runs, ==, 8 - there);
    g_assert_cmpuint(xr_series_missing(f.record, f.shape), ==, 0);
    end(&f);
}

/* A build that fails does not end the series, is told, and is tried again by the next call. */
static void test_broken(void)
{
    Fixture f = {.broken = "skip"};

    begin(&f, small);
    g_assert_null(go_on(&f));
    g_assert_cmpuint(f.runs, ==, 8);
    g_assert_cmpuint(xr_series_missing(f.record, f.shape), ==, 4);
    g_assert_nonnull(strstr(f.notes->str, "bad, 2 vCPUs: skip: it was so, 0 s"));
    f.broken = "error";
    f.silent = TRUE;
    g_assert_null(go_on(&f));
    g_assert_cmpuint(f.runs, ==, 4);
    g_assert_nonnull(strstr(f.notes->str, "bad, 2 vCPUs: error: the run ended with exit code 0 and "
                                          "left no verdict"));
    f.broken = NULL;
    g_assert_null(go_on(&f));
    g_assert_cmpuint(f.runs, ==, 4);
    g_assert_cmpuint(xr_series_missing(f.record, f.shape), ==, 0);
    end(&f);
}

/* A point that failed and was cut short by an error is told, has no figures, and is not tried again. */
static void test_failure_then_error(void)
{
    Fixture f = {.broken = "fail", .incomplete = "\"rig could not go on\""};
    g_autoptr(GError) error = NULL;

    begin(&f, small);
    g_assert_null(go_on(&f));
    g_assert_cmpuint(f.runs, ==, 8);
    g_assert_cmpuint(xr_series_missing(f.record, f.shape), ==, 0);
    g_assert_nonnull(strstr(
        f.notes->str, "bad, 2 vCPUs: fail: it was so (incomplete: rig could not go on), 0 s"));
    g_autofree char *dir = g_strdup(f.record->dir);
    g_autoptr(XrSeriesRecord) again = xr_series_record_open(dir, &error);
    g_assert_no_error(error);
    const XrSeriesPoint *point = xr_series_record_find(again, "s+bad", "default", 2, FALSE);
    g_assert_cmpstr(point->verdict, ==, "fail");
    g_assert_false(point->complete);
    g_assert_cmpstr(point->incomplete, ==, "rig could not go on");
    g_assert_cmpuint(point->slices->len, ==, 0);
    f.broken = NULL;
    g_assert_null(go_on(&f));
    g_assert_cmpstr(f.order->str, ==, "");
    end(&f);
}

/* Runs that a signal hit are none, but for those that had failed before. */
static void test_failure_then_signal(void)
{
    Fixture f = {.broken = "fail", .incomplete = "\"rig was interrupted\"", .stop_after = 2};

    begin(&f, small);
    g_autofree char *said = go_on(&f);
    g_assert_nonnull(said);
    g_assert_cmpuint(f.record->points->len, ==, 1);
    g_assert_cmpstr(((XrSeriesPoint *)f.record->points->pdata[0])->verdict, ==, "fail");
    end(&f);
}

/* A series of before a failure was worse than an error: its points tell what their runs found. */
static void test_outranked(void)
{
    Fixture f = {0};
    g_autoptr(GError) error = NULL;
    XrSeriesPoint *point = xr_series_point_new("s+bad", "default", 2, FALSE);
    g_autofree char *dir = NULL;

    begin(&f, small);
    g_free(point->record);
    point->record = g_strdup("runs/1");
    g_assert_true(xr_series_record_add(f.record, point, &error));
    dir = g_build_filename(f.record->dir, "runs/1", NULL);
    g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
    g_autofree char *path = g_build_filename(dir, "verdict.json", NULL);
    g_assert_true(g_file_set_contents(
        path,
        "{\"verdict\":\"error\",\"reason\":\"rig gave up\",\"findings\":[{\"kind\":\"stall\","
        "\"weight\":\"fail\",\"where\":\"w01\",\"meaning\":\"It stood.\"}]}",
        -1, NULL));
    g_autoptr(XrSeriesRecord) again = xr_series_record_open(f.record->dir, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(xr_series_missing(again, f.shape), ==, 7);
    g_assert_cmpstr(((XrSeriesPoint *)again->points->pdata[0])->reason, ==,
                    "w01: stall: It stood.");
    end(&f);
}

/* Cut at any byte: the points whose lines are whole are there, and one more is added behind them. */
static void test_cut(void)
{
    const char *const least[] = {"series.builds=s+bad", "series.tuned=", "series.vcpus=1", NULL};
    Fixture f = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL, *path = NULL;
    gsize length = 0;

    begin(&f, least);
    g_assert_null(go_on(&f));
    path = g_build_filename(f.record->dir, "points.jsonl", NULL);
    g_assert_true(g_file_get_contents(path, &text, &length, NULL));
    for (gsize cut = 0; cut <= length; cut++) {
        guint whole = 0;

        for (gsize i = 0; i < cut; i++)
            whole += text[i] == '\n';
        g_assert_true(g_file_set_contents(path, text, (gssize)cut, NULL));
        g_autoptr(XrSeriesRecord) record = xr_series_record_open(f.record->dir, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(record->points->len, ==, whole);
        g_assert_cmpuint(xr_series_missing(record, f.shape), ==, 2 - whole);
        if (cut % 97 != 0)
            continue;
        g_assert_true(
            xr_series_record_add(record, xr_series_point_new("b", "default", 3, FALSE), &error));
        g_autoptr(XrSeriesRecord) again = xr_series_record_open(f.record->dir, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(again->points->len, ==, whole + 1);
    }
    end(&f);
}

static void test_damaged(void)
{
    Fixture f = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;

    begin(&f, small);
    path = g_build_filename(f.record->dir, "points.jsonl", NULL);
    g_assert_true(g_file_set_contents(path, "{\"build\":\"b\"}\n", -1, NULL));
    g_assert_null(xr_series_record_open(f.record->dir, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    g_assert_true(g_str_has_suffix(error->message, "points.jsonl:1: a point of a series lacks "
                                                   "\"binding\""));
    g_clear_error(&error);
    g_assert_null(xr_series_record_open("/dev", &error));
    g_assert_cmpstr(error->message, ==,
                    "/dev is no record of a series: it holds no file \"series.json\"");
    end(&f);
}

/* Whether a record is one of this plan and these builds. */
static void test_fits(void)
{
    Fixture f = {0};
    g_autofree char *shown = NULL;

    begin(&f, small);
    shown = xr_plan_show(f.plan, FALSE);
    g_autoptr(JsonObject) builds = made_builds(f.shape);
    g_assert_true(xr_series_record_fits(f.record, shown, builds));
    g_assert_false(xr_series_record_fits(f.record, "[plan]\n", builds));
    json_object_set_string_member(builds, "s+bad", "another id");
    g_assert_false(xr_series_record_fits(f.record, shown, builds));
    g_auto(GStrv) all = xr_series_record_list();
    g_assert_true(g_strv_contains((const char *const *)all, f.record->dir));
    end(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/series/shape", test_shape);
    g_test_add_func("/series/overrides", test_overrides);
    g_test_add_func("/series/order", test_order);
    g_test_add_func("/series/interrupt", test_interrupt);
    g_test_add_func("/series/broken", test_broken);
    g_test_add_func("/series/failure-then-error", test_failure_then_error);
    g_test_add_func("/series/failure-then-signal", test_failure_then_signal);
    g_test_add_func("/series/outranked", test_outranked);
    g_test_add_func("/series/cut", test_cut);
    g_test_add_func("/series/damaged", test_damaged);
    g_test_add_func("/series/fits", test_fits);
    return run_with_state();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparisons run: order, looks, repeats, budgets, interrupts, going on, and judging again; over made-up runs. */
#include "base/error.h"
#include "compare-fixture.h"

static const char *const none[] = {NULL};

static void test_order(void)
{
    guint order[4], again[4], first[4] = {0};
    gboolean differ = FALSE;

    for (guint round = 0; round < 4000; round++) {
        guint seen = 0;

        xr_compare_order(7, round, 4, order);
        xr_compare_order(7, round, 4, again);
        g_assert_cmpmem(order, sizeof(order), again, sizeof(again));
        xr_compare_order(8, round, 4, again);
        differ |= memcmp(order, again, sizeof(order)) != 0;
        for (guint i = 0; i < 4; i++)
            seen |= 1u << order[i];
        g_assert_cmpuint(seen, ==, 15);
        first[order[0]]++;
    }
    g_assert_true(differ);
    /* Each is first as often: 1000 of 4000, with a standard deviation of 27. */
    for (guint i = 0; i < 4; i++)
        g_assert_cmpuint(ABS((gint)first[i] - 1000), <, 110);
}

static void test_different(void)
{
    Fixture f = {.second = 50};

    begin(&f, two, none);
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_DECIDED);
    g_assert_cmpint(pair_of(&f, 0)->kind, ==, XR_LIKE_DIFFERENT);
    g_assert_cmpuint(f.runs, ==, 16);
    g_assert_cmpuint(f.record->runs->len, ==, 16);
    assert_told(&f, "round 1 of at most 20, run 1: ");
    assert_told(&f, "round 8 of at most 20, run 16: ");
    assert_told(&f, "to the next look, at most ");
    end(&f);
}

/* No two runs have one seed, and rounds do not all begin with one build. */
static void test_seeds(void)
{
    Fixture f = {.second = 100.01};
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    guint first = 0;

    begin(&f, two, none);
    go_on(&f);
    g_assert_cmpint(pair_of(&f, 0)->kind, ==, XR_LIKE_SAME);
    g_auto(GStrv) seeds = g_strsplit(g_strchomp(f.seeds->str), " ", -1);
    g_assert_cmpuint(g_strv_length(seeds), ==, f.runs);
    for (guint i = 0; seeds[i] != NULL; i++)
        g_assert_true(g_hash_table_add(seen, seeds[i]));
    for (guint i = 0; i < f.record->runs->len; i += 2)
        first += ((XrRunFigure *)f.record->runs->pdata[i])->index;
    g_assert_cmpuint(first, >, 0);
    g_assert_cmpuint(first, <, f.record->runs->len / 2);
    end(&f);
}

/* Interrupted twice and gone on with: as if it had been run at once. */
static void test_interrupt(void)
{
    Fixture whole = {.second = 50}, f = {.second = 50, .stop_after = 5};
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = NULL;

    begin(&whole, two, none);
    go_on(&whole);
    begin(&f, two, none);
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_INTERRUPTED);
    g_assert_cmpint(pair_of(&f, 0)->kind, ==, XR_LIKE_UNSURE);
    g_assert_cmpuint(pair_of(&f, 0)->runs, ==, 0);
    /* The run that the signal hit is none. */
    g_assert_cmpuint(f.record->runs->len, ==, 4);
    dir = g_strdup(f.record->dir);
    xr_compare_record_free(f.record);
    f.record = xr_compare_record_open(dir, &error);
    g_assert_no_error(error);
    f.stop_after = 0;
    f.runs = 4;
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_DECIDED);
    g_assert_cmpuint(f.record->runs->len, ==, whole.record->runs->len);
    for (guint i = 0; i < f.record->runs->len; i++) {
        const XrRunFigure *a = f.record->runs->pdata[i], *b = whole.record->runs->pdata[i];

        g_assert_cmpuint(a->index, ==, b->index);
        g_assert_cmpuint(a->round, ==, b->round);
        g_assert_cmpfloat(a->value, ==, b->value);
    }
    end(&whole);
    end(&f);
}

static void test_repeats(void)
{
    Fixture f = {.second = 50, .broken_from = 4, .broken = "error"};

    begin(&f, two, none);
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_REPEATS);
    g_assert_cmpint(pair_of(&f, 0)->kind, ==, XR_LIKE_UNSURE);
    g_assert_cmpuint(pair_of(&f, 0)->runs, ==, 0);
    assert_told(&f, "file:/bad: error: it was so (to be repeated; record runs/");
    end(&f);
}

/* --- failures --- */

static guint count_of(const Fixture *f, guint index)
{
    guint count = 0;

    for (guint i = 0; i < f->record->runs->len; i++)
        count += ((XrRunFigure *)f->record->runs->pdata[i])->index == index;
    return count;
}

static void assert_fails_with(const Fixture *f, const char *wanted)
{
    g_autoptr(XrCompareResult) result = xr_compare_replay(f->record->dir, none, NULL);
    const XrCompareReport report = xr_compare_report(result);
    g_autofree char *failure = xr_tell_compare_failure(&report);

    g_assert_cmpint(xr_tell_compare_exit_code(&report), ==, 1);
    if (strstr(failure, wanted) == NULL)
        g_error("not told: %s\n%s", wanted, failure);
}

/* A build that fails is told so, not run again in its place, and given up where it gives no figure. */
static void test_failures(void)
{
    static const char *const turned[] = {"file:/bad", "debian:bookworm", NULL};
    Fixture f = {.second = 50, .broken_from = 1, .broken = "fail"};

    begin(&f, two, none);
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_FAILED);
    g_assert_cmpint(pair_of(&f, 0)->kind, ==, XR_LIKE_UNSURE);
    assert_told(&f,
                "file:/bad: fail: it was so; the run is incomplete: rig could not go on (it gave "
                "no figure; record runs/");
    g_assert_cmpuint(count_of(&f, 1), ==, 2);
    g_assert_cmpuint(((XrRunFigure *)f.record->runs->pdata[0])->round, ==, 0);
    assert_fails_with(&f, "runs failed; the first is of file:/bad: it was so; that run is "
                          "incomplete: rig could not go on (record runs/");
    end(&f);

    /* So is one that others are compared with. */
    f = (Fixture){.second = 50, .broken_from = 1, .broken = "fail"};
    begin(&f, turned, none);
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_FAILED);
    end(&f);
}

/* Of three builds the others are gone on with. */
static void test_failures_of_one(void)
{
    static const char *const three[] = {"debian:bookworm", "file:/bad", "file:/near", NULL};
    Fixture f = {.second = 50, .broken_from = 1, .broken = "fail"};

    begin(&f, three, none);
    go_on(&f);
    g_assert_cmpint(pair_of(&f, 0)->kind, ==, XR_LIKE_UNSURE);
    g_assert_cmpint(pair_of(&f, 1)->kind, ==, XR_LIKE_SAME);
    g_assert_cmpuint(count_of(&f, 1), ==, 2);
    end(&f);
}

/* One failure among runs that are all alike: nothing is repeated until it says SAME, and the failure is told. */
static void test_one_failure(void)
{
    Fixture f = {.second = 100.01, .broken_from = 3, .broken_to = 4, .broken = "fail"};

    begin(&f, two, none);
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_DECIDED);
    g_assert_cmpint(pair_of(&f, 0)->kind, ==, XR_LIKE_SAME);
    g_assert_cmpuint(count_of(&f, 1), ==, pair_of(&f, 0)->runs + 1);
    assert_fails_with(&f, "1 of ");
    end(&f);
}

/* What a signal ends is dropped, but for a failure that was seen before. */
static void test_failure_and_signal(void)
{
    Fixture f = {
        .second = 50, .broken_from = 1, .broken = "fail", .stop_after = 2, .stop_fails = TRUE};

    begin(&f, two, none);
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_INTERRUPTED);
    g_assert_cmpuint(f.record->runs->len, ==, 2);
    assert_fails_with(&f, "runs failed");
    end(&f);
}

/* A comparison of before a failure was worse than an error: its runs tell what they found. */
static void test_outranked(void)
{
    Fixture f = {.second = 50};
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = NULL;
    XrRunFigure *figure;

    begin(&f, two, none);
    dir = g_build_filename(f.record->dir, "runs/001-1", NULL);
    figure = make_figure("file:/bad", "error", 1);
    figure->value = NAN;
    figure->index = 1;
    g_free(figure->record);
    figure->record = g_strdup("runs/001-1");
    write_outranked(dir);
    xr_compare_record_add(f.record, figure, &error);
    g_assert_no_error(error);
    dir = (g_free(dir), g_strdup(f.record->dir));
    xr_compare_record_free(f.record);
    f.record = xr_compare_record_open(dir, &error);
    g_assert_no_error(error);
    figure = f.record->runs->pdata[0];
    g_assert_cmpstr(figure->verdict, ==, "fail");
    g_assert_cmpstr(figure->reason, ==, "w01/vbd0: data-mismatch: expected pass 1");
    g_assert_cmpstr(figure->incomplete, ==, "rig could not go on");
    assert_fails_with(&f, "1 of 1 run failed; it is of file:/bad: w01/vbd0: data-mismatch");
    go_on(&f);
    /* Its place is taken. */
    g_assert_cmpuint(count_of(&f, 1), ==, pair_of(&f, 0)->runs + 1);
    end(&f);
}

static void test_budget(void)
{
    static const char *const overrides[] = {"compare.budget=100s", NULL};
    Fixture f = {.second = 99};

    begin(&f, two, overrides);
    for (guint i = 0; i < 6; i++) {
        g_autoptr(GError) error = NULL;
        XrRunFigure *figure = make_figure(two[i % 2], "pass", 100 + i);

        figure->round = i / 2;
        figure->index = i % 2;
        figure->counted = TRUE;
        figure->seconds = 15;
        g_free(figure->record);
        figure->record = g_strdup_printf("runs/%u", i);
        xr_compare_record_add(f.record, figure, &error);
        g_assert_no_error(error);
    }
    go_on(&f);
    /* 90 s are spent, and a run takes 15. */
    g_assert_cmpint(f.end, ==, XR_END_BUDGET);
    g_assert_cmpuint(f.runs, ==, 0);
    end(&f);
}

static void test_several(void)
{
    static const char *const three[] = {"debian:bookworm", "file:/bad", "file:/near", NULL};
    static const char *const overrides[] = {"compare.runs_max=10", NULL};
    Fixture f = {.second = 50};
    guint runs[3] = {0};

    begin(&f, three, overrides);
    go_on(&f);
    g_assert_cmpint(pair_of(&f, 0)->kind, ==, XR_LIKE_DIFFERENT);
    g_assert_cmpint(pair_of(&f, 1)->kind, ==, XR_LIKE_SAME);
    for (guint i = 0; i < f.record->runs->len; i++)
        runs[((XrRunFigure *)f.record->runs->pdata[i])->index]++;
    /* The one that is the same is known first, and is run no more. */
    g_assert_cmpuint(runs[2], <, runs[1]);
    g_assert_cmpuint(runs[0], ==, runs[1]);
    end(&f);
}

static void test_metric(void)
{
    static const char *const turned[] = {"file:/bad", "debian:bookworm", NULL};
    Fixture f = {.second = 50, .zero = -1};

    begin(&f, two, none);
    assert_fails(&f, XR_ERROR_BUILD, "compare.metric: throughput is 0 in ");
    end(&f);
    f = (Fixture){.second = NAN, .broken_from = 1, .broken = "pass"};
    begin(&f, two, none);
    assert_fails(&f, XR_ERROR_BUILD, "/runs/");
    end(&f);
    /* What others are compared with has none: no other build's fault. */
    f = (Fixture){.second = NAN, .broken_from = 1, .broken = "pass"};
    begin(&f, turned, none);
    assert_fails(&f, XR_ERROR_INPUT, "/runs/");
    end(&f);
}

/* Doubt before anything was measured is as a failure then: another run may tell. */
static void test_unsure(void)
{
    Fixture f = {.second = 50, .broken_from = 1, .broken = "unsure"};

    begin(&f, two, none);
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_REPEATS);
    assert_told(&f, "file:/bad: unsure: it was so (to be repeated; record runs/");
    end(&f);
}

/* The same runs judged by other keys, and by another figure. */
static void test_replay(void)
{
    static const char *const strict[] = {"compare.smallest_effect=0.5", NULL};
    static const char *const boot[] = {"compare.metric=boot_time", NULL};
    static const char *const missing[] = {"compare.metric=speed", NULL};
    Fixture f = {.second = 90};
    g_autoptr(GError) error = NULL;

    begin(&f, two, none);
    go_on(&f);
    g_assert_cmpint(pair_of(&f, 0)->kind, ==, XR_LIKE_DIFFERENT);
    g_autoptr(XrCompareResult) again = xr_compare_replay(f.record->dir, none, &error);
    g_assert_no_error(error);
    g_assert_cmpint(xr_comparison_kind(again->comparison), ==, XR_LIKE_DIFFERENT);
    g_assert_cmpfloat(g_array_index(again->comparison->pairs, XrPair, 0).effect.low, ==,
                      pair_of(&f, 0)->effect.low);
    g_autoptr(XrCompareResult) same = xr_compare_replay(f.record->dir, strict, &error);
    g_assert_no_error(error);
    g_assert_cmpint(xr_comparison_kind(same->comparison), ==, XR_LIKE_SAME);
    g_autoptr(XrCompareResult) other = xr_compare_replay(f.record->dir, boot, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(other->unit, ==, "ns");
    g_assert_cmpfloat(g_array_index(other->comparison->pairs, XrPair, 0).effect.ratio, >, 1.05);
    g_assert_null(xr_compare_replay(f.record->dir, missing, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message,
                            "has no figure \"speed\" above zero; it has: throughput, "
                            "boot_time"));
    end(&f);
}

static void test_resume_keeps_its_plan(void)
{
    static const char *const other[] = {"guests.count=3", NULL};
    const XrCompareOptions options = {.quiet = TRUE};
    Fixture f = {.second = 90};
    g_autoptr(GError) error = NULL;

    begin(&f, two, none);
    g_assert_null(xr_compare_resume(f.record->dir, other, &options, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==,
                    "--set guests.count=3: a comparison is gone on with by the plan that it began "
                    "with; only compare.budget and compare.repeats may change");
    g_clear_error(&error);
    g_assert_null(xr_compare_resume("/nowhere", other, &options, &error));
    g_assert_cmpstr(
        error->message, ==,
        "/nowhere is no record of a comparison: it holds no file \"compare.json\"; give "
        "the folder that `xenrig compare` named as its record");
    end(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compare-run/order", test_order);
    g_test_add_func("/compare-run/different", test_different);
    g_test_add_func("/compare-run/seeds", test_seeds);
    g_test_add_func("/compare-run/interrupt", test_interrupt);
    g_test_add_func("/compare-run/repeats", test_repeats);
    g_test_add_func("/compare-run/failures", test_failures);
    g_test_add_func("/compare-run/failures-of-one", test_failures_of_one);
    g_test_add_func("/compare-run/one-failure", test_one_failure);
    g_test_add_func("/compare-run/failure-and-signal", test_failure_and_signal);
    g_test_add_func("/compare-run/outranked", test_outranked);
    g_test_add_func("/compare-run/budget", test_budget);
    g_test_add_func("/compare-run/several", test_several);
    g_test_add_func("/compare-run/metric", test_metric);
    g_test_add_func("/compare-run/unsure", test_unsure);
    g_test_add_func("/compare-run/replay", test_replay);
    g_test_add_func("/compare-run/resume-keeps-its-plan", test_resume_keeps_its_plan);
    return run_with_state();
}

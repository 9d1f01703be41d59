/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Series of the history: they mix nothing, and leave out what the host held up. */
#include "base/error.h"
#include "history-fixture.h"

static void enter_series(void)
{
    static const Made others[] = {
        {.id = "other-host", .host = HOST_B, .value = 1e6},
        {.id = "other-settings", .windows = "9", .value = 2e6},
        {.id = "other-build", .build = "debian:trixie", .value = 3e6},
        {.id = "other-plan", .plan = "bof", .value = 4e6},
        {.id = "no-result", .verdict = "error", .value = 5e6},
        {.id = "skipped", .verdict = "skip", .value = 6e6},
    };

    for (guint i = 0; i < G_N_ELEMENTS(others); i++)
        enter(&others[i]);
    for (guint i = 0; i < 5; i++) {
        g_autofree char *id = g_strdup_printf("run-%u", i);
        g_autofree char *started = g_strdup_printf("2026-11-2%uT00:00:00Z", 5 - i);
        const Made made = {
            .id = id, .started = started, .value = 1e8 + i, .verdict = i == 2 ? "fail" : "pass"};

        enter(&made);
    }
}

static const XrHistorySeriesKey key = {
    .plan = "smoke", .build = "debian:bookworm", .metric = "throughput", .host = HOST_A};

static void test_series(void)
{
    g_autoptr(GError) error = NULL;
    XrHistorySeriesKey since = key;

    begin();
    enter_series();
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistorySeries) series = xr_history_series(history, &key, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(series->points->len, ==, 5);
    g_assert_cmpuint(series->others, ==, 1);
    g_assert_cmpstr(series->unit, ==, "B/s");
    g_autoptr(GArray) values = xr_history_series_values(series);
    for (guint i = 0; i < 5; i++) {
        const XrHistoryPoint *point = series->points->pdata[i];

        g_assert_cmpfloat(g_array_index(values, double, i), ==, 1e8 + 4 - i);
        g_assert_cmpstr(point->verdict, ==, i == 2 ? "fail" : "pass");
    }
    since.since_us = ((XrHistoryPoint *)series->points->pdata[3])->started_us;
    g_autoptr(XrHistorySeries) late = xr_history_series(history, &since, &error);
    g_assert_cmpuint(late->points->len, ==, 2);
}

/* Without a name it is the figure that the newest run is known by. */
static void test_main_figure(void)
{
    static const Made counted = {.id = "counted",
                                 .started = "2026-11-26T00:00:00Z",
                                 .time = "count",
                                 .more = INSTRUCTIONS("908338")};
    static const Made bare = {
        .id = "bare", .started = "2026-11-27T00:00:00Z", .time = "count", .plan = "bof"};
    g_autoptr(GError) error = NULL;
    XrHistorySeriesKey open = key, real = key;

    begin();
    enter_series();
    open.metric = real.metric = NULL;
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistorySeries) before = xr_history_series(history, &open, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(before->metric, ==, "throughput");
    g_assert_cmpuint(before->points->len, ==, 5);

    enter(&counted);
    g_autoptr(XrHistorySeries) after = xr_history_series(history, &open, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(after->metric, ==, "instructions");
    g_assert_cmpstr(after->unit, ==, "/MiB");
    g_assert_cmpuint(after->points->len, ==, 1);
    g_assert_cmpuint(after->others, ==, 8);
    /* The newest of those settings. */
    real.setup = before->setup;
    g_autoptr(XrHistorySeries) again = xr_history_series(history, &real, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(again->metric, ==, "throughput");
    g_assert_cmpuint(again->points->len, ==, 5);

    enter(&bare);
    open.plan = "bof";
    g_assert_null(xr_history_series(history, &open, &error));
    assert_says(error->message, " has a figure \"instructions\"; runs of the plan have: ");
}

static void test_other_settings(void)
{
    g_autoptr(GError) error = NULL;
    XrHistorySeriesKey other = key;

    begin();
    enter_series();
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "other-settings", &error);
    other.setup = run->setup;
    g_autoptr(XrHistorySeries) series = xr_history_series(history, &other, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(series->points->len, ==, 1);
    g_assert_cmpuint(series->others, ==, 7);
}

static void assert_no_series(XrHistory *history, XrHistorySeriesKey wrong, const char *wanted)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(xr_history_series(history, &wrong, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, wanted);
}

static void test_no_series(void)
{
    XrHistorySeriesKey wrong = key;

    begin();
    enter_series();
    g_autoptr(XrHistory) history = open_history();
    wrong.host = NULL;
    assert_no_series(history, wrong,
                     "a series is of one plan, build, metric and host: name the host");
    wrong.host = "";
    assert_no_series(history, wrong,
                     "a series is of one plan, build, metric and host: name the host");
    wrong = key;
    wrong.plan = NULL;
    assert_no_series(history, wrong,
                     "a series is of one plan, build, metric and host: name the plan");
    wrong = key;
    wrong.plan = "nightly";
    assert_no_series(
        history, wrong,
        "no run of plan \"nightly\" on build \"debian:bookworm\" by host " HOST_A
        " is in the history; of this host it has: smoke on debian:bookworm (8), bof on "
        "debian:bookworm (1), smoke on debian:trixie (1)");
    wrong = key;
    wrong.metric = "speed";
    assert_no_series(history, wrong,
                     "no run of plan \"smoke\" on build \"debian:bookworm\" by host " HOST_A
                     " that ended neither in error nor in skip has a figure \"speed\"; runs of the "
                     "plan have: never, throughput");
}

/* --- runs that the host held up --- */

static void enter_waiting(const char *id, const char *more)
{
    const Made made = {.id = id, .more = more};

    enter(&made);
}

static guint points_of(XrHistory *history, XrHistorySeriesKey asked, guint starved)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrHistorySeries) series = xr_history_series(history, &asked, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(series->starved, ==, starved);
    g_assert_cmpfloat(series->most_wait, ==, asked.most_wait);
    return series->points->len;
}

static void test_starved(void)
{
    static const Made failed = {.id = "failed", .verdict = "error", .more = WAIT("0.9")};
    XrHistorySeriesKey asked = key;

    begin();
    enter_waiting("quick", WAIT("0.1"));
    enter_waiting("limit", WAIT("0.25"));
    enter_waiting("slow", WAIT("0.251"));
    enter_waiting("slower", WAIT("0.9"));
    enter_waiting("not-known", "");
    enter(&failed);
    g_autoptr(XrHistory) history = open_history();
    g_assert_cmpuint(points_of(history, asked, 0), ==, 5);
    asked.most_wait = 0.25;
    g_assert_cmpuint(points_of(history, asked, 2), ==, 3);
    asked.most_wait = 0.8;
    g_assert_cmpuint(points_of(history, asked, 1), ==, 4);
    asked.most_wait = 0.01;
    asked.metric = "host_wait";
    g_assert_cmpuint(points_of(history, asked, 0), ==, 4);
}

/* What is told in ticks or instructions is the same however long the host takes. */
static void test_not_by_the_clock(void)
{
    static const Made made = {.more = WAIT("0.9"), .time = "lockstep"};
    XrHistorySeriesKey asked = key;

    begin();
    enter(&made);
    g_autoptr(XrHistory) history = open_history();
    asked.most_wait = 0.25;
    g_assert_cmpuint(points_of(history, asked, 0), ==, 1);
}

static void test_all_starved(void)
{
    XrHistorySeriesKey asked = key;

    begin();
    asked.most_wait = 0.25;
    enter_waiting("a", WAIT("0.9"));
    g_autoptr(XrHistory) history = open_history();
    assert_no_series(
        history, asked,
        "the only run of plan \"smoke\" on build \"debian:bookworm\" by host " HOST_A
        " with a figure \"throughput\" is left out, as the host let it wait for its "
        "CPUs in more than 25 % of the time; run the plan when nothing else runs there "
        "(the figure host_wait tells how long each run waited)");
    enter_waiting("b", WAIT("0.3"));
    assert_no_series(
        history, asked,
        "all of the 2 runs of plan \"smoke\" on build \"debian:bookworm\" by host " HOST_A
        " with a figure \"throughput\" are left out, as the host let each wait for its "
        "CPUs in more than 25 % of the time; run the plan when nothing else runs there "
        "(the figure host_wait tells how long each run waited)");
    asked.may_be_empty = TRUE;
    g_assert_cmpuint(points_of(history, asked, 2), ==, 0);
    asked.metric = "speed";
    assert_no_series(history, asked,
                     "no run of plan \"smoke\" on build \"debian:bookworm\" by host " HOST_A
                     " that ended neither in error nor in skip has a figure \"speed\"; runs of the "
                     "plan have: host_wait, never, throughput");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/history-series/points", test_series);
    g_test_add_func("/history-series/main-figure", test_main_figure);
    g_test_add_func("/history-series/other-settings", test_other_settings);
    g_test_add_func("/history-series/none", test_no_series);
    g_test_add_func("/history-series/starved", test_starved);
    g_test_add_func("/history-series/not-by-the-clock", test_not_by_the_clock);
    g_test_add_func("/history-series/all-starved", test_all_starved);
    return run_with_state();
}

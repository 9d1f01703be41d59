/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told of the history: tables, one run, two runs, trends, exports; with runs of a hostile host among them.
 * Whole texts are compared with tests/golden/history (golden.h). */
#include "tell/history.h"

#include "base/json.h"
#include "golden.h"
#include "history-fixture.h"
#include <locale.h>

/* Escapes, an override, quotes and commas, as JSON writes them. */
#define HOSTILE "\\u001b]0;pwned\\u0007 \\u202ediap, \\\"quoted\\\"\\r\\n\\u009b31m"

static void assert_told(const char *text, const char *name)
{
    /* The state folder has a new name each time. */
    g_auto(GStrv) parts = g_strsplit(text, state, -1);
    g_autofree char *shown = g_strjoinv("STATE", parts);

    assert_golden(shown, "history", name);
    for (const char *p = shown; *p != '\0'; p++)
        g_assert_true(*p == '\n' || !g_ascii_iscntrl(*p));
}

static void enter_some(void)
{
    static const Made own = {.id = "20261120T100000Z-smoke-0001"};
    static const Made failed = {
        .id = "20261121T110000Z-smoke-0002",
        .started = "2026-11-21T11:00:00.250000Z",
        .build = "debsrc:bookworm+single-lock,lock-profile",
        .build_id = "2222222222222222",
        .verdict = "fail",
        .reason = "w03 stood still for 12 s, which is longer than limits.stall allows, and nothing "
                  "else was said",
        .value = 312.4e6,
        .findings =
            "{\"kind\":\"stall\",\"weight\":\"fail\",\"where\":\"w03\",\"when\":41.25,\"line\":"
            "\"a line\",\"meaning\":\"why\"},{\"kind\":\"unsteady\",\"weight\":\"pass\","
            "\"where\":\"sum\",\"when\":null}"};
    static const Made hostile = {.id = "20261122T120000Z-x-0003",
                                 .started = "2026-11-22T12:00:00Z",
                                 .plan = "=cmd|' /C calc'!A0" HOSTILE,
                                 .windows = "5",
                                 .build = HOSTILE,
                                 .build_id = "-1+1",
                                 .verdict = "unsure",
                                 .reason = "@SUM(1,2) " HOSTILE,
                                 .host = HOST_B,
                                 .more = ",\"" HOSTILE "\":{\"value\":0.1,\"unit\":\"" HOSTILE "\","
                                         "\"samples\":[\"" HOSTILE "\"]}",
                                 .findings =
                                     "{\"kind\":\"" HOSTILE "\",\"weight\":\"fail\",\"where\":"
                                     "\"" HOSTILE "\",\"line\":\"" HOSTILE "\"}"};

    begin();
    enter(&own);
    enter(&failed);
    enter(&hostile);
}

static GPtrArray *all_runs(XrHistory *history)
{
    const XrHistoryFilter all = {0};
    GPtrArray *runs = xr_history_list(history, &all, NULL);

    for (guint i = 0; i < runs->len; i++)
        g_assert_true(xr_history_fill(history, runs->pdata[i], NULL));
    return runs;
}

static void test_list(void)
{
    enter_some();
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(GPtrArray) runs = all_runs(history);
    g_autofree char *text = xr_tell_history_list(runs, HOST_A);
    assert_told(text, "list.txt");
    /* Nothing but this host's: no column for hosts. */
    g_ptr_array_remove_index(runs, 0);
    g_autofree char *here = xr_tell_history_list(runs, HOST_A);
    g_assert_null(strstr(here, "host"));
    g_ptr_array_set_size(runs, 0);
    g_autofree char *none = xr_tell_history_list(runs, HOST_A);
    g_assert_cmpstr(none, ==, "no such run is in the history\n");
}

/* Each run is shown by the figure of its way to count time, also where it has others. */
static void test_list_ways(void)
{
    static const char ticks[] =
        INSTRUCTIONS("1215000") ",\"tick_throughput\":{\"value\":8.82,\"unit\":\"B/tick\"}";
    static const Made counted = {
        .id = "counted", .plan = "count", .time = "count", .more = INSTRUCTIONS("908338.03")};
    static const Made lockstep = {
        .id = "in-step", .plan = "lockstep", .time = "lockstep", .more = ticks};
    static const Made bare = {.id = "bare", .plan = "count", .time = "count"};

    begin();
    enter(&counted);
    enter(&lockstep);
    enter(&bare);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(GPtrArray) runs = all_runs(history);
    g_autofree char *text = xr_tell_history_list(runs, HOST_A);
    assert_says(text, "  figure        id\n");
    assert_says(text, "count       debian:bookworm         908338 /MiB   counted\n");
    assert_says(text, "lockstep    debian:bookworm         8.82 B/tick   in-step\n");
    assert_says(text, "count       debian:bookworm         -             bare\n");
}

static void assert_shown(const char *id, const char *name)
{
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, id, NULL);
    g_autofree char *text = xr_tell_history_run(run, HOST_A);

    assert_told(text, name);
}

static void test_show(void)
{
    enter_some();
    assert_shown("20261121", "show.txt");
    assert_shown("20261122", "show-hostile.txt");
    g_autofree char *runs = g_build_filename(state, "runs", NULL);
    remove_tree(runs);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "20261121", NULL);
    g_autofree char *text = xr_tell_history_run(run, HOST_B);
    assert_says(text, "20261121T110000Z-smoke-0002 (not there any more)\n");
    g_assert_null(strstr(text, "xenrig judge"));
}

static char *compare(const char *a, const char *b, const char *this_host)
{
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) first = xr_history_find(history, a, NULL);
    g_autoptr(XrHistoryRun) second = xr_history_find(history, b, NULL);

    return xr_tell_history_compare(first, second, this_host);
}

static void test_compare(void)
{
    g_autofree char *text = NULL;
    g_autofree char *hostile = NULL;
    g_autofree char *same = NULL;

    enter_some();
    text = compare("20261120", "20261121", HOST_A);
    assert_told(text, "compare.txt");
    hostile = compare("20261120", "20261122", HOST_A);
    assert_told(hostile, "compare-hostile.txt");
    same = compare("20261120", "20261120", HOST_B);
    assert_says(same, "Both ran on one host, another one than this.\nBoth had the same "
                      "settings.\nBoth booted the same build (id 1111111111111111).\n");
}

static void test_export(void)
{
    enter_some();
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(GPtrArray) runs = all_runs(history);
    g_autofree char *csv = xr_tell_history_csv(runs);
    g_autoptr(JsonObject) object = xr_tell_history_json(runs);
    g_autofree char *json = xr_json_text(object);
    g_autofree char *ended = g_strconcat(json, "\n", NULL);
    assert_told(csv, "export.csv");
    assert_told(ended, "export.json");
}

/* A run without figures has a line, too. */
static void test_export_bare(void)
{
    g_autoptr(GPtrArray) runs = NULL;
    static const Made made = {.id = "bare"};

    begin();
    enter(&made);
    g_autoptr(XrHistory) history = open_history();
    runs = all_runs(history);
    g_ptr_array_set_size(((XrHistoryRun *)runs->pdata[0])->metrics, 0);
    g_autofree char *csv = xr_tell_history_csv(runs);
    assert_says(csv, "\nbare,2026-11-20T10:00:00Z," HOST_A ",smoke,");
    assert_says(csv, ",it went well,42.5,,,,,,,,yes\n");
}

/* A failure that was cut short is marked, and told why. */
static void test_incomplete(void)
{
    static const Made made = {.id = "cut",
                              .verdict = "fail",
                              .reason = "w01 wrote",
                              .incomplete = "\"rig gave up\",\"1 of 3 windows were measured\""},
                      whole = {.id = "whole", .verdict = "fail", .started = "2026-11-21T10:00:00Z"},
                      error = {
                          .id = "gave-up", .verdict = "error", .started = "2026-11-22T10:00:00Z"};

    begin();
    enter(&made);
    enter(&whole);
    enter(&error);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(GPtrArray) runs = all_runs(history);
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "cut", NULL);
    g_autofree char *list = xr_tell_history_list(runs, HOST_A);
    g_autofree char *show = xr_tell_history_run(run, HOST_A);
    g_autofree char *csv = xr_tell_history_csv(runs);
    g_autoptr(JsonObject) object = xr_tell_history_json(runs);
    g_autofree char *json = xr_json_line(object);
    g_autofree char *two = xr_tell_history_compare(runs->pdata[1], run, HOST_A);

    assert_says(list, " fail*  ");
    assert_says(list, " fail   ");
    assert_says(list, " error  ");
    assert_says(list, "3 runs\n*: the run is incomplete; `xenrig history show ID` says why\n");
    assert_says(show, "  incomplete  rig gave up; 1 of 3 windows were measured\n");
    assert_says(csv, ",3,rig gave up; 1 of 3 windows were measured,no\n");
    assert_says(json, "\"complete\":false,\"incomplete_reason\":\"rig gave up; 1 of 3 windows were "
                      "measured\"");
    assert_says(two, "           complete                         incomplete\n");
}

/* --- trends --- */

static void enter_trend(guint count, guint step_at, guint spike_at)
{
    begin();
    for (guint i = 0; i < count; i++) {
        g_autofree char *id = g_strdup_printf("run-%02u", i);
        g_autofree char *started =
            g_strdup_printf("2026-11-%02uT%02u:00:00Z", 1 + i / 4, i % 4 * 6);
        const double noise = 1 + 0.002 * (gint)(i * 7 % 11) - 0.01;
        const Made made = {.id = id,
                           .started = started,
                           .build_id = i >= step_at ? "22222222" : "11111111",
                           .value =
                               4e8 * noise * (i >= step_at ? 0.9 : 1) * (i == spike_at ? 0.5 : 1)};

        enter(&made);
    }
}

static char *tell_trend(gboolean as_json)
{
    const XrHistorySeriesKey key = {.plan = "smoke",
                                    .build = "debian:bookworm",
                                    .metric = "throughput",
                                    .host = HOST_A,
                                    .most_wait = XR_HISTORY_MUCH_WAIT};
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrTrend) trend = xr_trend_new(xr_history_series(history, &key, NULL), HOST_A);

    if (!as_json)
        return xr_tell_trend(trend);
    g_autoptr(JsonObject) object = xr_tell_trend_json(trend);
    return xr_json_text(object);
}

static void test_trend(void)
{
    g_autofree char *text = NULL;
    g_autofree char *json = NULL;

    enter_trend(24, 14, 20);
    text = tell_trend(FALSE);
    assert_told(text, "trend.txt");
    json = tell_trend(TRUE);
    assert_says(json, "\"index\" : 14");
    assert_says(json, "\"state\" : \"known\"");
    assert_says(json, "\"starved\" : 0");
}

/* A busy host is no change of Xen. */
static void test_starved_trend(void)
{
    g_autofree char *one = NULL;
    g_autofree char *more = NULL;
    g_autofree char *json = NULL;

    enter_trend(12, 99, 99);
    for (guint i = 0; i < 6; i++) {
        g_autofree char *id = g_strdup_printf("busy-%u", i);
        g_autofree char *started = g_strdup_printf("2026-11-10T0%u:00:00Z", i);
        const Made made = {.id = id, .started = started, .value = 1e8, .more = WAIT("0.6")};

        enter(&made);
        if (i == 0)
            one = tell_trend(FALSE);
    }
    assert_says(one, "12 runs with the same settings (9291fc461fad17a0)\n"
                     "1 more run is left out: the host let it wait for its CPUs in more than 25 % "
                     "of\nthe time\n\n");
    more = tell_trend(FALSE);
    assert_says(more, "6 more runs are left out: the host let each wait for its CPUs in more than "
                      "25 %\nof the time\n\n");
    assert_says(more, "\nchange points: 0\n");
    g_assert_null(strstr(more, "busy-"));
    json = tell_trend(TRUE);
    assert_says(json, "\"starved\" : 6");
    g_assert_null(strstr(json, "busy-"));
}

static void test_short_trend(void)
{
    g_autofree char *text = NULL;

    enter_trend(3, 9, 9);
    text = tell_trend(FALSE);
    assert_says(text, "fence: none; 3 runs of at least 12 that are needed\n"
                      "change points: not looked for; 3 runs of at least 10 that are needed\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* Bars and cuts as in a terminal of today. */
    setlocale(LC_CTYPE, "C.UTF-8");
    g_test_add_func("/tell-history/list", test_list);
    g_test_add_func("/tell-history/list-ways", test_list_ways);
    g_test_add_func("/tell-history/show", test_show);
    g_test_add_func("/tell-history/compare", test_compare);
    g_test_add_func("/tell-history/export", test_export);
    g_test_add_func("/tell-history/export-bare", test_export_bare);
    g_test_add_func("/tell-history/incomplete", test_incomplete);
    g_test_add_func("/tell-history/trend", test_trend);
    g_test_add_func("/tell-history/starved-trend", test_starved_trend);
    g_test_add_func("/tell-history/short-trend", test_short_trend);
    return run_with_state();
}

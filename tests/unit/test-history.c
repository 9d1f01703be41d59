/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The history asked: runs entered, found by parts of their ids, filtered. */
#include "base/error.h"
#include "history-fixture.h"

static void test_enter(void)
{
    static const Made made = {.command = "compare",
                              .findings =
                                  "{\"kind\":\"stall\",\"weight\":\"unsure\",\"where\":\"w03\","
                                  "\"when\":12.5,\"line\":\"a line\",\"meaning\":\"why\","
                                  "\"count\":2}"};
    g_autoptr(GError) error = NULL;

    begin();
    enter(&made);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "20261120T10", &error);
    g_autofree char *dir = own_dir(&made);

    g_assert_no_error(error);
    g_assert_cmpstr(run->id, ==, "20261120T100000Z-smoke-0001");
    g_assert_cmpstr(run->record, ==, dir);
    g_assert_cmpstr(run->plan, ==, "smoke");
    g_assert_cmpuint(strlen(run->setup), ==, 16);
    g_assert_cmpstr(run->build, ==, "debian:bookworm");
    g_assert_cmpstr(run->build_id, ==, "1111111111111111");
    g_assert_cmpstr(run->xen_version, ==, "4.17.5");
    g_assert_cmpstr(run->verdict, ==, "pass");
    g_assert_cmpstr(run->reason, ==, "it went well");
    g_assert_cmpstr(run->mode, ==, "real");
    g_assert_cmpstr(run->purpose, ==, "compare");
    g_assert_cmpint(run->started_us, ==, G_GINT64_CONSTANT(1795168800000000));
    g_assert_cmpfloat(run->seconds, ==, 42.5);
    g_assert_cmpstr(run->host->id, ==, HOST_A);
    g_assert_cmpstr(run->host->origin, ==, "");
    g_assert_cmpint(run->host->memory_bytes, ==, 25769803776);
    g_assert_cmpfloat(run->figure->value, ==, 4e8);
    g_assert_cmpuint(run->findings->len, ==, 1);
    const XrHistoryFinding *finding = run->findings->pdata[0];
    g_assert_cmpstr(finding->kind, ==, "stall");
    g_assert_cmpstr(finding->where, ==, "w03");
    g_assert_cmpfloat(finding->when_s, ==, 12.5);
    g_assert_cmpuint(finding->count, ==, 2);
}

/* Single domUs' figures stay in the record; windows have theirs. */
static void test_figures(void)
{
    static const Made made = {0};

    begin();
    enter(&made);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "2026", NULL);

    g_assert_cmpuint(run->metrics->len, ==, 3);
    const XrHistoryMetric *cpu = run->metrics->pdata[0], *never = run->metrics->pdata[1];
    const XrHistoryMetric *sum = run->metrics->pdata[2];
    g_assert_cmpstr(cpu->name, ==, "cpu.dom0");
    g_assert_cmpstr(never->name, ==, "never");
    g_assert_true(isnan(never->value));
    g_assert_cmpstr(sum->name, ==, "throughput");
    g_assert_cmpstr(sum->unit, ==, "B/s");
    g_assert_cmpfloat(sum->low, ==, 3.6e8);
    g_assert_cmpuint(sum->count, ==, 3);
    g_assert_cmpuint(run->windows->len, ==, 3);
    const XrHistoryWindow *last = run->windows->pdata[2];
    g_assert_cmpstr(last->metric, ==, "throughput");
    g_assert_cmpuint(last->number, ==, 3);
    g_assert_cmpfloat_with_epsilon(last->value, 4.4e8, 1);
}

static void test_again(void)
{
    Made made = {.value = 1e8};

    begin();
    enter(&made);
    made.value = 2e8;
    made.verdict = "fail";
    enter(&made);
    g_assert_cmpuint(count_runs(), ==, 1);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "2026", NULL);
    g_assert_cmpstr(run->verdict, ==, "fail");
    g_assert_cmpfloat(run->figure->value, ==, 2e8);
    g_assert_cmpuint(run->metrics->len, ==, 3);
}

/* A build that could not be made ready has the name that was asked for. */
static void test_unbuilt(void)
{
    static const Made made = {.build = "", .build_id = "", .verdict = "skip"};

    begin();
    enter(&made);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "2026", NULL);
    g_assert_cmpstr(run->build, ==, "asked-for");
}

static void test_find(void)
{
    static const Made first = {.id = "001-0-aaaa"}, second = {.id = "001-0-aabb"},
                      third = {.id = "002-0-aaaa"};
    g_autofree char *dir = own_dir(&second);
    g_autoptr(GError) error = NULL;

    begin();
    enter(&first);
    enter(&second);
    enter(&third);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) unique = xr_history_find(history, "002", &error);
    g_assert_cmpstr(unique->id, ==, "002-0-aaaa");
    g_autoptr(XrHistoryRun) by_path = xr_history_find(history, dir, &error);
    g_assert_cmpstr(by_path->id, ==, "001-0-aabb");
    g_assert_null(xr_history_find(history, "001-0-aa", &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    assert_says(error->message, "\"001-0-aa\" is how 2 runs begin: 001-0-aa");
    assert_says(error->message, dir);
    assert_says(error->message, "; give more of the id, or the record's folder");
    g_clear_error(&error);
    g_assert_null(xr_history_find(history, "9%", &error));
    g_assert_cmpstr(error->message, ==,
                    "\"9%\" is neither a run's id nor how one begins nor a record that the history "
                    "knows; `xenrig history` lists the runs");
    g_clear_error(&error);
    g_assert_null(xr_history_find(history, "", &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
}

static void assert_listed(XrHistory *history, XrHistoryFilter filter, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) runs = xr_history_list(history, &filter, &error);
    g_autoptr(GString) ids = g_string_new(NULL);

    g_assert_no_error(error);
    for (guint i = 0; i < runs->len; i++)
        g_string_append(ids, ((XrHistoryRun *)runs->pdata[i])->id);
    g_assert_cmpstr(ids->str, ==, wanted);
}

static void test_filters(void)
{
    static const Made runs[] = {
        {.id = "a", .started = "2026-11-01T00:00:00Z"},
        {.id = "b", .started = "2026-11-02T00:00:00Z", .plan = "bof"},
        {.id = "c", .started = "2026-11-03T00:00:00Z", .build = "git:x@y", .build_id = "22"},
        {.id = "d", .started = "2026-11-04T00:00:00.5Z", .host = HOST_B},
    };

    begin();
    for (guint i = 0; i < G_N_ELEMENTS(runs); i++)
        enter(&runs[i]);
    g_autoptr(XrHistory) history = open_history();
    assert_listed(history, (XrHistoryFilter){0}, "dcba");
    assert_listed(history, (XrHistoryFilter){.limit = 2}, "dc");
    assert_listed(history, (XrHistoryFilter){.plan = "smoke"}, "dca");
    assert_listed(history, (XrHistoryFilter){.build = "git:x@y"}, "c");
    assert_listed(history, (XrHistoryFilter){.build = "22"}, "c");
    assert_listed(history, (XrHistoryFilter){.host = HOST_B}, "d");
    assert_listed(history, (XrHistoryFilter){.since_us = G_GINT64_CONSTANT(1793664000000000)},
                  "dc");
    assert_listed(history, (XrHistoryFilter){.plan = "smoke' OR 1"}, "");
}

static void test_hosts(void)
{
    static const Made a = {.id = "a"}, b = {.id = "b", .host = "aaaabbbbbbbbbbbb"};
    g_autoptr(GError) error = NULL;
    g_autofree char *this_host = xr_history_this_host();

    begin();
    enter(&a);
    enter(&b);
    g_autoptr(XrHistory) history = open_history();
    g_autofree char *unique = xr_history_find_host(history, "aaaab", &error);
    g_assert_cmpstr(unique, ==, "aaaabbbbbbbbbbbb");
    g_autofree char *here = xr_history_find_host(history, "this", &error);
    g_assert_cmpstr(here, ==, this_host);
    g_assert_cmpuint(strlen(here), ==, 16);
    g_assert_null(xr_history_find_host(history, "aa", &error));
    g_assert_cmpstr(error->message, ==,
                    "\"aa\" is how more than one of the history's hosts begins; it knows: " HOST_A
                    " (A CPU of 2026), aaaabbbbbbbbbbbb (A CPU of 2026), and \"this\"");
    g_clear_error(&error);
    g_assert_null(xr_history_find_host(history, "z", &error));
    assert_says(error->message, "\"z\" is how none of the history's hosts begins");
}

/* --- records that are none --- */

static void assert_refused(const char *member, const char *wanted)
{
    static const Made made = {0};
    g_autofree char *dir = own_dir(&made);
    g_autofree char *verdict = make_verdict(&made);
    g_autofree char *message = g_strconcat(dir, wanted, NULL);
    g_autoptr(GError) error = NULL;
    char *at = strstr(verdict, member);

    begin();
    write_record(dir, &made);
    at[1] = 'X';
    put(dir, "verdict.json", verdict);
    g_assert_false(xr_history_enter(dir, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    g_assert_cmpstr(error->message, ==, message);
    g_assert_cmpuint(count_runs(), ==, 0);
}

static void test_damaged_records(void)
{
    g_autoptr(GError) error = NULL;

    assert_refused("\"run\"", "/verdict.json: has no run's id in \"run\": it is damaged");
    assert_refused("\"started\"", "/verdict.json: has no time in \"started\": it is damaged");
    assert_refused("\"pass\"", "/verdict.json: has no verdict in \"verdict\": it is damaged");
    assert_refused("\"host\"",
                   "/verdict.json: has no host's fingerprint in \"host\": it is damaged");
    g_assert_false(xr_history_enter("/nowhere", &error));
    assert_says(error->message, "/nowhere/verdict.json");
    assert_says(error->message, "a record is the folder that `xenrig run` names");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/history/enter", test_enter);
    g_test_add_func("/history/figures", test_figures);
    g_test_add_func("/history/again", test_again);
    g_test_add_func("/history/unbuilt", test_unbuilt);
    g_test_add_func("/history/find", test_find);
    g_test_add_func("/history/filters", test_filters);
    g_test_add_func("/history/hosts", test_hosts);
    g_test_add_func("/history/damaged-records", test_damaged_records);
    return run_with_state();
}

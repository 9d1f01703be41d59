/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the history takes to answer where it knows 10,000 runs with 30 figures each. */
#include "history-fixture.h"

#include <time.h>

/* Two hosts, plans and settings, three builds, a month. */
static void fill(XrHistory *history)
{
    static const char sql[] =
        "BEGIN;"
        "INSERT INTO hosts VALUES ('" HOST_A "', '" HOST_A "', '', '', 'A CPU', '', '', 2, 1),"
        " ('" HOST_B "', '" HOST_B "', '', '', 'A CPU', '', '', 2, 1);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
        " INSERT INTO runs SELECT i, printf('20261120T100000Z-plan-%05d', i),"
        " 1795168800000000 + i * 260000000, iif(i % 4, '" HOST_A "', '" HOST_B "'),"
        " printf('/nowhere/runs/%05d', i), printf('plan-%d', i % 4 / 2 * 2),"
        " printf('build-%d', i % 3), printf('%016x', i % 3), '4.17.5', 'pass',"
        " 'it went well, and this is how a sentence looks that tells so', '0.1.0', 'real', 'run',"
        " 40.5, printf('%016x', i % 2) FROM n;"
        "WITH RECURSIVE m(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM m WHERE j < 30)"
        " INSERT INTO metrics SELECT number, iif(j = 1, 'throughput', printf('metric_%02d', j)),"
        " 'B/s', 4e8 + number % 97 * 1e5, 3.9e8, 4.1e8, 3 FROM runs, m;"
        "INSERT INTO windows SELECT number, 'throughput', column1, 4e8 FROM runs,"
        " (VALUES (1), (2), (3));"
        "COMMIT";

    g_assert_cmpint(sqlite3_exec(history->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
}

/* On a busy host the clock tells more of the host than of the history: CPU time is told beside it. */
typedef struct {
    gint64 clock_us;
    double cpu_s;
} Moment;

static Moment now(void)
{
    struct timespec cpu;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    return (Moment){g_get_monotonic_time(), (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9};
}

static void tell(const char *what, Moment began, guint rows)
{
    const Moment end = now();

    g_test_message("%s: %.1f ms, of CPU time %.1f ms; %u rows", what,
                   (double)(end.clock_us - began.clock_us) / 1e3, (end.cpu_s - began.cpu_s) * 1e3,
                   rows);
}

static void ask_list(const char *what, XrHistoryFilter filter)
{
    const Moment began = now();
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(GPtrArray) runs = xr_history_list(history, &filter, NULL);

    tell(what, began, runs->len);
    g_assert_cmpuint(runs->len, >, 0);
}

static void ask_one(void)
{
    const Moment began = now();
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistoryRun) run = xr_history_find(history, "20261120T100000Z-plan-07777", NULL);

    tell("one run", began, run->metrics->len);
    g_assert_cmpuint(run->metrics->len, ==, 30);
}

static void ask_series(void)
{
    const XrHistorySeriesKey key = {
        .plan = "plan-2", .build = "build-1", .metric = "throughput", .host = HOST_A};
    const Moment began = now();
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrHistorySeries) series = xr_history_series(history, &key, NULL);

    tell("a series", began, series->points->len);
    g_assert_cmpuint(series->points->len, >, 500);
}

static void bench(void)
{
    begin();
    g_autoptr(XrHistory) history = open_history();
    fill(history);
    ask_list("all runs", (XrHistoryFilter){0});
    ask_list("the newest 30", (XrHistoryFilter){.limit = 30});
    ask_list("the newest 30 of a build", (XrHistoryFilter){.build = "build-2", .limit = 30});
    ask_list("a plan on a host", (XrHistoryFilter){.plan = "plan-0", .host = HOST_A});
    ask_one();
    ask_series();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/history/10000-runs", bench);
    return run_with_state();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of the history: trends that changed or did not, few runs, several hosts, links to pages of runs, hostile names. */
#include "history-fixture.h"
#include "page-checks.h"
#include "report-record.h"
#include "run/report.h"
#include "tell/trend-plot.h"

static const XrReportHistory of_a = {.host = HOST_A};

static XrReportPages *make(const char *const *records, const XrReportHistory *asked)
{
    g_autofree char *out = g_build_filename(state, "out", NULL);
    g_autoptr(GError) error = NULL;
    XrReportPages *pages = xr_report_pages(records, asked, out, &error);

    g_assert_no_error(error);
    return pages;
}

static char *page_of(const XrReportHistory *asked)
{
    const char *const none[] = {NULL};
    g_autoptr(XrReportPages) pages = make(none, asked);

    g_assert_cmpuint(pages->failures->len, ==, 0);
    g_assert_cmpuint(pages->paths->len, ==, 1);
    g_assert_true(g_str_has_suffix(pages->paths->pdata[0], "/history.html"));
    return contents(pages->paths->pdata[0]);
}

/* Runs that vary by 1 %, and are slower by a tenth from number step on. */
static void enter_runs(guint count, guint step, const char *build, const char *host)
{
    for (guint i = 0; i < count; i++) {
        g_autofree char *id = g_strdup_printf("run-%s-%02u", build, i);
        g_autofree char *started =
            g_strdup_printf("2026-11-%02uT%02u:00:00Z", 1 + i / 4, i % 4 * 6);
        const double noise = 1 + 0.002 * (gint)(i * 7 % 11) - 0.01;
        const Made made = {.id = id,
                           .started = started,
                           .build = build,
                           .build_id = i >= step ? "22222222" : "11111111",
                           .host = host,
                           .value = 4e8 * noise * (i >= step ? 0.9 : 1)};

        enter(&made);
    }
}

static void test_changed(void)
{
    begin();
    enter_runs(24, 14, "b", HOST_A);
    g_autofree char *page = page_of(&of_a);
    assert_has(page, "<h1><span class=\"badge different\">DIFFERENT</span> throughput of smoke on "
                     "b: changed on 2026-11-04 with run run-b-14: from 399.6 MB/s to 360.4 MB/s "
                     "(-9.8 %)</h1>");
    assert_has(page, "<tr><td class=\"n\">2026-11-04 12:00</td><td>run-b-14</td><td class=\"n\">"
                     "399.6 MB/s</td><td class=\"n\">360.4 MB/s</td><td class=\"n\">-9.8 %</td>");
    assert_has(page, "<td>another</td>");
    assert_has(page, " is usual (");
    assert_has(page, "aria-label=\"throughput of each run in their order: changed on 2026-11-04");
    assert_has(page, "<summary>24 runs</summary>");
    /* Other figures of the same runs. */
    assert_has(page, "<td>cpu.dom0</td><td class=\"n\">1.5 CPUs</td>");
    assert_has(page, "the same in all of 24 runs");
    assert_harmless(page);
    assert_fetches_nothing(page);
}

static void test_unchanged(void)
{
    begin();
    enter_runs(24, 24, "b", HOST_A);
    enter_runs(3, 3, "few", HOST_A);
    g_autofree char *page = page_of(&of_a);
    assert_has(page, "<h1>0 of 2 plans and builds changed</h1>");
    assert_has(page, "<span class=\"badge same\">SAME</span> throughput of smoke on b: no change "
                     "in 24 runs</a>");
    assert_has(page, "<span class=\"badge unsure\">UNSURE</span> throughput of smoke on few: 3 "
                     "runs, and 10 are needed to look for changes</a>");
    assert_has(page, "fence: none; 3 runs of at least 12 that are needed");
    const XrReportHistory one = {.host = HOST_A, .build = "few"};
    g_autofree char *few = page_of(&one);
    assert_has(few, "<h1><span class=\"badge unsure\">UNSURE</span> throughput of smoke on few: ");
    assert_lacks(few, "run-b-01");
}

/* Runs that count instructions, the same each time, and 300 of a MiB's more from number step on. */
static void enter_counted(guint count, guint step)
{
    for (guint i = 0; i < count; i++) {
        g_autofree char *id = g_strdup_printf("counted-%02u", i);
        g_autofree char *started = g_strdup_printf("2026-11-%02uT10:00:00Z", 1 + i);
        const Made made = {.id = id,
                           .started = started,
                           .plan = "count",
                           .build = "b",
                           .time = "count",
                           .more = i >= step ? INSTRUCTIONS("908638") : INSTRUCTIONS("908338")};

        enter(&made);
    }
}

/* A trend is of the figure of the runs' way to count time. */
static void test_counted(void)
{
    begin();
    enter_counted(12, 12);
    g_autofree char *same = page_of(&of_a);
    assert_has(same, "<h1><span class=\"badge same\">SAME</span> instructions of count on b: no "
                     "change in 12 runs</h1>");
    assert_has(same, "instructions, a point a run; ");
    assert_has(same, "fence: 908338 /MiB to 908338 /MiB is usual (0.0 %: ");
    assert_has(same, "<td class=\"n\">908338 /MiB</td><td>counted-11</td>");

    begin();
    enter_counted(24, 12);
    g_autofree char *changed = page_of(&of_a);
    assert_has(changed,
               "<h1><span class=\"badge different\">DIFFERENT</span> instructions of count "
               "on b: changed on 2026-11-13 with run counted-12: from 908338 /MiB to "
               "908638 /MiB (+0.0 %)</h1>");
}

/* Whose figure is lacking says so. */
static void test_bare(void)
{
    static const Made bare = {.id = "bare", .plan = "count", .build = "b", .time = "count"};

    begin();
    enter(&bare);
    g_autofree char *page = page_of(&of_a);
    assert_has(page, "count on b: none of 1 run has a figure</h1>");
}

static void enter_busy(guint count, const char *build)
{
    for (guint i = 0; i < count; i++) {
        g_autofree char *id = g_strdup_printf("busy-%s-%u", build, i);
        g_autofree char *started = g_strdup_printf("2026-11-20T0%u:00:00Z", i);
        const Made made = {
            .id = id, .started = started, .build = build, .value = 1e8, .more = WAIT("0.6")};

        enter(&made);
    }
}

/* Runs that the host held up are listed, but are no part of a trend. */
static void test_starved(void)
{
    const XrReportHistory all_busy = {.host = HOST_A, .build = "busy"};

    begin();
    enter_runs(12, 12, "b", HOST_A);
    enter_busy(6, "b");
    enter_busy(1, "busy");
    g_autofree char *page = page_of(&of_a);
    assert_has(page, "throughput of smoke on b: no change in 12 runs</a>");
    assert_has(page, "<p>6 more runs are left out: the host let each wait for its CPUs in more "
                     "than 25 % of the time.</p>");
    assert_has(page, "<td>busy-b-5</td>");
    g_autofree char *busy = page_of(&all_busy);
    assert_has(busy, "<h1><span class=\"badge unsure\">UNSURE</span> the only run of plan "
                     "&quot;smoke&quot; on build &quot;busy&quot; by host " HOST_A
                     " with a figure &quot;throughput&quot; is left out, as the host let it wait ");
    assert_has(busy, "run the plan when nothing else runs there");
    assert_has(busy, "<td>busy-busy-0</td>");
}

/* One host's runs, never another's. */
static void test_hosts(void)
{
    const XrReportHistory of_b = {.host = HOST_B};

    begin();
    enter_runs(2, 2, "ours", HOST_A);
    enter_runs(2, 2, "theirs", HOST_B);
    g_autofree char *a = page_of(&of_a);
    g_autofree char *b = page_of(&of_b);
    assert_has(a, "history of host " HOST_A "</p>");
    assert_has(a, "run-ours-01");
    assert_lacks(a, "run-theirs");
    assert_has(b, "run-theirs-01");
    assert_lacks(b, "run-ours");
}

/* A run whose page is made with it is linked, and the index has both. */
static void test_links(void)
{
    static const RecordShape shape = {.id = "run-b-01", .domus = 1, .windows = 1, .window_s = 4};
    g_autofree char *record = NULL;

    begin();
    enter_runs(3, 3, "b", HOST_A);
    record = g_build_filename(state, "record", NULL);
    record_write(record, &shape);
    const char *const records[] = {record, NULL};
    g_autoptr(XrReportPages) pages = make(records, &of_a);
    g_assert_cmpuint(pages->paths->len, ==, 3);
    g_autofree char *page = contents(pages->paths->pdata[1]);
    g_autofree char *index = contents(pages->paths->pdata[2]);
    assert_has(page, "<td><a href=\"run-b-01.html\">run-b-01</a></td>");
    assert_has(page, "<td>run-b-02</td>");
    assert_has(index, "<a href=\"history.html\">history</a>");
    assert_has(index, "3 runs of 1 plan and build");
}

static void test_errors(void)
{
    static const char *const none[] = {NULL};
    static const XrReportHistory odd = {.since = "yesterday"};
    static const XrReportHistory nothing = {.host = HOST_A, .plan = "other"};

    begin();
    enter_runs(1, 1, "b", HOST_A);
    g_autoptr(XrReportPages) a = make(none, &odd);
    g_autoptr(XrReportPages) b = make(none, &nothing);
    assert_has(a->failures->pdata[0], "--since: ");
    g_assert_cmpstr(b->failures->pdata[0], ==,
                    "no such run by host " HOST_A " is in the history; `xenrig history list` shows "
                    "what is");
    g_assert_cmpuint(b->paths->len, ==, 0);
}

/* As JSON writes it between quotes. */
static char *inner(const char *text)
{
    g_autofree char *quoted = record_quote(text);

    return g_strndup(quoted + 1, strlen(quoted) - 2);
}

static void test_hostile(void)
{
    g_autofree char *hostile = inner(HOSTILE);
    g_autofree char *more =
        g_strdup_printf(",\"%s\":{\"value\":1,\"unit\":\"%s\",\"samples\":[1]}", hostile, hostile);
    const Made made = {.id = "odd",
                       .plan = hostile,
                       .build = hostile,
                       .build_id = hostile,
                       .reason = hostile,
                       .more = more};

    begin();
    enter(&made);
    g_autofree char *page = page_of(&of_a);
    assert_has(page, "&lt;script&gt;document.title=&apos;pwned&apos;&lt;/script&gt;");
    assert_harmless(page);
}

/* The script of a picture: fence behind the last change, its mark with date and run, levels before and after. */
static void test_plot(void)
{
    const XrHistorySeriesKey key = {
        .plan = "smoke", .build = "b", .metric = "throughput", .host = HOST_A};

    begin();
    enter_runs(26, 13, "b", HOST_A);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrTrend) trend = xr_trend_new(xr_history_series(history, &key, NULL), HOST_A);
    g_autofree char *wide = xr_trend_plot(trend, 940, 300);
    g_autofree char *narrow = xr_trend_plot(trend, 440, 210);
    assert_has(wide, "set arrow from 13.5,graph 0 to 13.5,graph 1 nohead");
    assert_has(wide, "set label '2026-11-04, run-b-13' at 13.5,");
    assert_has(wide, "set object rect from 13.5, ");
    assert_has(wide, "$levels << END\n0.5 400\n13.5 400\n\n13.5 360\n26.5 360\n");
    assert_has(wide, "set ylabel 'MB/s'");
    assert_has(narrow, "set label '2026-11-04' at 13.5,");
}

/* What is nearer than the script's digits is drawn as one value, on an axis that has two ends. */
static void test_plot_near(void)
{
    static const Made some = {.id = "some", .time = "count", .more = INSTRUCTIONS("908338.03")};
    static const Made more = {.id = "more", .time = "count", .more = INSTRUCTIONS("908338.05")};
    const XrHistorySeriesKey key = {.plan = "smoke", .build = "debian:bookworm", .host = HOST_A};

    begin();
    enter(&some);
    enter(&more);
    g_autoptr(XrHistory) history = open_history();
    g_autoptr(XrTrend) trend = xr_trend_new(xr_history_series(history, &key, NULL), HOST_A);
    g_autofree char *script = xr_trend_plot(trend, 940, 300);
    assert_has(script, "set yrange [ 862921: 999172]\nset ylabel '/MiB'\n");
}

int main(int argc, char **argv)
{
    g_autofree char *dir = g_dir_make_tmp("xenrig-trends-XXXXXX", NULL);
    g_autofree char *path = g_strconcat(dir, ":", g_getenv("PATH"), NULL);
    int result;

    g_test_init(&argc, &argv, NULL);
    record_fake_gnuplot(dir);
    g_setenv("PATH", path, TRUE);
    g_test_add_func("/report-history/changed", test_changed);
    g_test_add_func("/report-history/unchanged", test_unchanged);
    g_test_add_func("/report-history/counted", test_counted);
    g_test_add_func("/report-history/bare", test_bare);
    g_test_add_func("/report-history/starved", test_starved);
    g_test_add_func("/report-history/hosts", test_hosts);
    g_test_add_func("/report-history/links", test_links);
    g_test_add_func("/report-history/errors", test_errors);
    g_test_add_func("/report-history/hostile", test_hostile);
    g_test_add_func("/report-history/plot", test_plot);
    g_test_add_func("/report-history/plot-near", test_plot_near);
    result = run_with_state();
    record_remove(dir);
    return result;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A night told: as text, TAP, JUnit's XML and JSON, with guests that print what would break them.
 * Whole reports are compared with tests/golden/nightly (golden.h). */
#include "base/json.h"
#include "golden.h"
#include "schema-check.h"
#include "tell/nightly.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* A guest's line: markup, a CDATA end, a control character, an escape sequence, bytes that are no UTF-8, TAP. */
#define HOSTILE "</system-out>]]>&<script>\x01\x1b[31m \xff\xfe ok 1 - fine # SKIP"

static char *text_of(const XrNightReport *report)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    xr_tell_night_text(report, out, FALSE);
    fclose(out);
    return text;
}

static char *json_of(const XrNightReport *report)
{
    g_autoptr(JsonObject) object = xr_tell_night_json(report);
    g_autofree char *text = xr_json_text(object);

    return g_strconcat(text, "\n", NULL);
}

/* --- a made-up night --- */

static XrNight night = {.name = (char *)"weekly",
                        .baseline = (char *)"debian:bookworm",
                        .runs = 3,
                        .false_alarm = 0.001};

static XrNightReport *report_new(void)
{
    XrNightReport *report = g_new0(XrNightReport, 1);

    report->night = &night;
    report->id = g_strdup("20261128T020000Z-weekly-0001");
    report->dir = g_strdup("/state/nights/20261128T020000Z-weekly-0001");
    report->started = g_strdup("2026-11-28T02:00:00.123456Z");
    report->host = g_strdup("0123456789abcdef");
    report->seed = 7;
    report->cells = g_ptr_array_new_with_free_func((GDestroyNotify)xr_night_cell_free);
    report->notes = g_ptr_array_new_with_free_func(g_free);
    return report;
}

static void add_run(XrNightCell *cell, const char *verdict, const char *reason, const char *excerpt)
{
    XrNightRun *run = g_new0(XrNightRun, 1);

    run->id = g_strdup_printf("%s-%u", cell->plan, cell->runs->len);
    run->dir = g_strdup_printf("/state/nights/x/1-%s/runs/%03u", cell->plan, cell->runs->len);
    run->verdict = g_strdup(verdict);
    run->reason = g_strdup(reason);
    run->complete = !g_str_equal(verdict, "fail");
    run->incomplete = g_strdup(
        run->complete ? "" : "rig could not go on: " HOSTILE "; 1 of 3 windows were measured");
    run->excerpt = g_strdup(excerpt);
    run->seconds = 35.25;
    run->host_wait = 0.05;
    cell->seconds += run->seconds;
    cell->told++;
    g_ptr_array_add(cell->runs, run);
}

static XrNightCell *add_cell(XrNightReport *report, const char *plan, const char *build,
                             XrNightKind kind, const char *reason)
{
    XrNightCell *cell = g_new0(XrNightCell, 1);
    const XrNightCell *last =
        report->cells->len > 0 ? report->cells->pdata[report->cells->len - 1] : NULL;

    cell->plan = g_strdup(plan);
    cell->build = g_strdup(build);
    cell->is_baseline = last == NULL || !g_str_equal(last->plan, plan);
    cell->again = !cell->is_baseline && g_str_equal(build, night.baseline);
    cell->kind = kind;
    cell->reason = g_strdup(reason);
    cell->wanted = night.runs;
    cell->runs = g_ptr_array_new_with_free_func((GDestroyNotify)xr_night_run_free);
    cell->metrics = g_ptr_array_new_with_free_func((GDestroyNotify)xr_night_metric_free);
    report->kind = MAX(report->kind, kind);
    g_ptr_array_add(report->cells, cell);
    return cell;
}

static void point_free(gpointer data)
{
    XrHistoryPoint *point = data;

    g_free(point->run);
    g_free(point->build_id);
    g_free(point);
}

/* Earlier runs: fourteen at 4e8, and count - 14 at later. */
static XrHistorySeries *series_of(guint count, double later)
{
    XrHistorySeries *series = g_new0(XrHistorySeries, 1);

    series->points = g_ptr_array_new_with_free_func(point_free);
    for (guint i = 0; i < count; i++) {
        XrHistoryPoint *point = g_new0(XrHistoryPoint, 1);

        point->run = g_strdup_printf("run-%02u", i);
        point->build_id = g_strdup(i < 14 ? "aaaa" : "bbbb");
        point->started_us = (G_GINT64_CONSTANT(1795660000) + i * 86400) * G_USEC_PER_SEC;
        point->value = (i < 14 ? 4e8 : later) * (1 + (double)(i * 7 % 5) / 100);
        g_ptr_array_add(series->points, point);
    }
    return series;
}

static void add_metric(XrNightCell *cell, const char *name, const char *unit, double base,
                       double value, XrHistorySeries *series)
{
    XrNightMetric *metric = g_new0(XrNightMetric, 1);
    g_autoptr(GArray) past = series != NULL ? xr_history_series_values(series)
                                            : g_array_new(FALSE, FALSE, sizeof(double));
    const double *first = (const double *)(gpointer)past->data;

    metric->metric = g_strdup(name);
    metric->unit = g_strdup(unit);
    metric->base = g_array_new(FALSE, FALSE, sizeof(double));
    metric->values = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < 3; i++) {
        const double x = base * (1 + i / 50.0), y = value * (1 + i / 50.0);

        g_array_append_val(metric->base, x);
        g_array_append_val(metric->values, y);
    }
    metric->series = series;
    metric->changes = xr_change_points(first, past->len, XR_CHANGE_SEED);
    metric->input = (XrNightInput){metric->metric,
                                   metric->unit,
                                   metric->base,
                                   metric->values,
                                   0.05,
                                   0.05,
                                   xr_fence(first, past->len, 0),
                                   xr_fence(first, past->len, 0)};
    xr_night_judge(&metric->input, &metric->result, 1, 0.001);
    g_ptr_array_add(cell->metrics, metric);
}

static void add_passes(XrNightCell *cell)
{
    for (guint i = 0; i < night.runs; i++)
        add_run(cell, "pass", "2 of 2 domUs streamed", NULL);
}

/* Each kind of build once. */
static XrNightReport *make_report(void)
{
    XrNightReport *report = report_new();
    XrNightCell *cell = add_cell(report, "smoke", "debian:bookworm", XR_NIGHT_SAME,
                                 "3 of 3 runs told what it does");

    add_passes(cell);
    cell = add_cell(report, "smoke", "debian:bookworm", XR_NIGHT_SAME, "no metric of 2 changed");
    add_passes(cell);
    add_metric(cell, "throughput", "B/s", 4.0e8, 4.05e8, series_of(14, 4e8));
    add_metric(cell, "boot_time", "ns", 9e9, 8.9e9, NULL);
    cell = add_cell(report, "smoke", "git:/src/xen@main", XR_NIGHT_REGRESSED,
                    "throughput 25.0 % lower: so it is");
    add_passes(cell);
    cell->starved = 1;
    add_metric(cell, "throughput", "B/s", 4.0e8, 3.0e8, series_of(28, 3.1e8));
    cell = add_cell(report, "verify", "debian:bookworm", XR_NIGHT_SAME,
                    "3 of 3 runs told what it does");
    add_passes(cell);
    cell = add_cell(report, "verify", "file:/tmp/#1 \"<x>\"", XR_NIGHT_FAILED,
                    "1 of 3 runs failed: " HOSTILE);
    add_run(cell, "fail", HOSTILE, "domu-oops in w01: An oops.\n   12.000 w01: " HOSTILE "\n");
    add_metric(cell, "throughput", "B/s", 4.0e8, 4.8e8, series_of(14, 4e8));
    add_cell(report, "verify", "git:/src/xen@broken", XR_NIGHT_ERROR,
             "cannot be built: mm.c:7: error");
    add_cell(report, "verify", "git:/src/xen@late", XR_NIGHT_UNSURE, "3 of 3 runs are missing");
    g_ptr_array_add(report->notes, g_strdup("no fences and change points: history.sqlite: locked"));
    return report;
}

/* --- tests --- */

static void test_text(void)
{
    g_autoptr(XrNightReport) report = make_report();
    g_autofree char *text = text_of(report);

    g_assert_true(g_str_has_prefix(
        text, "FAILED: file:/tmp/#1 \"<x>\" under plan verify: 1 of 3 runs failed"));
    assert_golden(text, "nightly", "night.txt");
}

static void test_tap(void)
{
    g_autoptr(XrNightReport) report = make_report();
    g_autofree char *text = xr_tell_night_tap(report);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint tests = 0;

    assert_golden(text, "nightly", "night.tap");
    g_assert_cmpstr(lines[0], ==, "TAP version 13");
    g_assert_cmpstr(lines[1], ==, "1..7");
    /* No line of a guest's is one of TAP's. */
    for (guint i = 2; lines[i][0] != '\0'; i++) {
        g_assert_true(g_regex_match_simple("^(# |ok [1-7] - |not ok [1-7] - )", lines[i], 0, 0));
        tests += lines[i][0] != '#';
    }
    g_assert_cmpuint(tests, ==, 7);
    report->end = XR_NIGHT_END_INTERRUPTED;
    g_autofree char *ended = xr_tell_night_tap(report);
    g_assert_true(
        g_str_has_suffix(ended, "\nBail out! a signal ended the night before all was run\n"));
}

typedef struct {
    guint suites, cases, failures, errors, skipped;
    gboolean script;
    GString *text;
} Parsed;

static void on_start(GMarkupParseContext *context, const char *name, const char **names,
                     const char **values, gpointer user_data, GError **error)
{
    Parsed *parsed = user_data;

    parsed->suites += g_str_equal(name, "testsuite");
    parsed->cases += g_str_equal(name, "testcase");
    parsed->failures += g_str_equal(name, "failure");
    parsed->errors += g_str_equal(name, "error");
    parsed->skipped += g_str_equal(name, "skipped");
    parsed->script |= g_str_equal(name, "script") || g_str_equal(name, "x");
}

static void on_text(GMarkupParseContext *context, const char *text, gsize length,
                    gpointer user_data, GError **error)
{
    g_string_append_len(((Parsed *)user_data)->text, text, (gssize)length);
}

/* Another parser's word, where there is one: GMarkup lets control characters pass. */
static void assert_well_formed(const char *xml)
{
    const char *const argv[] = {"python3", "-c",
                                "import sys, xml.parsers.expat as e\n"
                                "e.ParserCreate().Parse(open(sys.argv[1], 'rb').read(), True)",
                                "junit.xml", NULL};
    gint status = 0;

    g_assert_true(g_file_set_contents("junit.xml", xml, -1, NULL));
    if (g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                     &status, NULL))
        g_assert_true(g_spawn_check_wait_status(status, NULL));
    g_assert_cmpint(g_unlink("junit.xml"), ==, 0);
}

static void test_junit(void)
{
    static const GMarkupParser parser = {on_start, NULL, on_text, NULL, NULL};
    g_autoptr(XrNightReport) report = make_report();
    g_autofree char *xml = xr_tell_night_junit(report);
    g_autoptr(GString) text = g_string_new(NULL);
    Parsed parsed = {.text = text};
    g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, &parsed, NULL);
    g_autoptr(GError) error = NULL;

    g_markup_parse_context_parse(context, xml, -1, &error);
    g_assert_no_error(error);
    g_markup_parse_context_end_parse(context, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(parsed.suites, ==, 2);
    g_assert_cmpuint(parsed.cases, ==, 7);
    g_assert_cmpuint(parsed.failures, ==, 2);
    g_assert_cmpuint(parsed.errors, ==, 1);
    g_assert_cmpuint(parsed.skipped, ==, 1);
    g_assert_false(parsed.script);
    g_assert_nonnull(
        strstr(text->str, "  |    12.000 w01: </system-out>]]>&<script>\\x01\\x1b[31m"));
    for (const char *c = xml; *c != '\0'; c++)
        g_assert_true(*c == '\n' || (guchar)*c >= 0x20);
    assert_well_formed(xml);
    assert_golden(xml, "nightly", "junit.xml");
}

static void test_json(void)
{
    g_autoptr(XrNightReport) report = make_report();
    g_autofree char *text = json_of(report);

    assert_golden(text, "nightly", "night.json");
}

static void test_schema(void)
{
    const char *const files[] = {XR_SOURCE_DIR "/tests/golden/nightly/night.json", NULL};

    if (have_validator())
        assert_valid(files, XR_SOURCE_DIR "/rig/tell/nightly.schema.json");
}

static void test_words(void)
{
    g_autoptr(XrNightReport) report = report_new();
    XrNightCell *cell = add_cell(report, "smoke", "x", XR_NIGHT_SAME, "");
    const XrNightMetric *metric;

    add_metric(cell, "throughput", "B/s", 4e8, 1.5e8, NULL);
    metric = cell->metrics->pdata[0];
    g_autofree char *factor = xr_tell_night_factor(metric);
    g_autofree char *fence = xr_tell_night_fence(metric);
    g_autofree char *why = xr_tell_night_why(metric);
    g_assert_cmpstr(factor, ==, "2.67 times lower");
    g_assert_cmpstr(fence, ==, "no fence yet: 0 of 12 runs");
    g_assert_cmpstr(why, ==,
                    "the night alone does not tell (rank test, p 0.1); no fence yet: 0 of 12 runs");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tell-nightly/text", test_text);
    g_test_add_func("/tell-nightly/tap", test_tap);
    g_test_add_func("/tell-nightly/junit", test_junit);
    g_test_add_func("/tell-nightly/json", test_json);
    g_test_add_func("/tell-nightly/schema", test_schema);
    g_test_add_func("/tell-nightly/words", test_words);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparisons and calibrations told; stored runs compared.
 * Whole reports are compared with tests/golden/compare (golden.h). */
#include "base/error.h"
#include "base/json.h"
#include "golden.h"
#include "run/compare-stored.h"
#include "schema-check.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#define GOLDEN  XR_SOURCE_DIR "/tests/golden/compare/"
#define FIGURES XR_SOURCE_DIR "/tests/golden/figures/"

/* --- sentences --- */

static const struct {
    const char *metric, *unit;
    double low, high;
    const char *told;
} effects[] = {
    {"throughput", "B/s", 1 / 8.3, 1 / 7.9, "a is 7.9 to 8.3 times slower than b"},
    {"throughput", "B/s", 2.05, 2.2, "a is 2.0 to 2.2 times faster than b"},
    {"throughput", "B/s", 12.4, 15.6, "a is 12 to 16 times faster than b"},
    {"throughput", "B/s", 0.926, 0.969, "a is 3.1 to 7.4 % slower than b"},
    {"throughput", "B/s", 0.5, 0.9, "a is 10 to 50 % slower than b"},
    {"throughput", "B/s", 1.031, 1.2, "a is 3.1 to 20 % faster than b"},
    {"throughput", "B/s", 0.979, 1.018, "a is between 2.1 % slower and 1.8 % faster than b"},
    {"throughput", "B/s", 0.3, 1.2, "a is between 3.3 times slower and 20 % faster than b"},
    {"throughput", "B/s", 1, 1.02, "a is between equal and 2.0 % faster than b"},
    {"throughput", "B/s", 1, 1, "a is exactly as fast as b"},
    {"throughput", "B/s", 1.0311, 1.0314, "a is 3.11 to 3.14 % faster than b"},
    {"tick_throughput", "B/tick", 0.45, 0.5, "a is 2.0 to 2.2 times slower than b"},
    {"boot_time", "ns", 1.1, 1.2, "boot_time of a is 10 to 20 % longer than that of b"},
    {"boot_time", "ns", 0.8, 0.9, "boot_time of a is 10 to 20 % shorter than that of b"},
    {"grant_maps", "per MiB", 1.6, 1.7,
     "grant_maps of a is 1.6 to 1.7 times higher than that of b"},
    {"grant_maps", "per MiB", 1, 1, "grant_maps of a is exactly equal to that of b"},
};

static void test_effects(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(effects); i++) {
        g_autofree char *told = xr_tell_effect("a", "b", effects[i].metric, effects[i].unit,
                                               effects[i].low, effects[i].high);

        g_assert_cmpstr(told, ==, effects[i].told);
    }
}

/* --- whole reports --- */

/* n runs of both builds in rounds; the second's figures are by factor those of the first. */
typedef struct {
    XrCompareRules rules;
    GPtrArray *runs, *samples;
    XrComparison *comparison;
    const char *builds[3];
    XrCompareReport report;
} Fixture;

static void add_run(Fixture *f, guint round, guint index, const char *verdict, double value)
{
    g_autofree char *text = g_strdup_printf(
        "{\"run\":\"r%u-%u\",\"started\":\"2026-11-24T12:00:00Z\",\"plan\":\"smoke\",\"setup\":"
        "\"s\","
        "\"build\":\"%s\",\"build_id\":\"%u\",\"verdict\":\"%s\",\"reason\":\"because\",\"metric\":"
        "\"throughput\",\"unit\":\"B/s\",\"samples\":[],\"round\":%u,\"index\":%u,\"record\":"
        "\"runs/%u\",\"seconds\":30,\"counted\":%s,\"host_wait\":0.1,\"value\":%.17g}",
        round, index, f->builds[index], index, verdict, round, index, f->runs->len,
        value > 0 ? "true" : "false", value);
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) object = xr_json_parse_line(text, -1, &error);

    g_assert_no_error(error);
    g_ptr_array_add(f->runs, xr_run_figure_parse(object, &error));
    g_assert_no_error(error);
    if (value > 0)
        g_array_append_val((GArray *)f->samples->pdata[index], value);
}

static void set_up(Fixture *f, guint n, double factor, double spread)
{
    *f = (Fixture){.rules = {0.05, 0.001, 0.05, 5, 10},
                   .builds = {"debsrc:bookworm", "debsrc:bookworm+single-lock", NULL}};
    f->runs = g_ptr_array_new_with_free_func((GDestroyNotify)xr_run_figure_free);
    f->samples = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    for (guint i = 0; i < 2; i++)
        g_ptr_array_add(f->samples, g_array_new(FALSE, FALSE, sizeof(double)));
    for (guint i = 0; i < n; i++) {
        add_run(f, i, 0, "pass", 4e8 * (1 + spread * ((i * 7) % 10)));
        add_run(f, i, 1, "pass", 4e8 * factor * (1 + spread * ((i * 3) % 10)));
    }
}

static void judge(Fixture *f, XrCompareEnd end)
{
    g_autoptr(XrSequential) looks = xr_sequential_new(f->rules.runs_min, f->rules.runs_max);

    f->comparison = xr_compare(&f->rules, looks, (GArray *const *)f->samples->pdata, 2);
    f->report = (XrCompareReport){.rules = &f->rules,
                                  .comparison = f->comparison,
                                  .end = end,
                                  .builds = f->builds,
                                  .samples = (GArray *const *)f->samples->pdata,
                                  .runs = f->runs,
                                  .plan = "smoke",
                                  .metric = "throughput",
                                  .unit = "B/s",
                                  .seed = 42,
                                  .record_dir = "/records/c"};
}

static void tear_down(Fixture *f)
{
    xr_comparison_free(f->comparison);
    g_ptr_array_unref(f->runs);
    g_ptr_array_unref(f->samples);
}

static char *text_of(const XrCompareReport *report)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    xr_tell_compare_text(report, out, FALSE);
    g_assert_cmpint(fclose(out), ==, 0);
    return text;
}

static char *json_of(const XrCompareReport *report)
{
    g_autoptr(JsonObject) object = xr_tell_compare_json(report);
    g_autofree char *text = xr_json_text(object);

    return g_strconcat(text, "\n", NULL);
}

static void assert_told(Fixture *f, const char *text, const char *json)
{
    g_autofree char *as_text = text_of(&f->report);
    g_autofree char *as_json = json_of(&f->report);

    assert_golden(as_text, "compare", text);
    assert_golden(as_json, "compare", json);
}

static void test_different(void)
{
    Fixture f;

    set_up(&f, 8, 0.47, 0.004);
    judge(&f, XR_END_DECIDED);
    assert_told(&f, "different.txt", "different.json");
    tear_down(&f);
}

static void test_same(void)
{
    Fixture f;

    set_up(&f, 5, 1, 0.002);
    judge(&f, XR_END_DECIDED);
    assert_told(&f, "same.txt", "same.json");
    tear_down(&f);
}

static void test_unsure(void)
{
    Fixture f;

    set_up(&f, 10, 0.95, 0.02);
    judge(&f, XR_END_RUNS);
    assert_told(&f, "unsure.txt", "unsure.json");
    tear_down(&f);
}

/* Ended early, with runs that failed, of one build under two names. */
static void test_troubles(void)
{
    Fixture f;

    set_up(&f, 3, 0.95, 0.02);
    f.builds[1] = "file:/tmp/x\033[2J";
    add_run(&f, 3, 1, "error", 0);
    add_run(&f, 3, 1, "fail", 3e8);
    for (guint i = 0; i < f.runs->len; i++) {
        XrRunFigure *figure = f.runs->pdata[i];

        g_free(figure->build_id);
        figure->build_id = g_strdup("77");
    }
    judge(&f, XR_END_REPEATS);
    assert_told(&f, "troubles.txt", "troubles.json");
    tear_down(&f);
}

static void test_probably(void)
{
    Fixture f;

    set_up(&f, 10, 0.9, 0.01);
    f.rules.false_different = 1e-5;
    judge(&f, XR_END_INTERRUPTED);
    g_autofree char *told = xr_tell_pair(&f.report, 1);
    g_autofree char *end = xr_tell_compare_end(&f.report);
    g_assert_true(g_str_has_prefix(told,
                                   "probably a difference, but not surely enough for an error "
                                   "rate of 0.001 %: debsrc:bookworm+single-lock is "));
    g_assert_cmpstr(end, ==, "interrupted by a signal");
    tear_down(&f);
}

static void test_schema(void)
{
    const char *const files[] = {GOLDEN "different.json", GOLDEN "same.json", GOLDEN "unsure.json",
                                 GOLDEN "troubles.json", NULL};

    if (have_validator())
        assert_valid(files, XR_SOURCE_DIR "/rig/tell/compare.schema.json");
}

/* --- stored runs --- */

static XrCompareResult *stored(const char *from, const char *against, const char *metric,
                               GError **error)
{
    const char *const froms[] = {from, NULL}, *const againsts[] = {against, NULL};
    g_autofree char *key = g_strconcat("compare.metric=", metric, NULL);
    const char *const overrides[] = {key, NULL};

    return xr_compare_stored(NULL, overrides, froms, againsts, error);
}

static void test_stored(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrCompareResult) result =
        stored(FIGURES "default.jsonl", FIGURES "default.jsonl", "throughput", &error);

    g_assert_no_error(error);
    const XrCompareReport report = xr_compare_report(result);
    g_autofree char *text = text_of(&report);
    assert_golden(text, "compare", "stored.txt");
}

static const struct {
    const char *from, *against, *metric, *message;
} wrong[] = {
    {FIGURES "smoke.jsonl", FIGURES "default.jsonl", "throughput",
     "the runs 20261124T165057Z-default-5e1b (plan default) and 20261124T150128Z-smoke-7bc2 (plan "
     "smoke) were made with other settings than the build, so their figures cannot be compared; "
     "see "
     "the file \"plan\" of each record"},
    {FIGURES "smoke.jsonl", FIGURES "default.jsonl", "boot_time",
     FIGURES
     "default.jsonl:1: holds figures of the metric \"throughput\", not of \"boot_time\"; say "
     "--metric throughput, or give the records themselves"},
    {FIGURES, FIGURES, "throughput",
     FIGURES ": neither the record of a finished run nor a folder that holds some"},
    {XR_SOURCE_DIR "/meson.build", FIGURES "default.jsonl", "throughput",
     XR_SOURCE_DIR "/meson.build:1: line is not one JSON object: # "
                   "SPDX-License-Identifier: GPL-2.0-or-later"},
};

static void test_stored_wrong(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(stored(wrong[i].from, wrong[i].against, wrong[i].metric, &error));
        g_assert_nonnull(error);
        g_assert_cmpstr(error->message, ==, wrong[i].message);
    }
}

/* --- calibration --- */

static void test_calibration(void)
{
    const XrCompareRules rules = {0.05, 0.001, 0.05, 5, 20};
    const XrTrial trials[] = {
        {0, XR_DRAW_SINGLY, 2000, 0, 12, 1988, 0, 19.96, NULL},
        {0.1, XR_DRAW_NEIGHBOURS, 2000, 500, 0, 1500, 1, 18.2, NULL},
        {0.018, XR_DRAW_SINGLY, 2000, 1990, 0, 10, 0, 9.5, "debsrc:bookworm+slow-2"},
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) runs = xr_run_figures_load(FIGURES "default.jsonl", "throughput", &error);
    const XrCalibrateReport report = {&rules, runs, trials, G_N_ELEMENTS(trials), 1};
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    g_assert_no_error(error);
    xr_tell_calibrate_text(&report, out);
    g_assert_cmpint(fclose(out), ==, 0);
    assert_golden(text, "compare", "calibration.txt");
    free(text);
    g_autoptr(JsonObject) object = xr_tell_calibrate_json(&report);
    JsonObject *row = xr_json_element_object(xr_json_array(object, "trials"), 1);
    g_assert_cmpint(xr_json_int(row, "different", 0), ==, 500);
    g_assert_cmpfloat_with_epsilon(xr_json_double(row, "different_low", 0), 0.2311, 1e-3);
    g_assert_cmpuint(json_array_get_length(xr_json_array(object, "runs")), ==, 20);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tell-compare/effects", test_effects);
    g_test_add_func("/tell-compare/different", test_different);
    g_test_add_func("/tell-compare/same", test_same);
    g_test_add_func("/tell-compare/unsure", test_unsure);
    g_test_add_func("/tell-compare/troubles", test_troubles);
    g_test_add_func("/tell-compare/probably", test_probably);
    g_test_add_func("/tell-compare/schema", test_schema);
    g_test_add_func("/tell-compare/stored", test_stored);
    g_test_add_func("/tell-compare/stored-wrong", test_stored_wrong);
    g_test_add_func("/tell-compare/calibration", test_calibration);
    return g_test_run();
}

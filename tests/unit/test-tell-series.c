/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Series told: text, JSON, and what their pictures are drawn from.
 * Whole reports are compared with tests/golden/series (golden.h). */
#include "base/error.h"
#include "golden.h"
#include "schema-check.h"
#include "series-fixture.h"
#include "tell/series.h"

#include <locale.h>

/* A record as a table of its own, as `xenrig judge` reads it. */
static XrSeriesTable *table_in(const char *dir)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(dir, "plan", NULL);
    XrSeriesRecord *record = xr_series_record_open(dir, &error);
    XrPlan *plan = xr_plan_load(path, NULL, &error);

    g_assert_no_error(error);
    return xr_series_table_new(plan, record);
}

static XrSeriesTable *table_of(const Fixture *f)
{
    return table_in(f->record->dir);
}

/* Free with g_free. */
static char *text_of(const XrSeriesTable *table)
{
    char *text = NULL;
    gsize size = 0;
    FILE *out = open_memstream(&text, &size);
    g_autoptr(GString) fixed = NULL;

    xr_tell_series_text(table, out);
    fclose(out);
    fixed = g_string_new(text);
    free(text);
    g_string_replace(fixed, table->record->dir, "RECORD", 0);
    return g_string_free(g_steal_pointer(&fixed), FALSE);
}

static void test_whole(void)
{
    Fixture f = {0};
    const char *const none[] = {NULL};

    begin(&f, none);
    g_assert_null(go_on(&f));
    g_autoptr(XrSeriesTable) table = table_of(&f);
    g_autofree char *text = text_of(table);
    g_autofree char *data = xr_tell_series_data(table), *script = xr_tell_series_script(table);

    g_assert_cmpint(xr_series_verdict(table), ==, XR_PASS);
    assert_golden(text, "series", "whole.txt");
    assert_golden(data, "series", "whole.dat");
    assert_golden(script, "series", "whole.gnuplot");
    end(&f);
}

/* The whole of plan bof as it was run on two cores of a machine without KVM, in 55 minutes beside other work: its README has it. */
static void test_recorded(void)
{
    g_autoptr(XrSeriesTable) table = table_in(XR_SOURCE_DIR "/tests/golden/series/bof");
    g_autofree char *text = text_of(table);

    g_assert_cmpuint(table->measured, ==, 40);
    g_assert_cmpint(xr_series_verdict(table), ==, XR_PASS);
    assert_golden(text, "series", "bof/report.txt");
}

/* Points that are not there are named with their verdict, and no figure is made up for them. */
static void test_missing(void)
{
    Fixture f = {.broken = "fail", .stop_after = 9};
    const char *const overrides[] = {"series.builds=s+bad s+single-lock",
                                     "series.tuned=", "series.vcpus=2 4 8", NULL};

    begin(&f, overrides);
    g_autofree char *said = go_on(&f);
    g_assert_nonnull(said);
    g_autoptr(XrSeriesTable) table = table_of(&f);
    g_autofree char *text = text_of(table);

    /* Points that are lacking do not outrank one that failed. */
    g_assert_cmpint(xr_series_verdict(table), ==, XR_FAIL);
    assert_golden(text, "series", "missing.txt");
    end(&f);
}

static void test_json(void)
{
    Fixture f = {0};
    const char *const overrides[] = {"series.vcpus=1 2 4 8", NULL};

    begin(&f, overrides);
    g_assert_null(go_on(&f));
    g_autoptr(XrSeriesTable) table = table_of(&f);
    g_autoptr(JsonObject) object = xr_tell_series_json(table);
    JsonArray *points = xr_json_array(object, "points"), *laws = xr_json_array(object, "laws");
    JsonObject *split = xr_json_element_object(points, 4 + 3);
    JsonObject *law = xr_json_element_object(laws, 0);

    g_assert_cmpuint(json_array_get_length(points), ==, 4 * 4 * 2);
    g_assert_cmpstr(xr_json_string(split, "curve", ""), ==, "split-lock, vCPU 0");
    g_assert_cmpint(xr_json_int(split, "vcpus", 0), ==, 8);
    /* (1 + 7 * 0.4 + 56 * 0.002) / (1 + 7 * 0.05 + 56 * 0.002) */
    g_assert_cmpfloat_with_epsilon(xr_json_double(split, "ratio", 0), 3.912 / 1.462, 1e-3);
    g_assert_cmpfloat_with_epsilon(xr_json_double(split, "slice_off", 0), -0.01, 1e-3);
    g_assert_cmpfloat_with_epsilon(json_array_get_double_element(xr_json_array(law, "sigma"), 0),
                                   0.4, 1e-2);
    g_assert_cmpstr(xr_json_string(object, "verdict", ""), ==, "pass");
    end(&f);
}

/* A whole series and one with missing points are as the schema says. */
static void test_schema(void)
{
    const char *const overrides[] = {"series.vcpus=1 2 4", "series.builds=s+bad s+single-lock",
                                     NULL};
    g_autofree char *path = g_build_filename(state, "series.json", NULL);
    const char *const files[] = {path, NULL};

    if (!have_validator())
        return;
    for (guint i = 0; i < 2; i++) {
        Fixture f = {.broken = i == 0 ? NULL : "skip", .stop_after = i == 0 ? 0 : 7};

        begin(&f, overrides);
        g_free(go_on(&f));
        g_autoptr(XrSeriesTable) table = table_of(&f);
        g_autoptr(JsonObject) object = xr_tell_series_json(table);
        g_autofree char *line = xr_json_line(object);
        g_assert_true(g_file_set_contents(path, line, -1, NULL));
        assert_valid(files, XR_SOURCE_DIR "/rig/tell/series.schema.json");
        end(&f);
    }
}

/* Where builds have changed under the series its figures do not belong together. */
static void test_changed(void)
{
    Fixture f = {0};
    const char *const overrides[] = {"series.vcpus=1 2", "series.disk_rate=0", NULL};

    begin(&f, overrides);
    json_object_set_string_member(f.record->builds, "debsrc:bookworm", "another");
    g_autofree char *path = g_build_filename(f.record->dir, "series.json", NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_autoptr(GString) changed = g_string_new(text);
    g_string_replace(changed, "id of debsrc:bookworm\"", "another\"", 0);
    g_assert_true(g_file_set_contents(path, changed->str, -1, NULL));
    g_assert_null(go_on(&f));
    g_autoptr(XrSeriesTable) table = table_of(&f);
    g_autofree char *told = text_of(table);
    g_assert_cmpint(xr_series_verdict(table), ==, XR_ERROR_VERDICT);
    g_assert_nonnull(strstr(told, "error: some points are of another build than the series began "
                                  "with; begin a new one by --record DIR\n"));
    g_assert_nonnull(
        strstr(told, "no law: figures at 2 numbers of vCPUs: the law has 3 terms, so "));
    end(&f);
}

/* Without gnuplot, with one that fails and with one that draws: what the picture is made of is there in any case. */
static void test_plot(void)
{
    static const char *const programs[] = {NULL, "#!/bin/sh\necho no fonts >&2; exit 1\n",
                                           "#!/bin/sh\nexit 0\n"};
    static const char *const ends[] = {"/bof.gnuplot", "/bof.gnuplot", "/bof.svg"};
    g_autofree char *path = g_strdup(g_getenv("PATH"));
    g_autofree char *program = g_build_filename(state, "gnuplot", NULL);
    Fixture f = {0};
    const char *const overrides[] = {"series.vcpus=1 2", "series.disk_rate=0", NULL};

    begin(&f, overrides);
    g_assert_null(go_on(&f));
    g_autoptr(XrSeriesTable) table = table_of(&f);
    for (guint i = 0; i < 3; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *hint = NULL;

        if (programs[i] != NULL) {
            g_assert_true(g_file_set_contents_full(program, programs[i], -1,
                                                   G_FILE_SET_CONTENTS_CONSISTENT, 0700, NULL));
        }
        g_setenv("PATH", state, TRUE);
        g_autofree char *made = xr_tell_series_plot(table, &hint, &error);
        g_setenv("PATH", path, TRUE);
        g_assert_no_error(error);
        g_assert_true(g_str_has_suffix(made, ends[i]));
        static const char *const said[] = {
            "no picture: there is no gnuplot to draw pictures: apt-get install gnuplot-nox; "
            "`xenrig judge ",
            "/gnuplot could not draw: no fonts; `xenrig judge ", NULL};
        g_assert_true(said[i] == NULL ? hint == NULL : strstr(hint, said[i]) != NULL);
    }
    end(&f);
}

static void test_figures(void)
{
    static const double few[] = {4, 4.1, 3.9}, many[] = {8.8, 8.9, 8.7}, later[] = {4.2, 4.2};
    g_autoptr(GArray) a = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) b = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) next = g_array_new(FALSE, FALSE, sizeof(double));

    g_array_append_vals(a, few, 3);
    g_array_append_vals(b, many, 3);
    g_array_append_vals(next, later, 2);
    const XrSeriesFigure base = xr_series_figure(a, next), figure = xr_series_figure(b, NULL);
    const XrSeriesRatio ratio = xr_series_ratio(&figure, &base);
    g_assert_cmpfloat_with_epsilon(base.mean, 4, 1e-9);
    g_assert_cmpfloat_with_epsilon(base.spread, 0.025, 1e-9);
    /* 4.303 standard errors: Student, two degrees of freedom. */
    g_assert_cmpfloat_with_epsilon(base.high - base.mean, 4.3027 * 0.1 / sqrt(3), 1e-4);
    g_assert_cmpfloat_with_epsilon(base.slice_off, 0.05, 1e-9);
    g_assert_cmpfloat_with_epsilon(ratio.ratio, 2.2, 1e-9);
    g_assert_cmpfloat(ratio.low, <, 2.2);
    g_assert_cmpfloat_with_epsilon(ratio.low * ratio.high, 2.2 * 2.2, 1e-6);
    g_assert_true(isnan(ratio.slice_off));
    g_array_set_size(a, 1);
    const XrSeriesFigure lone = xr_series_figure(a, NULL);
    const XrSeriesRatio unknown = xr_series_ratio(&figure, &lone);
    g_assert_true(isnan(lone.spread));
    g_assert_true(isnan(unknown.low));
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tell-series/whole", test_whole);
    g_test_add_func("/tell-series/recorded", test_recorded);
    g_test_add_func("/tell-series/missing", test_missing);
    g_test_add_func("/tell-series/json", test_json);
    g_test_add_func("/tell-series/schema", test_schema);
    g_test_add_func("/tell-series/changed", test_changed);
    g_test_add_func("/tell-series/plot", test_plot);
    g_test_add_func("/tell-series/figures", test_figures);
    return run_with_state();
}

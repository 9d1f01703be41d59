/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison over made-up runs, for the tests of run/compare.h. */
#pragma once

#include "record-fixture.h"
#include "run/compare-stored.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* Runs that take no time: what each gives is told by the test. */
typedef struct {
    XrPlan *plan;
    XrCompareRecord *record;
    XrComparison *comparison;
    XrCompareEnd end;
    guint runs;         /* made so far */
    guint stop_after;   /* a signal comes with that run; 0: none */
    guint broken_from;  /* from that run on, builds with "bad" in their names fail; 0: none */
    const char *broken; /* with this verdict */
    double second;      /* figure of builds other than the first, of 100 */
    double zero;        /* added to all figures */
    GString *seeds;
    GString *notes;
} Fixture;

static inline XrRunFigure *make_figure(const char *build, const char *verdict, double value)
{
    g_autofree char *text = g_strdup_printf(
        "{\"run\":\"r\",\"plan\":\"default\",\"setup\":\"s\",\"build\":\"%s\",\"build_id\":\"id of "
        "%s\",\"verdict\":\"%s\",\"reason\":\"it was "
        "so\",\"metric\":\"throughput\",\"unit\":\"B/s\","
        "\"value\":%.17g,\"samples\":[%.17g]}",
        build, build, verdict, value, value);
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) object = xr_json_parse_line(text, -1, &error);
    XrRunFigure *figure;

    g_assert_no_error(error);
    figure = xr_run_figure_parse(object, &error);
    g_assert_no_error(error);
    return figure;
}

/* What a run's record must have for its figures to be read again. */
static inline void write_verdict(const char *dir, const XrRunFigure *figure)
{
    g_autofree char *path = g_build_filename(dir, "verdict.json", NULL);
    g_autofree char *text = g_strdup_printf(
        "{\"run\":\"r\",\"started\":\"now\",\"verdict\":\"%s\",\"reason\":\"it was "
        "so\",\"plan\":{\"name\":\"default\",\"settings\":{\"workload\":{\"windows\":\"3\"}}},"
        "\"builds\":[{\"name\":\"%s\",\"id\":\"id of %s\"}],\"metrics\":{\"throughput\":{\"value\":"
        "%.17g,\"unit\":\"B/s\",\"samples\":[1,2]},\"boot_time\":{\"value\":%.17g,\"unit\":\"ns\","
        "\"samples\":[]},\"throughput.w00/vbd0\":{\"value\":1,\"unit\":\"B/s\"}}}",
        figure->verdict, figure->build, figure->build, figure->value, 1e18 / figure->value);

    g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline XrRunFigure *run(const XrPlan *plan, const char *dir, gpointer user_data,
                               GError **error)
{
    Fixture *f = user_data;
    const char *build = plan->hypervisor.build;
    const gboolean bad = strstr(build, "bad") != NULL;
    double value = (bad ? f->second : 100) * (1 + 0.001 * (f->runs % 7) + 0.0001 * f->runs);
    const char *verdict = "pass";

    f->runs++;
    g_string_append_printf(f->seeds, "%u ", plan->workload.seed);
    if (f->broken_from > 0 && bad && f->runs >= f->broken_from) {
        verdict = f->broken;
        value = NAN;
    }
    if (f->runs == f->stop_after)
        verdict = "error";
    if (isnan(value) || f->zero < 0) {
        XrRunFigure *figure = make_figure(build, verdict, 1);

        figure->value = f->zero < 0 ? 0 : NAN;
        return figure;
    }
    g_autoptr(XrRunFigure) figure = make_figure(build, verdict, value);
    write_verdict(dir, figure);
    return g_steal_pointer(&figure);
}

static inline gboolean stopped(gpointer user_data)
{
    const Fixture *f = user_data;

    return f->stop_after > 0 && f->runs >= f->stop_after;
}

static inline void note(const char *text, gpointer user_data)
{
    g_string_append_printf(((Fixture *)user_data)->notes, "%s\n", text);
}

static const XrCompareFuncs funcs = {.run = run, .stopped = stopped, .note = note};

static inline void begin(Fixture *f, const char *const *builds, const char *const *overrides)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *shown = NULL;

    f->plan = xr_plan_load("default", overrides, &error);
    g_assert_no_error(error);
    shown = xr_plan_show(f->plan, FALSE);
    f->record = xr_compare_record_new(NULL, "default", shown, builds, 42, NULL, &error);
    g_assert_no_error(error);
    f->seeds = g_string_new(NULL);
    f->notes = g_string_new(NULL);
}

static inline void go_on(Fixture *f)
{
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&f->comparison, xr_comparison_free);
    xr_compare_go_on(f->record, f->plan, &funcs, f, &f->comparison, &f->end, &error);
    g_assert_no_error(error);
}

static inline void end(Fixture *f)
{
    xr_plan_free(f->plan);
    xr_compare_record_free(f->record);
    g_clear_pointer(&f->comparison, xr_comparison_free);
    g_string_free(f->seeds, TRUE);
    g_string_free(f->notes, TRUE);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison over made-up runs, for the tests of run/compare.h. */
#pragma once

#include "base/error.h"
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
    guint runs;          /* made so far */
    guint stop_after;    /* a signal comes with that run; 0: none */
    guint broken_from;   /* from that run on, builds with "bad" in their names fail; 0: none */
    guint broken_to;     /* … to before that run; 0: all */
    const char *broken;  /* with this verdict */
    gboolean stop_fails; /* the run that the signal hits has failed before */
    double second;       /* figure of builds other than the first, of 100 */
    double zero;         /* added to all figures */
    GString *seeds;
    GString *notes;

    /* Of runs side by side: */
    const char *plan_name;           /* NULL: default */
    gboolean beside;                 /* they are started, and end in the main loop */
    guint under_way, most_under_way; /* and not ended yet */
    guint of_build[3];               /* … of each build */
    gboolean asked_to_end;
    guint killed; /* that run is killed, and leaves no verdict; 0: none */
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

static inline char *number(double value)
{
    return isfinite(value) ? g_strdup_printf("%.17g", value) : g_strdup("null");
}

/* What a run's record must have for its figures to be read again. */
static inline void write_verdict(const char *dir, const XrRunFigure *figure)
{
    g_autofree char *path = g_build_filename(dir, "verdict.json", NULL);
    g_autofree char *value = number(figure->value), *boot = number(1e18 / figure->value);
    g_autofree char *text = g_strdup_printf(
        "{\"run\":\"r\",\"started\":\"now\",\"verdict\":\"%s\",\"reason\":\"it was "
        "so\",\"plan\":{\"name\":\"default\",\"settings\":{\"workload\":{\"windows\":\"3\"}}},"
        "\"builds\":[{\"name\":\"%s\",\"id\":\"id of %s\"}],\"metrics\":{\"throughput\":{\"value\":"
        "%s,\"unit\":\"B/s\",\"samples\":[1,2]},\"boot_time\":{\"value\":%s,\"unit\":\"ns\","
        "\"samples\":[]},\"throughput.w00/vbd0\":{\"value\":1,\"unit\":\"B/s\"}}}",
        figure->verdict, figure->build, figure->build, value, boot);

    g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* As a rig left it that let an error outrank a failure. */
static inline void write_outranked(const char *dir)
{
    static const char text[] =
        "{\"run\":\"r\",\"verdict\":\"error\",\"reason\":\"rig could not go on\",\"findings\":["
        "{\"kind\":\"rig-error\",\"weight\":\"error\",\"where\":\"rig\"},"
        "{\"kind\":\"data-mismatch\",\"weight\":\"fail\",\"where\":\"w01/vbd0\",\"line\":"
        "\"expected pass 1\"}]}";
    g_autofree char *path = g_build_filename(dir, "verdict.json", NULL);

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
    if (f->broken_from > 0 && bad && f->runs >= f->broken_from &&
        (f->broken_to == 0 || f->runs <= f->broken_to)) {
        verdict = f->broken;
        value = NAN;
    }
    if (f->runs == f->stop_after)
        verdict = f->stop_fails ? "fail" : "error";
    if (isnan(value) || f->zero < 0) {
        XrRunFigure *figure = make_figure(build, verdict, 1);

        figure->value = f->zero < 0 ? 0 : NAN;
        if (xr_run_figure_failed(figure)) {
            figure->complete = FALSE;
            g_free(figure->incomplete);
            figure->incomplete = g_strdup("rig could not go on");
        }
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

typedef struct {
    Fixture *f;
    gpointer place;
    guint build;
    int exit_code;
} Ended;

static inline gboolean end_run(gpointer data)
{
    g_autofree Ended *ended = data;

    ended->f->under_way--;
    ended->f->of_build[ended->build]--;
    xr_compare_ended(ended->place, ended->exit_code);
    return G_SOURCE_REMOVE;
}

/* Its figure is what run gives, its end comes later, later runs first. */
static inline gboolean start(const XrCompareTask *task, gpointer place, gpointer user_data,
                             GError **error)
{
    Fixture *f = user_data;
    g_autofree char *path = g_build_filename(f->record->dir, "plan", NULL);
    g_autoptr(XrPlan) plan = xr_plan_load(path, task->sets, error);
    g_autoptr(XrRunFigure) figure = plan != NULL ? run(plan, task->dir, f, error) : NULL;
    const gboolean killed = f->killed > 0 && f->runs == f->killed;
    Ended *ended;

    if (figure == NULL)
        return FALSE;
    /* One window of the build's snapshot. */
    g_assert_cmpuint(plan->lockstep.seeds, ==, 1);
    g_assert_cmpuint(plan->lockstep.lengths, ==, 1);
    g_assert_false(plan->lockstep.check);
    write_verdict(task->dir, figure);
    if (killed) {
        g_autofree char *verdict = g_build_filename(task->dir, "verdict.json", NULL);

        g_unlink(verdict);
    }
    ended = g_new(Ended, 1);
    *ended = (Ended){f, place, task->build, killed ? -1 : 0};
    f->under_way++;
    g_assert_cmpuint(f->of_build[task->build], ==, 0);
    f->of_build[task->build]++;
    f->most_under_way = MAX(f->most_under_way, f->under_way);
    g_idle_add_full(G_PRIORITY_DEFAULT - (gint)f->runs, end_run, ended, NULL);
    return TRUE;
}

static inline void end_all(gpointer user_data)
{
    ((Fixture *)user_data)->asked_to_end = TRUE;
}

static const XrCompareFuncs funcs = {.run = run, .stopped = stopped, .note = note};
static const XrCompareFuncs beside = {
    .run = run, .stopped = stopped, .note = note, .start = start, .end = end_all};

static inline void begin(Fixture *f, const char *const *builds, const char *const *overrides)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *shown = NULL;

    f->plan = xr_plan_load(f->plan_name != NULL ? f->plan_name : "default", overrides, &error);
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
    xr_compare_go_on(f->record, f->plan, f->beside ? &beside : &funcs, f, &f->comparison, &f->end,
                     &error);
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

static const char *const two[] = {"debian:bookworm", "file:/bad", NULL};

static inline const XrPair *pair_of(const Fixture *f, guint i)
{
    return &g_array_index(f->comparison->pairs, XrPair, i);
}

static inline void assert_told(const Fixture *f, const char *text)
{
    if (strstr(f->notes->str, text) == NULL)
        g_error("not told: %s\n%s", text, f->notes->str);
}

static inline void assert_fails(Fixture *f, XrErrorCode code, const char *wanted)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(xr_compare_go_on(f->record, f->plan, f->beside ? &beside : &funcs, f,
                                    &f->comparison, &f->end, &error));
    g_assert_true(g_error_matches(error, XR_ERROR, code));
    if (strstr(error->message, wanted) == NULL)
        g_error("not said: %s\n%s", wanted, error->message);
}

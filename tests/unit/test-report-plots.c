/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the pictures of reports: what is read from a record for them, their scripts, and gnuplot's way with them. */
#include "base/error.h"
#include "report-record.h"
#include "run/run.h"
#include "tell/html.h"
#include "tell/plot.h"
#include "tell/run-plot.h"

#include <locale.h>

typedef struct {
    char *dir;
    XrPlan *plan;
    XrRunResult *result;
    XrTimeline *timeline;
    XrReport report;
} Fixture;

static const RecordShape crash = {
    .id = "r", .domus = 3, .windows = 2, .window_s = 4, .crash = TRUE};

static void set_up(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    f->dir = g_dir_make_tmp("xenrig-plots-XXXXXX", NULL);
    record_write(f->dir, &crash);
    f->result = xr_run_judge_record(f->dir, NULL, &f->plan, &error);
    g_assert_no_error(error);
    f->timeline = xr_timeline_read(f->dir, f->result->verdict->findings, &error);
    g_assert_no_error(error);
    f->report = xr_run_report(f->result, f->plan);
}

static void tear_down(Fixture *f, gconstpointer data)
{
    xr_timeline_free(f->timeline);
    xr_run_result_free(f->result);
    xr_plan_free(f->plan);
    record_remove(f->dir);
    g_free(f->dir);
}

static void assert_has(const char *script, const char *text)
{
    if (strstr(script, text) == NULL)
        g_error("\"%s\" is not in %s", text, script);
}

/* --- what is read --- */

static void test_timeline(Fixture *f, gconstpointer data)
{
    const XrTimeline *timeline = f->timeline;
    const XrStage *window = timeline->stages->pdata[3];
    const XrExcerpt *excerpt = timeline->excerpts->pdata[0];
    const XrSaid *before = g_queue_peek_head((GQueue *)&excerpt->before);

    g_assert_cmpstr(window->name, ==, "window 1");
    g_assert_true(window->measured);
    g_assert_cmpint(window->begin_ns, ==, (gint64)24 * 1000000000);
    g_assert_cmpstr(excerpt->source, ==, "w01");
    g_assert_cmpstr(before->line, ==, "the line before");
    g_assert_cmpuint(excerpt->after.length, ==, 2);
    g_assert_cmpint(timeline->end_ns, >, window->end_ns);
    /* dom0's clock is 100 s ahead, between samples and outside of them. */
    g_assert_cmpint(xr_timeline_guest(timeline, (gint64)25250000000), ==, (gint64)125250000000);
    g_assert_cmpint(xr_timeline_guest(timeline, (gint64)2000000000), ==, (gint64)102000000000);
}

/* --- scripts --- */

static void test_sum(Fixture *f, gconstpointer data)
{
    g_autofree char *script = xr_run_plot_sum(&f->report, f->timeline, 900);

    assert_has(script, "set terminal svg noenhanced size 900,");
    assert_has(script, "set xlabel 'seconds since the run began'");
    assert_has(script, "set ylabel 'MB/s, all VBDs'");
    assert_has(script, "set object rect from 24.000,graph 0 to 28.100,graph 1");
    assert_has(script, "set label '2' at ");
    assert_has(script, "\n0.250 NaN\n");
    /* Three VBDs of 10 MB/s, and a little for their names. */
    assert_has(script, "\n22.750 30.00");
    /* A dashed line at the fault and at the finding. */
    assert_has(script, "set arrow from 25.000,graph 0");
    assert_has(script, "set arrow from 25.100,graph 0");
    assert_has(script, "title 'measured in the window'");
}

static void test_vbds(Fixture *f, gconstpointer data)
{
    g_autofree char *script = xr_run_plot_vbds(&f->report, f->timeline, 900);
    g_autofree char *name = NULL;
    XrSeries *series = f->result->obs->series->pdata[1];

    assert_has(script, "set yrange [2.5:-0.5]");
    assert_has(script, "set ytics ('w00/vbd0' 0, 'w01/vbd0' 1, 'w02/vbd0' 2)");
    assert_has(script, "set label 'MB/s' at screen ");
    assert_has(script, " NaN NaN");
    /* A name that a record from elsewhere has is no command of gnuplot's. */
    g_free(series->domain);
    series->domain = g_strdup("a';\nsystem `x`<b");
    name = xr_run_plot_vbds(&f->report, f->timeline, 900);
    assert_has(name, "'a?;?system ?x??b/vbd0' 1");
}

static void test_events(Fixture *f, gconstpointer data)
{
    g_autofree char *script = xr_run_plot_events(&f->report, f->timeline, 900);

    assert_has(script, "'domU created'");
    assert_has(script, "'fault ordered'");
    assert_has(script, "'finding'");
    assert_has(script, "set label 'boot' at 8.500,");
    g_assert_null(strstr(script, "'domU released'"));
}

static void test_latency(Fixture *f, gconstpointer data)
{
    g_autofree char *script = xr_run_plot_latency(&f->report, f->timeline, 900);

    assert_has(script, "set xlabel 'time until the reply'");
    assert_has(script, "set ylabel '% of requests'");
    assert_has(script, "\n20.5 30\n21.5 60\n22.5 10\nEND\n");
    assert_has(script, "title 'half within 2.8 ms, 99 % within 7.97 ms'");
}

/* A run that never got to its samples has no picture of them. */
static void test_nothing(Fixture *f, gconstpointer data)
{
    g_ptr_array_set_size(f->result->obs->series, 0);
    g_assert_null(xr_run_plot_sum(&f->report, f->timeline, 900));
    g_assert_null(xr_run_plot_vbds(&f->report, f->timeline, 900));
    g_autofree char *events = xr_run_plot_events(&f->report, f->timeline, 900);
    assert_has(events, "'domU created'");
}

/* --- gnuplot --- */

static gboolean has_gnuplot(void)
{
    g_autofree char *program = g_find_program_in_path("gnuplot");

    if (program == NULL)
        g_test_skip("no gnuplot here; on Debian: apt-get install gnuplot-nox");
    return program != NULL;
}

static char *drawn(char *script)
{
    g_autofree char *taken = script;
    g_autoptr(GError) error = NULL;
    g_autofree char *svg = xr_plot_run(taken, NULL, &error);
    char *picture;

    g_assert_no_error(error);
    picture = xr_plot_inline(svg, "a \"picture\" <of> it", 7);
    g_assert_nonnull(picture);
    g_assert_true(g_str_has_prefix(
        picture, "<svg role=\"img\" aria-label=\"a &quot;picture&quot; &lt;of&gt; it\""));
    g_assert_null(strstr(picture, "<title>"));
    g_assert_null(strstr(picture, "<script"));
    return picture;
}

static void test_drawn(Fixture *f, gconstpointer data)
{
    if (!has_gnuplot())
        return;
    g_autofree char *sum = drawn(xr_run_plot_sum(&f->report, f->timeline, XR_PICTURE_WIDE));
    g_autofree char *vbds = drawn(xr_run_plot_vbds(&f->report, f->timeline, XR_PICTURE_NARROW));
    g_autofree char *events = drawn(xr_run_plot_events(&f->report, f->timeline, XR_PICTURE_WIDE));
    g_autofree char *latency = drawn(xr_run_plot_latency(&f->report, f->timeline, XR_PICTURE_WIDE));
    assert_has(sum, ">sum of all VBDs<");
    assert_has(vbds, ">w01/vbd0<");
    assert_has(vbds, "data:image/png;base64,");
    assert_has(events, ">fault ordered<");
    assert_has(events, "'#p7Pt");
    g_assert_null(strstr(events, "gpPt"));
    g_assert_null(strstr(events, " id=\""));
    assert_has(latency, ">time until the reply<");
}

static void test_refused(void)
{
    g_autoptr(GError) error = NULL;

    if (!has_gnuplot())
        return;
    g_assert_null(xr_plot_run("set nonsense\n", NULL, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    assert_has(error->message, "gnuplot could not draw: ");
    assert_has(error->message, "nonsense");
}

/* One that does not even read its script. */
static void test_broken(Fixture *f, gconstpointer data)
{
    g_autofree char *path = g_strdup(g_getenv("PATH"));
    g_autofree char *program = g_build_filename(f->dir, "gnuplot", NULL);
    g_autofree char *script = g_strnfill(1 << 20, ' ');
    g_autoptr(GError) error = NULL;

    record_put(f->dir, "gnuplot", "#!/bin/sh\necho no fonts >&2; exit 1\n");
    g_assert_cmpint(g_chmod(program, 0700), ==, 0);
    g_setenv("PATH", f->dir, TRUE);
    g_assert_null(xr_plot_run(script, NULL, &error));
    g_setenv("PATH", path, TRUE);
    assert_has(error->message, "gnuplot could not draw: no fonts");
}

static void test_no_picture(void)
{
    g_assert_null(xr_plot_inline("", "label", 1));
    g_assert_null(xr_plot_inline("<svg width='1'>", "label", 1));
}

#define ADD(name, function) g_test_add("/plots/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    ADD("timeline", test_timeline);
    ADD("sum", test_sum);
    ADD("vbds", test_vbds);
    ADD("events", test_events);
    ADD("latency", test_latency);
    ADD("nothing", test_nothing);
    ADD("drawn", test_drawn);
    ADD("broken", test_broken);
    g_test_add_func("/plots/refused", test_refused);
    g_test_add_func("/plots/no-picture", test_no_picture);
    return g_test_run();
}

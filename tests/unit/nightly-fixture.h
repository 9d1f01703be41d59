/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nights of made-up runs, which take no time and enter the history, for the tests of run/nightly.h. */
#pragma once

#include "base/error.h"
#include "history-fixture.h"
#include "run/nightly.h"

/* What a run gives is told by the test; names of builds: */
#define PINNED "debian:bookworm"
#define OTHER  "file:/other"

typedef struct {
    XrNightRecord *record;
    XrNightReport *report;
    GPtrArray *unbuilt;
    XrNightEnd end;
    guint runs;             /* made so far */
    guint others;           /* … of builds other than the pinned one */
    guint stop_after;       /* a signal comes with that run; 0: none */
    double other;           /* figure of builds other than the pinned one, whose is 4e8 */
    double all;             /* factor of all figures; 0: 1 */
    double other_wait;      /* host_wait of builds other than the pinned one */
    const char *verdict;    /* of builds other than the pinned one; NULL: pass */
    guint fails;            /* … but of so many of their runs, the first, fail */
    gboolean blind;         /* … and they have no figures */
    const char *findings;   /* … of their records, as JSON objects */
    const char *incomplete; /* … and JSON strings: these runs are incomplete */
    guint heals_after;      /* from that run on they pass; 0: never */
    const char *broken;     /* build that cannot be had */
    const GArray *recorded; /* figures to draw from in place of all that; NULL */
    GRand *rand;
    GString *order, *notes, *seeds;
} Fixture;

/* That many seconds into the night. */
static inline char *time_in(const XrNightRecord *record, guint second)
{
    const gint64 time = record->started_us / G_USEC_PER_SEC + second;
    g_autoptr(GDateTime) then = g_date_time_new_from_unix_utc(time);

    return g_date_time_format_iso8601(then);
}

/* A figure of 4e8 that varies by a percent, of that run in the row. */
static inline double varied(double value, guint run)
{
    static const double waves[] = {0, 0.6, -0.3, 0.3, -0.6, 1, -1, 0.4, 0.1, -0.2, 0.7, -0.7};

    return value * (1 + waves[run % G_N_ELEMENTS(waves)] / 100);
}

static inline char *more_metrics(double wait, double boot_ns)
{
    return g_strdup_printf(",\"host_wait\":{\"value\":%g,\"unit\":\"ratio\",\"low\":0,\"high\":1,"
                           "\"samples\":[%g]},\"boot_time\":{\"value\":%.17g,\"unit\":\"ns\"}",
                           wait, wait, boot_ns);
}

static inline double figure_of(const Fixture *f, gboolean other)
{
    const double all = f->all > 0 ? f->all : 1;

    if (f->recorded == NULL)
        return varied((other ? f->other : 4e8) * all, f->runs);
    return g_array_index(f->recorded, double, g_rand_int_range(f->rand, 0, (gint)f->recorded->len));
}

static inline XrRunFigure *fake_run(const XrPlan *plan, const char *dir, gpointer user_data,
                                    GError **error)
{
    Fixture *f = user_data;
    const gboolean other = !g_str_equal(plan->hypervisor.build, PINNED);
    const gboolean well =
        !other || f->verdict == NULL || (f->heals_after > 0 && f->runs >= f->heals_after);
    const gboolean fails = !well && f->others < f->fails;
    const gboolean hit = ++f->runs == f->stop_after;
    const double all = f->all > 0 ? f->all : 1;
    g_autofree char *host = xr_history_this_host();
    g_autofree char *id =
        g_strdup_printf("%s-%s-%04u", f->record->id + 9, plan->plan.name, f->runs);
    g_autofree char *started = time_in(f->record, f->runs);
    g_autofree char *more =
        more_metrics(other ? f->other_wait : 0.05, varied(9e9, f->runs + 5) / all);
    const Made made = {.id = id,
                       .started = started,
                       .plan = plan->plan.name,
                       .build = plan->hypervisor.build,
                       .build_id = plan->hypervisor.build,
                       .verdict = hit     ? "error"
                                  : well  ? "pass"
                                  : fails ? "fail"
                                          : f->verdict,
                       .reason = hit    ? "interrupted"
                                 : well ? NULL
                                        : "w01 <panicked>",
                       .host = host,
                       .command = "nightly",
                       .more = more,
                       .findings = well ? NULL : f->findings,
                       .incomplete = well ? NULL : f->incomplete,
                       .value = figure_of(f, other)};
    XrRunFigure *figure;

    write_record(dir, &made);
    f->others += other;
    g_assert_true(xr_history_enter(dir, NULL));
    g_string_append_printf(f->order, "%s", other ? "o" : "p");
    g_string_append_printf(f->seeds, "%u ", plan->workload.seed);
    figure = xr_run_figure_read(dir, plan->compare.metric, error);
    if (!well && f->blind)
        figure->value = NAN;
    return figure;
}

static inline gboolean fake_build(const char *name, gpointer user_data, GError **error)
{
    const Fixture *f = user_data;

    if (g_strcmp0(name, f->broken) != 0)
        return TRUE;
    g_set_error_literal(error, XR_ERROR, XR_ERROR_BUILD, "mm.c:7: error: no such thing");
    return FALSE;
}

static inline gboolean fake_stopped(gpointer user_data)
{
    const Fixture *f = user_data;

    return f->stop_after > 0 && f->runs >= f->stop_after;
}

static inline void fake_note(const char *text, gpointer user_data)
{
    g_string_append_printf(((Fixture *)user_data)->notes, "%s\n", text);
}

static const XrNightFuncs night_funcs = {
    .build = fake_build, .compare = {.run = fake_run, .stopped = fake_stopped, .note = fake_note}};

/* text: of the night's file, below [nightly]. */
static inline void begin_night(Fixture *f, const char *text)
{
    g_autofree char *path = g_build_filename(state, "made.night", NULL);
    g_autofree char *whole = g_strconcat("[nightly]\n", text, NULL);
    g_autoptr(GError) error = NULL;
    XrNight *night;
    GPtrArray *plans;

    g_assert_true(g_file_set_contents(path, whole, -1, NULL));
    night = xr_night_load(path, NULL, &error);
    g_assert_no_error(error);
    plans = xr_night_plans(night, NULL, &error);
    g_assert_no_error(error);
    f->record = xr_night_record_new(NULL, night, plans, 42, NULL, &error);
    g_assert_no_error(error);
    f->order = g_string_new(NULL);
    f->notes = g_string_new(NULL);
    f->seeds = g_string_new(NULL);
    f->other = f->other > 0 ? f->other : 4e8;
}

static inline void go_on(Fixture *f)
{
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&f->unbuilt, g_ptr_array_unref);
    g_clear_pointer(&f->report, xr_night_report_free);
    xr_night_go_on(f->record, &night_funcs, f, &f->unbuilt, &f->end, &error);
    g_assert_no_error(error);
    f->report = xr_night_report(f->record, f->unbuilt, f->end);
}

static inline void end_night(Fixture *f)
{
    g_clear_pointer(&f->report, xr_night_report_free);
    g_clear_pointer(&f->unbuilt, g_ptr_array_unref);
    xr_night_record_free(f->record);
    g_string_free(f->order, TRUE);
    g_string_free(f->notes, TRUE);
    g_string_free(f->seeds, TRUE);
}

/* Runs of nights before, of the plan and that build, with that figure; wait: their host_wait. */
static inline void add_past(const char *build, guint first, guint count, double value, double wait)
{
    g_autofree char *host = xr_history_this_host();

    for (guint i = first; i < first + count; i++) {
        g_autofree char *id = g_strdup_printf("past-%s-%03u", build + strlen(build) - 5, i);
        g_autofree char *started = g_strdup_printf("2026-11-%02uT%02u:00:00Z", 1 + i / 20, i % 20);
        g_autofree char *more = more_metrics(wait, varied(9e9, i));
        const Made made = {.id = id,
                           .started = started,
                           .build = build,
                           .build_id = build,
                           .host = host,
                           .more = more,
                           .value = varied(value, i)};

        enter(&made);
    }
}

static inline const XrNightCell *cell_of(const Fixture *f, guint index)
{
    return f->report->cells->pdata[index];
}

static inline const XrNightMetric *metric_of(const Fixture *f, guint cell, const char *name)
{
    const XrNightCell *found = cell_of(f, cell);

    for (guint i = 0; i < found->metrics->len; i++) {
        const XrNightMetric *metric = found->metrics->pdata[i];

        if (g_str_equal(metric->metric, name))
            return metric;
    }
    g_error("no metric %s", name);
    return NULL;
}

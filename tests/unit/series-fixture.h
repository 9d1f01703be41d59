/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small series over made-up runs, for the tests of run/series.h and tell/series.h. */
#pragma once

#include "judge/judge.h"
#include "record-fixture.h"
#include "run/series.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* Runs that end at once, in the main loop: what each gives is told by the test. */
typedef struct {
    XrPlan *plan;
    XrSeriesShape *shape;
    XrSeriesRecord *record;
    guint runs, at_once, most_at_once;
    guint stop_after; /* a signal comes with that run; 0: none */
    const char
        *broken;     /* builds with "bad" in their names end with this verdict; NULL: they do not */
    gboolean silent; /* … and leave none */
    const char
        *incomplete; /* … and JSON strings: those runs are incomplete, and have some figures */
    GString *order, *notes;
} Fixture;

typedef struct {
    Fixture *f;
    gpointer lane;
} Ended;

/* By the law of a build with much contention, or with little; seeds and lengths move it a little. */
static inline double made_figure(const XrSeriesTask *task, guint seed, guint length)
{
    const double n = task->vcpus, sigma = strstr(task->curve->build, "single") != NULL ? 0.4 : 0.05;
    const double law = 1.5 * n / (1 + sigma * (n - 1) + 0.002 * n * (n - 1));
    const double free = law * (1 + 0.003 * seed - 0.01 * length);

    return task->held ? MIN(free, 3.6) : free;
}

static inline void write_run(const Fixture *f, const XrSeriesTask *task, const char *verdict)
{
    g_autofree char *path = g_build_filename(task->dir, "verdict.json", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    const gboolean early = f->incomplete != NULL && !g_str_equal(verdict, "pass");
    const gboolean good = g_str_equal(verdict, "pass") || early;

    g_string_append_printf(text,
                           "{\"run\":\"r\",\"verdict\":\"%s\",\"reason\":\"it was so\",\"builds\":"
                           "[{\"name\":\"%s\",\"id\":\"id of %s\"}],\"metrics\":{\"boot_time\":{}",
                           verdict, task->curve->build, task->curve->build);
    for (guint length = 0; good && length < (task->held ? 1 : 2); length++) {
        g_string_append_printf(text,
                               ",\"tick_throughput.slice%u\":{\"unit\":\"B/tick\",\"samples\":[",
                               length == 0 ? 51u : 101u);
        for (guint seed = 0; seed < 3; seed++)
            g_string_append_printf(text, "%s%.6f", seed > 0 ? "," : "",
                                   made_figure(task, seed, length));
        g_string_append(text, "]}");
    }
    g_string_append(text, "}");
    if (early)
        g_string_append_printf(text, ",\"complete\":false,\"incomplete\":[%s]", f->incomplete);
    g_string_append(text, "}");
    g_assert_true(g_file_set_contents(path, text->str, -1, NULL));
}

static inline gboolean end_run(gpointer data)
{
    g_autofree Ended *ended = data;

    ended->f->at_once--;
    xr_series_ended(ended->lane, 0);
    return G_SOURCE_REMOVE;
}

static inline gboolean start(const XrSeriesTask *task, gpointer lane, gpointer user_data,
                             GError **error)
{
    Fixture *f = user_data;
    const gboolean bad = f->broken != NULL && strstr(task->curve->build, "bad") != NULL;
    Ended *ended = g_new(Ended, 1);

    *ended = (Ended){f, lane};
    f->runs++;
    f->at_once++;
    f->most_at_once = MAX(f->most_at_once, f->at_once);
    g_string_append_printf(f->order, "%s%u%s ", task->curve->label, task->vcpus,
                           task->held ? "h" : "");
    if (!bad || !f->silent)
        write_run(f, task, bad ? f->broken : "pass");
    g_idle_add(end_run, ended);
    return TRUE;
}

static inline void end_all(gpointer user_data)
{
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

static const XrSeriesFuncs funcs = {start, end_all, stopped, note};

static inline JsonObject *made_builds(const XrSeriesShape *shape)
{
    JsonObject *builds = json_object_new();

    for (guint c = 0; c < shape->curves->len; c++) {
        const XrSeriesCurve *curve = shape->curves->pdata[c];
        g_autofree char *id = g_strdup_printf("id of %s", curve->build);

        json_object_set_string_member(builds, curve->build, id);
    }
    return builds;
}

/* Plan bof with these overrides. */
static inline void begin(Fixture *f, const char *const *overrides)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *shown = NULL;
    const char *key;

    f->plan = xr_plan_load("bof", overrides, &error);
    g_assert_no_error(error);
    f->shape = xr_series_shape(f->plan, &key, &error);
    g_assert_no_error(error);
    shown = xr_plan_show(f->plan, FALSE);
    g_autoptr(JsonObject) builds = made_builds(f->shape);
    f->record = xr_series_record_new(NULL, "bof", shown, builds, NULL, &error);
    g_assert_no_error(error);
    f->order = g_string_new(NULL);
    f->notes = g_string_new(NULL);
}

/* The error's message, or NULL. Free with g_free. */
static inline char *go_on(Fixture *f)
{
    g_autoptr(GError) error = NULL;

    g_string_truncate(f->order, 0);
    f->runs = 0;
    if (xr_series_go_on(f->record, f->plan, f->shape, &funcs, f, &error)) {
        g_assert_no_error(error);
        return NULL;
    }
    return g_strdup(error->message);
}

static inline void end(Fixture *f)
{
    xr_plan_free(f->plan);
    xr_series_shape_free(f->shape);
    xr_series_record_free(f->record);
    g_string_free(f->order, TRUE);
    g_string_free(f->notes, TRUE);
}

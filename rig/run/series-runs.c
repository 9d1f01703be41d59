/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a series' runs, each a process of its own, and the record that they go to. */
#include "run/series.h"

#include "base/error.h"
#include "build/build.h"
#include "build/kernel-name.h"
#include "run/pool.h"
#include <stdio.h>

typedef struct {
    const XrPlan *plan;
    const XrSeriesOptions *options;
    char *plan_path; /* of the record's plan */
    XrPool *pool;
} Series;

/* --- runs --- */

static gboolean start(const XrSeriesTask *task, gpointer lane, gpointer user_data, GError **error)
{
    const Series *series = user_data;
    g_auto(GStrv) sets = xr_series_overrides(series->plan, task->curve, task->vcpus, task->held);
    const XrPoolRun run = {.plan = series->plan_path,
                           .sets = (const char *const *)sets,
                           .dir = task->dir,
                           .snapshots = task->snapshots};

    return xr_pool_start(series->pool, &run, xr_series_ended, lane, error);
}

static void end(gpointer user_data)
{
    xr_pool_end(((Series *)user_data)->pool);
}

static gboolean stopped(gpointer user_data)
{
    return xr_pool_stopped(((Series *)user_data)->pool);
}

static void note(const char *text, gpointer user_data)
{
    if (!((Series *)user_data)->options->quiet)
        fprintf(stderr, "%s\n", text);
}

/* --- builds --- */

/* Before the first run: a build that cannot be made is told at once. Name to id; NULL with an error. */
static JsonObject *prepare_builds(Series *series, const XrSeriesShape *shape, GError **error)
{
    g_autoptr(JsonObject) ids = json_object_new();

    for (guint i = 0; i < shape->curves->len; i++) {
        const XrSeriesCurve *curve = shape->curves->pdata[i];
        const XrPlan *plan = series->plan;
        g_autofree char *name =
            xr_kernel_words_add(curve->build, plan->dom0.kernel, plan->guests.kernel);
        g_autoptr(XrBuild) build = xr_build_prepare(name, note, series, NULL, error);

        if (build == NULL) {
            g_prefix_error(error, "%s: ", curve->build);
            return NULL;
        }
        json_object_set_string_member(ids, curve->build, build->id);
    }
    return g_steal_pointer(&ids);
}

/* --- the record --- */

/* The newest one of this plan and these builds that lacks points and that nobody is at; NULL: none. */
static XrSeriesRecord *find_unfinished(const XrSeriesShape *shape, const char *plan_text,
                                       JsonObject *builds)
{
    g_auto(GStrv) paths = xr_series_record_list();

    for (gsize i = 0; paths[i] != NULL; i++) {
        g_autoptr(XrSeriesRecord) record =
            xr_series_record_is(paths[i]) ? xr_series_record_open(paths[i], NULL) : NULL;

        if (record != NULL && xr_series_record_fits(record, plan_text, builds) &&
            xr_series_missing(record, shape) > 0 && xr_series_record_lock(record, NULL))
            return g_steal_pointer(&record);
    }
    return NULL;
}

/* The one that the user has named, if it is one. */
static XrSeriesRecord *open_named(const char *dir, const char *plan_text, JsonObject *builds,
                                  GError **error)
{
    g_autoptr(XrSeriesRecord) record = xr_series_record_open(dir, error);

    if (record == NULL || !xr_series_record_lock(record, error))
        return NULL;
    if (xr_series_record_fits(record, plan_text, builds))
        return g_steal_pointer(&record);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s: that series was begun with another plan, or its builds have changed since; "
                "give a new folder by --record, or `xenrig judge` it",
                dir);
    return NULL;
}

static XrSeriesRecord *have_record(const Series *series, const XrSeriesShape *shape,
                                   JsonObject *builds, GError **error)
{
    const char *dir = series->options->record_dir;
    g_autofree char *text = xr_plan_show(series->plan, FALSE);
    XrSeriesRecord *record = NULL;

    if (dir != NULL && xr_series_record_is(dir))
        return open_named(dir, text, builds, error);
    if (dir == NULL)
        record = find_unfinished(shape, text, builds);
    if (record != NULL)
        return record;
    return xr_series_record_new(dir, series->plan->plan.name, text, builds, series->options->argv,
                                error);
}

static void tell_begin(Series *series, const XrSeriesRecord *record, const XrSeriesShape *shape)
{
    const guint all = shape->curves->len * shape->vcpus->len * (shape->held ? 2 : 1);
    const guint there = all - xr_series_missing(record, shape);
    g_autofree char *text = g_strdup_printf("%s: %u points, %u of them there; record: %s",
                                            series->plan->plan.name, all, there, record->dir);

    note(text, series);
}

static gboolean run_all(Series *series, XrSeriesRecord *record, const XrSeriesShape *shape,
                        GError **error)
{
    static const XrSeriesFuncs funcs = {start, end, stopped, note};
    const XrSeriesOptions *options = series->options;
    g_autofree char *folder = g_build_filename(record->dir, XR_SERIES_SNAPSHOTS, NULL);
    g_autoptr(XrPool) pool = xr_pool_new(options->connect_uri, options->qemu, folder, error);

    series->pool = pool;
    return pool != NULL && xr_series_go_on(record, series->plan, shape, &funcs, series, error);
}

XrSeriesRecord *xr_series_run(const XrPlan *plan, const XrSeriesOptions *options, GError **error)
{
    Series series = {.plan = plan, .options = options};
    const char *key;
    g_autoptr(XrSeriesShape) shape = xr_series_shape(plan, &key, error);
    g_autoptr(JsonObject) builds = shape != NULL ? prepare_builds(&series, shape, error) : NULL;
    XrSeriesRecord *record = builds != NULL ? have_record(&series, shape, builds, error) : NULL;

    if (record == NULL)
        return NULL;
    series.plan_path = g_build_filename(record->dir, "plan", NULL);
    tell_begin(&series, record, shape);
    run_all(&series, record, shape, error);
    g_free(series.plan_path);
    return record;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a series' runs, each a process of its own, and the record that they go to. */
#include "run/series.h"

#include "base/error.h"
#include "build/build.h"
#include <gio/gio.h>
#include <glib-unix.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#define SELF "/proc/self/exe"

typedef struct {
    const XrPlan *plan;
    const XrSeriesOptions *options;
    char *plan_path;      /* of the record's plan */
    GPtrArray *processes; /* GSubprocess under way */
    gboolean stopped;
} Series;

/* --- processes --- */

/* A terminal's signals are for the rig, which hands them on; and where it is killed, so are they. */
static void on_fork(gpointer data)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static char **words_of(const Series *series, const XrSeriesTask *task)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    g_auto(GStrv) sets = xr_series_overrides(series->plan, task->curve, task->vcpus, task->held);

    g_strv_builder_add_many(words, SELF, "run", series->plan_path, "--quiet", "--json", "--record",
                            task->dir, "--snapshots", task->snapshots, NULL);
    if (series->options->connect_uri != NULL)
        g_strv_builder_add_many(words, "--connect", series->options->connect_uri, NULL);
    if (series->options->qemu != NULL)
        g_strv_builder_add_many(words, "--qemu", series->options->qemu, NULL);
    for (gsize i = 0; sets[i] != NULL; i++)
        g_strv_builder_add_many(words, "--set", sets[i], NULL);
    return g_strv_builder_end(words);
}

typedef struct {
    Series *series;
    gpointer lane;
} Watch;

static void run_ended(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Watch *watch = user_data;
    g_autoptr(GSubprocess) process = G_SUBPROCESS(g_object_ref(source));

    g_subprocess_wait_finish(process, result, NULL);
    g_ptr_array_remove(watch->series->processes, process);
    xr_series_ended(watch->lane, g_subprocess_get_if_exited(process)
                                     ? g_subprocess_get_exit_status(process)
                                     : -1);
}

static gboolean start(const XrSeriesTask *task, gpointer lane, gpointer user_data, GError **error)
{
    Series *series = user_data;
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
    g_auto(GStrv) words = words_of(series, task);
    Watch *watch;
    GSubprocess *process;

    g_subprocess_launcher_set_child_setup(launcher, on_fork, NULL, NULL);
    process = g_subprocess_launcher_spawnv(launcher, (const char *const *)words, error);
    if (process == NULL)
        return FALSE;
    g_ptr_array_add(series->processes, process);
    watch = g_new(Watch, 1);
    *watch = (Watch){series, lane};
    g_subprocess_wait_async(process, NULL, run_ended, watch);
    return TRUE;
}

static void end(gpointer user_data)
{
    const Series *series = user_data;

    for (guint i = 0; i < series->processes->len; i++)
        g_subprocess_send_signal(series->processes->pdata[i], SIGINT);
}

static gboolean stopped(gpointer user_data)
{
    return ((Series *)user_data)->stopped;
}

static gboolean on_signal(gpointer user_data)
{
    ((Series *)user_data)->stopped = TRUE;
    end(user_data);
    return G_SOURCE_CONTINUE;
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
        g_autoptr(XrBuild) build = xr_build_prepare(curve->build, note, series, NULL, error);

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
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    static const XrSeriesFuncs funcs = {start, end, stopped, note};
    guint sources[G_N_ELEMENTS(signals)];
    gboolean done;

    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        sources[i] = g_unix_signal_add(signals[i], on_signal, series);
    done = xr_series_go_on(record, series->plan, shape, &funcs, series, error);
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(sources[i]);
    return done;
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
    series.processes = g_ptr_array_new_with_free_func(g_object_unref);
    series.plan_path = g_build_filename(record->dir, "plan", NULL);
    tell_begin(&series, record, shape);
    run_all(&series, record, shape, error);
    g_ptr_array_unref(series.processes);
    g_free(series.plan_path);
    return record;
}

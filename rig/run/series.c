/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a series: its points in order, on lanes side by side. */
#include "run/series.h"

#include "base/error.h"
#include "boot/leftovers.h"
#include "judge/series.h"
#include "run/pool.h"
#include <glib/gstdio.h>
#include <math.h>

/* Instructions that stand for what a machine costs before its first window, for each pCPU. */
#define BOOT_WORK 1e8

typedef struct {
    const XrSeriesCurve *curve;
    guint vcpus;
} Machine;

typedef struct {
    XrSeriesRecord *record;
    const XrPlan *plan;
    const XrSeriesShape *shape;
    const XrSeriesFuncs *funcs;
    gpointer user_data;
    GMainLoop *loop;
    GPtrArray *lanes;
    guint next; /* machine */
    GError *error;
    double work_done, seconds_done;
} Runs;

typedef struct {
    Runs *runs;
    Machine machine; /* curve NULL: none */
    gboolean booted; /* its snapshot is there */
    char *snapshots;
    /* The run under way, if any: */
    gboolean busy, held;
    char *name; /* of its record, below the series' */
    gint64 began_us;
} Lane;

static const XrSeriesPoint *find(const Runs *runs, const Machine *machine, gboolean held)
{
    return xr_series_record_find(runs->record, machine->curve->build,
                                 xr_plan_binding_name(machine->curve->binding), machine->vcpus,
                                 held);
}

/* Measured, or known to fail. */
static gboolean is_there(const XrSeriesPoint *point)
{
    return point != NULL && (point->slices->len > 0 || xr_series_point_failed(point));
}

static guint machine_count(const XrSeriesShape *shape)
{
    return shape->curves->len * shape->vcpus->len;
}

/* The largest first; at one number of vCPUs the curves in their order. */
static Machine machine_at(const XrSeriesShape *shape, guint index)
{
    const guint size = shape->vcpus->len - 1 - index / shape->curves->len;

    return (Machine){shape->curves->pdata[index % shape->curves->len],
                     g_array_index(shape->vcpus, guint, size)};
}

guint xr_series_missing(const XrSeriesRecord *record, const XrSeriesShape *shape)
{
    const Runs runs = {.record = (XrSeriesRecord *)record, .shape = shape};
    guint missing = 0;

    for (guint i = 0; i < machine_count(shape); i++) {
        const Machine machine = machine_at(shape, i);

        missing += !is_there(find(&runs, &machine, FALSE));
        missing += shape->held && !is_there(find(&runs, &machine, TRUE));
    }
    return missing;
}

/* --- how long it will take --- */

static double work_of(const Runs *runs, guint vcpus, gboolean held, gboolean boots)
{
    return xr_series_work(runs->plan, vcpus, held) + (boots ? BOOT_WORK * (vcpus + 2) : 0);
}

static double work_left(const Runs *runs)
{
    double work = 0;

    for (guint i = 0; i < machine_count(runs->shape); i++) {
        const Machine machine = machine_at(runs->shape, i);
        const gboolean plain = !is_there(find(runs, &machine, FALSE));
        const gboolean held = runs->shape->held && !is_there(find(runs, &machine, TRUE));

        work += plain ? work_of(runs, machine.vcpus, FALSE, TRUE) : 0;
        work += held ? work_of(runs, machine.vcpus, TRUE, !plain) : 0;
    }
    return work;
}

/* " about 12 min left", or nothing before anything was measured. Free with g_free. */
static char *time_left(const Runs *runs)
{
    const guint lanes = MIN(runs->plan->series.machines, machine_count(runs->shape));
    double seconds;

    if (runs->work_done <= 0)
        return g_strdup("");
    seconds = work_left(runs) * runs->seconds_done / runs->work_done / lanes;
    if (seconds < 90)
        return g_strdup_printf("; about %.0f s left", seconds);
    return g_strdup_printf("; about %.0f min left", seconds / 60);
}

static void say(const Runs *runs, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void say(const Runs *runs, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    runs->funcs->note(text, runs->user_data);
}

/* Its figure, or its verdict where it has none or failed. Free with g_free. */
static char *outcome_of(const XrSeriesPoint *point)
{
    const gboolean failed = xr_series_point_failed(point);
    g_autofree char *figure = NULL;
    g_autofree char *verdict = g_strdup_printf("%s: %s%s%s%s", point->verdict, point->reason,
                                               failed && !point->complete ? " (incomplete: " : "",
                                               failed && !point->complete ? point->incomplete : "",
                                               failed && !point->complete ? ")" : "");

    if (point->slices->len == 0)
        return g_steal_pointer(&verdict);
    const XrSeriesSlice *slice = point->slices->pdata[0];
    const XrSeriesFigure value = xr_series_figure(slice->samples, NULL);

    figure = g_strdup_printf("%.3g B/tick at slices of %u", value.mean, slice->length);
    return failed ? g_strdup_printf("%s; %s", verdict, figure) : g_steal_pointer(&figure);
}

static void tell_point(const Runs *runs, const XrSeriesCurve *curve, const XrSeriesPoint *point)
{
    const guint all = machine_count(runs->shape) * (runs->shape->held ? 2 : 1);
    g_autofree char *left = time_left(runs);
    g_autofree char *figure = outcome_of(point);

    say(runs, "%u of %u points: %s, %u vCPU%s%s: %s, %.0f s%s",
        all - xr_series_missing(runs->record, runs->shape), all, curve->label, point->vcpus,
        point->vcpus == 1 ? "" : "s", point->held ? ", disks held" : "", figure, point->seconds,
        left);
}

/* --- lanes --- */

static gboolean is_stopped(const Runs *runs)
{
    return runs->error != NULL || runs->funcs->stopped(runs->user_data);
}

/* Takes the error; the first one counts. */
static void fail(Runs *runs, GError *error)
{
    if (runs->error != NULL) {
        g_error_free(error);
        return;
    }
    runs->error = error;
    runs->funcs->end(runs->user_data);
}

static gboolean any_busy(const Runs *runs)
{
    for (guint i = 0; i < runs->lanes->len; i++)
        if (((Lane *)runs->lanes->pdata[i])->busy)
            return TRUE;
    return FALSE;
}

/* FALSE where start did not. */
static gboolean begin(Lane *lane, gboolean held)
{
    Runs *runs = lane->runs;
    GError *error = NULL;

    lane->held = held;
    lane->name = xr_series_record_next(runs->record);
    lane->began_us = g_get_monotonic_time();
    g_autofree char *dir = g_build_filename(runs->record->dir, lane->name, NULL);
    const XrSeriesTask task = {.curve = lane->machine.curve,
                               .vcpus = lane->machine.vcpus,
                               .held = held,
                               .dir = dir,
                               .snapshots = lane->snapshots};

    lane->busy = runs->funcs->start(&task, lane, runs->user_data, &error);
    if (lane->busy)
        return TRUE;
    g_clear_pointer(&lane->name, g_free);
    fail(runs, error);
    return FALSE;
}

/* The next point of the lane's machine that is missing; each is tried once. */
static gboolean go_on_with_machine(Lane *lane, gboolean plain, gboolean held)
{
    Runs *runs = lane->runs;

    if (lane->machine.curve == NULL || is_stopped(runs))
        return FALSE;
    if (plain && !is_there(find(runs, &lane->machine, FALSE)))
        return begin(lane, FALSE);
    return held && runs->shape->held && !is_there(find(runs, &lane->machine, TRUE)) &&
           begin(lane, TRUE);
}

static void leave_machine(Lane *lane)
{
    xr_leftovers_remove_tree(lane->snapshots);
    lane->booted = FALSE;
    lane->machine.curve = NULL;
}

static void take_machine(Lane *lane)
{
    Runs *runs = lane->runs;

    while (!is_stopped(runs) && runs->next < machine_count(runs->shape)) {
        lane->machine = machine_at(runs->shape, runs->next++);
        if (go_on_with_machine(lane, TRUE, TRUE))
            return;
        leave_machine(lane);
    }
    if (!any_busy(runs))
        g_main_loop_quit(runs->loop);
}

static XrSeriesPoint *read_point(const Lane *lane, int exit_code)
{
    XrSeriesPoint *point = xr_series_point_new(lane->machine.curve->build,
                                               xr_plan_binding_name(lane->machine.curve->binding),
                                               lane->machine.vcpus, lane->held);
    g_autofree char *dir = g_build_filename(lane->runs->record->dir, lane->name, NULL);
    g_autoptr(GError) error = NULL;

    g_free(point->record);
    point->record = g_strdup(lane->name);
    point->seconds = (double)(g_get_monotonic_time() - lane->began_us) / G_USEC_PER_SEC;
    if (xr_series_point_read(point, dir, &error))
        return point;
    g_free(point->reason);
    point->reason = xr_pool_no_verdict(exit_code);
    return point;
}

static void take_point(Lane *lane, XrSeriesPoint *point)
{
    Runs *runs = lane->runs;
    GError *error = NULL;

    if (point->slices->len > 0) {
        runs->work_done += work_of(runs, point->vcpus, point->held, !lane->booted);
        runs->seconds_done += point->seconds;
        lane->booted = TRUE;
    }
    if (!xr_series_record_add(runs->record, point, &error))
        fail(runs, error);
    else
        tell_point(runs, lane->machine.curve, point);
}

void xr_series_ended(gpointer data, int exit_code)
{
    Lane *lane = data;
    const Runs *runs = lane->runs;
    const gboolean was_held = lane->held;
    g_autoptr(XrSeriesPoint) point = read_point(lane, exit_code);

    lane->busy = FALSE;
    /* What a signal ended is none, but for a failure that was seen before. */
    if (!is_stopped(runs) || xr_series_point_failed(point))
        take_point(lane, g_steal_pointer(&point));
    g_clear_pointer(&lane->name, g_free);
    if (go_on_with_machine(lane, FALSE, !was_held))
        return;
    leave_machine(lane);
    take_machine(lane);
}

static void lane_free(gpointer data)
{
    Lane *lane = data;

    g_free(lane->snapshots);
    g_free(lane->name);
    g_free(lane);
}

static void add_lanes(Runs *runs)
{
    for (guint i = 0; i < MIN(runs->plan->series.machines, machine_count(runs->shape)); i++) {
        Lane *lane = g_new0(Lane, 1);
        g_autofree char *name = g_strdup_printf("%u", i);

        lane->runs = runs;
        lane->snapshots = g_build_filename(runs->record->dir, XR_SERIES_SNAPSHOTS, name, NULL);
        g_ptr_array_add(runs->lanes, lane);
    }
}

static gboolean begin_lanes(gpointer data)
{
    Runs *runs = data;

    for (guint i = 0; i < runs->lanes->len; i++)
        take_machine(runs->lanes->pdata[i]);
    return G_SOURCE_REMOVE;
}

gboolean xr_series_go_on(XrSeriesRecord *record, const XrPlan *plan, const XrSeriesShape *shape,
                         const XrSeriesFuncs *funcs, gpointer user_data, GError **error)
{
    Runs runs = {.record = record,
                 .plan = plan,
                 .shape = shape,
                 .funcs = funcs,
                 .user_data = user_data,
                 .loop = g_main_loop_new(NULL, FALSE),
                 .lanes = g_ptr_array_new_with_free_func(lane_free)};

    add_lanes(&runs);
    g_idle_add(begin_lanes, &runs);
    g_main_loop_run(runs.loop);
    g_main_loop_unref(runs.loop);
    g_ptr_array_unref(runs.lanes);
    if (!is_stopped(&runs))
        return TRUE;
    if (runs.error == NULL)
        runs.error = g_error_new(XR_ERROR, XR_ERROR_STOPPED,
                                 "ended by a signal; the same command goes on with it");
    g_propagate_error(error, runs.error);
    return FALSE;
}

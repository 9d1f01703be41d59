/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a night's builds and runs, on the real thing. */
#include "run/nightly.h"

#include "base/error.h"
#include "boot/snapshots.h"
#include "keep/files.h"
#include "plan/series.h"
#include "run/make.h"
#include "run/real.h"

typedef struct {
    XrReal base;
    XrSnapshots *snapshots; /* of machines in lockstep; NULL where no plan has them */
} Real;

static gboolean build(const char *name, gpointer user_data, GError **error)
{
    XrReal *base = user_data;
    g_autoptr(XrBuild) built = xr_make_build(name, xr_real_note, base, base->cancellable, error);

    return built != NULL;
}

static XrRunFigure *run(const XrPlan *plan, const char *dir, gpointer user_data, GError **error)
{
    const Real *real = user_data;
    const gboolean lockstep = plan->machine.time == XR_TIME_LOCKSTEP;
    const char *snapshots = lockstep ? xr_snapshots_dir(real->snapshots) : NULL;

    return xr_real_run(real->base.options, plan, dir, snapshots, error);
}

static XrPlan *load_plan(const char *name, const char *baseline, const char *const *overrides,
                         GError **error)
{
    g_auto(GStrv) sets = xr_plan_overrides(overrides, "hypervisor.build", baseline);
    g_autoptr(XrPlan) plan = xr_plan_load(name, (const char *const *)sets, error);

    if (plan == NULL || !xr_plan_is_series(plan))
        return g_steal_pointer(&plan);
    g_set_error(
        error, XR_ERROR, XR_ERROR_INPUT,
        "plan %s is a series, which spans builds of its own; a night takes plans of one run", name);
    return NULL;
}

/* Plans are told apart by their names, here and in the history. */
static gboolean check_name(const GPtrArray *plans, const XrPlan *plan, GError **error)
{
    for (guint i = 0; i < plans->len; i++) {
        const XrPlan *other = plans->pdata[i];

        if (!g_str_equal(other->plan.name, plan->plan.name))
            continue;
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "two plans of the night are called %s; give one of them another plan.name",
                    plan->plan.name);
        return FALSE;
    }
    return TRUE;
}

GPtrArray *xr_night_plans(const XrNight *night, const char *const *overrides, GError **error)
{
    g_autoptr(GPtrArray) plans = g_ptr_array_new_with_free_func((GDestroyNotify)xr_plan_free);

    for (gsize i = 0; night->plans[i] != NULL; i++) {
        g_autoptr(XrPlan) plan = load_plan(night->plans[i], night->baseline, overrides, error);

        if (plan == NULL || !check_name(plans, plan, error))
            return NULL;
        g_ptr_array_add(plans, g_steal_pointer(&plan));
    }
    return g_steal_pointer(&plans);
}

/* Of the night's machines in lockstep, where it has some. */
static gboolean open_snapshots(Real *real, const XrNightRecord *record, GError **error)
{
    g_autofree char *dir = g_build_filename(record->dir, "snapshots", NULL);
    gboolean lockstep = FALSE;

    for (guint i = 0; i < record->plans->len; i++)
        lockstep =
            lockstep || ((const XrPlan *)record->plans->pdata[i])->machine.time == XR_TIME_LOCKSTEP;
    real->snapshots = lockstep ? xr_snapshots_new(dir, error) : NULL;
    return !lockstep || real->snapshots != NULL;
}

XrNightReport *xr_night_really(XrNightRecord *record, const XrCompareOptions *options,
                               GError **error)
{
    static const XrNightFuncs funcs = {
        .build = build, .compare = {.run = run, .stopped = xr_real_stopped, .note = xr_real_note}};
    Real real = {.snapshots = NULL};
    g_autoptr(GPtrArray) unbuilt = NULL;
    g_autoptr(XrNightReport) report = NULL;
    g_autoptr(JsonObject) result = NULL;
    XrNightEnd end;
    gboolean done;

    if (!open_snapshots(&real, record, error))
        return NULL;
    xr_real_init(&real.base, options);
    done = xr_night_go_on(record, &funcs, &real, &unbuilt, &end, error);
    xr_real_clear(&real.base);
    xr_snapshots_free(real.snapshots);
    if (!done)
        return NULL;
    report = xr_night_report(record, unbuilt, end);
    result = xr_tell_night_json(report);
    if (!xr_files_put_json(record->dir, "result.json", result, error))
        return NULL;
    return g_steal_pointer(&report);
}

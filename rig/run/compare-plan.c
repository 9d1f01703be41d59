/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which runs a comparison makes, and in which order. */
#include "run/compare.h"

void xr_compare_order(guint32 seed, guint round, guint builds, guint *order)
{
    const guint32 seeds[] = {seed, round};
    g_autoptr(GRand) rand = g_rand_new_with_seed_array(seeds, G_N_ELEMENTS(seeds));

    for (guint i = 0; i < builds; i++)
        order[i] = i;
    for (guint i = builds; i > 1; i--) {
        const guint other = (guint)g_rand_int_range(rand, 0, (gint)i);
        const guint last = order[i - 1];

        order[i - 1] = order[other];
        order[other] = last;
    }
}

char **xr_compare_run_overrides(const XrPlan *plan, const char *build, guint32 number)
{
    g_autoptr(GStrvBuilder) sets = g_strv_builder_new();
    g_autofree char *name = g_strconcat("hypervisor.build=", build, NULL);
    g_autofree char *seed =
        g_strdup_printf("workload.seed=%u", (guint32)(plan->workload.seed + number));

    g_strv_builder_add_many(sets, name, seed, NULL);
    /* In lockstep a run is one window from the build's snapshot. */
    if (plan->machine.time == XR_TIME_LOCKSTEP)
        g_strv_builder_add_many(sets, "lockstep.seeds=1", "lockstep.lengths=1", "lockstep.check=no",
                                "lockstep.layers=no", NULL);
    return g_strv_builder_end(sets);
}

char *xr_compare_snapshot(const XrPlan *plan, const XrCompareTask *task)
{
    return g_strdup_printf("%u-%u", task->build, task->round % plan->compare.snapshots);
}

XrPlan *xr_compare_run_plan(const XrPlan *plan, const char *path, const char *build, guint32 number,
                            GError **error)
{
    g_auto(GStrv) sets = xr_compare_run_overrides(plan, build, number);

    return xr_plan_load(path, (const char *const *)sets, error);
}

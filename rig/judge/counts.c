/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the figures of a window in which instructions were counted.
 *
 * Method: each count over the MiB that all domUs moved meanwhile. There is one window and no chance in it: figures have
 * one sample, and another run of the same build, plan and QEMU gives the same, so that any difference is one of the code that was
 * run (run/count.h says why).
 * In lockstep it is a window like those that were timed, and what no domU is known by is the metronome: its instructions are
 * the window's ticks, and no part of the sum. dom0_busy is the share of its vCPUs' ticks that ran instructions, of Xen (as if all
 * were on dom0's vCPUs) or dom0. A vCPU that executes PAUSE gives the rest of its slice away: xen_wait is a slice for each PAUSE
 * in Xen over the same ticks, at most what dom0_busy leaves, since the slice in which a wait begins is not all of it.
 * Limits: instructions are no time. Where the code spins (PAUSE) or how it is interrupted depends on what it waits for. What
 * the rig itself does in dom0 (its agent waits, xenstored has nothing to do) is counted as dom0's programs'. */
#include "judge/judge-priv.h"

#include <math.h>

static const double MIB = 1024 * 1024;

/* xen/include/public/xen.h; others are told by their number. */
static const char *const call_names[XR_HYPERCALLS] = {[0] = "set_trap_table",
                                                      [1] = "mmu_update",
                                                      [2] = "set_gdt",
                                                      [3] = "stack_switch",
                                                      [5] = "fpu_taskswitch",
                                                      [6] = "sched_op_compat",
                                                      [7] = "platform_op",
                                                      [12] = "memory_op",
                                                      [13] = "multicall",
                                                      [14] = "update_va_mapping",
                                                      [15] = "set_timer_op",
                                                      [17] = "xen_version",
                                                      [18] = "console_io",
                                                      [20] = "grant_table_op",
                                                      [23] = "iret",
                                                      [24] = "vcpu_op",
                                                      [25] = "set_segment_base",
                                                      [26] = "mmuext_op",
                                                      [29] = "sched_op",
                                                      [32] = "event_channel_op",
                                                      [33] = "physdev_op",
                                                      [35] = "sysctl",
                                                      [36] = "domctl"};

static double per_mib(const XrCounted *counted, gint64 count)
{
    return (double)count * MIB / (double)counted->bytes;
}

static void add(XrCase *c, const char *name, gint64 count)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));
    const double value = per_mib(c->priv->counted, count);

    g_array_append_val(samples, value);
    xr_metric_take(c->verdict, name, XR_UNIT_PER_MIB, samples);
}

static gint64 sum_of(const GArray *counts)
{
    gint64 sum = 0;

    for (guint i = 0; i < counts->len; i++)
        sum += g_array_index(counts, gint64, i);
    return sum;
}

static gboolean is_lockstep(const XrCase *c)
{
    return c->plan->machine.time == XR_TIME_LOCKSTEP;
}

static void add_share(XrCase *c, const char *name, double share)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));

    g_array_append_val(samples, share);
    xr_metric_take(c->verdict, name, "ratio", samples);
}

/* What dom0's vCPUs did with the window's ticks. */
static void add_shares(XrCase *c)
{
    const XrCounted *counted = c->priv->counted;
    const double ticks = (double)counted->others * c->plan->dom0.vcpus;
    double busy, wait;

    if (!is_lockstep(c) || ticks <= 0)
        return;
    busy = (double)(counted->xen + counted->dom0_kernel + counted->dom0_user) / ticks;
    wait = (double)counted->pause_xen * c->priv->slice / ticks;
    add_share(c, "dom0_busy", busy);
    add_share(c, "xen_wait", MIN(wait, MAX(1 - busy, 0)));
}

static void add_instructions(XrCase *c)
{
    const XrCounted *counted = c->priv->counted;

    const gint64 others = is_lockstep(c) ? 0 : counted->others;

    add(c, "instructions",
        counted->xen + counted->dom0_kernel + counted->dom0_user + others +
            sum_of(counted->guests));
    add(c, "instructions.xen", counted->xen);
    add(c, "instructions.dom0_kernel", counted->dom0_kernel);
    add(c, "instructions.dom0_user", counted->dom0_user);
    for (guint i = 0; i < counted->guests->len; i++) {
        g_autofree char *domu = xr_plan_guest_name(i);
        g_autofree char *name = g_strconcat("instructions.", domu, NULL);

        add(c, name, g_array_index(counted->guests, gint64, i));
    }
    if (others > 0)
        add(c, "instructions.others", others);
    add(c, "pause.xen", counted->pause_xen);
}

static void add_calls(XrCase *c, const char *caller, const GArray *calls)
{
    g_autofree char *all = g_strconcat("hypercalls.", caller, NULL);

    add(c, all, sum_of(calls));
    for (guint i = 0; i < calls->len; i++) {
        const gint64 count = g_array_index(calls, gint64, i);
        g_autofree char *number = g_strdup_printf("%u", i);
        g_autofree char *name =
            g_strconcat(all, "/", call_names[i] != NULL ? call_names[i] : number, NULL);

        if (count > 0)
            add(c, name, count);
    }
}

/* It could be another figure than the next run's. */
static void judge_unsettled(XrCase *c)
{
    g_autofree char *meaning = NULL;

    if (c->priv->counted->unsettled == 0)
        return;
    meaning = g_strdup_printf(
        "%" G_GINT64_FORMAT " times QEMU's main thread did not come to rest within a second before "
        "a CPU halted, so the machine's clock may have been moved too far: another run may give "
        "other figures. Run again when the host is less busy.",
        c->priv->counted->unsettled);
    g_ptr_array_add(c->verdict->findings,
                    xr_finding_new("not-repeatable", XR_UNSURE, "rig", -1, NULL, meaning));
}

void xr_counts_add(XrCase *c)
{
    const XrCounted *counted = c->priv->counted;
    GArray *bytes;
    double moved;

    if (counted == NULL)
        return;
    bytes = g_array_new(FALSE, FALSE, sizeof(double));
    moved = (double)counted->bytes;
    g_array_append_val(bytes, moved);
    xr_metric_take(c->verdict, "counted_bytes", "B", bytes);
    add_instructions(c);
    add_calls(c, "dom0", counted->dom0_calls);
    add_calls(c, "domUs", counted->guest_calls);
    add(c, "grant_maps", counted->maps);
    add(c, "grant_unmaps", counted->unmaps);
    add(c, "grant_copies", counted->copies);
    add_shares(c);
    judge_unsettled(c);
}

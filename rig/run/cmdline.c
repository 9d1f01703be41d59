/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command lines a plan comes to. */
#include "run/cmdline.h"

static const guint64 MIB = 1024 * 1024;

static void append_extra(GString *words, const char *extra)
{
    if (extra != NULL && extra[0] != '\0')
        g_string_append_printf(words, " %s", extra);
}

/* guest_loglvl=all: what Xen has to say against a guest is what this rig wants to hear. noreboot: a
 * panicked Xen stays for its registers to be read. nmi=fatal: an NMI from outside gets a dump out of
 * a Xen that hears nothing else. The speculative-execution barriers guard against flaws that an
 * emulated CPU does not have, and under TCG each costs a helper call on every entry to Xen. */
char *xr_cmdline_xen(const XrPlan *plan, XrAccel accel)
{
    GString *words = g_string_new("com1=115200,8n1 console=com1 loglvl=all guest_loglvl=all"
                                  " conring_size=1M noreboot nmi=fatal");

    g_string_append_printf(words, " dom0_mem=%" G_GUINT64_FORMAT "M,max:%" G_GUINT64_FORMAT "M",
                           plan->dom0.memory / MIB, plan->dom0.memory / MIB);
    g_string_append_printf(words, " dom0_max_vcpus=%u", plan->dom0.vcpus);
    if (accel == XR_ACCEL_TCG)
        g_string_append(words, " spec-ctrl=no xpti=no");
    append_extra(words, plan->hypervisor.cmdline);
    return g_string_free(words, FALSE);
}

/* An emulated vCPU of a loaded host may not run for some seconds: Linux' 21 s say less than they do
 * on hardware. */
#define PATIENCE "rcupdate.rcu_cpu_stall_timeout=60"

/* panic=0: dom0 stays where it panicked and Xen reports the crash. */
char *xr_cmdline_dom0(const XrPlan *plan)
{
    GString *words = g_string_new("console=hvc0 panic=0 null_blk.nr_devices=0 " PATIENCE);

    g_string_append_printf(words, " xen_blkback.feature_persistent=%d",
                           plan->workload.persistent_grants ? 1 : 0);
    append_extra(words, plan->dom0.cmdline);
    return g_string_free(words, FALSE);
}

char *xr_cmdline_guest(const XrPlan *plan, guint i)
{
    g_autofree char *name = xr_plan_guest_name(i);
    gboolean persistent = plan->workload.persistent_grants;

    return g_strdup_printf(
        "xenrig.name=%s xenrig.vbds=%u xenrig.block=%" G_GUINT64_FORMAT
        " xenrig.in_flight=%u xenrig.fsync=%d xenrig.verify=%d xenrig.persistent=%d"
        " xenrig.segments=%u xen_blkfront.feature_persistent=%d"
        " xen_blkfront.max_indirect_segments=%u " PATIENCE,
        name, plan->guests.vbds, plan->workload.block_size, plan->workload.in_flight,
        plan->workload.fsync, plan->workload.verify, persistent, plan->workload.indirect_segments,
        persistent, plan->workload.indirect_segments);
}

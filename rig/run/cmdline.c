/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command lines a plan comes to. */
#include "run/cmdline.h"

#include "run/count.h"

#include <math.h>

static const guint64 MIB = 1024 * 1024;

static void append_extra(GString *words, const char *extra)
{
    if (extra != NULL && extra[0] != '\0')
        g_string_append_printf(words, " %s", extra);
}

/* com1: emulated UARTs send at once, whatever the rate. From 4.22 on Xen gives its UART's interrupt four times as long as
 * the FIFO takes to send, 5 ms at 115200, and then polls; that is too short for a long text under emulation, and after
 * it nothing more came. At the lowest rate that Xen takes it is 133 ms. guest_loglvl=all: what Xen has to say against a guest is what this rig wants to hear. noreboot: a
 * panicked Xen stays for its registers to be read. nmi=fatal: an NMI from outside gets a dump out of
 * a Xen that hears nothing else. The speculative-execution barriers guard against flaws that an
 * emulated CPU does not have, and under TCG each costs a helper call on every entry to Xen. */
char *xr_cmdline_xen(const XrPlan *plan, XrAccel accel)
{
    GString *words = g_string_new("com1=1200,8n1 console=com1 loglvl=all guest_loglvl=all"
                                  " conring_size=1M noreboot nmi=fatal");

    g_string_append_printf(words, " dom0_mem=%" G_GUINT64_FORMAT "M,max:%" G_GUINT64_FORMAT "M",
                           plan->dom0.memory / MIB, plan->dom0.memory / MIB);
    g_string_append_printf(words, " dom0_max_vcpus=%u", plan->dom0.vcpus);
    if (plan->dom0.mode == XR_GUEST_PVH)
        g_string_append(words, " dom0=pvh");
    if (plan->machine.time != XR_TIME_REAL || plan->evtchn.binding == XR_BINDING_PINNED)
        g_string_append(words, " dom0_vcpus_pin");
    if (accel == XR_ACCEL_TCG)
        g_string_append(words, " spec-ctrl=no xpti=no");
    /* Buffers made later would count as memory lost: Xen never gives them back. With them Xen would
     * trace all events from its start; the mask, a bit that no event has, keeps it from that until
     * xentrace says what it wants. */
    if (plan->workload.count_grants > 0)
        g_string_append_printf(words, " tbuf_size=%d tevt_mask=0x80000000", XR_TRACE_PAGES);
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
    /* Its max_ring_page_order is 4 unasked, which is all that a plan can ask for. */
    g_string_append_printf(words, " xen_blkback.max_queues=%u", plan->workload.queues);
    append_extra(words, plan->dom0.cmdline);
    return g_string_free(words, FALSE);
}

/* What only blkfront of Linux and its kernel know. */
static void append_linux(GString *words, const XrPlan *plan)
{
    g_string_append_printf(words,
                           " xen_blkfront.feature_persistent=%d"
                           " xen_blkfront.max_indirect_segments=%u"
                           " xen_blkfront.max_ring_page_order=%d xen_blkfront.max_queues=%u"
                           " " PATIENCE,
                           plan->workload.persistent_grants, plan->workload.indirect_segments,
                           g_bit_nth_lsf(plan->workload.ring_pages, -1), plan->workload.queues);
}

/* In lockstep domUs get their seeds with the order to measure: before it they are all alike. */
#define LOCKSTEP_SEED 1

/* What only the stream guest knows (wire.h). */
static void append_stream(GString *words, const XrPlan *plan)
{
    /* In lockstep and count a domU tells nothing while it is measured but its tally and marks. */
    const guint64 figures_ms =
        plan->machine.time == XR_TIME_REAL ? plan->workload.figures_interval / (1000 * 1000) : 0;

    g_string_append_printf(
        words,
        " xenrig.ring_pages=%u xenrig.queues=%u xenrig.reads=%ld"
        " xenrig.random=%d xenrig.flush_every=%" G_GUINT64_FORMAT
        " xenrig.discard_every=%u xenrig.paranoid=%d"
        " xenrig.figures=%" G_GUINT64_FORMAT " xenrig.seed=%u",
        plan->workload.ring_pages, plan->workload.queues, lround(plan->workload.read_share * 1000),
        plan->workload.order == XR_ORDER_RANDOM, plan->workload.flush_every,
        plan->workload.discard_every, plan->workload.paranoid, figures_ms,
        plan->machine.time == XR_TIME_LOCKSTEP ? LOCKSTEP_SEED : plan->workload.seed);
}

/* Xen's start info holds 1024 bytes of it for a PV domU: tests/unit sees to it that they do. */
char *xr_cmdline_guest(const XrPlan *plan, guint i)
{
    g_autofree char *name = xr_plan_guest_name(i);
    GString *words = g_string_new(NULL);

    g_string_append_printf(words,
                           "xenrig.name=%s xenrig.vbds=%u xenrig.block=%" G_GUINT64_FORMAT
                           " xenrig.in_flight=%u xenrig.fsync=%d xenrig.verify=%d"
                           " xenrig.persistent=%d xenrig.segments=%u",
                           name, plan->guests.vbds, plan->workload.block_size,
                           plan->workload.in_flight, plan->workload.fsync, plan->workload.verify,
                           plan->workload.persistent_grants, plan->workload.indirect_segments);
    if (plan->guests.kind == XR_GUEST_STREAM)
        append_stream(words, plan);
    else
        append_linux(words, plan);
    if (plan->machine.time != XR_TIME_REAL)
        g_string_append_printf(words, " xenrig.mark=%u", i + 1);
    if (plan->machine.time == XR_TIME_COUNT && xr_count_hold(plan) > 0)
        g_string_append_printf(words, " xenrig.hold=%" G_GUINT64_FORMAT, xr_count_hold(plan));
    return g_string_free(words, FALSE);
}

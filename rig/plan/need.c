/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a domU needs for the workload: memory and grants. */
#include "plan/need.h"

#define PAGE_BYTES      4096
#define LINUX_OWN       (48 * XR_NEED_MIB) /* a kernel and its initramfs */
#define LINUX_USUAL     (96 * XR_NEED_MIB) /* with which it boots without haste */
#define STREAM_OWN      (4 * XR_NEED_MIB)  /* program, page tables, stack */
#define VBDS_PER_MIB    8  /* rings and requests of so many VBDs in a MiB, kind stream */
#define DIRECT_SEGMENTS 11 /* of a request without indirect segments */
#define RING_REQUESTS   32 /* in a page of a ring */
#define OTHER_GRANTS    10 /* console, xenstore, reserved references */

gboolean xr_need_keeps_blocks(const XrPlan *plan)
{
    return plan->workload.verify || plan->workload.paranoid;
}

/* The Linux writer has a buffer for each write in flight; the stream guest writes one block again
 * and again unless it must tell what comes back. */
guint64 xr_need_buffers(const XrPlan *plan)
{
    if (plan->guests.kind == XR_GUEST_STREAM && !xr_need_keeps_blocks(plan))
        return plan->workload.block_size;
    return plan->workload.block_size * plan->workload.in_flight * plan->guests.vbds;
}

static guint64 segments_of(const XrPlan *plan)
{
    return MAX(DIRECT_SEGMENTS, plan->workload.indirect_segments);
}

static guint64 ring_pages_of(const XrPlan *plan)
{
    return (guint64)plan->workload.ring_pages * plan->workload.queues;
}

/* With persistent grants each segment of each request that a ring has room for has a page. */
static guint64 persistent_pages(const XrPlan *plan)
{
    if (!plan->workload.persistent_grants)
        return 0;
    return plan->guests.vbds * RING_REQUESTS * ring_pages_of(plan) * segments_of(plan);
}

static guint64 stream_own(const XrPlan *plan)
{
    const guint64 rings = (plan->guests.vbds + VBDS_PER_MIB - 1) / VBDS_PER_MIB * XR_NEED_MIB;

    return STREAM_OWN + rings + persistent_pages(plan) * PAGE_BYTES;
}

guint64 xr_need_memory(const XrPlan *plan)
{
    const gboolean stream = plan->guests.kind == XR_GUEST_STREAM;
    const guint64 linux_own = LINUX_OWN + persistent_pages(plan) * PAGE_BYTES;
    const guint64 needed = xr_need_buffers(plan) + (stream ? stream_own(plan) : linux_own);
    const guint64 whole = (needed + XR_NEED_MIB - 1) / XR_NEED_MIB * XR_NEED_MIB;

    return stream ? MAX(whole, XR_NEED_STREAM_LEAST) : whole;
}

guint64 xr_need_grants(const XrPlan *plan)
{
    const guint64 segments = segments_of(plan);
    const guint64 carried = segments * PAGE_BYTES;
    const guint64 of_block = (plan->workload.block_size + carried - 1) / carried;
    const guint64 room = RING_REQUESTS * ring_pages_of(plan);
    const guint64 wanted = plan->workload.in_flight * of_block;
    const guint64 requests = plan->workload.persistent_grants ? room : MIN(room, wanted);

    /* One more for each request: the page that lists its segments. */
    return plan->guests.vbds * (requests * (segments + 1) + ring_pages_of(plan)) + OTHER_GRANTS;
}

static void fill_in_memory(XrPlan *plan)
{
    const guint64 least = xr_need_memory(plan);
    /* A block for each VBD: pages that all VBDs hand out would make Xen count references to the same
     * few pages on all CPUs, which no other guest does. */
    const guint64 blocks =
        xr_need_keeps_blocks(plan) ? 0 : (plan->guests.vbds - 1) * plan->workload.block_size;

    if (plan->guests.memory != 0)
        return;
    plan->guests.memory = plan->guests.kind == XR_GUEST_LINUX
                              ? MAX(least, LINUX_USUAL)
                              : MIN(least + blocks, XR_NEED_STREAM_MOST);
    plan->guests.memory = MAX(plan->guests.memory, least);
}

const char *xr_plan_metric(XrTime time)
{
    static const char *const metrics[] = {[XR_TIME_REAL] = "throughput",
                                          [XR_TIME_LOCKSTEP] = "tick_throughput",
                                          [XR_TIME_COUNT] = "instructions"};

    return metrics[time];
}

static void fill_in_metric(XrPlan *plan)
{
    if (!g_str_equal(plan->compare.metric, "auto"))
        return;
    g_free(plan->compare.metric);
    plan->compare.metric = g_strdup(xr_plan_metric(plan->machine.time));
}

void xr_need_fill_in(XrPlan *plan)
{
    fill_in_memory(plan);
    fill_in_metric(plan);
}

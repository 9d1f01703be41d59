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

guint64 xr_need_memory(const XrPlan *plan)
{
    const guint64 rings = (plan->guests.vbds + VBDS_PER_MIB - 1) / VBDS_PER_MIB * XR_NEED_MIB;
    const gboolean stream = plan->guests.kind == XR_GUEST_STREAM;
    const guint64 needed = xr_need_buffers(plan) + (stream ? STREAM_OWN + rings : LINUX_OWN);
    const guint64 whole = (needed + XR_NEED_MIB - 1) / XR_NEED_MIB * XR_NEED_MIB;

    return stream ? MAX(whole, XR_NEED_STREAM_LEAST) : whole;
}

guint64 xr_need_grants(const XrPlan *plan)
{
    const guint64 segments = MAX(DIRECT_SEGMENTS, plan->workload.indirect_segments);
    const guint64 carried = segments * PAGE_BYTES;
    const guint64 of_block = (plan->workload.block_size + carried - 1) / carried;
    const guint64 ring_pages = (guint64)plan->workload.ring_pages * plan->workload.queues;
    const guint64 requests = MIN(RING_REQUESTS * ring_pages, plan->workload.in_flight * of_block);

    /* One more for each request: the page that lists its segments. */
    return plan->guests.vbds * (requests * (segments + 1) + ring_pages) + OTHER_GRANTS;
}

void xr_need_fill_in(XrPlan *plan)
{
    const guint64 usual = plan->guests.kind == XR_GUEST_LINUX ? LINUX_USUAL : 0;

    if (plan->guests.memory == 0)
        plan->guests.memory = MAX(xr_need_memory(plan), usual);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what domUs of each kind can do, and what they need for it. */
#include "plan/check.h"

#include "base/units.h"
#include "plan/need.h"

#define LINUX_LEAST   (32 * XR_NEED_MIB)
#define STREAM_BLOCKS 65536 /* of a VBD, where it keeps account of each */
#define GRANT_FRAMES  64    /* of a domU, Xen's default */
#define FRAME_GRANTS  512
#define OWN_GRANTS    8         /* references that Xen keeps for itself */
#define FIGURES_LEAST 100000000 /* ns */

/* Keys that the Linux domU's writer knows nothing of. */
static gboolean check_linux(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const struct {
        const char *key;
        gboolean set;
        const char *off;
    } unknown[] = {
        {"workload.read_share", p->workload.read_share > 0, "0"},
        {"workload.order", p->workload.order == XR_ORDER_RANDOM, "stream"},
        {"workload.flush_every", p->workload.flush_every > 0, "0"},
        {"workload.discard_every", p->workload.discard_every > 0, "0"},
        {"workload.paranoid", p->workload.paranoid, "no"},
    };

    for (gsize i = 0; p->guests.kind == XR_GUEST_LINUX && i < G_N_ELEMENTS(unknown); i++) {
        g_autofree char *keys = g_strconcat(unknown[i].key, " guests.kind", NULL);
        if (unknown[i].set)
            return xr_check_impossible(check, keys,
                                       "%s is known to domUs of kind stream only, and guests.kind "
                                       "is linux; set it to stream, or %s to %s",
                                       unknown[i].key, unknown[i].key, unknown[i].off);
    }
    return TRUE;
}

static gboolean check_rings(const XrCheck *check)
{
    const XrPlan *p = check->plan;

    if ((p->workload.ring_pages & (p->workload.ring_pages - 1)) != 0)
        return xr_check_impossible(check, "workload.ring_pages",
                                   "workload.ring_pages %u is no power of two; write 1, 2, 4, 8 or "
                                   "16",
                                   p->workload.ring_pages);
    if (p->guests.kind == XR_GUEST_STREAM && p->guests.vcpus > 1)
        return xr_check_impossible(check, "guests.vcpus guests.kind",
                                   "guests.vcpus %u cannot be used: a domU of kind stream has one "
                                   "vCPU, which serves all of workload.queues; set guests.vcpus to "
                                   "1 or guests.kind to linux",
                                   p->guests.vcpus);
    return TRUE;
}

/* Throughput, fairness and stalls are measured in what is written or read. */
static gboolean check_discards(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const char *key = p->workload.verify ? "verify" : "paranoid";

    if (p->workload.discard_every == 1)
        return xr_check_impossible(check, "workload.discard_every",
                                   "workload.discard_every 1 leaves nothing that is written, by "
                                   "which throughput is measured; write 0, or 2 or more");
    if (p->workload.discard_every > 0 && xr_need_keeps_blocks(p))
        return xr_check_impossible(check,
                                   "workload.discard_every workload.verify workload.paranoid",
                                   "workload.discard_every leaves blocks of unknown content, and "
                                   "workload.%s asks for a known one; set workload.discard_every "
                                   "to 0 or workload.%s to no",
                                   key, key);
    return TRUE;
}

/* What paranoid looks at are the pages that a request hands out. */
static gboolean check_paranoid(const XrCheck *check)
{
    const XrPlan *p = check->plan;

    if (!p->workload.paranoid || !p->workload.persistent_grants)
        return TRUE;
    return xr_check_impossible(check, "workload.paranoid workload.persistent_grants",
                               "workload.paranoid watches the pages of each request, and with "
                               "workload.persistent_grants data goes by pages that stay granted; "
                               "set one of them to no");
}

static gboolean check_figures(const XrCheck *check)
{
    const guint64 interval = check->plan->workload.figures_interval;
    g_autofree char *shown = xr_units_format_duration(interval);

    if (interval == 0 || interval >= FIGURES_LEAST)
        return TRUE;
    return xr_check_impossible(
        check, "workload.figures_interval",
        "workload.figures_interval %s is too short; write at least 100ms, or "
        "0 for figures at the end only",
        shown);
}

/* --- memory --- */

static gboolean check_least(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const guint64 least = p->guests.kind == XR_GUEST_STREAM ? XR_NEED_STREAM_LEAST : LINUX_LEAST;
    g_autofree char *memory = xr_units_format_bytes(p->guests.memory);
    g_autofree char *shown = xr_units_format_bytes(least);

    if (p->guests.memory >= least)
        return TRUE;
    return xr_check_impossible(check, "guests.memory guests.kind",
                               "guests.memory %s is too little for a domU of kind %s; write at "
                               "least %s, or 0 for what it needs",
                               memory, xr_plan_kind_name(p->guests.kind), shown);
}

static gboolean check_buffers(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const gboolean shared = p->guests.kind == XR_GUEST_STREAM && !xr_need_keeps_blocks(p);
    g_autofree char *block = xr_units_format_bytes(p->workload.block_size);
    g_autofree char *memory = xr_units_format_bytes(p->guests.memory);
    g_autofree char *least = xr_units_format_bytes(xr_need_memory(p));

    if (xr_need_memory(p) <= p->guests.memory)
        return TRUE;
    if (shared)
        return xr_check_impossible(
            check, "workload.block_size guests.vbds guests.memory",
            "%u VBDs and a block of %s do not fit in guests.memory %s; raise "
            "guests.memory to %s, or lower workload.block_size or "
            "guests.vbds",
            p->guests.vbds, block, memory, least);
    return xr_check_impossible(
        check, "workload.in_flight workload.block_size guests.vbds guests.memory",
        "%u VBDs with %u writes of %s in flight do not fit in guests.memory %s; raise "
        "guests.memory to %s, or lower workload.in_flight, workload.block_size or guests.vbds",
        p->guests.vbds, p->workload.in_flight, block, memory, least);
}

static gboolean check_most(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    g_autofree char *memory = xr_units_format_bytes(p->guests.memory);
    g_autofree char *block = xr_units_format_bytes(p->workload.block_size);
    g_autofree char *most = xr_units_format_bytes(XR_NEED_STREAM_MOST);

    if (p->guests.kind != XR_GUEST_STREAM || p->guests.memory <= XR_NEED_STREAM_MOST)
        return TRUE;
    if (xr_need_memory(p) <= XR_NEED_STREAM_MOST)
        return xr_check_impossible(check, "guests.memory guests.kind",
                                   "guests.memory %s is more than a domU of kind stream can use; "
                                   "write at most %s, or 0 for what it needs",
                                   memory, most);
    return xr_check_impossible(
        check, "workload.in_flight workload.block_size guests.vbds guests.memory",
        "%u VBDs with %u writes of %s in flight need %s of memory, and a domU of kind stream has "
        "at most %s; lower workload.in_flight, workload.block_size or guests.vbds",
        p->guests.vbds, p->workload.in_flight, block, memory, most);
}

/* --- what the stream guest has tables for --- */

static gboolean check_block_count(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const guint64 blocks = p->workload.vbd_size / p->workload.block_size;
    const char *key = p->workload.verify                     ? "workload.verify"
                      : p->workload.paranoid                 ? "workload.paranoid"
                      : p->workload.order == XR_ORDER_RANDOM ? "workload.order random"
                                                             : NULL;

    if (p->guests.kind != XR_GUEST_STREAM || !key || blocks <= STREAM_BLOCKS)
        return TRUE;
    return xr_check_impossible(check, "workload.vbd_size workload.block_size workload.order",
                               "with %s a domU of kind stream keeps account of at most %d blocks "
                               "of each VBD, and workload.vbd_size holds %" G_GUINT64_FORMAT
                               "; lower workload.vbd_size or raise workload.block_size",
                               key, STREAM_BLOCKS, blocks);
}

static gboolean check_grants(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const guint64 most = GRANT_FRAMES * FRAME_GRANTS - OWN_GRANTS;
    const guint64 grants = xr_need_grants(p);

    if (p->guests.kind != XR_GUEST_STREAM || grants <= most)
        return TRUE;
    return xr_check_impossible(
        check,
        "guests.vbds workload.in_flight workload.ring_pages workload.queues workload.block_size "
        "workload.indirect_segments",
        "%u VBDs with so much in flight need %" G_GUINT64_FORMAT " grants in each domU, and Xen "
        "gives %" G_GUINT64_FORMAT "; lower guests.vbds, workload.in_flight, workload.ring_pages, "
        "workload.queues or workload.block_size",
        p->guests.vbds, grants, most);
}

gboolean xr_check_guests(const XrCheck *check)
{
    return check_linux(check) && check_rings(check) && check_discards(check) &&
           check_paranoid(check) && check_figures(check) && check_least(check) &&
           check_buffers(check) && check_most(check) && check_block_count(check) &&
           check_grants(check);
}

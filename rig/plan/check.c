/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: whether a plan's values go together. */
#include "plan/check.h"
#include "base/error.h"
#include "base/units.h"
#include "plan/need.h"
#include "plan/schema.h"

#define MIB             XR_NEED_MIB
#define XEN_MEMORY      (128 * MIB) /* Xen's heap, frame table and the domains' own structures */
#define DOM0_MEMORY     (400 * MIB) /* dom0's kernel, initramfs and toolstack */
#define PAGE_BYTES      4096
#define DISKS_MAX       24 /* virtio disks the machine has slots for */
#define SAMPLES_HEARD   4  /* samples that may be late before silence is a finding */
#define SAMPLES_MEASURE 2  /* samples without which there is no rate */

static char *origin_of(const XrCheck *check, const char *keys)
{
    g_auto(GStrv) names = g_strsplit(keys, " ", -1);
    const char *found = NULL;

    for (gsize i = 0; names[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(names[i], ".", 2);
        const int index = xr_schema_find(parts[0], parts[1]);
        const char *origin = index < 0 ? NULL : check->origins[index];
        if (origin && (!found || g_str_has_prefix(origin, "--set ")))
            found = origin;
    }
    return g_strdup(found ? found : names[0]);
}

gboolean xr_check_impossible(const XrCheck *check, const char *keys, const char *format, ...)
{
    g_autofree char *origin = origin_of(check, keys);
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(check->error, XR_ERROR, XR_ERROR_INPUT, "%s: %s", origin, text);
    return FALSE;
}

static gboolean check_cpus(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    if (p->dom0.vcpus <= p->machine.pcpus)
        return TRUE;
    return xr_check_impossible(
        check, "dom0.vcpus machine.pcpus",
        "dom0.vcpus %u is above machine.pcpus %u; lower the one or raise the other", p->dom0.vcpus,
        p->machine.pcpus);
}

/* Xen wants an IOMMU for a PVH dom0: boot/machine-xml.c. */
static gboolean check_dom0_mode(const XrCheck *check)
{
    const XrPlan *p = check->plan;

    if (p->dom0.mode == XR_GUEST_PV)
        return TRUE;
    if (p->machine.time != XR_TIME_REAL)
        return xr_check_impossible(check, "dom0.mode machine.time",
                                   "dom0.mode pvh needs machine.time real, and it is %s; set "
                                   "machine.time to real or dom0.mode to pv",
                                   xr_plan_time_name(p->machine.time));
    if (p->machine.accel == XR_ACCEL_KVM)
        return xr_check_impossible(check, "dom0.mode machine.accel",
                                   "dom0.mode pvh needs QEMU's emulated AMD CPU and IOMMU, and "
                                   "machine.accel is kvm; set it to tcg, or dom0.mode to pv");
    return TRUE;
}

static gboolean check_blocks(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const guint64 flight = p->workload.block_size * p->workload.in_flight;
    g_autofree char *block = xr_units_format_bytes(p->workload.block_size);
    g_autofree char *size = xr_units_format_bytes(p->workload.vbd_size);

    if (p->workload.block_size % PAGE_BYTES != 0)
        return xr_check_impossible(
            check, "workload.block_size",
            "workload.block_size %s is no multiple of 4K; write e.g. 64K or 2M", block);
    if (p->workload.vbd_size % p->workload.block_size != 0)
        return xr_check_impossible(
            check, "workload.vbd_size workload.block_size",
            "workload.vbd_size %s is no whole number of blocks of %s; change "
            "workload.vbd_size or workload.block_size",
            size, block);
    if (flight > p->workload.vbd_size)
        return xr_check_impossible(
            check, "workload.in_flight workload.block_size workload.vbd_size",
            "workload.in_flight %u blocks of %s are more than the whole VBD of %s; "
            "lower workload.in_flight or raise workload.vbd_size",
            p->workload.in_flight, block, size);
    return TRUE;
}

static gboolean check_backing(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const XrBacking backing = p->workload.backing;
    const guint vbds = p->guests.count * p->guests.vbds;

    if (xr_need_keeps_blocks(p) && backing == XR_BACKING_NULL) {
        const char *key = p->workload.verify ? "verify" : "paranoid";
        g_autofree char *keys = g_strdup_printf("workload.%s workload.backing", key);
        return xr_check_impossible(check, keys,
                                   "workload.%s needs a backing that keeps what is written; set "
                                   "workload.backing to memory or disk",
                                   key);
    }
    if (p->workload.discard_every > 0 && backing == XR_BACKING_NULL)
        return xr_check_impossible(
            check, "workload.discard_every workload.backing",
            "workload.discard_every needs a backing that takes discards; set "
            "workload.backing to memory or disk");
    if (backing == XR_BACKING_DISK && vbds > DISKS_MAX)
        return xr_check_impossible(
            check, "guests.count guests.vbds workload.backing",
            "%u domUs with %u VBDs need %u disks, and the machine has room for %u; "
            "lower guests.count or guests.vbds, or set workload.backing to null or "
            "memory",
            p->guests.count, p->guests.vbds, vbds, DISKS_MAX);
    if (backing != XR_BACKING_DISK && p->workload.disk_bytes_per_s > 0)
        return xr_check_impossible(
            check, "workload.disk_bytes_per_s workload.backing",
            "workload.disk_bytes_per_s limits disks, and workload.backing is %s; "
            "set it to disk, or workload.disk_bytes_per_s to 0",
            xr_plan_backing_name(backing));
    if (backing != XR_BACKING_DISK && p->workload.disk_requests_per_s > 0)
        return xr_check_impossible(
            check, "workload.disk_requests_per_s workload.backing",
            "workload.disk_requests_per_s limits disks, and workload.backing is %s; "
            "set it to disk, or workload.disk_requests_per_s to 0",
            xr_plan_backing_name(backing));
    return TRUE;
}

/* Memory behind the VBDs is dom0's own: null_blk allocates it there. */
static gboolean check_backing_memory(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const guint64 vbds = (guint64)p->guests.count * p->guests.vbds;
    const guint64 stored = vbds * p->workload.vbd_size;
    g_autofree char *size = xr_units_format_bytes(p->workload.vbd_size);
    g_autofree char *memory = xr_units_format_bytes(p->dom0.memory);
    g_autofree char *own = xr_units_format_bytes(DOM0_MEMORY);
    g_autofree char *least = xr_units_format_bytes((stored + DOM0_MEMORY + MIB - 1) / MIB * MIB);

    if (p->workload.backing != XR_BACKING_MEMORY || stored + DOM0_MEMORY <= p->dom0.memory)
        return TRUE;
    return xr_check_impossible(
        check, "dom0.memory workload.vbd_size guests.count guests.vbds workload.backing",
        "%" G_GUINT64_FORMAT " VBDs of %s kept in memory and %s for dom0 itself do "
        "not fit in dom0.memory %s; raise dom0.memory to %s, or lower "
        "workload.vbd_size, guests.count or guests.vbds",
        vbds, size, own, memory, least);
}

static gboolean check_memory(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const guint64 trace = (guint64)p->machine.pcpus * XR_TRACE_PAGES * PAGE_BYTES;
    const guint64 own = XEN_MEMORY + (p->workload.count_grants > 0 ? trace : 0);
    const guint64 needed = p->dom0.memory + p->guests.count * p->guests.memory + own;
    g_autofree char *memory = xr_units_format_bytes(p->machine.memory);
    g_autofree char *dom0 = xr_units_format_bytes(p->dom0.memory);
    g_autofree char *guest = xr_units_format_bytes(p->guests.memory);
    g_autofree char *xen = xr_units_format_bytes(own);
    g_autofree char *least = xr_units_format_bytes((needed + MIB - 1) / MIB * MIB);

    if (needed <= p->machine.memory)
        return TRUE;
    return xr_check_impossible(
        check, "machine.memory dom0.memory guests.count guests.memory",
        "dom0 with %s, %u domUs with %s and Xen with %s do not fit in "
        "machine.memory %s; raise machine.memory to %s, or lower dom0.memory, "
        "guests.count or guests.memory",
        dom0, p->guests.count, guest, xen, memory, least);
}

/* Samples must come often enough to measure with, and to tell silence from patience. */
static gboolean check_samples(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const guint64 interval = p->workload.sample_interval;
    g_autofree char *every = xr_units_format_duration(interval);
    g_autofree char *window = xr_units_format_duration(p->workload.window);
    g_autofree char *silence = xr_units_format_duration(p->limits.silence);
    g_autofree char *stall = xr_units_format_duration(p->limits.stall);

    if (interval * SAMPLES_MEASURE > p->workload.window)
        return xr_check_impossible(
            check, "workload.sample_interval workload.window",
            "a workload.window of %s has no two samples when one comes every %s; "
            "lower workload.sample_interval or raise workload.window",
            window, every);
    if (interval * SAMPLES_MEASURE > p->limits.stall)
        return xr_check_impossible(
            check, "workload.sample_interval limits.stall",
            "a standstill of limits.stall %s cannot be seen with a sample every %s; "
            "lower workload.sample_interval or raise limits.stall",
            stall, every);
    if (interval * SAMPLES_HEARD > p->limits.silence)
        return xr_check_impossible(check, "workload.sample_interval limits.silence",
                                   "limits.silence %s is less than %d samples, one every %s; lower "
                                   "workload.sample_interval or raise limits.silence",
                                   silence, SAMPLES_HEARD, every);
    return TRUE;
}

static gboolean check_fault(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const XrFault kind = p->fault.kind;
    const char *name = xr_plan_fault_name(kind);
    const gboolean hits_guest = kind == XR_FAULT_DESTROY_GUEST || kind == XR_FAULT_CRASH_GUEST ||
                                kind == XR_FAULT_CORRUPT_BLOCK;

    if (kind == XR_FAULT_NONE)
        return TRUE;
    if (hits_guest && p->fault.guest >= p->guests.count)
        return xr_check_impossible(check, "fault.guest guests.count",
                                   "fault.guest %u is not among the %u domUs; write 0 to %u",
                                   p->fault.guest, p->guests.count, p->guests.count - 1);
    if (kind == XR_FAULT_CORRUPT_BLOCK && p->fault.vbd >= p->guests.vbds)
        return xr_check_impossible(check, "fault.vbd guests.vbds",
                                   "fault.vbd %u is not among the %u VBDs of a domU; write 0 to %u",
                                   p->fault.vbd, p->guests.vbds, p->guests.vbds - 1);
    if (kind == XR_FAULT_CORRUPT_BLOCK && !p->workload.verify)
        return xr_check_impossible(
            check, "fault.kind workload.verify",
            "fault.kind %s is seen only by workload.verify; set it to yes and "
            "workload.backing to memory or disk",
            name);
    const guint64 measured = p->workload.windows * p->workload.window;
    if (p->fault.after >= measured) {
        g_autofree char *after = xr_units_format_duration(p->fault.after);
        g_autofree char *all = xr_units_format_duration(measured);
        return xr_check_impossible(
            check, "fault.after workload.windows workload.window",
            "fault.after %s comes too late: the windows last %s; lower fault.after", after, all);
    }
    return TRUE;
}

gboolean xr_plan_check(const XrPlan *plan, char *const *origins, GError **error)
{
    const XrCheck check = {plan, origins, error};
    return check_cpus(&check) && check_dom0_mode(&check) && check_blocks(&check) &&
           xr_check_guests(&check) && check_backing(&check) && check_backing_memory(&check) &&
           check_memory(&check) && check_samples(&check) && xr_check_compare(&check) &&
           check_fault(&check) && xr_check_lockstep(&check) && xr_check_series(&check);
}

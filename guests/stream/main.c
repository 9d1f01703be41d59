/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: a Xen domain that does nothing but stream to its VBDs.
 *
 * What a Linux domU of this rig does (guests/linux, guests/wire.h), without Linux: a kernel of some
 * tens of KiB that is up in milliseconds, so that what runs on the measured path is Xen and the
 * backend. One vCPU, no interrupt handlers: one loop takes what events have left and waits in Xen
 * when nothing is left to do. */
#include "arch.h"
#include "clock.h"
#include "console.h"
#include "domain.h"
#include "event.h"
#include "grant.h"
#include "hypercall.h"
#include "memory.h"
#include "store.h"
#include "trap.h"

static struct sg_domain domain;

static unsigned divide_up(unsigned a, unsigned b)
{
    return (a + b - 1) / b;
}

/* Entries that all VBDs may need at once, as far as is known before the backends are asked. */
static unsigned grants_needed(const struct sg_options *options)
{
    unsigned segments = options->args.segments > 11 ? options->args.segments : 11;
    unsigned slots = options->queues * options->ring_pages * 36; /* not more on a page */
    unsigned requests =
        options->args.in_flight * divide_up(options->args.block, segments * SG_PAGE);

    if (!options->args.persistent && requests < slots)
        slots = requests;
    return options->args.vbds * (slots * (segments + 1) + options->queues * options->ring_pages) +
           SG_GRANTS_RESERVED;
}

bool sg_domain_grants(const struct sg_options *options)
{
    struct gnttab_query_size size = {.dom = DOMID_SELF};
    unsigned frames = divide_up(grants_needed(options), SG_GRANTS_A_FRAME);

    if (sg_grant_table_op(GNTTABOP_query_size, &size) == 0 && size.status == GNTST_okay &&
        frames > size.max_nr_frames)
        frames = size.max_nr_frames; /* what does not fit is told when it is asked for */
    void *table = sg_pages(frames);
    uint32_t *next = sg_bytes(frames * SG_GRANTS_A_FRAME * sizeof(*next));
    if (!table || !next || sg_arch_map_grants(table, frames) != 0)
        return false;
    sg_grant_init(table, next, frames);
    return true;
}

static void __attribute__((noreturn)) power_off(void)
{
    struct sched_shutdown shutdown = {.reason = SHUTDOWN_poweroff};

    for (;;)
        sg_sched_op(SCHEDOP_shutdown, &shutdown);
}

void sg_main(void)
{
    sg_memory_init(sg_boot.free_begin, sg_boot.free_end);
    sg_event_init(sg_boot.shared_info);
    sg_clock_init(&sg_boot.shared_info->vcpu_info[0].time);
    sg_store_init(sg_boot.store, sg_boot.store_port);
    sg_log("up in %lu us, with %u KiB of memory", sg_clock_since(sg_boot.began) / 1000,
           sg_pages_left() * 4);
    if (sg_domain_run(&domain, sg_boot.cmdline))
        sg_panic("ordered by the rig");
    power_off();
}

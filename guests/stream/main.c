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
#include "metronome.h"
#include "store.h"
#include "trap.h"

#include <stdlib.h>
#include <xen/vcpu.h>

static struct sg_domain domain;

static unsigned divide_up(unsigned a, unsigned b)
{
    return (a + b - 1) / b;
}

/* Entries that all VBDs may need at once, as far as is known before the backends are asked: they may offer
 * fewer segments than are wished for, down to 11, and a block then takes more requests and lists. */
static unsigned grants_needed(const struct sg_options *options)
{
    unsigned segments = options->args.segments > 11 ? options->args.segments : 11;
    unsigned slots = options->queues * options->ring_pages * 36; /* not more on a page */
    unsigned pages = options->args.block / SG_PAGE;
    unsigned at_once = options->args.in_flight * (pages + divide_up(pages, 11));

    if (options->args.persistent || at_once > slots * (segments + 1))
        at_once = slots * (segments + 1);
    return options->args.vbds * (at_once + options->queues * options->ring_pages) +
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

const volatile struct sg_beats *sg_domain_map_metronome(const char *text, int *status)
{
    /* Streams take all pages that there are. */
    static unsigned char page[SG_PAGE] __attribute__((aligned(SG_PAGE)));
    char *end;
    unsigned long domid = strtoul(text, &end, 10), ref = *end ? strtoul(end + 1, NULL, 10) : 0;
    struct gnttab_map_grant_ref map = {.host_addr = (uintptr_t)page,
                                       .flags = GNTMAP_host_map | GNTMAP_readonly,
                                       .ref = (grant_ref_t)ref,
                                       .dom = (domid_t)domid};

    long error = sg_grant_table_op(GNTTABOP_map_grant_ref, &map);
    *status = error ? (int)error : map.status;
    if (*status != GNTST_okay)
        return NULL;
    return (const volatile struct sg_beats *)page;
}

void sg_metronome_count(struct sg_beats *beats)
{
    enum { TIMER = 0x48 }; /* a write of anything sets it to 0 (rig/boot/lockstep.c) */
    const unsigned spin = (unsigned)(beats->ticks - SG_LOOP_FIXED) / 2;

    for (;;)
        __asm__ volatile("1: movl %%eax, %[first]\n"
                         "   movl %%eax, %[second]\n"
                         "   movl %%eax, %[third]\n"
                         "   incq %[loops]\n"
                         "   movl %[spin], %%ecx\n"
                         "2: decl %%ecx\n"
                         "   jnz 2b\n"
                         "   jmp 1b"
                         : [loops] "+m"(beats->loops), [first] "=m"(sg_metronome_timers[0][TIMER]),
                           [second] "=m"(sg_metronome_timers[1][TIMER]),
                           [third] "=m"(sg_metronome_timers[2][TIMER])
                         : [spin] "r"(spin)
                         : "ecx", "cc");
}

/* The periodic timer that Xen gives a PV vCPU unasked would only take time. */
static void stop_ticks(void)
{
    sg_hypercall(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 0, 0, 0);
}

static void run_metronome(unsigned ticks)
{
    const struct sg_options none = {
        .queues = 1, .ring_pages = 1, .args = {.vbds = 1, .in_flight = 1}};
    struct sg_beats *beats = sg_domain_grants(&none) ? sg_metronome_share(ticks) : NULL;

    if (!beats)
        sg_panic("a metronome that cannot share its count");
    sg_metronome_count(beats);
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
    stop_ticks();
    if (sg_metronome_asked(sg_boot.cmdline))
        run_metronome(sg_metronome_asked(sg_boot.cmdline));
    if (sg_domain_run(&domain, sg_boot.cmdline))
        sg_panic("ordered by the rig");
    power_off();
}

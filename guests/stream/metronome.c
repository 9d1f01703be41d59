/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the metronome, a domain that does nothing but count. */
#include "metronome.h"

#include "arch.h"
#include "cmdline.h"
#include "console.h"
#include "event.h"
#include "grant.h"
#include "memory.h"
#include "store.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_WATCH 0

/* A page of its own: other domains see all of it. */
static union {
    struct sg_beats beats;
    unsigned char page[SG_PAGE];
} shared __attribute__((aligned(SG_PAGE)));

unsigned char sg_metronome_timers[SG_METRONOME_TIMERS][SG_PAGE] __attribute__((aligned(SG_PAGE)));

unsigned sg_metronome_asked(const char *cmdline)
{
    unsigned long ticks = gc_cmdline_number(cmdline, "xenrig.metronome", 0);

    if (ticks > 0 && ticks < SG_TICKS_LOOP_MIN)
        return SG_TICKS_LOOP_MIN;
    return ticks > SG_TICKS_LOOP_MAX ? SG_TICKS_LOOP_MAX : (unsigned)(ticks & ~1ul);
}

static void await_start(void)
{
    char text[32] = "";

    while (strcmp(text, "start") != 0) {
        unsigned seen = sg_event_count();
        sg_store_fired();
        if (sg_store_read(XR_WIRE_NODE "/command", text, sizeof(text)) <= 0)
            text[0] = '\0';
        if (strcmp(text, "start") != 0)
            sg_event_wait_since(seen, 0);
    }
}

/* "3 4 5" becomes grants for these domains. False if they do not fit. */
static bool grant_to(const char *readers, char *shares, size_t size)
{
    size_t used = 0;

    for (const char *at = readers; *at;) {
        char *end;
        unsigned long domid = strtoul(at, &end, 10);
        grant_ref_t ref =
            end == at ? 0 : sg_grant_access((unsigned)domid, sg_arch_frame(&shared), true);
        if (!ref || used >= size)
            return false;
        used += (size_t)snprintf(shares + used, size - used, "%s%u", used ? " " : "", ref);
        at = *end == ' ' ? end + 1 : end;
    }
    return used > 0 && used < size;
}

/* "1043921 1043922 1043923": frames in place of our pages. */
static bool map_timers(const char *frames)
{
    const char *at = frames;

    for (unsigned i = 0; i < SG_METRONOME_TIMERS; i++) {
        char *end;
        unsigned long frame = strtoul(at, &end, 10);
        if (end == at || sg_arch_map_registers(sg_metronome_timers[i], frame) != 0)
            return false;
        at = *end == ' ' ? end + 1 : end;
    }
    return true;
}

struct sg_beats *sg_metronome_share(unsigned ticks)
{
    char readers[512], shares[1024], timers[128];
    int problem = sg_store_watch(XR_WIRE_NODE "/command", COMMAND_WATCH);

    if (problem) {
        sg_log("commands cannot be watched in xenstore: error %d", -problem);
        return NULL;
    }
    await_start();
    if (sg_store_read(XR_WIRE_NODE "/readers", readers, sizeof(readers)) <= 0 ||
        !grant_to(readers, shares, sizeof(shares))) {
        sg_log("node readers names no domains that its count could be shared with");
        return NULL;
    }
    if (sg_store_read(XR_WIRE_NODE "/timers", timers, sizeof(timers)) <= 0 || !map_timers(timers)) {
        sg_log("node timers names no registers that can be mapped");
        return NULL;
    }
    shared.beats.ticks = ticks;
    problem = sg_store_write(XR_WIRE_NODE "/shares", shares);
    if (problem)
        sg_log("xenstore does not take node shares: error %d", -problem);
    return problem ? NULL : &shared.beats;
}

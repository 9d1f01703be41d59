/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the domU's VBDs in xenstore: found, watched, awaited. */
#include "domain.h"

#include "clock.h"
#include "event.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Handles of the VBDs in xenstore, in ascending order: the first is VBD 0. */
static unsigned find_handles(unsigned *handles, unsigned max)
{
    char names[1024];
    unsigned count = 0;
    int length = sg_store_list("device/vbd", names, sizeof(names));

    for (int at = 0; at < length && count < max; at += (int)strlen(names + at) + 1) {
        unsigned handle = (unsigned)strtoul(names + at, NULL, 10), i = count++;
        for (; i > 0 && handles[i - 1] > handle; i--)
            handles[i] = handles[i - 1];
        handles[i] = handle;
    }
    return count;
}

bool sg_domain_find_vbds(struct sg_domain *domain)
{
    const struct sg_options *options = &domain->options;
    const struct sg_vbd_config wishes = {.ring_pages = options->ring_pages,
                                         .queues = options->queues,
                                         .segments = options->args.segments,
                                         .persistent = options->args.persistent};
    unsigned handles[SG_VBDS_MAX];
    unsigned count = find_handles(handles, SG_VBDS_MAX);
    char path[128];

    if (count != options->args.vbds) {
        sg_domain_fail(domain, "%u VBDs are in xenstore below device/vbd, xenrig.vbds is %u", count,
                       options->args.vbds);
        return false;
    }
    domain->count = count;
    for (unsigned i = 0; i < count; i++) {
        struct sg_vbd *vbd = &domain->vbds[i];
        sg_vbd_init(vbd, i, handles[i], &wishes);
        snprintf(path, sizeof(path), "%s/state", vbd->backend);
        int error = vbd->state == SG_VBD_BROKEN ? 0 : sg_store_watch(path, i);
        if (error)
            sg_vbd_break(vbd, "%s cannot be watched: error %d", path, -error);
    }
    return true;
}

void sg_domain_look(struct sg_domain *domain)
{
    for (unsigned i = 0; i < domain->count; i++) {
        if (domain->vbds[i].state != SG_VBD_BROKEN || domain->told >> i & 1)
            continue;
        domain->told |= 1u << i;
        sg_domain_fail(domain, "domain %s vbd %u: %s", domain->options.args.name, i,
                       domain->vbds[i].problem);
        sg_stream_give_up(&domain->streams[i]);
    }
}

/* Whether all VBDs are in that state or broken. */
static bool all_are(const struct sg_domain *domain, enum sg_vbd_state state)
{
    for (unsigned i = 0; i < domain->count; i++)
        if (domain->vbds[i].state != state && domain->vbds[i].state != SG_VBD_BROKEN)
            return false;
    return true;
}

static void take_command(struct sg_domain *domain)
{
    char text[96];

    if (sg_store_read(XR_WIRE_NODE "/command", text, sizeof(text)) <= 0)
        return;
    sg_tally_order(&domain->tally, text, domain->vbds, domain->count);
    domain->started |= strcmp(text, "start") == 0;
    domain->stopping |= strcmp(text, "stop") == 0;
    domain->crash |= strcmp(text, "crash") == 0;
}

void sg_domain_watches(struct sg_domain *domain)
{
    uint64_t fired = sg_store_fired();

    if (fired >> SG_COMMAND_WATCH & 1)
        take_command(domain);
    for (unsigned i = 0; i < domain->count; i++)
        if (fired >> i & 1)
            sg_vbd_step(&domain->vbds[i]);
    sg_domain_look(domain);
}

bool sg_domain_await(struct sg_domain *domain, enum sg_vbd_state state, uint64_t patience_ns)
{
    uint64_t end = sg_clock_ns() + patience_ns;
    char text[128];

    while (!all_are(domain, state) && !domain->crash) {
        unsigned seen = sg_event_count();
        sg_domain_watches(domain);
        if (all_are(domain, state) || sg_clock_ns() >= end)
            break;
        sg_event_wait_since(seen, end);
    }
    sg_domain_look(domain); /* also at what was broken before */
    for (unsigned i = 0; i < domain->count; i++) {
        struct sg_vbd *vbd = &domain->vbds[i];
        if (vbd->state == state || vbd->state == SG_VBD_BROKEN || domain->crash)
            continue;
        sg_vbd_describe(vbd, text, sizeof(text));
        sg_domain_fail(domain, "domain %s vbd %u: its frontend %s after %lu s",
                       domain->options.args.name, i, text, patience_ns / SG_SECOND_NS);
        return false;
    }
    return true;
}

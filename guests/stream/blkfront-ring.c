/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the rings of a VBD, and requests on them. */
#include "blkfront-ring.h"

#include "arch.h"
#include "event.h"
#include "grant.h"
#include "memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PAGE_SECTORS (SG_PAGE / SG_SECTOR)

void sg_vbd_break(struct sg_vbd *vbd, const char *format, ...)
{
    va_list args;

    if (vbd->state == SG_VBD_BROKEN)
        return;
    va_start(args, format);
    vsnprintf(vbd->problem, sizeof(vbd->problem), format, args);
    va_end(args);
    vbd->state = SG_VBD_BROKEN;
}

/* --- making and releasing --- */

static grant_ref_t grant(const struct sg_vbd *vbd, const void *page, bool readonly)
{
    return sg_grant_access(vbd->backend_domid, sg_arch_frame(page), readonly);
}

static bool grant_ring(struct sg_vbd *vbd, struct sg_queue *queue, unsigned char *pages)
{
    for (unsigned i = 0; i < vbd->config.ring_pages; i++) {
        queue->refs[i] = grant(vbd, pages + i * SG_PAGE, false);
        if (!queue->refs[i])
            return false;
    }
    return true;
}

/* Persistent grants: the backend may map them whenever it likes, and for writing. */
static bool grant_pages(struct sg_vbd *vbd, struct sg_slot *slot)
{
    for (unsigned s = 0; s < vbd->config.segments; s++) {
        slot->refs[s] = grant(vbd, slot->pages + s * SG_PAGE, false);
        if (!slot->refs[s])
            return false;
    }
    if (!slot->indirect)
        return true;
    slot->indirect_ref = grant(vbd, slot->indirect, false);
    return slot->indirect_ref != 0;
}

static bool make_slots(struct sg_vbd *vbd, struct sg_queue *queue)
{
    unsigned segments = vbd->config.segments, count = queue->slot_count;
    bool indirect = segments > BLKIF_MAX_SEGMENTS_PER_REQUEST;
    grant_ref_t *refs = sg_bytes(sizeof(*refs) * segments * count);
    unsigned char *pages = NULL;

    queue->slots = sg_bytes(sizeof(*queue->slots) * count);
    if (vbd->config.persistent)
        pages = sg_pages(segments * count);
    if (!refs || !queue->slots || (vbd->config.persistent && !pages))
        return false;
    for (unsigned i = 0; i < count; i++) {
        struct sg_slot *slot = &queue->slots[i];
        slot->refs = refs + (size_t)i * segments;
        slot->next_free = (uint16_t)(i + 1 < count ? i + 1 : SG_LAST_FREE);
        slot->pages = pages ? pages + (size_t)i * segments * SG_PAGE : NULL;
        slot->indirect = indirect ? sg_pages(1) : NULL;
        if ((indirect && !slot->indirect) || (vbd->config.persistent && !grant_pages(vbd, slot)))
            return false;
    }
    return true;
}

bool sg_queue_make(struct sg_vbd *vbd, struct sg_queue *queue)
{
    size_t size = (size_t)vbd->config.ring_pages * SG_PAGE;
    blkif_front_ring_t *ring = sg_bytes(sizeof(*ring));
    blkif_sring_t *shared = sg_bytes(size);
    int port;

    if (!ring || !shared) {
        sg_vbd_break(vbd, "memory is too small for its rings; give the domU more");
        return false;
    }
    SHARED_RING_INIT(shared);
    FRONT_RING_INIT(ring, shared, size);
    queue->ring = ring;
    queue->slot_count = RING_SIZE(ring);
    queue->waiting_end = &queue->waiting;
    if (!grant_ring(vbd, queue, (unsigned char *)shared) || !make_slots(vbd, queue)) {
        sg_vbd_break(vbd,
                     "memory (%u pages left) or grant entries (%u in use) are too few for %u "
                     "requests of %u segments; give the domU more memory, or ask for fewer "
                     "ring pages, queues or segments",
                     sg_pages_left(), sg_grant_count(), queue->slot_count, vbd->config.segments);
        return false;
    }
    port = sg_event_alloc(vbd->backend_domid);
    if (port < 0)
        sg_vbd_break(vbd, "Xen gives it no event channel: error %d", -port);
    queue->port = port > 0 ? (unsigned)port : 0;
    return port >= 0;
}

bool sg_ring_end_grant(struct sg_vbd *vbd, grant_ref_t *ref, const char *what)
{
    if (*ref && !sg_grant_end(*ref)) {
        sg_vbd_break(vbd, "the backend still has grant %u mapped, %s", *ref, what);
        return false;
    }
    *ref = 0;
    return true;
}

bool sg_queue_end_persistent(struct sg_vbd *vbd, struct sg_queue *queue)
{
    bool good = true;

    for (unsigned i = 0; vbd->config.persistent && i < queue->slot_count; i++) {
        struct sg_slot *slot = &queue->slots[i];
        for (unsigned s = 0; s < vbd->config.segments; s++)
            good &= sg_ring_end_grant(vbd, &slot->refs[s],
                                      "a persistent grant, although it has closed");
        good &= sg_ring_end_grant(vbd, &slot->indirect_ref,
                                  "a page of segments, although it has closed");
    }
    return good;
}

bool sg_queue_release(struct sg_vbd *vbd, struct sg_queue *queue)
{
    bool good = true;

    for (unsigned i = 0; i < vbd->config.ring_pages; i++)
        good &=
            sg_ring_end_grant(vbd, &queue->refs[i], "a page of the ring, although it has closed");
    good &= sg_queue_end_persistent(vbd, queue);
    sg_event_close(queue->port);
    return good;
}

/* --- requests --- */

static bool has_data(enum sg_op op)
{
    return op == SG_READ || op == SG_WRITE;
}

/* Takes a slot, or NULL. */
static struct sg_slot *take_slot(struct sg_queue *queue)
{
    if (queue->first_free == SG_LAST_FREE)
        return NULL;
    struct sg_slot *slot = &queue->slots[queue->first_free];
    queue->first_free = slot->next_free;
    slot->sequence++;
    return slot;
}

/* Grants the pages of length bytes at data and describes them. False: no grant is left. */
static bool fill_segments(struct sg_vbd *vbd, struct sg_slot *slot, unsigned char *data,
                          struct blkif_request_segment *segments)
{
    bool readonly = slot->io->op == SG_WRITE;
    unsigned sectors = slot->length / SG_SECTOR;

    slot->segments = 0;
    for (unsigned s = 0; sectors > 0; s++) {
        unsigned count = sectors < PAGE_SECTORS ? sectors : PAGE_SECTORS;
        if (!vbd->config.persistent) {
            slot->refs[s] = grant(vbd, data + s * SG_PAGE, readonly);
            if (!slot->refs[s])
                return false;
        }
        segments[s] = (struct blkif_request_segment){
            .gref = slot->refs[s], .first_sect = 0, .last_sect = (uint8_t)(count - 1)};
        sectors -= count;
        slot->segments++;
    }
    /* With persistent grants data goes by way of the pages that are granted for good. */
    if (vbd->config.persistent && slot->io->op == SG_WRITE)
        memcpy(slot->pages, data, slot->length);
    return true;
}

static bool fill_indirect(struct sg_vbd *vbd, struct sg_slot *slot, unsigned char *data,
                          blkif_request_indirect_t *request)
{
    request->operation = BLKIF_OP_INDIRECT;
    request->indirect_op = slot->io->op == SG_WRITE ? BLKIF_OP_WRITE : BLKIF_OP_READ;
    request->handle = (blkif_vdev_t)vbd->handle;
    if (!fill_segments(vbd, slot, data, slot->indirect))
        return false;
    if (!vbd->config.persistent)
        slot->indirect_ref = grant(vbd, slot->indirect, true);
    request->nr_segments = slot->segments;
    request->indirect_grefs[0] = slot->indirect_ref;
    return slot->indirect_ref != 0;
}

static bool fill_other(struct sg_vbd *vbd, struct sg_slot *slot, unsigned char *data,
                       blkif_request_t *request)
{
    blkif_request_discard_t *discard = (blkif_request_discard_t *)request;

    request->handle = (blkif_vdev_t)vbd->handle;
    request->nr_segments = 0;
    switch (slot->io->op) {
    case SG_FLUSH:
        request->operation = vbd->flush ? BLKIF_OP_FLUSH_DISKCACHE : BLKIF_OP_WRITE_BARRIER;
        return true;
    case SG_DISCARD:
        discard->operation = BLKIF_OP_DISCARD;
        discard->flag = 0;
        discard->nr_sectors = slot->length / SG_SECTOR;
        return true;
    default:
        request->operation = slot->io->op == SG_WRITE ? BLKIF_OP_WRITE : BLKIF_OP_READ;
        if (!fill_segments(vbd, slot, data, request->seg))
            return false;
        request->nr_segments = (uint8_t)slot->segments;
        return true;
    }
}

/* Puts the next request of io on the ring. False: the VBD is broken. */
static bool place(struct sg_vbd *vbd, struct sg_queue *queue, struct sg_io *io, uint64_t now_ns)
{
    blkif_front_ring_t *ring = queue->ring;
    blkif_request_t *request = RING_GET_REQUEST(ring, ring->req_prod_pvt);
    struct sg_slot *slot = take_slot(queue);
    uint32_t most = vbd->config.segments * SG_PAGE, left = io->length - io->placed;
    unsigned char *data = has_data(io->op) ? (unsigned char *)io->buffer + io->placed : NULL;

    slot->io = io;
    slot->begin_ns = now_ns;
    slot->at = io->placed;
    slot->length = has_data(io->op) && left > most ? most : left;
    slot->segments = 0;
    memset(request, 0, offsetof(blkif_request_t, seg));
    bool indirect = has_data(io->op) && slot->length > BLKIF_MAX_SEGMENTS_PER_REQUEST * SG_PAGE;
    bool good = indirect ? fill_indirect(vbd, slot, data, (blkif_request_indirect_t *)request)
                         : fill_other(vbd, slot, data, request);
    if (!good) {
        sg_vbd_break(vbd, "no grant entry is left (%u are in use); ask for less in flight",
                     sg_grant_count());
        return false;
    }
    /* The same place in all kinds of requests of this ABI. */
    request->id = sg_slot_id(queue, slot);
    request->sector_number = (io->offset + io->placed) / SG_SECTOR;
    ring->req_prod_pvt++;
    io->placed += slot->length;
    vbd->placed += slot->length;
    io->pending++;
    io->all_placed = io->placed == io->length;
    if (vbd->in_flight++ == 0)
        vbd->moved_ns = now_ns;
    queue->in_flight++;
    return true;
}

void sg_vbd_submit(struct sg_vbd *vbd, struct sg_io *io)
{
    struct sg_queue *queue = &vbd->queues[vbd->next_queue];

    vbd->next_queue = (vbd->next_queue + 1) % vbd->config.queues;
    io->status = 0;
    io->placed = io->pending = 0;
    io->all_placed = false;
    io->next = NULL;
    *queue->waiting_end = io;
    queue->waiting_end = &io->next;
}

static void push_queue(struct sg_vbd *vbd, struct sg_queue *queue, uint64_t now_ns)
{
    blkif_front_ring_t *ring = queue->ring;
    int notify;

    while (queue->waiting && !RING_FULL(ring) && vbd->placed < vbd->may_place) {
        struct sg_io *io = queue->waiting;
        if (!place(vbd, queue, io, now_ns))
            return;
        if (!io->all_placed)
            continue;
        queue->waiting = io->next;
        if (!queue->waiting)
            queue->waiting_end = &queue->waiting;
    }
    RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(ring, notify);
    if (notify)
        sg_event_notify(queue->port);
}

void sg_vbd_push(struct sg_vbd *vbd, uint64_t now_ns)
{
    for (unsigned q = 0; q < vbd->config.queues && vbd->state == SG_VBD_CONNECTED; q++)
        if (vbd->queues[q].waiting)
            push_queue(vbd, &vbd->queues[q], now_ns);
}

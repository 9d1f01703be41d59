/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: replies on the rings of a VBD. */
#include "blkfront-ring.h"

#include "event.h"

#include <string.h>

static void give_slot(struct sg_queue *queue, struct sg_slot *slot)
{
    slot->io = NULL;
    slot->next_free = (uint16_t)queue->first_free;
    queue->first_free = (unsigned)(slot - queue->slots);
}

static bool take_back(struct sg_vbd *vbd, struct sg_slot *slot)
{
    bool good = true;

    if (vbd->config.persistent)
        return true;
    for (unsigned s = 0; s < slot->segments; s++)
        good &= sg_ring_end_grant(vbd, &slot->refs[s], "although it has replied");
    return sg_ring_end_grant(vbd, &slot->indirect_ref, "although it has replied") && good;
}

static void count(struct sg_vbd *vbd, const struct sg_slot *slot, bool good, uint64_t now_ns)
{
    struct sg_figures *f = &vbd->figures;

    sg_figures_latency(f, now_ns - slot->begin_ns);
    f->errors += !good;
    f->writes += slot->io->op == SG_WRITE;
    f->reads += slot->io->op == SG_READ;
    f->flushes += slot->io->op == SG_FLUSH;
    f->discards += slot->io->op == SG_DISCARD;
    if (good && slot->io->op == SG_WRITE)
        f->write_bytes += slot->length;
    if (good && slot->io->op == SG_READ)
        f->read_bytes += slot->length;
}

/* The slot that the reply is for, or NULL and the VBD broken. */
static struct sg_slot *find_slot(struct sg_vbd *vbd, struct sg_queue *queue,
                                 const blkif_response_t *reply)
{
    uint64_t index = reply->id & 0xffff;
    struct sg_slot *slot = index < queue->slot_count ? &queue->slots[index] : NULL;

    if (slot && slot->io && sg_slot_id(queue, slot) == reply->id)
        return slot;
    sg_vbd_break(vbd, "the backend replied to id %lx, which is no request in flight",
                 (unsigned long)reply->id);
    return NULL;
}

static void take_reply(struct sg_vbd *vbd, struct sg_queue *queue, const blkif_response_t *reply,
                       uint64_t now_ns)
{
    struct sg_slot *slot = find_slot(vbd, queue, reply);

    if (!slot || !take_back(vbd, slot))
        return;
    struct sg_io *io = slot->io;
    if (vbd->config.persistent && io->op == SG_READ)
        memcpy((unsigned char *)io->buffer + slot->at, slot->pages, slot->length);
    count(vbd, slot, reply->status == BLKIF_RSP_OKAY, now_ns);
    if (reply->status != BLKIF_RSP_OKAY && io->status == 0)
        io->status = reply->status;
    give_slot(queue, slot);
    queue->in_flight--;
    vbd->in_flight--;
    if (--io->pending == 0 && io->all_placed)
        vbd->done(vbd->user, io);
}

static void reap_queue(struct sg_vbd *vbd, struct sg_queue *queue, uint64_t now_ns)
{
    blkif_front_ring_t *ring = queue->ring;
    int more = 1;

    while (more && vbd->state == SG_VBD_CONNECTED) {
        RING_IDX prod = ring->sring->rsp_prod;
        xen_rmb();
        if (RING_RESPONSE_PROD_OVERFLOW(ring, prod) || prod - ring->rsp_cons > queue->in_flight) {
            sg_vbd_break(vbd, "the backend put %u replies on the ring to %u requests",
                         prod - ring->rsp_cons, queue->in_flight);
            return;
        }
        if (prod != ring->rsp_cons) {
            uint64_t gap_ns = now_ns - vbd->moved_ns;
            vbd->moved_ns = now_ns;
            if (gap_ns > vbd->figures.gap_ns)
                vbd->figures.gap_ns = gap_ns;
        }
        while (ring->rsp_cons != prod && vbd->state == SG_VBD_CONNECTED) {
            blkif_response_t reply;
            RING_COPY_RESPONSE(ring, ring->rsp_cons, &reply);
            ring->rsp_cons++;
            take_reply(vbd, queue, &reply, now_ns);
        }
        RING_FINAL_CHECK_FOR_RESPONSES(ring, more);
    }
}

void sg_vbd_reap(struct sg_vbd *vbd, uint64_t now_ns)
{
    for (unsigned q = 0; q < vbd->config.queues && vbd->state == SG_VBD_CONNECTED; q++)
        if (sg_event_take(vbd->queues[q].port))
            reap_queue(vbd, &vbd->queues[q], now_ns);
}

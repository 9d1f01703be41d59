/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the handshake of a VBD's frontend with its backend (public/io/blkif.h, Startup). */
#include "blkfront.h"

#include "store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/blkif.h>
#include <xen/io/protocols.h>
#include <xen/io/xenbus.h>

/* --- nodes --- */

static uint64_t read_number(const char *folder, const char *node, uint64_t fallback)
{
    char path[160], text[32], *end;

    snprintf(path, sizeof(path), "%s/%s", folder, node);
    if (sg_store_read(path, text, sizeof(text)) <= 0)
        return fallback;
    uint64_t value = strtoull(text, &end, 10);
    return *end ? fallback : value;
}

static bool write_text(struct sg_vbd *vbd, const char *node, const char *text)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", vbd->frontend, node);
    int error = sg_store_write(path, text);
    if (error)
        sg_vbd_break(vbd, "xenstore does not take %s: error %d", path, -error);
    return error == 0;
}

static bool write_number(struct sg_vbd *vbd, const char *node, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, value);
    return write_text(vbd, node, text);
}

static unsigned backend_state(const struct sg_vbd *vbd)
{
    return (unsigned)read_number(vbd->backend, "state", XenbusStateUnknown);
}

void sg_vbd_describe(const struct sg_vbd *vbd, char *text, size_t size)
{
    static const char *const states[] = {"waits for its backend",
                                         "waits to be connected",
                                         "is connected",
                                         "waits to be closed",
                                         "is closed",
                                         "is broken"};

    snprintf(text, size, "%u %s (state of the frontend %u, of the backend %u)", vbd->handle,
             states[vbd->state], (unsigned)read_number(vbd->frontend, "state", 0),
             backend_state(vbd));
}

/* --- connecting --- */

void sg_vbd_init(struct sg_vbd *vbd, unsigned index, unsigned handle,
                 const struct sg_vbd_config *wishes)
{
    char path[96];

    memset(vbd, 0, sizeof(*vbd));
    vbd->index = index;
    vbd->handle = handle;
    vbd->config = *wishes;
    vbd->may_place = UINT64_MAX;
    snprintf(vbd->frontend, sizeof(vbd->frontend), "device/vbd/%u", handle);
    snprintf(path, sizeof(path), "%s/backend", vbd->frontend);
    if (sg_store_read(path, vbd->backend, sizeof(vbd->backend)) <= 0)
        sg_vbd_break(vbd, "%s names no backend", path);
    vbd->backend_domid = (unsigned)read_number(vbd->frontend, "backend-id", 0);
}

static unsigned least(uint64_t a, uint64_t b)
{
    return (unsigned)(a < b ? a : b);
}

/* What both sides can do. */
static void negotiate(struct sg_vbd *vbd)
{
    struct sg_vbd_config *config = &vbd->config;
    uint64_t order = read_number(vbd->backend, "max-ring-page-order", 0);
    uint64_t segments = read_number(vbd->backend, "feature-max-indirect-segments", 0);

    config->ring_pages = least(config->ring_pages, 1u << least(order, 4));
    config->queues = least(config->queues, read_number(vbd->backend, "multi-queue-max-queues", 1));
    if (config->queues == 0)
        config->queues = 1;
    config->segments = least(config->segments, segments);
    if (config->segments < BLKIF_MAX_SEGMENTS_PER_REQUEST)
        config->segments = BLKIF_MAX_SEGMENTS_PER_REQUEST;
}

/* Linux's backend says only when it connects whether it keeps grants; what was granted for that is given
 * back where it does not. */
static void settle_persistent(struct sg_vbd *vbd)
{
    if (!vbd->config.persistent || read_number(vbd->backend, "feature-persistent", 0))
        return;
    for (unsigned q = 0; q < vbd->config.queues; q++)
        sg_queue_end_persistent(vbd, &vbd->queues[q]);
    vbd->config.persistent = false;
}

static bool offer_queue(struct sg_vbd *vbd, unsigned number)
{
    struct sg_queue *queue = &vbd->queues[number];
    char folder[24] = "", node[48];

    if (!sg_queue_make(vbd, queue))
        return false;
    if (vbd->config.queues > 1)
        snprintf(folder, sizeof(folder), "queue-%u/", number);
    for (unsigned i = 0; i < vbd->config.ring_pages; i++) {
        snprintf(node, sizeof(node), "%sring-ref%u", folder, i);
        if (vbd->config.ring_pages == 1)
            snprintf(node, sizeof(node), "%sring-ref", folder);
        if (!write_number(vbd, node, queue->refs[i]))
            return false;
    }
    snprintf(node, sizeof(node), "%sevent-channel", folder);
    return write_number(vbd, node, queue->port);
}

static void offer(struct sg_vbd *vbd)
{
    const struct sg_vbd_config *config = &vbd->config;

    negotiate(vbd);
    for (unsigned i = 0; i < config->queues; i++)
        if (!offer_queue(vbd, i))
            return;
    if (config->queues > 1 && !write_number(vbd, "multi-queue-num-queues", config->queues))
        return;
    if (config->ring_pages > 1 &&
        (!write_number(vbd, "ring-page-order", (unsigned)__builtin_ctz(config->ring_pages)) ||
         !write_number(vbd, "num-ring-pages", config->ring_pages)))
        return;
    if (write_text(vbd, "protocol", XEN_IO_PROTO_ABI_X86_64) &&
        write_number(vbd, "feature-persistent", config->persistent) &&
        write_number(vbd, "state", XenbusStateInitialised))
        vbd->state = SG_VBD_OFFERED;
}

static void connect(struct sg_vbd *vbd)
{
    uint64_t sectors = read_number(vbd->backend, "sectors", 0);
    uint64_t info = read_number(vbd->backend, "info", 0);

    vbd->sector_size = (uint32_t)read_number(vbd->backend, "sector-size", 0);
    vbd->size = sectors * SG_SECTOR; /* Linux counts them so, whatever sector-size says */
    settle_persistent(vbd);
    vbd->flush = read_number(vbd->backend, "feature-flush-cache", 0) != 0;
    vbd->barrier = read_number(vbd->backend, "feature-barrier", 0) != 0;
    vbd->discard = read_number(vbd->backend, "feature-discard", 0) != 0;
    vbd->read_only = (info & VDISK_READONLY) != 0;
    /* Sums of places on it must not overflow. */
    if (sectors == 0 || sectors > UINT64_MAX / SG_SECTOR / 2 || vbd->sector_size < SG_SECTOR ||
        vbd->sector_size > 4096) {
        sg_vbd_break(vbd,
                     "the backend connected with %" PRIu64 " sectors of %u bytes, which is no disk",
                     sectors, vbd->sector_size);
        return;
    }
    if (write_number(vbd, "state", XenbusStateConnected))
        vbd->state = SG_VBD_CONNECTED;
}

/* --- closing --- */

static void step_closing(struct sg_vbd *vbd, unsigned backend)
{
    bool good = true;

    if (backend == XenbusStateClosing && !vbd->said_closed) {
        vbd->said_closed = true;
        write_number(vbd, "state", XenbusStateClosed);
    }
    if (backend != XenbusStateClosed && backend != XenbusStateUnknown)
        return;
    for (unsigned q = 0; q < vbd->config.queues; q++)
        good &= sg_queue_release(vbd, &vbd->queues[q]);
    if (!vbd->said_closed)
        write_number(vbd, "state", XenbusStateClosed);
    if (good && vbd->state != SG_VBD_BROKEN)
        vbd->state = SG_VBD_CLOSED;
}

void sg_vbd_close(struct sg_vbd *vbd)
{
    if (vbd->state == SG_VBD_WAITS)
        vbd->state = SG_VBD_CLOSED; /* nothing was offered */
    if (vbd->state != SG_VBD_OFFERED && vbd->state != SG_VBD_CONNECTED)
        return;
    vbd->state = SG_VBD_CLOSING;
    if (write_number(vbd, "state", XenbusStateClosing))
        sg_vbd_step(vbd);
}

void sg_vbd_step(struct sg_vbd *vbd)
{
    unsigned backend;

    if (vbd->state == SG_VBD_BROKEN || vbd->state == SG_VBD_CLOSED)
        return;
    backend = backend_state(vbd);
    if (vbd->state == SG_VBD_CLOSING) {
        step_closing(vbd, backend);
        return;
    }
    if (backend == XenbusStateClosing || backend == XenbusStateClosed) {
        sg_vbd_break(vbd, "the backend has closed it (state %u)%s", backend,
                     vbd->state == SG_VBD_CONNECTED ? ", although it is in use" : "");
        return;
    }
    if (vbd->state == SG_VBD_WAITS && backend >= XenbusStateInitWait)
        offer(vbd);
    if (vbd->state == SG_VBD_OFFERED && backend_state(vbd) == XenbusStateConnected)
        connect(vbd);
}

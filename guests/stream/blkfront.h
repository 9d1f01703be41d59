/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the frontend of one VBD.
 *
 * Speaks the block protocol of public/io/blkif.h, ABI x86_64-abi: one ring or several (queues) of one
 * page or several, indirect requests as far as the backend takes them, else direct ones of 11
 * segments. What is asked of a VBD is a struct sg_io of any length; it goes to one queue, cut into
 * requests as Linux cuts it: as many pages each as a request has segments. Grants are taken and
 * given back for every request; with persistent grants once for all, by slot and segment.
 *
 * Single-threaded, no waiting: sg_vbd_step moves the handshake on, sg_vbd_reap takes replies. What
 * the backend does wrong (wrong ids, impossible indices, a ring closed under load) becomes a
 * problem, a sentence, and ends the VBD; it is told once and nothing of the VBD is touched again. */
#pragma once

#include "figures.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/grant_table.h>

#define SG_VBDS_MAX       24
#define SG_QUEUES_MAX     16
#define SG_RING_PAGES_MAX 16
#define SG_SEGMENTS_MAX   256
#define SG_PROBLEM_SIZE   256
#define SG_SECTOR         512

enum sg_op { SG_READ, SG_WRITE, SG_FLUSH, SG_DISCARD };

/* One thing asked of a VBD. The caller's until sg_vbd_submit, and again once done is called. */
struct sg_io {
    enum sg_op op;
    uint64_t offset; /* bytes, like length whole sectors */
    uint32_t length; /* 0 for SG_FLUSH */
    void *buffer;    /* of length bytes, page-aligned; read and write only */
    int status;      /* when done: 0, or the first bad BLKIF_RSP_… */
    /* the frontend's */
    uint32_t placed;  /* bytes on the ring so far */
    uint32_t pending; /* requests without reply */
    bool all_placed;
    struct sg_io *next;
};

/* A request on the ring. */
struct sg_slot {
    struct sg_io *io; /* NULL: free */
    uint64_t begin_ns;
    uint32_t at, length; /* its part of the io, bytes */
    uint16_t sequence;   /* part of the id, so that a reply given twice is told apart */
    uint16_t segments;
    uint16_t next_free;
    grant_ref_t *refs; /* one a segment */
    grant_ref_t indirect_ref;
    void *indirect;       /* page of segments; NULL without indirect requests */
    unsigned char *pages; /* persistent grants only: one page a segment */
};

struct sg_queue {
    void *ring; /* blkif_front_ring_t, see blkfront-ring.c */
    unsigned port;
    grant_ref_t refs[SG_RING_PAGES_MAX];
    struct sg_slot *slots;
    unsigned slot_count, in_flight, first_free;
    struct sg_io *waiting, **waiting_end; /* not yet all on the ring */
};

/* What is wished for, and what came of it. */
struct sg_vbd_config {
    unsigned ring_pages, queues; /* at most, powers of two for ring_pages */
    unsigned segments;           /* at most, of a request; 11 or less: no indirect requests */
    bool persistent;
};

enum sg_vbd_state {
    SG_VBD_WAITS,     /* for the backend to be ready */
    SG_VBD_OFFERED,   /* rings told, waits for the backend to connect */
    SG_VBD_CONNECTED, /* can be used */
    SG_VBD_CLOSING,   /* by us */
    SG_VBD_CLOSED,
    SG_VBD_BROKEN, /* problem says why; for good */
};

struct sg_vbd {
    unsigned index;  /* 0 .. SG_VBDS_MAX - 1 */
    unsigned handle; /* virtual device number, e.g. 51712 */
    unsigned backend_domid;
    char frontend[64]; /* xenstore paths */
    char backend[96];
    enum sg_vbd_state state;
    char problem[SG_PROBLEM_SIZE];
    struct sg_vbd_config config; /* effective once OFFERED */
    uint64_t size;               /* bytes, like: */
    uint32_t sector_size;
    bool flush, barrier, discard; /* offered */
    bool read_only;
    bool said_closed; /* our state is Closed */
    struct sg_queue queues[SG_QUEUES_MAX];
    unsigned next_queue;
    unsigned in_flight; /* requests of all queues */
    uint64_t placed;    /* bytes of all requests put on rings since start */
    uint64_t
        may_place; /* no request is put there once placed has come to this; all ones: no limit */
    uint64_t moved_ns; /* last reply, or first request after none */
    struct sg_figures figures;
    /* Called from sg_vbd_reap for each io that has ended. */
    void (*done)(void *user, struct sg_io *io);
    void *user;
};

/* --- connection (blkfront-xenbus.c) --- */

/* The VBD whose node is device/vbd/HANDLE. done and user as above. */
void sg_vbd_init(struct sg_vbd *vbd, unsigned index, unsigned handle,
                 const struct sg_vbd_config *wishes);
/* The backend's state may have changed: moves the handshake on. Watches of backend states are the
 * caller's (vbd->backend and "/state"). */
void sg_vbd_step(struct sg_vbd *vbd);
/* Begins to close; nothing may be in flight. Then step until CLOSED or BROKEN. */
void sg_vbd_close(struct sg_vbd *vbd);
/* "51712: waits (frontend 1, backend 2)" */
void sg_vbd_describe(const struct sg_vbd *vbd, char *text, size_t size);

/* --- the ring (blkfront-ring.c; replies: blkfront-reply.c) --- */

/* Makes a queue's ring and slots, by vbd->config; false: problem says why. */
bool sg_queue_make(struct sg_vbd *vbd, struct sg_queue *queue);
/* Gives back what is granted for good, if anything is; errors as below. */
bool sg_queue_end_persistent(struct sg_vbd *vbd, struct sg_queue *queue);
/* Gives its grants back; false, and problem, where the backend still holds one. */
bool sg_queue_release(struct sg_vbd *vbd, struct sg_queue *queue);

/* Takes the io; sg_vbd_push makes it seen. */
void sg_vbd_submit(struct sg_vbd *vbd, struct sg_io *io);
/* Puts on the rings what fits, and notifies where the ring asks for it. */
void sg_vbd_push(struct sg_vbd *vbd, uint64_t now_ns);
/* Takes all replies that are there; done is called for each io that is complete. */
void sg_vbd_reap(struct sg_vbd *vbd, uint64_t now_ns);
/* Ends the VBD with that problem. */
void sg_vbd_break(struct sg_vbd *vbd, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

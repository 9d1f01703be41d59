/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the backend of a VBD as Linux's blkback is one, with a disk in memory; for tests.
 *
 * It reads the ABI by offsets of its own, not through Xen's headers, and ends the test at any request
 * that blkback would refuse. It looks at a ring only when it is notified, and notifies only where the
 * ring asks for it: a notification left out shows as a guest that hangs. It is right unless told
 * otherwise: by what it is told beforehand, and by on_request and on_reply. */
#pragma once

#include "fake-store.h"

enum { FAKE_SEGMENTS = 256, FAKE_QUEUES = 16, FAKE_RING_PAGES = 16 };
enum { FAKE_READ = 0, FAKE_WRITE = 1, FAKE_BARRIER = 2, FAKE_FLUSH = 3, FAKE_DISCARD = 5 };

typedef struct FakeBackend FakeBackend;

/* A request off the ring, until it has been replied to. */
typedef struct {
    guint queue;
    guint number; /* 1 for the VBD's first */
    guint8 op;
    gboolean indirect;
    guint64 id, sector, sectors;
    guint segments;
    guint32 refs[FAKE_SEGMENTS];
    guint8 *pages[FAKE_SEGMENTS];
    guint8 first[FAKE_SEGMENTS], last[FAKE_SEGMENTS];
    guint32 indirect_ref;
    guint64 due_ns;
    gboolean replied;
    /* told by on_reply */
    gint16 status;
    guint64 reply_id;
    gboolean lose;        /* a write is said to be done, and is not */
    gboolean late;        /* data moves only after the reply */
    gboolean keep_mapped; /* grants are still mapped when it replies, and ever after */
    gboolean twice;       /* is replied to twice */
    gboolean never;       /* and never */
    guint32 overrun;      /* replies too many in rsp_prod, from here on */
    FakeBackend *other;   /* data goes to that one's disk */
} FakeRequest;

typedef struct {
    guint page_count, port;
    guint32 refs[FAKE_RING_PAGES];
    guint8 *pages[FAKE_RING_PAGES];
    guint32 size; /* requests */
    guint32 req_cons, rsp_prod;
    guint32 overrun; /* what rsp_prod says too much */
    gboolean kicked;
    guint in_flight, most_in_flight, requests;
} FakeQueue;

struct FakeBackend {
    FakeStore *store;
    guint index, handle;
    char *path;     /* "/local/domain/0/backend/vbd/7/51712" */
    char *frontend; /* "device/vbd/51712" */
    guint8 *disk;
    guint64 size;
    guint state; /* XenbusState, as it has written it */
    FakeQueue queues[FAKE_QUEUES];
    guint queue_count;
    gboolean persistent;
    gboolean late;      /* says only when it connects that it keeps grants, as Linux does */
    GHashTable *kept;   /* persistent grants that are mapped */
    GPtrArray *pending; /* FakeRequest, oldest first */
    GRand *rand;
    /* seen */
    guint requests, replies;
    guint seen[8];  /* by op */
    guint indirect; /* requests */
    guint events;   /* sent */
    guint64 first_sector;
    /* told */
    gboolean shuffle;      /* replies in any order */
    gboolean hold;         /* replies to nothing */
    gboolean deaf;         /* does nothing at all */
    guint per_step;        /* replies at a time; 0: all that are due */
    guint64 delay_ns;      /* of each reply */
    gboolean keep_rings;   /* does not unmap when it closes */
    guint silent_at_state; /* goes no further than that state */
    void (*on_request)(FakeBackend *backend, FakeRequest *request);
    void (*on_reply)(FakeBackend *backend, FakeRequest *request);
    gpointer user_data;
};

/* Puts the nodes of both ends into xenstore, as the toolstack and blkback do: backend InitWait, a
 * disk of size bytes, features as blkback of Linux 6.1 has them. */
void fake_backend_init(FakeBackend *backend, FakeStore *store, guint index, guint64 size);
void fake_backend_clear(FakeBackend *backend);

/* A node of the backend. */
void fake_backend_node(FakeBackend *backend, const char *name, guint64 value);
/* Changes its state. */
void fake_backend_enter(FakeBackend *backend, guint state);

gboolean fake_backend_step(FakeBackend *backend);
guint64 fake_backend_due(FakeBackend *backend);
void fake_backend_notified(FakeBackend *backend, guint port);

/* --- the rings (fake-requests.c) --- */

/* Takes requests and replies to them; false if there was nothing to do. */
gboolean fake_backend_serve(FakeBackend *backend);
/* Where a field of the ring stands: byte at, of the ring's pages. */
guint8 *fake_queue_byte(FakeQueue *queue, gsize at);
/* Forgets what is pending, and unmaps. */
void fake_backend_forget(FakeBackend *backend);

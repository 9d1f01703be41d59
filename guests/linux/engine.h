/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stream of one VBD.
 *
 * Writes the VBD from its start to its end in blocks, a fixed number of them in flight, and begins
 * anew: a pass. Plain streams run over the end without a pause. With fsync or verify a pass ends
 * when its writes are done: flush, read back and compare, next pass. On stop no new write begins,
 * those in flight are awaited, and with verify what the pass has written so far is read back.
 *
 * One engine is one VBD and one thread, so a VBD whose queue is full holds up no other. All I/O
 * goes through struct xg_io: libaio in the domU, a fake disk in tests.
 *
 * An I/O error is counted and reported, the block is not tried again, and the stream goes on; what
 * the block then holds is unknown, so verify leaves it out. XG_ERRORS_MAX errors end the stream. */
#pragma once

#include "args.h"
#include "pattern.h"

#include <stdatomic.h>

#define XG_ERRORS_MAX 16

struct xg_request {
    unsigned slot; /* 0 .. in_flight - 1; comes back in struct xg_done */
    bool write;
    void *buffer;
    uint32_t length;
    uint64_t offset;
};

struct xg_done {
    unsigned slot;
    int64_t result; /* bytes moved, or a negative errno */
};

/* Asynchronous I/O on one VBD. */
struct xg_io {
    void *self;
    /* Begins a request; 0, or a negative errno and the request does not come back. */
    int (*submit)(void *self, const struct xg_request *request);
    /* Waits for at least one request to end: their number, at most max, or a negative errno. */
    int (*wait)(void *self, struct xg_done *done, unsigned max);
    /* Makes all that was written stable; 0 or a negative errno. Nothing is in flight. */
    int (*flush)(void *self);
};

struct xg_engine_config {
    const char *domain; /* at most XG_NAME_MAX bytes; outlives the engine */
    unsigned vbd;
    uint64_t size;      /* bytes, a multiple of 512, not 0 */
    uint32_t block;     /* bytes, a multiple of 512, not 0; the last of a VBD may be shorter */
    unsigned in_flight; /* 1 .. XG_IN_FLIGHT_MAX */
    bool fsync, verify;
    uint32_t run; /* see struct xg_block */
    /* With verify in_flight blocks one after another, else a single block, already filled and only
     * read: it may be shared by all engines. Aligned as the device needs it. */
    void *buffers;
};

/* Called on the engine's thread, once for each error and mismatch; the sentence is the callee's
 * only during the call. */
struct xg_engine_events {
    void *user;
    void (*error)(void *user, const char *sentence);
    void (*mismatch)(void *user, const char *sentence);
};

/* May be read by any thread at any time. */
struct xg_counters {
    atomic_uint_fast64_t bytes;      /* written with success */
    atomic_uint_fast64_t errors;     /* requests and flushes that failed */
    atomic_uint_fast64_t mismatches; /* runs of wrong sectors, see pattern.h */
    atomic_uint_fast64_t
        passes; /* whole walks, failed blocks included; with verify: and read back */
};

struct xg_slot {
    struct xg_request request;
    bool busy;
};

/* Owned by the caller; only counters and xg_engine_stop are for other threads. */
struct xg_engine {
    struct xg_engine_config config;
    struct xg_engine_events events;
    struct xg_io io;
    struct xg_counters counters;
    atomic_bool stop;
    struct xg_slot slots[XG_IN_FLIGHT_MAX];
    unsigned busy;                   /* slots in flight */
    uint64_t next;                   /* offset of the next request of this phase */
    uint64_t pass;                   /* 1 for the first */
    uint64_t blocks_done;            /* plain streams: writes that ended, over all passes */
    uint64_t unknown[XG_ERRORS_MAX]; /* offsets whose write failed in this pass */
    unsigned unknowns;
    bool lost;                             /* waiting itself failed: buffers may still be in use */
    char last_error[XG_SENTENCE_SIZE / 2]; /* for the engine's thread; no noun in front */
};

void xg_engine_init(struct xg_engine *engine, const struct xg_engine_config *config,
                    const struct xg_io *io, const struct xg_engine_events *events);

/* Streams until xg_engine_stop (true) or until it gives up after too many errors (false); then
 * nothing is in flight, unless waiting itself failed. */
bool xg_engine_run(struct xg_engine *engine);

/* Asks the stream to drain and end; returns at once. */
void xg_engine_stop(struct xg_engine *engine);

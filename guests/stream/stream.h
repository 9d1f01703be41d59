/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the stream of one VBD.
 *
 * Walks over the VBD in blocks, a fixed number of them in flight, written, read or discarded as the
 * options say, from start to end or at random, and begins anew: a pass is as many blocks as the VBD
 * has. With fsync or verify a pass ends when its blocks are done: flush, read back what was
 * written in it and compare, next pass. Paranoid: once a block is written its pages are checked (they
 * must be as they were handed out), changed, and the block is read back into them at once; a
 * backend that still uses a page after its reply, or another domain that writes to it, shows.
 *
 * What a block holds is known by the pass that wrote it last; a block whose write failed, or that was
 * discarded, is not compared. XG_ERRORS_MAX errors end the stream. No waiting: sg_stream_run begins what
 * can be begun, replies come by sg_vbd_reap. */
#pragma once

#include "blkfront.h"
#include "options.h"
#include "pattern.h"

#define SG_ERRORS_MAX 16
/* Blocks whose contents are remembered: 4 bytes each. */
#define SG_BLOCKS_MAX 65536

/* What a block in flight is for. */
enum sg_purpose {
    SG_FREE,
    SG_WRITES,
    SG_READS,
    SG_READS_BACK,
    SG_VERIFIES,
    SG_FLUSHES,
    SG_DISCARDS
};

struct sg_stream_slot {
    struct sg_io io;
    enum sg_purpose purpose;
    uint64_t block; /* number */
    uint64_t pass;  /* of the write, or that the block is known to hold; 0: not known */
};

enum sg_phase {
    SG_PHASE_IDLE,
    SG_PHASE_STREAM,
    SG_PHASE_FLUSH,
    SG_PHASE_VERIFY,
    SG_PHASE_ENDED, /* nothing is in flight and nothing will be */
};

struct sg_stream {
    struct sg_vbd *vbd;
    const struct sg_options *options;
    uint32_t run; /* see struct xg_block */
    enum sg_phase phase;
    bool stopping;
    uint64_t blocks; /* of the VBD; the last may be shorter */
    uint64_t pass;   /* under way, 1 for the first */
    uint64_t begun;  /* blocks begun in this pass */
    uint64_t next;   /* block, of a walk or of verifying */
    uint64_t random; /* state of the generator */
    uint64_t since_flush, since_discard;
    uint32_t *written; /* by block: pass that wrote it last, 0 not known; NULL: not remembered */
    struct sg_stream_slot slots[XG_IN_FLIGHT_MAX], flush_slot;
    unsigned busy; /* slots in flight, flush_slot included */
    uint64_t bytes, errors, mismatches, passes;
    /* Called once for each error and mismatch; the sentence is theirs only during the call. */
    void (*error)(void *user, const char *sentence);
    void (*mismatch)(void *user, const char *sentence);
    void *user;
};

/* buffers: in_flight blocks if the options verify or are paranoid, else one, which is shared. The
 * caller has zeroed the stream and set error, mismatch and user. False: error was called. */
bool sg_stream_init(struct sg_stream *stream, struct sg_vbd *vbd, const struct sg_options *options,
                    uint32_t run, unsigned char *buffers);

/* Begins the first pass. */
void sg_stream_start(struct sg_stream *stream);
/* Begins nothing new but what ends the pass; then the phase becomes ENDED. */
void sg_stream_stop(struct sg_stream *stream);
/* Begins what can be begun; the VBD's sg_vbd_push is the caller's. */
void sg_stream_run(struct sg_stream *stream);
/* Ends at once, whatever is in flight: the VBD is broken. */
void sg_stream_give_up(struct sg_stream *stream);

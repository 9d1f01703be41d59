/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the stream of one VBD. */
#include "stream.h"

#include "memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- errors and what blocks hold --- */

static void say(struct sg_stream *stream, const char *what)
{
    char sentence[XG_SENTENCE_SIZE];

    snprintf(sentence, sizeof(sentence), "domain %s vbd %u: %s", stream->options->args.name,
             stream->vbd->index, what);
    stream->errors++;
    stream->error(stream->user, sentence);
}

static bool keeps_contents(const struct sg_options *options)
{
    return options->args.verify || options->paranoid;
}

static struct xg_block place_of(const struct sg_stream *stream, const struct sg_stream_slot *slot)
{
    struct xg_block place = {.vbd = stream->vbd->index,
                             .run = stream->run,
                             .offset = slot->io.offset,
                             .pass = slot->pass};

    snprintf(place.domain, sizeof(place.domain), "%s", stream->options->args.name);
    return place;
}

/* When the pattern in the slot's buffer is not what it must be; where says which copy is looked at. */
static void compare(struct sg_stream *stream, const struct sg_stream_slot *slot, const char *where)
{
    struct xg_block place = place_of(stream, slot);
    struct xg_mismatch mismatch;
    char sentence[XG_SENTENCE_SIZE];
    size_t cursor = 0;

    while (xg_pattern_next_mismatch(&place, slot->io.buffer, slot->io.length, &cursor, &mismatch)) {
        xg_mismatch_sentence(&mismatch, sentence);
        size_t used = strlen(sentence);
        snprintf(sentence + used, sizeof(sentence) - used, "%s", where);
        stream->mismatches++;
        stream->mismatch(stream->user, sentence);
    }
}

static void remember(struct sg_stream *stream, const struct sg_stream_slot *slot, uint64_t pass)
{
    if (stream->written)
        stream->written[slot->block] = (uint32_t)pass;
}

/* --- beginning --- */

static uint64_t next_random(struct sg_stream *stream)
{
    /* xorshift64 (Marsaglia, 2003). */
    uint64_t x = stream->random;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return stream->random = x;
}

static struct sg_stream_slot *free_slot(struct sg_stream *stream)
{
    for (unsigned i = 0; i < stream->options->args.in_flight; i++)
        if (stream->slots[i].purpose == SG_FREE)
            return &stream->slots[i];
    return NULL;
}

static bool block_is_busy(const struct sg_stream *stream, uint64_t block)
{
    for (unsigned i = 0; i < stream->options->args.in_flight; i++)
        if (stream->slots[i].purpose != SG_FREE && stream->slots[i].block == block)
            return true;
    return false;
}

static void begin(struct sg_stream *stream, struct sg_stream_slot *slot, enum sg_purpose purpose)
{
    static const enum sg_op ops[] = {
        [SG_WRITES] = SG_WRITE,  [SG_READS] = SG_READ,    [SG_READS_BACK] = SG_READ,
        [SG_VERIFIES] = SG_READ, [SG_FLUSHES] = SG_FLUSH, [SG_DISCARDS] = SG_DISCARD,
    };
    uint64_t block_size = stream->options->args.block;
    uint64_t offset = slot->block * block_size, left = stream->vbd->size - offset;

    if (slot->purpose == SG_FREE)
        stream->busy++;
    slot->purpose = purpose;
    slot->io.op = ops[purpose];
    slot->io.offset = purpose == SG_FLUSHES ? 0 : offset;
    slot->io.length = purpose == SG_FLUSHES ? 0 : (uint32_t)(left < block_size ? left : block_size);
    if (purpose == SG_WRITES && keeps_contents(stream->options)) {
        struct xg_block place = place_of(stream, slot);
        xg_pattern_fill(&place, slot->io.buffer, slot->io.length);
    }
    sg_vbd_submit(stream->vbd, &slot->io);
}

/* The next block of the walk; false if all that could be taken are in flight. */
static bool choose_block(struct sg_stream *stream, uint64_t *block)
{
    if (!stream->options->random) {
        *block = stream->next;
        if (block_is_busy(stream, *block))
            return false;
        stream->next = (stream->next + 1) % stream->blocks;
        return true;
    }
    /* A few tries: where most blocks are in flight it waits for one to end. */
    for (unsigned i = 0; i < 8; i++) {
        *block = next_random(stream) % stream->blocks;
        if (!block_is_busy(stream, *block))
            return true;
    }
    return false;
}

static enum sg_purpose choose_purpose(struct sg_stream *stream)
{
    const struct sg_options *options = stream->options;

    if (options->reads > 0 && next_random(stream) % 1000 < options->reads)
        return SG_READS;
    if (stream->vbd->discard && options->discard_every &&
        ++stream->since_discard >= options->discard_every) {
        stream->since_discard = 0;
        return SG_DISCARDS;
    }
    return SG_WRITES;
}

static bool can_flush(const struct sg_vbd *vbd)
{
    return vbd->flush || vbd->barrier;
}

/* A flush among the stream's blocks; one at a time. */
static void flush_if_due(struct sg_stream *stream)
{
    if (!stream->options->flush_every || ++stream->since_flush < stream->options->flush_every ||
        !can_flush(stream->vbd) || stream->flush_slot.purpose != SG_FREE)
        return;
    stream->since_flush = 0;
    begin(stream, &stream->flush_slot, SG_FLUSHES);
}

static bool ends_passes(const struct sg_stream *stream)
{
    return stream->options->args.fsync || stream->options->args.verify;
}

/* One block more, if there is one to be had. */
static bool begin_block(struct sg_stream *stream)
{
    struct sg_stream_slot *slot = free_slot(stream);
    uint64_t block;

    if (!slot || stream->stopping)
        return false;
    if (stream->begun == stream->blocks) {
        if (ends_passes(stream))
            return false;
        stream->pass++;
        stream->passes++;
        stream->begun = 0;
    }
    if (!choose_block(stream, &block))
        return false;
    enum sg_purpose purpose = choose_purpose(stream);
    slot->block = block;
    slot->pass = purpose == SG_WRITES ? stream->pass : stream->written ? stream->written[block] : 0;
    if (purpose != SG_READS)
        remember(stream, slot, 0);
    stream->begun++;
    begin(stream, slot, purpose);
    flush_if_due(stream);
    return true;
}

static bool begin_verify(struct sg_stream *stream)
{
    struct sg_stream_slot *slot = free_slot(stream);

    while (stream->next < stream->blocks && stream->written[stream->next] != stream->pass)
        stream->next++;
    if (!slot || stream->next >= stream->blocks)
        return false;
    slot->block = stream->next++;
    slot->pass = stream->pass;
    begin(stream, slot, SG_VERIFIES);
    return true;
}

/* --- phases --- */

static void end_pass(struct sg_stream *stream)
{
    if (stream->begun == stream->blocks)
        stream->passes++;
    stream->phase = stream->stopping ? SG_PHASE_ENDED : SG_PHASE_STREAM;
    stream->pass++;
    stream->begun = 0;
    stream->next = 0;
}

/* Nothing is in flight, and nothing more can be begun in this phase. */
static void next_phase(struct sg_stream *stream)
{
    if (stream->phase == SG_PHASE_STREAM && stream->options->args.fsync && can_flush(stream->vbd)) {
        stream->phase = SG_PHASE_FLUSH;
        begin(stream, &stream->flush_slot, SG_FLUSHES);
    } else if (stream->phase <= SG_PHASE_FLUSH && stream->options->args.verify) {
        stream->phase = SG_PHASE_VERIFY;
        stream->next = 0;
    } else {
        end_pass(stream);
    }
}

void sg_stream_run(struct sg_stream *stream)
{
    while (stream->phase != SG_PHASE_IDLE && stream->phase != SG_PHASE_ENDED) {
        if (stream->errors >= SG_ERRORS_MAX) {
            if (stream->busy == 0)
                stream->phase = SG_PHASE_ENDED;
            return;
        }
        while (stream->phase == SG_PHASE_STREAM && begin_block(stream))
            ;
        while (stream->phase == SG_PHASE_VERIFY && begin_verify(stream))
            ;
        if (stream->busy > 0)
            return;
        next_phase(stream);
    }
}

/* --- replies --- */

static void io_failed(struct sg_stream *stream, const struct sg_stream_slot *slot)
{
    static const char *const names[] = {
        [SG_READ] = "read", [SG_WRITE] = "write", [SG_FLUSH] = "flush", [SG_DISCARD] = "discard"};
    char what[XG_SENTENCE_SIZE / 2];

    snprintf(what, sizeof(what),
             "%s of %u bytes at offset %" PRIu64 " failed: blkback says %d (%s)",
             names[slot->io.op], slot->io.length, slot->io.offset, slot->io.status,
             slot->io.status == -2 ? "not supported" : "I/O error");
    say(stream, what);
}

/* Paranoid: the pages are still what they were, and the block is read back into other contents. */
static void read_back(struct sg_stream *stream, struct sg_stream_slot *slot)
{
    compare(stream, slot, ", in the domU's own page when the write was done");
    memset(slot->io.buffer, 0xa5, slot->io.length);
    begin(stream, slot, SG_READS_BACK);
}

static void block_written(struct sg_stream *stream, struct sg_stream_slot *slot)
{
    stream->bytes += slot->io.length;
    remember(stream, slot, slot->pass);
}

/* True if the slot goes on with something else. */
static bool block_done(struct sg_stream *stream, struct sg_stream_slot *slot)
{
    switch (slot->purpose) {
    case SG_WRITES:
        if (stream->options->paranoid) {
            read_back(stream, slot);
            return true;
        }
        block_written(stream, slot);
        return false;
    case SG_READS_BACK:
        compare(stream, slot, ", read back at once");
        block_written(stream, slot);
        return false;
    case SG_READS:
        stream->bytes += slot->io.length;
        if (slot->pass > 0)
            compare(stream, slot, "");
        return false;
    case SG_VERIFIES:
        compare(stream, slot, "");
        return false;
    default:
        return false;
    }
}

static void on_done(void *user, struct sg_io *io)
{
    struct sg_stream *stream = user;
    struct sg_stream_slot *slot = (struct sg_stream_slot *)io; /* its first member */

    if (io->status != 0)
        io_failed(stream, slot);
    else if (block_done(stream, slot))
        return;
    slot->purpose = SG_FREE;
    stream->busy--;
}

/* --- from outside --- */

bool sg_stream_init(struct sg_stream *stream, struct sg_vbd *vbd, const struct sg_options *options,
                    uint32_t run, unsigned char *buffers)
{
    uint64_t block = options->args.block;
    char what[XG_SENTENCE_SIZE / 2];

    stream->vbd = vbd;
    stream->options = options;
    stream->run = run;
    stream->blocks = (vbd->size + block - 1) / block;
    stream->random = (options->seed + 1) * 0x9e3779b97f4a7c15ull + vbd->index + 1;
    vbd->done = on_done;
    vbd->user = stream;
    for (unsigned i = 0; i < options->args.in_flight; i++)
        stream->slots[i].io.buffer = buffers + (keeps_contents(options) ? i * block : 0);
    if (vbd->read_only && options->reads < 1000) {
        say(stream, "it is read-only and the plan wants it written");
        return false;
    }
    if (!keeps_contents(options))
        return true;
    if (stream->blocks <= SG_BLOCKS_MAX)
        stream->written = sg_bytes(stream->blocks * sizeof(*stream->written));
    if (stream->written)
        return true;
    snprintf(what, sizeof(what),
             "no memory to remember what %" PRIu64 " blocks hold (at most %d); make "
             "workload.vbd_size smaller or workload.block_size larger",
             stream->blocks, SG_BLOCKS_MAX);
    say(stream, what);
    return false;
}

void sg_stream_start(struct sg_stream *stream)
{
    stream->phase = SG_PHASE_STREAM;
    stream->pass = 1;
}

void sg_stream_stop(struct sg_stream *stream)
{
    stream->stopping = true;
    if (stream->phase == SG_PHASE_IDLE)
        stream->phase = SG_PHASE_ENDED;
}

void sg_stream_give_up(struct sg_stream *stream)
{
    stream->phase = SG_PHASE_ENDED;
}

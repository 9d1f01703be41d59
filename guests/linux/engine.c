/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stream of one VBD (see engine.h). */
#include "engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One walk over the VBD, writing or reading. */
struct phase {
    bool write;
    bool endless; /* begins anew at the end instead of ending */
    uint64_t end; /* bytes */
};

void xg_engine_init(struct xg_engine *engine, const struct xg_engine_config *config,
                    const struct xg_io *io, const struct xg_engine_events *events)
{
    memset(engine, 0, sizeof(*engine));
    engine->config = *config;
    engine->io = *io;
    engine->events = *events;
}

void xg_engine_stop(struct xg_engine *engine)
{
    atomic_store(&engine->stop, true);
}

static bool gave_up(struct xg_engine *engine)
{
    return engine->lost || atomic_load(&engine->counters.errors) >= XG_ERRORS_MAX;
}

/* what: "write of 2097152 bytes at offset 0 failed: Input/output error" */
static void report_error(struct xg_engine *engine, const char *what)
{
    char sentence[XG_SENTENCE_SIZE];
    snprintf(sentence, sizeof(sentence), "domain %s vbd %u: %s", engine->config.domain,
             engine->config.vbd, what);
    snprintf(engine->last_error, sizeof(engine->last_error), "%s", what);
    atomic_fetch_add(&engine->counters.errors, 1);
    engine->events.error(engine->events.user, sentence);
}

static void request_failed(struct xg_engine *engine, const struct xg_request *request,
                           int64_t result)
{
    char what[XG_SENTENCE_SIZE / 2];
    int used = snprintf(what, sizeof(what), "%s of %" PRIu32 " bytes at offset %" PRIu64,
                        request->write ? "write" : "read", request->length, request->offset);
    if (result < 0)
        snprintf(what + used, sizeof(what) - used, " failed: %s", strerror((int)-result));
    else
        snprintf(what + used, sizeof(what) - used, " ended after %" PRId64 " bytes", result);
    if (request->write && engine->unknowns < XG_ERRORS_MAX)
        engine->unknown[engine->unknowns++] = request->offset;
    report_error(engine, what);
}

static struct xg_block block_at(struct xg_engine *engine, uint64_t offset)
{
    struct xg_block block = {.vbd = engine->config.vbd,
                             .run = engine->config.run,
                             .offset = offset,
                             .pass = engine->pass};
    snprintf(block.domain, sizeof(block.domain), "%s", engine->config.domain);
    return block;
}

static void compare(struct xg_engine *engine, const struct xg_request *request)
{
    struct xg_block first = block_at(engine, request->offset);
    struct xg_mismatch mismatch;
    size_t cursor = 0;
    while (xg_pattern_next_mismatch(&first, request->buffer, request->length, &cursor, &mismatch)) {
        char sentence[XG_SENTENCE_SIZE];
        xg_mismatch_sentence(&mismatch, sentence);
        atomic_fetch_add(&engine->counters.mismatches, 1);
        engine->events.mismatch(engine->events.user, sentence);
    }
}

static void request_ended(struct xg_engine *engine, const struct xg_request *request,
                          int64_t result)
{
    if (result != (int64_t)request->length)
        request_failed(engine, request, result);
    else if (request->write)
        atomic_fetch_add(&engine->counters.bytes, request->length);
    else
        compare(engine, request);
}

static bool is_unknown(const struct xg_engine *engine, uint64_t offset)
{
    for (unsigned i = 0; i < engine->unknowns; i++)
        if (engine->unknown[i] == offset)
            return true;
    return false;
}

/* Takes the next place of the phase; false if there is none, or none is wanted any more. */
static bool next_place(struct xg_engine *engine, const struct phase *phase,
                       struct xg_request *request)
{
    if (gave_up(engine) || (phase->write && atomic_load(&engine->stop)))
        return false;
    while (!phase->write && engine->next < phase->end && is_unknown(engine, engine->next))
        engine->next += engine->config.block;
    if (engine->next >= phase->end) {
        if (!phase->endless)
            return false;
        engine->next = 0;
    }
    uint64_t left = phase->end - engine->next;
    request->write = phase->write;
    request->offset = engine->next;
    request->length = left < engine->config.block ? (uint32_t)left : engine->config.block;
    engine->next += request->length;
    return true;
}

static struct xg_slot *free_slot(struct xg_engine *engine)
{
    for (unsigned i = 0; i < engine->config.in_flight; i++)
        if (!engine->slots[i].busy)
            return &engine->slots[i];
    return NULL;
}

/* Plain streams know their passes by counting: the order in which blocks end does not matter. */
static void count_block(struct xg_engine *engine, const struct phase *phase)
{
    if (!phase->endless)
        return;
    uint64_t blocks = (phase->end - 1) / engine->config.block + 1;
    if (++engine->blocks_done % blocks == 0)
        atomic_fetch_add(&engine->counters.passes, 1);
}

/* Keeps the VBD busy: submits until all slots are in flight or the phase has no more places. */
static void submit_all(struct xg_engine *engine, const struct phase *phase)
{
    struct xg_slot *slot;
    while ((slot = free_slot(engine)) && next_place(engine, phase, &slot->request)) {
        struct xg_request *request = &slot->request;
        request->slot = (unsigned)(slot - engine->slots);
        request->buffer = engine->config.buffers;
        if (engine->config.verify)
            request->buffer = (unsigned char *)engine->config.buffers +
                              (size_t)request->slot * engine->config.block;
        if (engine->config.verify && request->write) {
            struct xg_block first = block_at(engine, request->offset);
            xg_pattern_fill(&first, request->buffer, request->length);
        }
        int result = engine->io.submit(engine->io.self, request);
        if (result < 0) {
            request_failed(engine, request, result);
            count_block(engine, phase);
            continue;
        }
        slot->busy = true;
        engine->busy++;
    }
}

/* Waits for requests to end and deals with them. */
static void reap(struct xg_engine *engine, const struct phase *phase)
{
    struct xg_done done[XG_IN_FLIGHT_MAX];
    int count = engine->io.wait(engine->io.self, done, engine->config.in_flight);
    if (count < 0) {
        char what[XG_SENTENCE_SIZE / 2];
        snprintf(what, sizeof(what), "waiting for %u requests failed: %s", engine->busy,
                 strerror(-count));
        engine->lost = true;
        report_error(engine, what);
        return;
    }
    for (int i = 0; i < count; i++) {
        struct xg_slot *slot = &engine->slots[done[i].slot];
        slot->busy = false;
        engine->busy--;
        request_ended(engine, &slot->request, done[i].result);
        count_block(engine, phase);
    }
}

/* Walks the phase to its end, or until stop (writes only) or too many errors; then nothing is in
 * flight, unless the engine is lost. */
static void run_phase(struct xg_engine *engine, const struct phase *phase)
{
    engine->next = 0;
    while (true) {
        submit_all(engine, phase);
        if (engine->busy == 0 || engine->lost)
            return;
        reap(engine, phase);
    }
}

static void flush(struct xg_engine *engine)
{
    int result = engine->io.flush(engine->io.self);
    if (result == 0)
        return;
    char what[XG_SENTENCE_SIZE / 2];
    snprintf(what, sizeof(what), "flush after pass %" PRIu64 " failed: %s", engine->pass,
             strerror(-result));
    report_error(engine, what);
}

/* One pass that ends with flush or read-back, over as much as was written when stop came. */
static void run_pass(struct xg_engine *engine)
{
    const struct phase writing = {.write = true, .end = engine->config.size};
    engine->pass++;
    engine->unknowns = 0;
    run_phase(engine, &writing);
    uint64_t written = engine->next;
    if (engine->config.fsync && !gave_up(engine))
        flush(engine);
    if (engine->config.verify && !gave_up(engine)) {
        const struct phase reading = {.write = false, .end = written};
        run_phase(engine, &reading);
    }
    if (written >= engine->config.size && !gave_up(engine))
        atomic_fetch_add(&engine->counters.passes, 1);
}

bool xg_engine_run(struct xg_engine *engine)
{
    const struct phase plain = {.write = true, .endless = true, .end = engine->config.size};
    bool passes = engine->config.fsync || engine->config.verify;
    while (!atomic_load(&engine->stop) && !gave_up(engine)) {
        if (passes)
            run_pass(engine);
        else
            run_phase(engine, &plain);
    }
    return !gave_up(engine);
}

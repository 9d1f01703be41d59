/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the domU as a whole. */
#include "domain.h"

#include "clock.h"
#include "cmdline.h"
#include "console.h"
#include "event.h"
#include "memory.h"
#include "store.h"
#include "wire.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t MS = 1000000, SECOND = SG_SECOND_NS;
/* How long a backend may take to connect, to reply while the domU drains, and to close. */
#define CONNECT_PATIENCE (120 * SECOND)
#define REPLY_PATIENCE   (60 * SECOND)
#define CLOSE_PATIENCE   (30 * SECOND)

/* How often VBDs that are held for a while are looked at: some thousand ticks of a metronome. */
#define OFFSET_STEP (20 * 1000ul)

/* --- what is told --- */

static void write_node(const char *name, const char *text)
{
    char path[64];

    snprintf(path, sizeof(path), XR_WIRE_NODE "/%s", name);
    int error = sg_store_write(path, text);
    if (error)
        sg_log("xenstore does not take %s: error %d", path, -error);
}

static void on_error(void *user, const char *sentence)
{
    struct sg_domain *domain = user;

    sg_log("%s", sentence);
    snprintf(domain->error, sizeof(domain->error), "%s", sentence);
    domain->news = true;
}

static void on_mismatch(void *user, const char *sentence)
{
    struct sg_domain *domain = user;

    sg_log("%s", sentence);
    if (domain->mismatches < XG_MISMATCHES_KEPT)
        snprintf(domain->mismatch[domain->mismatches++], XG_SENTENCE_SIZE, "%s", sentence);
    domain->news = true;
}

void sg_domain_fail(struct sg_domain *domain, const char *format, ...)
{
    char sentence[XG_SENTENCE_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    domain->failed = true;
    on_error(domain, sentence);
}

static struct xg_totals totals(const struct sg_domain *domain)
{
    struct xg_totals sum = {0};

    for (unsigned i = 0; i < domain->count; i++) {
        const struct sg_stream *stream = &domain->streams[i];
        sum.bytes += stream->bytes;
        sum.errors += stream->errors;
        sum.mismatches += stream->mismatches;
        if (i == 0 || stream->passes < sum.passes)
            sum.passes = stream->passes;
    }
    return sum;
}

/* What the status counts is written before it. */
static void publish(struct sg_domain *domain)
{
    struct xg_totals sum = totals(domain);
    char text[XG_SENTENCE_SIZE], name[24];

    if (domain->news && domain->error[0])
        write_node("error", domain->error);
    for (; domain->published < domain->mismatches; domain->published++) {
        snprintf(name, sizeof(name), "mismatch/%u", domain->published);
        write_node(name, domain->mismatch[domain->published]);
    }
    domain->news = false;
    if (domain->failed)
        domain->state = XG_STATE_FAILED;
    xg_status_text(domain->state, &sum, text, sizeof(text));
    write_node("status", text);
}

static void enter(struct sg_domain *domain, enum xg_state state)
{
    domain->state = state;
    publish(domain);
}

static void publish_figures(struct sg_domain *domain, uint64_t now_ns)
{
    char name[24], text[SG_FIGURES_SIZE];

    for (unsigned i = 0; i < domain->count; i++) {
        snprintf(name, sizeof(name), "figures/%u", i);
        sg_figures_text(&domain->vbds[i].figures, now_ns, text, sizeof(text));
        write_node(name, text);
    }
}

/* --- becoming ready --- */

/* Blocks that each VBD needs of its own; 0: all share what there is. */
static unsigned own_buffers(const struct sg_options *options)
{
    return options->args.verify || options->paranoid ? options->args.in_flight : 0;
}

/* Where nothing is compared any contents will do, so blocks are shared as far as memory is short. */
static bool make_streams(struct sg_domain *domain)
{
    const struct sg_options *options = &domain->options;
    unsigned own = own_buffers(options), pages = options->args.block / SG_PAGE;
    unsigned count = own ? own * domain->count : sg_pages_left() / pages;
    uint32_t run = (uint32_t)(sg_clock_ns() >> 10);

    if (!own && count > domain->count)
        count = domain->count;
    unsigned char *buffers = count > 0 ? sg_pages_as_they_are(count * pages) : NULL;
    if (!buffers) {
        sg_domain_fail(domain,
                       "memory is too small for %u blocks of %u bytes (%u pages are left); raise "
                       "guests.memory, or lower workload.in_flight or workload.block_size",
                       own ? own * domain->count : 1, options->args.block, sg_pages_left());
        return false;
    }
    for (unsigned i = 0; i < domain->count; i++) {
        struct sg_stream *stream = &domain->streams[i];
        size_t first = own ? (size_t)i * own : i % count;
        stream->error = on_error;
        stream->mismatch = on_mismatch;
        stream->user = domain;
        if (!sg_stream_init(stream, &domain->vbds[i], options, run,
                            buffers + first * options->args.block))
            domain->failed = true;
    }
    return !domain->failed;
}

static bool prepare(struct sg_domain *domain, const char *cmdline)
{
    char error[XG_SENTENCE_SIZE];

    int problem = sg_store_watch(XR_WIRE_NODE "/command", SG_COMMAND_WATCH);
    if (problem) {
        sg_domain_fail(domain, "commands cannot be watched in xenstore: error %d", -problem);
        return false;
    }
    if (!sg_options_parse(cmdline, &domain->options, error)) {
        sg_domain_fail(domain, "%s", error);
        return false;
    }
    domain->mark.number = (unsigned)gc_cmdline_number(cmdline, "xenrig.mark", 0);
    domain->tally.mark = &domain->mark;
    domain->tally.hold_after = gc_cmdline_number(cmdline, "xenrig.hold", 0);
    if (!sg_domain_grants(&domain->options)) {
        sg_domain_fail(domain, "Xen gives it no grant table");
        return false;
    }
    if (!sg_domain_find_vbds(domain) ||
        !sg_domain_await(domain, SG_VBD_CONNECTED, CONNECT_PATIENCE))
        return false;
    return !domain->failed && make_streams(domain);
}

/* --- streaming --- */

static bool all_ended(const struct sg_domain *domain)
{
    for (unsigned i = 0; i < domain->count; i++)
        if (domain->streams[i].phase != SG_PHASE_ENDED)
            return false;
    return true;
}

/* A stream that has had too many errors ends by itself; that is told once. */
static void look_at_end(struct sg_domain *domain, unsigned i, enum sg_phase before)
{
    const struct sg_stream *stream = &domain->streams[i];

    if (stream->phase == before || stream->phase != SG_PHASE_ENDED ||
        stream->errors < SG_ERRORS_MAX)
        return;
    char last[XG_SENTENCE_SIZE / 2];
    snprintf(last, sizeof(last), "%.*s", (int)sizeof(last) - 1, domain->error);
    sg_domain_fail(domain, "domain %s vbd %u: given up after %" PRIu64 " errors, last: %s",
                   domain->options.args.name, i, stream->errors, last);
}

static void run_vbd(struct sg_domain *domain, unsigned i, uint64_t now_ns)
{
    struct sg_vbd *vbd = &domain->vbds[i];
    struct sg_stream *stream = &domain->streams[i];
    enum sg_phase before = stream->phase;

    if (vbd->state != SG_VBD_CONNECTED)
        return;
    sg_vbd_reap(vbd, now_ns);
    if (!sg_tally_holds(&domain->tally, vbd))
        sg_stream_run(stream);
    vbd->may_place = sg_tally_allows(&domain->tally, vbd);
    sg_vbd_push(vbd, now_ns);
    if (domain->stopping && vbd->in_flight > 0 && now_ns - vbd->moved_ns > REPLY_PATIENCE)
        sg_vbd_break(vbd, "%u requests are in flight and none was replied to for %lu s",
                     vbd->in_flight, REPLY_PATIENCE / SECOND);
    sg_domain_look(domain);
    look_at_end(domain, i, before);
}

/* Where there is one its node is there before the order to start. */
static void find_metronome(struct sg_domain *domain)
{
    char text[32];
    int status = 0;

    if (sg_store_read(XR_WIRE_NODE "/metronome", text, sizeof(text)) <= 0)
        return;
    domain->tally.beats = sg_domain_map_metronome(text, &status);
    if (!domain->tally.beats)
        sg_domain_fail(domain, "the metronome's count (%s) cannot be mapped: Xen says %d", text,
                       status);
}

static void obey(struct sg_domain *domain)
{
    if (domain->state == XG_STATE_READY && !domain->failed && domain->started &&
        !domain->stopping) {
        find_metronome(domain);
        enter(domain, XG_STATE_STREAMING);
        domain->figures_ns = sg_clock_ns() + domain->options.figures_ms * MS;
        for (unsigned i = 0; i < domain->count; i++)
            sg_stream_start(&domain->streams[i]);
    }
    if (domain->stopping && !domain->stopped) {
        domain->stopped = true;
        enter(domain, XG_STATE_DRAINING);
        for (unsigned i = 0; i < domain->count; i++)
            sg_stream_stop(&domain->streams[i]);
    }
}

/* One turn: commands, replies, requests, news. */
static void turn(struct sg_domain *domain)
{
    uint64_t now_ns = sg_clock_ns();

    sg_domain_watches(domain);
    obey(domain);
    sg_tally_turn(&domain->tally, domain->vbds, domain->count);
    for (unsigned i = 0; i < domain->count; i++)
        run_vbd(domain, i, now_ns);
    sg_tally_settle(&domain->tally, domain->vbds, domain->count);
    if (domain->tally.phase == SG_TALLY_NONE)
        sg_mark_turn(&domain->mark, domain->vbds, domain->count);
    if (domain->news)
        publish(domain);
    if (domain->options.figures_ms && domain->state == XG_STATE_STREAMING &&
        now_ns >= domain->figures_ns) {
        publish_figures(domain, now_ns);
        domain->figures_ns = now_ns + domain->options.figures_ms * MS;
    }
}

static uint64_t next_deadline(const struct sg_domain *domain)
{
    if (domain->stopping)
        return sg_clock_ns() + SECOND;
    if (sg_tally_waits(&domain->tally, domain->vbds, domain->count))
        return sg_clock_ns() + OFFSET_STEP;
    return domain->state == XG_STATE_STREAMING && domain->options.figures_ms ? domain->figures_ns
                                                                             : 0;
}

static void stream(struct sg_domain *domain)
{
    while (!domain->crash && !(domain->stopping && all_ended(domain))) {
        unsigned seen = sg_event_count();
        turn(domain);
        if (!domain->crash && !(domain->stopping && all_ended(domain)))
            sg_event_wait_since(seen, next_deadline(domain));
    }
}

/* Failed before it was ready: there is nothing to drain, but the order to stop is awaited. */
static void await_stop(struct sg_domain *domain)
{
    while (!domain->stopping && !domain->crash) {
        unsigned seen = sg_event_count();
        sg_domain_watches(domain);
        if (!domain->stopping && !domain->crash)
            sg_event_wait_since(seen, 0);
    }
}

bool sg_domain_run(struct sg_domain *domain, const char *cmdline)
{
    bool ready = prepare(domain, cmdline);

    if (!domain->crash && ready) {
        enter(domain, XG_STATE_READY);
        stream(domain);
    } else if (!domain->crash) {
        publish(domain);
        await_stop(domain);
    }
    if (domain->crash)
        return true;
    if (ready)
        publish_figures(domain, sg_clock_ns());
    for (unsigned i = 0; i < domain->count; i++)
        sg_vbd_close(&domain->vbds[i]);
    sg_domain_await(domain, SG_VBD_CLOSED, CLOSE_PATIENCE);
    if (!domain->crash)
        enter(domain, XG_STATE_DONE);
    return domain->crash;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the domU does from ready to done: commands in, engines run, status out.
 *
 * One thread (xg_writer_run) decides and publishes; commands and the engines' events come from
 * other threads and only leave a mark behind a lock. What leaves the domU goes through struct
 * xg_outlet: xenstore, console and kernel in the domU, a list of lines in tests.
 *
 * State failed is for good: other VBDs stream on, stop still drains them, but the last status says
 * failed and not done. */
#pragma once

#include "args.h"
#include "domu-status.h"
#include "engine.h"

#include <pthread.h>

#define XG_ENGINES_MAX XG_VBDS_MAX

/* Called by the thread in xg_writer_run, except log, which any thread calls. */
struct xg_outlet {
    void *self;
    void (*node)(void *self, const char *name, const char *text); /* "status", "mismatch/0" … */
    void (*log)(void *self, const char *sentence);                /* a console line */
    void (*crash)(void *self); /* panics the kernel; coming back is a failure of its own */
};

/* What the thread of one engine is given. */
struct xg_job {
    struct xg_writer *writer;
    struct xg_engine *engine;
    pthread_t thread;
};

struct xg_writer {
    struct xg_outlet outlet;
    struct xg_engine *engines; /* the caller's; NULL until xg_writer_attach */
    unsigned count;
    enum xg_state state; /* of the deciding thread, like published */
    unsigned published;  /* mismatches */
    bool draining;
    struct xg_job jobs[XG_ENGINES_MAX];
    unsigned started; /* jobs that have a thread */

    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t changed;
    bool start, stop, crash; /* commands not yet acted upon */
    bool fatal;              /* a fatal problem not yet acted upon */
    unsigned ended;          /* threads that are done with their engine */
    unsigned mismatches;     /* kept below */
    char mismatch[XG_MISMATCHES_KEPT][XG_SENTENCE_SIZE];
    bool error_is_new;
    char error[XG_SENTENCE_SIZE]; /* the last one */
};

void xg_writer_init(struct xg_writer *writer, const struct xg_outlet *outlet);

/* Engines to be run, at most XG_ENGINES_MAX; their events must be those of xg_writer_events. */
void xg_writer_attach(struct xg_writer *writer, struct xg_engine *engines, unsigned count);
struct xg_engine_events xg_writer_events(struct xg_writer *writer);

/* "start", "stop" or "crash", from any thread; the empty text is none, another one an error. */
void xg_writer_command(struct xg_writer *writer, const char *text);

/* Something outside the streams is wrong, a sentence, from any thread. fatal: state failed. */
void xg_writer_problem(struct xg_writer *writer, const char *sentence, bool fatal);

/* Says ready (or failed, after a fatal problem), obeys commands until stop, then drains; returns
 * when the final status is published and no engine runs. */
void xg_writer_run(struct xg_writer *writer);

struct xg_totals xg_writer_totals(const struct xg_writer *writer);

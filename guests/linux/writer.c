/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the domU does from ready to done (see writer.h). */
#include "writer.h"

#include "../wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct xg_totals xg_writer_totals(const struct xg_writer *writer)
{
    struct xg_totals totals = {0};
    for (unsigned i = 0; i < writer->count; i++) {
        const struct xg_counters *counters = &writer->engines[i].counters;
        uint64_t passes = atomic_load(&counters->passes);
        totals.bytes += atomic_load(&counters->bytes);
        totals.errors += atomic_load(&counters->errors);
        totals.mismatches += atomic_load(&counters->mismatches);
        if (i == 0 || passes < totals.passes)
            totals.passes = passes;
    }
    return totals;
}

void xg_writer_init(struct xg_writer *writer, const struct xg_outlet *outlet)
{
    memset(writer, 0, sizeof(*writer));
    writer->outlet = *outlet;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->changed, NULL);
}

void xg_writer_attach(struct xg_writer *writer, struct xg_engine *engines, unsigned count)
{
    writer->engines = engines;
    writer->count = count;
}

void xg_writer_problem(struct xg_writer *writer, const char *sentence, bool fatal)
{
    writer->outlet.log(writer->outlet.self, sentence);
    pthread_mutex_lock(&writer->lock);
    snprintf(writer->error, sizeof(writer->error), "%s", sentence);
    writer->error_is_new = true;
    writer->fatal |= fatal;
    pthread_cond_signal(&writer->changed);
    pthread_mutex_unlock(&writer->lock);
}

static void engine_error(void *user, const char *sentence)
{
    xg_writer_problem(user, sentence, false);
}

static void engine_mismatch(void *user, const char *sentence)
{
    struct xg_writer *writer = user;
    pthread_mutex_lock(&writer->lock);
    bool kept = writer->mismatches < XG_MISMATCHES_KEPT;
    if (kept) {
        snprintf(writer->mismatch[writer->mismatches], XG_SENTENCE_SIZE, "%s", sentence);
        writer->mismatches++;
        pthread_cond_signal(&writer->changed);
    }
    pthread_mutex_unlock(&writer->lock);
    if (kept)
        writer->outlet.log(writer->outlet.self, sentence);
}

struct xg_engine_events xg_writer_events(struct xg_writer *writer)
{
    return (struct xg_engine_events){
        .user = writer, .error = engine_error, .mismatch = engine_mismatch};
}

void xg_writer_command(struct xg_writer *writer, const char *text)
{
    if (text[0] == '\0')
        return;
    bool known = true;
    pthread_mutex_lock(&writer->lock);
    if (strcmp(text, "start") == 0)
        writer->start = true;
    else if (strcmp(text, "stop") == 0)
        writer->stop = true;
    else if (strcmp(text, "crash") == 0)
        writer->crash = true;
    else
        known = false;
    pthread_cond_signal(&writer->changed);
    pthread_mutex_unlock(&writer->lock);
    if (known)
        return;
    char sentence[XG_SENTENCE_SIZE];
    snprintf(sentence, sizeof(sentence), "command \"%.32s\" is not known: start, stop, crash are",
             text);
    xg_writer_problem(writer, sentence, false);
}

static void publish_status(struct xg_writer *writer)
{
    char text[XG_SENTENCE_SIZE];
    struct xg_totals totals = xg_writer_totals(writer);
    xg_status_text(writer->state, &totals, text, sizeof(text));
    writer->outlet.node(writer->outlet.self, "status", text);
}

/* Failed is not left again. */
static void enter(struct xg_writer *writer, enum xg_state state)
{
    if (writer->state != XG_STATE_FAILED)
        writer->state = state;
    publish_status(writer);
}

/* Publishes what engines and others have said since the last time; true if there was something. */
static bool publish_news(struct xg_writer *writer)
{
    char error[XG_SENTENCE_SIZE] = "", name[32];
    pthread_mutex_lock(&writer->lock);
    if (writer->error_is_new)
        memcpy(error, writer->error, sizeof(error));
    writer->error_is_new = false;
    unsigned mismatches = writer->mismatches;
    pthread_mutex_unlock(&writer->lock);

    bool news = error[0] != '\0' || writer->published < mismatches;
    if (error[0] != '\0')
        writer->outlet.node(writer->outlet.self, "error", error);
    /* Kept sentences are not written again, so they can be read without the lock. */
    for (; writer->published < mismatches; writer->published++) {
        snprintf(name, sizeof(name), "mismatch/%u", writer->published);
        writer->outlet.node(writer->outlet.self, name, writer->mismatch[writer->published]);
    }
    return news;
}

static void *engine_thread(void *data)
{
    struct xg_job *job = data;
    if (!xg_engine_run(job->engine)) {
        char sentence[XG_SENTENCE_SIZE];
        snprintf(sentence, sizeof(sentence), "domain %s vbd %u: given up after %u errors, last: %s",
                 job->engine->config.domain, job->engine->config.vbd,
                 (unsigned)atomic_load(&job->engine->counters.errors), job->engine->last_error);
        xg_writer_problem(job->writer, sentence, true);
    }
    pthread_mutex_lock(&job->writer->lock);
    job->writer->ended++;
    pthread_cond_signal(&job->writer->changed);
    pthread_mutex_unlock(&job->writer->lock);
    return NULL;
}

static void start_engines(struct xg_writer *writer)
{
    enter(writer, XG_STATE_STREAMING);
    for (; writer->started < writer->count; writer->started++) {
        struct xg_job *job = &writer->jobs[writer->started];
        job->writer = writer;
        job->engine = &writer->engines[writer->started];
        int error = pthread_create(&job->thread, NULL, engine_thread, job);
        if (error == 0)
            continue;
        char sentence[XG_SENTENCE_SIZE];
        snprintf(sentence, sizeof(sentence), "domain %s vbd %u: cannot start its thread: %s",
                 job->engine->config.domain, job->engine->config.vbd, strerror(error));
        xg_writer_problem(writer, sentence, true);
        return;
    }
}

static void drain_engines(struct xg_writer *writer)
{
    writer->draining = true;
    enter(writer, XG_STATE_DRAINING);
    for (unsigned i = 0; i < writer->started; i++)
        xg_engine_stop(&writer->engines[i]);
}

/* What other threads have left to be acted upon. */
struct marks {
    bool start, stop, crash, fatal, all_ended;
};

static struct marks wait_for_marks(struct xg_writer *writer)
{
    struct marks marks;
    pthread_mutex_lock(&writer->lock);
    while (true) {
        marks.all_ended = writer->draining && writer->ended == writer->started;
        if (writer->start || writer->stop || writer->crash || writer->fatal || marks.all_ended ||
            writer->error_is_new || writer->mismatches > writer->published)
            break;
        pthread_cond_wait(&writer->changed, &writer->lock);
    }
    marks.start = writer->start;
    marks.stop = writer->stop;
    marks.crash = writer->crash;
    marks.fatal = writer->fatal;
    writer->start = writer->stop = writer->crash = writer->fatal = false;
    pthread_mutex_unlock(&writer->lock);
    return marks;
}

static void act(struct xg_writer *writer, const struct marks *marks)
{
    if (marks->crash) {
        writer->outlet.crash(writer->outlet.self);
        xg_writer_problem(writer, "the kernel did not crash when told to", false);
    }
    if (marks->fatal)
        writer->state = XG_STATE_FAILED;
    bool news = publish_news(writer);
    if (news || marks->fatal)
        publish_status(writer);
    if (marks->start && writer->state == XG_STATE_READY && !marks->stop)
        start_engines(writer);
    if (marks->stop && !writer->draining)
        drain_engines(writer);
}

void xg_writer_run(struct xg_writer *writer)
{
    struct marks marks = {0};
    pthread_mutex_lock(&writer->lock);
    bool failed = writer->fatal;
    pthread_mutex_unlock(&writer->lock);
    if (!failed)
        publish_status(writer); /* ready */
    while (!marks.all_ended) {
        marks = wait_for_marks(writer);
        act(writer, &marks);
    }
    for (unsigned i = 0; i < writer->started; i++)
        pthread_join(writer->jobs[i].thread, NULL);
    enter(writer, XG_STATE_DONE);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: grant operations, counted by Xen's trace of them.
 *
 * xentrace empties Xen's buffers into a file, which lies in memory; it is read while it grows and
 * what has been read is punched out, so that no load fills dom0. Bytes are read when the first
 * records come and when xentrace has ended: some 50 ms after the trace began and after it was switched
 * off, which is nothing beside seconds. Records that Xen had no room for spoil the count, and are
 * told. */
#include "agent.h"

#include "text.h"
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XENTRACE   "/usr/sbin/xentrace"
#define TRACE_FILE AG_RUN_DIR "/grants.trace"
/* Pages of buffer for each CPU: 130000 records. The rig has Xen make them at boot (tbuf_size); where it
 * has not, xentrace does. */
#define BUFFER_PAGES "512"
#define POLL_MS      "20"

static const int64_t SECOND = 1000000000, PAUSE_NS = 20 * 1000000LL;

enum { KEPT_OUTPUT = 4096, PAGE = 4096, READ_MAX = 8 * 1024 * 1024 };

typedef struct {
    Agent *agent;
    json_int_t id;
    AgTrace trace;
    AgTimer *timer;
    int fd;
    off_t offset;
    bool began;
    int64_t begin_ns;
    unsigned long long begin_bytes;
    char seconds[8];
} Job;

static void begin(Job *job)
{
    job->begin_ns = ag_now();
    job->begin_bytes = ag_sample_bytes(job->agent);
}

/* Reads on, at most max bytes, so that the loop goes on beside it. */
static void read_trace(Job *job, size_t max)
{
    static unsigned char buf[64 * 1024];
    size_t total = 0;
    ssize_t got;

    while (total < max && (got = pread(job->fd, buf, sizeof buf, job->offset)) > 0) {
        if (!job->began)
            begin(job);
        job->began = true;
        job->offset += got;
        total += (size_t)got;
        ag_trace_feed(&job->trace, buf, (size_t)got);
    }
    if (total)
        fallocate(job->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                  job->offset / PAGE * PAGE);
}

static void on_pause_over(void *data)
{
    Job *job = data;

    read_trace(job, READ_MAX);
    job->timer = ag_loop_at(job->agent->loop, ag_now() + PAUSE_NS, on_pause_over, job);
}

/* NULL, or why there is no count. */
static char *what_is_wrong(const Job *job, const AgChildResult *result, unsigned long long bytes)
{
    const char *problem = ag_trace_end(&job->trace);

    if (!result->ok)
        return ag_child_error("xentrace", result);
    if (problem)
        return ag_printf("Xen's trace is not understood: %s", problem);
    if (job->trace.lost)
        return ag_printf("%llu records of Xen's trace were lost, %llu came: dom0 did not keep up; "
                         "count under less load",
                         job->trace.lost, job->trace.maps + job->trace.unmaps);
    if (bytes < job->begin_bytes)
        return ag_printf("a domU was destroyed meanwhile, and what it wrote is not known");
    return NULL;
}

static void on_traced(const AgChildResult *result, void *data)
{
    Job *job = data;
    int64_t end_ns = ag_now();
    unsigned long long bytes = ag_sample_bytes(job->agent);

    ag_timer_cancel(job->timer);
    read_trace(job, SIZE_MAX);
    close(job->fd);
    unlink(TRACE_FILE);
    ag_autofree char *error = what_is_wrong(job, result, bytes);
    if (error)
        ag_reply_error(job->agent, job->id, "grant-ops: %s", error);
    else
        ag_reply(job->agent, job->id,
                 json_pack("{s:I,s:I,s:I,s:I}", "maps", (json_int_t)job->trace.maps, "unmaps",
                           (json_int_t)job->trace.unmaps, "bytes",
                           (json_int_t)(bytes - job->begin_bytes), "duration_ns",
                           (json_int_t)(end_ns - job->begin_ns)));
    job->agent->tracing = false;
    free(job);
}

void ag_op_grant_ops(Agent *agent, const AgRequest *request)
{
    json_int_t duration = ag_request_int(request, "duration", 0);
    int64_t seconds = (duration + SECOND - 1) / SECOND;

    if (agent->tracing) {
        ag_reply_error(agent, request->id, "grant-ops: one is under way; wait for its reply");
        return;
    }
    int fd = open(TRACE_FILE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        ag_reply_error(agent, request->id, "grant-ops: " TRACE_FILE ": %s", strerror(errno));
        return;
    }
    Job *job = ag_alloc(sizeof *job);
    *job = (Job){.agent = agent, .id = request->id, .fd = fd};
    snprintf(job->seconds, sizeof job->seconds, "%d", (int)seconds);
    const char *const argv[] = {XENTRACE, "-D",    "-e", AG_TRACE_EVENTS, "-S",       BUFFER_PAGES,
                                "-s",     POLL_MS, "-T", job->seconds,    TRACE_FILE, NULL};
    agent->tracing = true;
    begin(job);
    job->timer = ag_loop_at(agent->loop, ag_now() + PAUSE_NS, on_pause_over, job);
    ag_child_start(agent->loop, argv, AG_CHILD_REALTIME, KEPT_OUTPUT, (seconds + 60) * SECOND,
                   on_traced, job);
}

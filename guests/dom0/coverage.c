/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: what the lines of Xen counted, by xencov. */
#include "agent.h"

#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XENCOV        "/usr/sbin/xencov"
#define COVERAGE_FILE AG_RUN_DIR "/coverage"

static const int64_t TIMEOUT_NS = 60 * 1000000000LL;

enum {
    KEPT_OUTPUT = 4096,
    BYTES_MAX = 700 * 1024, /* in base64 they fit into a line of the wire */
};

typedef struct {
    Agent *agent;
    json_int_t id;
} Job;

static void send_counters(const Job *job)
{
    ag_autofree char *bytes = ag_alloc(BYTES_MAX + 1);
    FILE *file = fopen(COVERAGE_FILE, "re");

    if (!file) {
        ag_reply_error(job->agent, job->id, "coverage: " COVERAGE_FILE ": %s", strerror(errno));
        return;
    }
    size_t len = fread(bytes, 1, BYTES_MAX + 1, file);
    fclose(file);
    if (len > BYTES_MAX) {
        ag_reply_error(job->agent, job->id,
                       "coverage: Xen's counters are more than %d bytes: was all of it built to "
                       "count?",
                       BYTES_MAX);
        return;
    }
    ag_autofree char *text = ag_text_base64(bytes, len);
    ag_reply(job->agent, job->id, json_pack("{s:s}", "data", text));
}

static void on_done(const AgChildResult *result, Job *job, bool is_read)
{
    if (!result->ok) {
        ag_autofree char *error = ag_child_error("xencov", result);
        ag_reply_error(job->agent, job->id, "coverage: %s", error);
    } else if (is_read) {
        send_counters(job);
    } else {
        ag_reply(job->agent, job->id, NULL);
    }
    unlink(COVERAGE_FILE);
    free(job);
}

static void on_read(const AgChildResult *result, void *data)
{
    on_done(result, data, true);
}

static void on_reset(const AgChildResult *result, void *data)
{
    on_done(result, data, false);
}

void ag_op_coverage(Agent *agent, const AgRequest *request)
{
    static const char *const read_argv[] = {XENCOV, "read", COVERAGE_FILE, NULL};
    static const char *const reset_argv[] = {XENCOV, "reset", NULL};
    const char *action = ag_request_string(request, "action", "");
    bool is_read = strcmp(action, "read") == 0;

    if (!is_read && strcmp(action, "reset") != 0) {
        ag_autofree char *shown = ag_text_clean(action, strlen(action), 40);
        ag_reply_error(agent, request->id,
                       "coverage: member \"action\" is \"%s\"; known: reset, read", shown);
        return;
    }
    Job *job = ag_alloc(sizeof *job);
    *job = (Job){.agent = agent, .id = request->id};
    ag_child_start(agent->loop, is_read ? read_argv : reset_argv, 0, KEPT_OUTPUT, TIMEOUT_NS,
                   is_read ? on_read : on_reset, job);
}

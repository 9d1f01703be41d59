/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: letting domUs run, telling them what to do, and the machine as a whole. */
#include "agent.h"

#include "batch.h"
#include "boot.h"
#include "text.h"
#include "wire.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t SECOND = 1000000000, XL_TIMEOUT_NS = 120 * 1000000000LL;

enum { PARALLEL = 4, DMESG_MAX = 256 * 1024 };

/* --- release --- */

typedef struct {
    Agent *agent;
    json_int_t id;
    AgSelection selection;
    char *error;
    char domid[12];
    const char *argv[4];
} Release;

static const char *const *unpause_command(size_t i, void *data)
{
    Release *job = data;
    const AgDomain *domain = job->selection.domain[i];

    snprintf(job->domid, sizeof job->domid, "%d", domain->domid);
    const char *const argv[] = {AG_XL, "unpause", job->domid, NULL};
    memcpy(job->argv, argv, sizeof argv);
    return job->argv;
}

static bool unpaused(size_t i, const AgChildResult *result, void *data)
{
    Release *job = data;

    if (!result->ok && !job->error) {
        ag_autofree char *error = ag_child_error("xl unpause", result);
        job->error = ag_printf("release: domid %s: %s", job->domid, error);
    }
    return true;
}

static void released(void *data)
{
    Release *job = data;

    if (job->error)
        ag_reply_error(job->agent, job->id, "%s", job->error);
    else
        ag_reply(job->agent, job->id, NULL);
    free(job->error);
    free(job);
}

void ag_op_release(Agent *agent, const AgRequest *request)
{
    AgSelection all, live = {0};

    if (!ag_domains_select(agent, request, &all))
        return;
    for (size_t i = 0; i < all.count; i++)
        if (all.domain[i]->state == AG_DOMAIN_LIVE && !all.domain[i]->destroying)
            live.domain[live.count++] = all.domain[i];
    Release *job = ag_alloc(sizeof *job);
    *job = (Release){.agent = agent, .id = request->id, .selection = live};
    AgBatch batch = {.command = unpause_command,
                     .done = unpaused,
                     .all_done = released,
                     .count = live.count,
                     .parallel = PARALLEL,
                     .timeout_ns = XL_TIMEOUT_NS};
    ag_batch_start(agent->loop, &batch, job);
}

/* --- command --- */

static bool command_known(const char *command)
{
    return strcmp(command, "start") == 0 || strcmp(command, "stop") == 0 ||
           strcmp(command, "crash") == 0;
}

void ag_op_command(Agent *agent, const AgRequest *request)
{
    const char *command = ag_request_string(request, "command", "");
    AgSelection selection;

    if (!command_known(command)) {
        ag_autofree char *shown = ag_text_clean(command, strlen(command), 40);
        ag_reply_error(agent, request->id,
                       "command: member \"command\" is \"%s\"; known: start, stop, crash", shown);
        return;
    }
    if (!ag_domains_select(agent, request, &selection))
        return;
    for (size_t i = 0; i < selection.count; i++) {
        const AgDomain *domain = selection.domain[i];
        char path[96];
        if (domain->state != AG_DOMAIN_LIVE || domain->destroying)
            continue; /* it cannot hear it any more */
        snprintf(path, sizeof path, "/local/domain/%d/" XR_WIRE_NODE "/command", domain->domid);
        if (ag_store_write(agent->store, path, command))
            continue;
        ag_reply_error(agent, request->id, "command: domain %s: xenstore %s: %s", domain->name,
                       path, strerror(errno));
        return;
    }
    ag_reply(agent, request->id, NULL);
}

/* --- keys, dmesg --- */

typedef struct {
    Agent *agent;
    json_int_t id;
} Asked;

static Asked *asked(Agent *agent, const AgRequest *request)
{
    Asked *job = ag_alloc(sizeof *job);

    *job = (Asked){.agent = agent, .id = request->id};
    return job;
}

static void keys_done(const AgChildResult *result, void *data)
{
    Asked *job = data;

    if (result->ok) {
        ag_reply(job->agent, job->id, NULL);
    } else {
        ag_autofree char *error = ag_child_error("keys: xl debug-keys", result);
        ag_reply_error(job->agent, job->id, "%s", error);
    }
    free(job);
}

void ag_op_keys(Agent *agent, const AgRequest *request)
{
    const char *keys = ag_request_string(request, "keys", "");
    const char *const argv[] = {AG_XL, "debug-keys", keys, NULL};
    size_t letters = 0;

    /* No '-' in front: xl would take it for an option. */
    while (isalnum((unsigned char)keys[letters]) ||
           (letters && ispunct((unsigned char)keys[letters])))
        letters++;
    if (letters == 0 || keys[letters] || letters > 32) {
        ag_reply_error(agent, request->id,
                       "keys: member \"keys\" must be 1 to 32 debug keys, like \"qg\"");
        return;
    }
    ag_child_start(agent->loop, argv, 0, 4096, XL_TIMEOUT_NS, keys_done, asked(agent, request));
}

static void dmesg_done(const AgChildResult *result, void *data)
{
    Asked *job = data;

    if (result->ok) {
        ag_autofree char *text = ag_text_clean(result->output, result->len, DMESG_MAX);
        ag_reply(job->agent, job->id, json_pack("{s:s}", "text", text));
    } else {
        ag_autofree char *error = ag_child_error("dmesg: xl dmesg", result);
        ag_reply_error(job->agent, job->id, "%s", error);
    }
    free(job);
}

void ag_op_dmesg(Agent *agent, const AgRequest *request)
{
    const char *const argv[] = {AG_XL, "dmesg", NULL};

    ag_child_start(agent->loop, argv, 0, DMESG_MAX, XL_TIMEOUT_NS, dmesg_done,
                   asked(agent, request));
}

/* --- fault, poweroff --- */

static void panic_now(void *data)
{
    Agent *agent = data;
    int err = gc_write_file("/proc/sysrq-trigger", "c");

    ag_port_log(agent->port, "dom0-panic: /proc/sysrq-trigger: %s",
                err ? strerror(-err) : "written, and dom0 lives on");
}

void ag_op_fault(Agent *agent, const AgRequest *request)
{
    const char *kind = ag_request_string(request, "kind", "");

    if (strcmp(kind, "dom0-panic") == 0) {
        ag_reply(agent, request->id, NULL);
        ag_port_when_drained(agent->port, SECOND, panic_now, agent);
    } else if (strcmp(kind, "silence") == 0) {
        ag_port_silence(agent->port);
    } else {
        ag_autofree char *shown = ag_text_clean(kind, strlen(kind), 40);
        ag_reply_error(agent, request->id,
                       "fault: member \"kind\" is \"%s\"; known: dom0-panic, silence", shown);
    }
}

static void quit(void *data)
{
    Agent *agent = data;

    ag_loop_quit(agent->loop);
}

/* The agent ends, and dom0-init takes that as the order. */
void ag_op_poweroff(Agent *agent, const AgRequest *request)
{
    ag_reply(agent, request->id, NULL);
    ag_port_when_drained(agent->port, 2 * SECOND, quit, agent);
}

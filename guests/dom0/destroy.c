/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: destroying domUs, and seeing to it that they are gone.
 *
 * `xl destroy` returns when Xen has taken the order. A domain whose pages somebody still holds
 * stays on as a zombie: so `xl list` is asked until none is left or the time is up. Before it gives the
 * order, xl waits for the backends; a machine that is slow enough does not come so far, and then the domain is
 * no zombie but still there. */
#include "agent.h"

#include "batch.h"
#include "text.h"
#include "xl-output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t SECOND = 1000000000, XL_TIMEOUT_NS = 120 * 1000000000LL;

enum { PARALLEL = 4, LIST_OUTPUT = 32 * 1024, LIST_PAUSE_MS = 250 };

typedef struct {
    Agent *agent;
    json_int_t id;
    int64_t begin_ns, end_ns;
    AgSelection left;
    bool dying[AG_DOMAINS_MAX]; /* of left: Xen has taken the order */
    json_t *gone;
    char domid[12];
    const char *argv[4];
} Job;

static void list(void *data);

static void finish(Job *job)
{
    json_t *left = json_array();

    for (size_t i = 0; i < job->left.count; i++) {
        AgDomain *domain = job->left.domain[i];
        domain->destroying = false;
        json_array_append_new(left, json_string(domain->name));
        ag_domain_event(job->agent, domain, job->dying[i] ? "zombie" : "left",
                        (double)(ag_now() - job->begin_ns) / 1e9, NULL, NULL);
    }
    ag_reply(job->agent, job->id, json_pack("{s:o,s:o}", "gone", job->gone, "left", left));
    free(job);
}

static const AgXlDomain *find(const AgXlDomain *domains, size_t count, int domid)
{
    for (size_t i = 0; i < count; i++)
        if ((int)domains[i].domid == domid)
            return &domains[i];
    return NULL;
}

static void sort_out(Job *job, const AgXlDomain *domains, size_t count)
{
    AgSelection still = {0};

    for (size_t i = 0; i < job->left.count; i++) {
        AgDomain *domain = job->left.domain[i];
        const AgXlDomain *listed = find(domains, count, domain->domid);
        if (listed) {
            job->dying[still.count] = strchr(listed->state, 'd') != NULL;
            still.domain[still.count++] = domain;
            continue;
        }
        ag_console_read_now(job->agent, domain);
        ag_domain_event(job->agent, domain, "destroyed", (double)(ag_now() - job->begin_ns) / 1e9,
                        NULL, NULL);
        json_array_append_new(job->gone, json_string(domain->name));
        ag_domain_forget(job->agent, domain);
    }
    job->left = still;
}

static void on_list(const AgChildResult *result, void *data)
{
    Job *job = data;
    AgXlDomain domains[AG_DOMAINS_MAX * 2];

    if (result->ok)
        sort_out(job, domains,
                 ag_xl_list_parse(result->output, domains, sizeof domains / sizeof domains[0]));
    if (job->left.count == 0 || ag_now() >= job->end_ns)
        finish(job);
    else
        ag_loop_at(job->agent->loop, ag_now() + LIST_PAUSE_MS * 1000000LL, list, job);
}

static void list(void *data)
{
    Job *job = data;
    const char *const argv[] = {AG_XL, "list", NULL};

    ag_child_start(job->agent->loop, argv, 0, LIST_OUTPUT, XL_TIMEOUT_NS, on_list, job);
}

static const char *const *command(size_t i, void *data)
{
    Job *job = data;

    snprintf(job->domid, sizeof job->domid, "%d", job->left.domain[i]->domid);
    const char *const argv[] = {AG_XL, "destroy", job->domid, NULL};
    memcpy(job->argv, argv, sizeof argv);
    return job->argv;
}

/* A failure is told but decides nothing: what counts is whether the domain is still there. */
static bool done(size_t i, const AgChildResult *result, void *data)
{
    Job *job = data;

    if (!result->ok) {
        ag_autofree char *error = ag_child_error("xl destroy", result);
        ag_port_log(job->agent->port, "domain %s: %s", job->left.domain[i]->name, error);
    }
    return true;
}

void ag_op_destroy(Agent *agent, const AgRequest *request)
{
    AgSelection selection;

    if (!ag_domains_select(agent, request, &selection))
        return;
    for (size_t i = 0; i < selection.count; i++) {
        const AgDomain *domain = selection.domain[i];
        if (domain->state == AG_DOMAIN_NEW || domain->destroying) {
            ag_reply_error(agent, request->id, "destroy: domain %s is still being %s", domain->name,
                           domain->destroying ? "destroyed" : "created");
            return;
        }
    }
    Job *job = ag_alloc(sizeof *job);
    *job = (Job){.agent = agent, .id = request->id, .begin_ns = ag_now(), .gone = json_array()};
    job->end_ns = job->begin_ns + ag_request_int(request, "timeout", 60 * SECOND);
    for (size_t i = 0; i < selection.count; i++)
        selection.domain[i]->destroying = true;
    job->left = selection;
    AgBatch batch = {.command = command,
                     .done = done,
                     .all_done = list,
                     .count = selection.count,
                     .parallel = PARALLEL,
                     .timeout_ns = XL_TIMEOUT_NS};
    ag_batch_start(agent->loop, &batch, job);
}

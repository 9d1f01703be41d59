/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: Xen's free memory and what each domain has used, from xl. */
#include "agent.h"

#include "text.h"
#include "xl-output.h"

#include <stdlib.h>
#include <string.h>

static const int64_t XL_TIMEOUT_NS = 60 * 1000000000LL;

enum { KEPT_OUTPUT = 32 * 1024, MIB = 1024 * 1024 };

typedef struct {
    Agent *agent;
    json_int_t id;
    unsigned long long free_mib, total_mib;
} Job;

static void fail(Job *job, const char *program, const AgChildResult *result)
{
    ag_autofree char *error = ag_child_error(program, result);

    ag_reply_error(job->agent, job->id, "counters: %s", error);
    free(job);
}

static void on_list(const AgChildResult *result, void *data)
{
    Job *job = data;
    AgXlDomain domains[AG_DOMAINS_MAX * 2];
    json_t *list = json_array();

    if (!result->ok) {
        json_decref(list);
        fail(job, "xl list", result);
        return;
    }
    size_t count = ag_xl_list_parse(result->output, domains, sizeof domains / sizeof domains[0]);
    for (size_t i = 0; i < count; i++) {
        ag_autofree char *name = ag_text_clean(domains[i].name, strlen(domains[i].name), 64);
        ag_autofree char *state = ag_text_clean(domains[i].state, strlen(domains[i].state), 16);
        json_array_append_new(list, json_pack("{s:s,s:I,s:I,s:s}", "name", name, "domid",
                                              (json_int_t)domains[i].domid, "cpu_ns",
                                              (json_int_t)domains[i].cpu_ns, "state", state));
    }
    ag_reply(job->agent, job->id,
             json_pack("{s:I,s:I,s:o}", "free_bytes", (json_int_t)(job->free_mib * MIB),
                       "total_bytes", (json_int_t)(job->total_mib * MIB), "domains", list));
    free(job);
}

static void on_info(const AgChildResult *result, void *data)
{
    static const char *const argv[] = {AG_XL, "list", NULL};
    Job *job = data;

    if (!result->ok || !ag_xl_info_number(result->output, "free_memory", &job->free_mib) ||
        !ag_xl_info_number(result->output, "total_memory", &job->total_mib)) {
        fail(job, "xl info", result);
        return;
    }
    ag_child_start(job->agent->loop, argv, 0, KEPT_OUTPUT, XL_TIMEOUT_NS, on_list, job);
}

void ag_op_counters(Agent *agent, const AgRequest *request)
{
    static const char *const argv[] = {AG_XL, "info", NULL};
    Job *job = ag_alloc(sizeof *job);

    *job = (Job){.agent = agent, .id = request->id};
    ag_child_start(agent->loop, argv, 0, KEPT_OUTPUT, XL_TIMEOUT_NS, on_info, job);
}

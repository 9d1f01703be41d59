/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: waiting until all domUs are in a state. */
#include "agent.h"

#include "status.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static const int64_t STEP_NS = 20 * 1000000LL;

typedef struct {
    Agent *agent;
    json_int_t id;
    char *state;
} Wait;

static void end_wait(Wait *job, const AgDomain *failed)
{
    if (failed)
        ag_reply_error(job->agent, job->id, "await: domain %s will never be %s: %s", failed->name,
                       job->state, failed->status_seen ? failed->status_seen : "it has exited");
    else
        ag_reply(job->agent, job->id, NULL);
    free(job->state);
    free(job);
}

static bool is_there(Agent *agent, const AgDomain *domain, const char *state,
                     const AgStatus *status)
{
    if (strcmp(state, "held") != 0)
        return strcmp(status->state, state) == 0;
    ag_autofree char *held = ag_domain_streams(domain) ? ag_node_read(agent, domain, "held") : NULL;
    return held != NULL;
}

static void look(void *data)
{
    Wait *job = data;
    size_t there = 0;

    for (size_t i = 0; i < job->agent->domain_count; i++) {
        const AgDomain *domain = job->agent->domains[i];
        const char *text = domain->status_seen ? domain->status_seen : "";
        AgStatus status = {0};
        bool parsed = !ag_status_parse(text, strlen(text), &status);
        if (domain->state == AG_DOMAIN_EXITED || (parsed && strcmp(status.state, "failed") == 0)) {
            end_wait(job, domain);
            return;
        }
        there += parsed && is_there(job->agent, domain, job->state, &status);
    }
    if (there == job->agent->domain_count)
        end_wait(job, NULL);
    else
        ag_loop_at(job->agent->loop, ag_now() + STEP_NS, look, job);
}

void ag_op_await(Agent *agent, const AgRequest *request)
{
    const char *state = ag_request_string(request, "state", "");
    Wait *job = ag_alloc(sizeof *job);

    *job = (Wait){.agent = agent, .id = request->id, .state = ag_strndup(state, strlen(state))};
    look(job);
}

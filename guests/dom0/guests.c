/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: what domUs write about themselves into xenstore.
 *
 * A domU may write as often as it likes; it is read at most every STATUS_PAUSE_MS, so that a wild one
 * costs no more than a good one. Everything read is cut and cleaned. */
#include "agent.h"

#include "status.h"
#include "text.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_PAUSE_MS = 50, TEXT_MAX = 512, MISMATCH_TEXTS = 8 };

static void node_path(const AgDomain *domain, const char *node, char *path, size_t size)
{
    snprintf(path, size, "/local/domain/%d/" XR_WIRE_NODE "/%s", domain->domid, node);
}

static void add_text(Agent *agent, const AgDomain *domain, const char *node, json_t *texts)
{
    char path[128];
    size_t len;

    node_path(domain, node, path, sizeof path);
    ag_autofree char *value = ag_store_read(agent->store, path, &len);
    if (!value)
        return;
    ag_autofree char *clean = ag_text_clean(value, len, TEXT_MAX);
    json_array_append_new(texts, json_string(clean));
}

static json_t *read_texts(Agent *agent, const AgDomain *domain, const AgStatus *status)
{
    json_t *texts = json_array();

    for (int i = 0; i < MISMATCH_TEXTS && (unsigned long long)i < status->mismatches; i++) {
        char node[32];
        snprintf(node, sizeof node, "mismatch/%d", i);
        add_text(agent, domain, node, texts);
    }
    if (status->errors || strcmp(status->state, "failed") == 0)
        add_text(agent, domain, "error", texts);
    return texts;
}

static void tell(Agent *agent, const AgDomain *domain, const AgStatus *status)
{
    ag_port_send(agent->port,
                 json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:o}", "event", "guest", "name",
                           domain->name, "state", status->state, "bytes", (json_int_t)status->bytes,
                           "errors", (json_int_t)status->errors, "mismatches",
                           (json_int_t)status->mismatches, "passes", (json_int_t)status->passes,
                           "text", read_texts(agent, domain, status)));
}

void ag_guest_read_now(Agent *agent, AgDomain *domain)
{
    char path[128];
    AgStatus status;
    size_t len;

    domain->status_due = false;
    node_path(domain, "status", path, sizeof path);
    char *text = ag_store_read(agent->store, path, &len);
    if (!text)
        return;
    if (domain->status_seen && strcmp(domain->status_seen, text) == 0) {
        free(text);
        return;
    }
    free(domain->status_seen);
    domain->status_seen = text;
    const char *problem = ag_status_parse(text, len, &status);
    if (!problem) {
        tell(agent, domain, &status);
    } else if (problem != domain->status_problem) {
        ag_autofree char *clean = ag_text_clean(text, len, TEXT_MAX);
        ag_port_log(agent->port, "domain %s: the status it wrote makes no sense, %s: %s",
                    domain->name, problem, clean);
    }
    domain->status_problem = problem;
}

static void on_pause_over(void *data)
{
    Agent *agent = data;

    agent->status_timer = NULL;
    for (size_t i = 0; i < agent->domain_count; i++)
        if (agent->domains[i]->status_due)
            ag_guest_read_now(agent, agent->domains[i]);
}

void ag_guest_changed(Agent *agent, unsigned domid)
{
    for (size_t i = 0; i < agent->domain_count; i++)
        if (agent->domains[i]->domid == (int)domid)
            agent->domains[i]->status_due = true;
    if (!agent->status_timer)
        agent->status_timer =
            ag_loop_at(agent->loop, ag_now() + STATUS_PAUSE_MS * 1000000LL, on_pause_over, agent);
}

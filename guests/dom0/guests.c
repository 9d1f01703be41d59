/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: what domUs write about themselves into xenstore.
 *
 * A domU may write as often as it likes; it is read at most every STATUS_PAUSE_MS, so that a wild one
 * costs no more than a good one. Everything read is cut and cleaned. While the rig does not read,
 * figures wait for the next change or the domU's end: they are cumulative, nothing is lost. */
#include "agent.h"

#include "figures.h"
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

/* What makes no sense is told once, until it is something else that makes none. */
static void tell_problem(Agent *agent, const AgDomain *domain, const char *node, const char **last,
                         const char *problem, const char *text, size_t len)
{
    if (problem && problem != *last) {
        ag_autofree char *clean = ag_text_clean(text, len, TEXT_MAX);
        ag_port_log(agent->port, "domain %s: what it wrote to %s makes no sense, %s: %s",
                    domain->name, node, problem, clean);
    }
    *last = problem;
}

static void read_status(Agent *agent, AgDomain *domain)
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
    if (!problem)
        tell(agent, domain, &status);
    tell_problem(agent, domain, "status", &domain->status_problem, problem, text, len);
}

/* --- figures --- */

static json_t *figures_event(const AgDomain *domain, size_t vbd, const AgFigures *f)
{
    json_t *latency = json_array();

    for (size_t i = 0; i < f->buckets; i++)
        json_array_append_new(latency, json_pack("[i,I]", (int)f->latency[i].bucket,
                                                 (json_int_t)f->latency[i].requests));
    return json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "event", "figures",
                     "name", domain->name, "vbd", (json_int_t)vbd, "guest_ns",
                     (json_int_t)f->guest_ns, "writes", (json_int_t)f->writes, "write_bytes",
                     (json_int_t)f->write_bytes, "reads", (json_int_t)f->reads, "read_bytes",
                     (json_int_t)f->read_bytes, "flushes", (json_int_t)f->flushes, "discards",
                     (json_int_t)f->discards, "errors", (json_int_t)f->errors, "gap_ns",
                     (json_int_t)f->gap_ns, "latency", latency);
}

/* last: there will be no other occasion. */
static void read_figures(Agent *agent, AgDomain *domain, size_t i, bool last)
{
    AgVbd *vbd = &domain->vbd[i];
    char path[128], node[32];
    AgFigures figures;
    size_t len;
    bool told = true;

    vbd->figures_due = false;
    snprintf(node, sizeof node, "figures/%zu", i);
    node_path(domain, node, path, sizeof path);
    ag_autofree char *text = ag_store_read(agent->store, path, &len);
    if (!text || (vbd->figures_seen && strcmp(vbd->figures_seen, text) == 0))
        return;
    const char *problem = ag_figures_parse(text, len, &figures);
    if (!problem && last)
        ag_port_send(agent->port, figures_event(domain, i, &figures));
    else if (!problem)
        told = ag_port_send_if_room(agent->port, figures_event(domain, i, &figures));
    tell_problem(agent, domain, node, &vbd->figures_problem, problem, text, len);
    if (!told)
        return;
    free(vbd->figures_seen);
    vbd->figures_seen = text;
    text = NULL;
}

/* Figures come first: those of the end before the status that says done. */
void ag_guest_read_now(Agent *agent, AgDomain *domain)
{
    for (size_t i = 0; i < domain->vbds; i++)
        read_figures(agent, domain, i, true);
    read_status(agent, domain);
}

static void on_pause_over(void *data)
{
    Agent *agent = data;

    agent->status_timer = NULL;
    for (size_t i = 0; i < agent->domain_count; i++) {
        AgDomain *domain = agent->domains[i];
        for (size_t v = 0; v < domain->vbds; v++)
            if (domain->vbd[v].figures_due)
                read_figures(agent, domain, v, false);
        if (domain->status_due)
            read_status(agent, domain);
    }
}

static void mark_due(AgDomain *domain, int vbd)
{
    if (vbd < 0)
        domain->status_due = true;
    else if ((size_t)vbd < domain->vbds)
        domain->vbd[vbd].figures_due = true;
}

void ag_guest_changed(Agent *agent, unsigned domid, int vbd)
{
    for (size_t i = 0; i < agent->domain_count; i++)
        if (agent->domains[i]->domid == (int)domid)
            mark_due(agent->domains[i], vbd);
    if (!agent->status_timer)
        agent->status_timer =
            ag_loop_at(agent->loop, ag_now() + STATUS_PAUSE_MS * 1000000LL, on_pause_over, agent);
}

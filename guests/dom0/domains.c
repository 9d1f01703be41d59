/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the domUs it made. */
#include "agent.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONSOLE_LINE_MAX = 1024 };

AgDomain *ag_domain_add(Agent *agent, const AgDomainSpec *spec)
{
    AgDomain *domain = ag_alloc(sizeof *domain);

    snprintf(domain->name, sizeof domain->name, "%s", spec->name);
    domain->domid = -1;
    domain->console_fd = -1;
    ag_lines_init(&domain->console_lines, CONSOLE_LINE_MAX);
    domain->vbds = spec->vbds;
    for (size_t i = 0; i < spec->vbds; i++)
        domain->vbd[i] = (AgVbd){.device = ag_strndup(spec->devices[i], strlen(spec->devices[i])),
                                 .device_fd = -1,
                                 .sectors_fd = -1,
                                 .requests_fd = -1};
    agent->domains[agent->domain_count++] = domain;
    return domain;
}

void ag_domain_forget(Agent *agent, AgDomain *domain)
{
    size_t i = 0;

    while (i < agent->domain_count && agent->domains[i] != domain)
        i++;
    agent->domain_count--;
    memmove(&agent->domains[i], &agent->domains[i + 1],
            (agent->domain_count - i) * sizeof agent->domains[0]);
    ag_console_close(domain);
    for (i = 0; i < domain->vbds; i++)
        ag_vbd_close(&domain->vbd[i]);
    free(domain->status_seen);
    free(domain);
}

AgDomain *ag_domain_find(Agent *agent, const char *name)
{
    for (size_t i = 0; i < agent->domain_count; i++)
        if (strcmp(agent->domains[i]->name, name) == 0)
            return agent->domains[i];
    return NULL;
}

static bool selected_twice(const AgSelection *selection, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (selection->domain[k] == selection->domain[i])
            return true;
    return false;
}

bool ag_domains_select(Agent *agent, const AgRequest *request, AgSelection *selection)
{
    AgNames names;
    ag_autofree char *error = ag_request_names(request, &names);

    if (error) {
        ag_reply_error(agent, request->id, "%s", error);
        return false;
    }
    selection->count = names.count ? names.count : agent->domain_count;
    for (size_t i = 0; i < selection->count; i++) {
        selection->domain[i] =
            names.count ? ag_domain_find(agent, names.name[i]) : agent->domains[i];
        if (selection->domain[i] && !selected_twice(selection, i))
            continue;
        if (selection->domain[i])
            ag_reply_error(agent, request->id, "%s: \"names\" has \"%s\" twice",
                           ag_op_name(request->op), names.name[i]);
        else
            ag_reply_error(agent, request->id, "%s: there is no domain \"%s\"; there are %zu",
                           ag_op_name(request->op), names.name[i], agent->domain_count);
        return false;
    }
    return true;
}

void ag_domain_event(Agent *agent, const AgDomain *domain, const char *what, double seconds,
                     const char *reason, const char *detail)
{
    json_t *event = json_pack("{s:s,s:s,s:i,s:s}", "event", "domain", "name", domain->name, "domid",
                              domain->domid, "what", what);

    if (seconds >= 0)
        json_object_set_new(event, "seconds", json_real(seconds));
    if (reason)
        json_object_set_new(event, "reason", json_string(reason));
    if (detail)
        json_object_set_new(event, "detail", json_string(detail));
    ag_port_send(agent->port, event);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: domUs that stop by themselves.
 *
 * xenstored fires @releaseDomain when a domain has shut down, whatever the cause, and when one is
 * gone. Which it was and why stands in `xl list`: domUs are kept until they are destroyed. */
#include "agent.h"

#include "text.h"
#include "xl-output.h"

static const int64_t XL_TIMEOUT_NS = 60 * 1000000000LL;

enum { LIST_OUTPUT = 32 * 1024 };

static const char *describe_reason(char letter, const char **detail)
{
    static const struct {
        char letter;
        const char *reason, *detail;
    } table[] = {
        {'-', "shutdown", NULL},
        {'c', "crash", NULL},
        {'r', "crash", "it asked for a reboot, which no domU of this rig does by itself"},
        {'s', "crash", "it asked for a suspend, which no domU of this rig does by itself"},
        {'w', "crash", "its watchdog ended it"},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].letter == letter) {
            *detail = table[i].detail;
            return table[i].reason;
        }
    *detail = "it stopped for a reason that is not known";
    return "crash";
}

static void tell_exit(Agent *agent, AgDomain *domain, const char *reason, const char *detail)
{
    /* Its last words come first. */
    ag_guest_read_now(agent, domain);
    ag_console_read_now(agent, domain);
    domain->state = AG_DOMAIN_EXITED;
    ag_domain_event(agent, domain, "exited", -1, reason, detail);
}

static void look_at(Agent *agent, AgDomain *domain, const AgXlDomain *listed, size_t count)
{
    const char *reason, *detail;
    size_t i = 0;

    if (domain->state != AG_DOMAIN_LIVE || domain->destroying)
        return;
    while (i < count && (int)listed[i].domid != domain->domid)
        i++;
    if (i == count) {
        tell_exit(agent, domain, "gone", "it is no longer in xl list");
    } else if (listed[i].shutdown) {
        reason = describe_reason(listed[i].reason, &detail);
        tell_exit(agent, domain, reason, detail);
    } else if (listed[i].dying) {
        tell_exit(agent, domain, "gone", "somebody destroys it");
    }
}

static void on_list(const AgChildResult *result, void *data)
{
    Agent *agent = data;
    AgXlDomain listed[AG_DOMAINS_MAX * 2];

    agent->listing = false;
    if (result->ok) {
        size_t count = ag_xl_list_parse(result->output, listed, sizeof listed / sizeof listed[0]);
        for (size_t i = 0; i < agent->domain_count; i++)
            look_at(agent, agent->domains[i], listed, count);
    } else {
        ag_autofree char *error = ag_child_error("xl list", result);
        ag_port_log(agent->port, "%s", error);
    }
    if (agent->list_again)
        ag_exits_look(agent);
}

void ag_exits_look(Agent *agent)
{
    const char *const argv[] = {AG_XL, "list", NULL};

    agent->list_again = agent->listing;
    if (agent->listing || agent->domain_count == 0)
        return;
    agent->listing = true;
    ag_child_start(agent->loop, argv, 0, LIST_OUTPUT, XL_TIMEOUT_NS, on_list, agent);
}

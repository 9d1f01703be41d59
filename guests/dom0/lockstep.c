/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the metronome, and windows that are measured by its ticks (guests/wire.h, HOLDING).
 *
 * While a window is measured nothing may come in from the host, whose timing would be another each time, and
 * nothing need go out: the order is read from the machine itself, domUs tally by themselves, and what they
 * have found is told when all are done. */
#include "agent.h"

#include "order.h"
#include "tally.h"
#include "text.h"
#include "timers.h"
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t ORDER_STEP_NS = 4 * 1000000LL, TALLY_STEP_NS = 50 * 1000000LL,
                     HELD_STEP_NS = 20 * 1000000LL, HELD_WAIT_NS = 60 * 1000000000LL,
                     SHARE_STEP_NS = 20 * 1000000LL, SHARE_WAIT_NS = 30 * 1000000000LL;

static char *node(const AgDomain *domain, const char *name)
{
    return ag_printf("/local/domain/%d/" XR_WIRE_NODE "/%s", domain->domid, name);
}

static bool write_node(Agent *agent, const AgDomain *domain, const char *name, const char *value)
{
    ag_autofree char *path = node(domain, name);

    return ag_store_write(agent->store, path, value);
}

char *ag_node_read(Agent *agent, const AgDomain *domain, const char *name)
{
    ag_autofree char *path = node(domain, name);

    return ag_store_read(agent->store, path, NULL);
}

bool ag_domain_streams(const AgDomain *domain)
{
    return domain->vbds > 0 && domain->state == AG_DOMAIN_LIVE && !domain->destroying;
}

/* --- the metronome's count, shared --- */

typedef struct {
    Agent *agent;
    json_int_t id;
    AgDomain *metronome;
    int64_t until_ns;
} Share;

static void end_share(Share *job, const char *error)
{
    if (error)
        ag_reply_error(job->agent, job->id, "metronome: %s", error);
    else
        ag_reply(job->agent, job->id, NULL);
    free(job);
}

/* A reference for each domU, in the order in which they were named. */
static const char *hand_out(Share *job, const char *shares)
{
    const char *at = shares;

    for (size_t i = 0; i < job->agent->domain_count; i++) {
        AgDomain *domain = job->agent->domains[i];
        char *end;
        if (!ag_domain_streams(domain))
            continue;
        unsigned long ref = strtoul(at, &end, 10);
        ag_autofree char *value = ag_printf("%d %lu", job->metronome->domid, ref);
        if (end == at)
            return "it shares its count with fewer domUs than there are";
        if (!write_node(job->agent, domain, "metronome", value))
            return strerror(errno);
        at = end;
    }
    return NULL;
}

static void look_at_shares(void *data)
{
    Share *job = data;
    ag_autofree char *shares = ag_node_read(job->agent, job->metronome, "shares");

    if (shares)
        end_share(job, hand_out(job, shares));
    else if (ag_now() >= job->until_ns)
        end_share(job, "it does not share its count");
    else
        ag_loop_at(job->agent->loop, ag_now() + SHARE_STEP_NS, look_at_shares, job);
}

void ag_op_metronome(Agent *agent, const AgRequest *request)
{
    AgDomain *metronome = ag_domain_find(agent, ag_request_string(request, "name", ""));
    ag_autofree char *readers = ag_strndup("", 0);

    if (!metronome || metronome->vbds > 0) {
        ag_reply_error(agent, request->id,
                       "metronome: member \"name\" names no domain without VBDs");
        return;
    }
    for (size_t i = 0; i < agent->domain_count; i++) {
        if (!ag_domain_streams(agent->domains[i]))
            continue;
        char *longer =
            ag_printf("%s%s%d", readers, readers[0] ? " " : "", agent->domains[i]->domid);
        free(readers);
        readers = longer;
    }
    uint64_t frames[AG_TIMERS];
    if (!ag_timers_find(frames)) {
        ag_reply_error(agent, request->id,
                       "metronome: the machine has no %d RTL8139 cards to be timers", AG_TIMERS);
        return;
    }
    ag_autofree char *timers =
        ag_printf("%llu %llu %llu", (unsigned long long)frames[0], (unsigned long long)frames[1],
                  (unsigned long long)frames[2]);
    if (!write_node(agent, metronome, "readers", readers) ||
        !write_node(agent, metronome, "timers", timers) ||
        !write_node(agent, metronome, "command", "start")) {
        ag_reply_error(agent, request->id, "metronome: xenstore: %s", strerror(errno));
        return;
    }
    Share *job = ag_alloc(sizeof *job);
    *job = (Share){.agent = agent,
                   .id = request->id,
                   .metronome = metronome,
                   .until_ns = ag_now() + SHARE_WAIT_NS};
    look_at_shares(job);
}

/* --- holding, and what follows --- */

typedef struct {
    Agent *agent;
    json_int_t id;
    int64_t until_ns; /* by which all hold */
    unsigned long seed;
} Hold;

/* NULL while some domU has not told yet. */
static json_t *collect(Hold *job)
{
    json_auto_t *list = json_array();

    for (size_t i = 0; i < job->agent->domain_count; i++) {
        AgDomain *domain = job->agent->domains[i];
        AgTally tally;
        if (!ag_domain_streams(domain))
            continue;
        ag_autofree char *text = ag_node_read(job->agent, domain, "tally");
        if (!text)
            return NULL;
        const char *problem = ag_tally_parse(text, &tally);
        if (problem) {
            ag_autofree char *clean = ag_text_clean(text, strlen(text), 512);
            ag_port_log(job->agent->port, "domain %s: its tally makes no sense, %s: %s",
                        domain->name, problem, clean);
            tally = (AgTally){0};
        }
        json_t *bytes = json_array();
        for (size_t v = 0; v < tally.vbds; v++)
            json_array_append_new(bytes, json_integer((json_int_t)tally.bytes[v]));
        json_array_append_new(list,
                              json_pack("{s:s,s:I,s:I,s:I,s:o}", "name", domain->name, "ordered",
                                        (json_int_t)tally.ordered, "begin", (json_int_t)tally.begin,
                                        "ticks", (json_int_t)tally.ticks, "bytes", bytes));
    }
    return json_incref(list);
}

static void look_at_tallies(void *data)
{
    Hold *job = data;
    json_t *list = collect(job);

    if (!list) {
        ag_loop_at(job->agent->loop, ag_now() + TALLY_STEP_NS, look_at_tallies, job);
        return;
    }
    ag_port_send(job->agent->port, json_pack("{s:s,s:I,s:o}", "event", "tally", "seed",
                                             (json_int_t)job->seed, "domains", list));
    free(job);
}

static void write_all(Hold *job, const char *command)
{
    for (size_t i = 0; i < job->agent->domain_count; i++)
        if (ag_domain_streams(job->agent->domains[i]) &&
            !write_node(job->agent, job->agent->domains[i], "command", command))
            ag_port_log(job->agent->port, "domain %s: xenstore: %s", job->agent->domains[i]->name,
                        strerror(errno));
}

/* What is done from here on is the same work whatever the order says: its numbers have one width, and are passed on as
 * they are. So with one snapshot, and slices of one length, domUs get it at the same tick, always. */
static void look_at_order(void *data)
{
    Hold *job = data;
    char text[XR_WIRE_ORDER_LEN + 1];
    unsigned reach;
    int command = 0;

    if (!ag_order_read(text)) {
        ag_loop_at(job->agent->loop, ag_now() + ORDER_STEP_NS, look_at_order, job);
        return;
    }
    if (sscanf(text, "reach=%u %nmeasure %lu", &reach, &command, &job->seed) == 2) {
        if (!ag_timers_set(reach))
            ag_port_log(job->agent->port, "the machine's timers cannot be set: %s",
                        strerror(errno));
        write_all(job, text + command);
        ag_loop_at(job->agent->loop, ag_now() + TALLY_STEP_NS, look_at_tallies, job);
        return;
    }
    ag_autofree char *clean = ag_text_clean(text, strlen(text), sizeof text);
    ag_port_log(job->agent->port, "the machine's order is not known: %s", clean);
    free(job);
}

/* --- until nothing is in flight --- */

static bool all_hold(const Hold *job)
{
    for (size_t i = 0; i < job->agent->domain_count; i++) {
        if (!ag_domain_streams(job->agent->domains[i]))
            continue;
        ag_autofree char *held = ag_node_read(job->agent, job->agent->domains[i], "held");
        if (!held)
            return false;
    }
    return true;
}

static void look_at_held(void *data)
{
    Hold *job = data;

    if (all_hold(job)) {
        ag_reply(job->agent, job->id, NULL);
        look_at_order(job);
    } else if (ag_now() >= job->until_ns) {
        ag_reply_error(job->agent, job->id, "hold: some domU still has requests in flight");
        free(job);
    } else {
        ag_loop_at(job->agent->loop, ag_now() + HELD_STEP_NS, look_at_held, job);
    }
}

void ag_op_hold(Agent *agent, const AgRequest *request)
{
    if (!ag_order_find()) {
        ag_reply_error(agent, request->id, "hold: the machine has no file %s in its fw_cfg",
                       XR_WIRE_ORDER_FILE);
        return;
    }
    Hold *job = ag_alloc(sizeof *job);
    *job = (Hold){.agent = agent, .id = request->id, .until_ns = ag_now() + HELD_WAIT_NS};
    write_all(job, "hold");
    look_at_held(job);
}

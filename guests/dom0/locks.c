/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: Xen's lock profile, from xenlockprof.
 *
 * The time of a reading is that of xenlockprof's end, on dom0's clock: it reads some milliseconds before, each time
 * as many. */
#include "agent.h"

#include "lock-profile.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define XENLOCKPROF "/usr/sbin/xenlockprof"

static const int64_t TIMEOUT_NS = 60 * 1000000000LL;

enum { KEPT_OUTPUT = 2 * 1024 * 1024 };

typedef struct {
    Agent *agent;
    json_int_t id;
} Job;

/* NULL: a domain that is none of this machine's, as Xen's own. */
static const char *name_of(const Agent *agent, int domid)
{
    if (domid == AG_LOCK_GLOBAL)
        return "xen";
    if (domid == 0)
        return "dom0";
    for (size_t i = 0; i < agent->domain_count; i++)
        if (agent->domains[i]->domid == domid)
            return agent->domains[i]->name;
    return NULL;
}

static json_t *locks_of(json_t *domains, const char *name)
{
    json_t *domain;
    size_t i;

    json_array_foreach(domains, i, domain)
    {
        if (strcmp(json_string_value(json_object_get(domain, "name")), name) == 0)
            return json_object_get(domain, "locks");
    }
    domain = json_pack("{s:s,s:{}}", "name", name, "locks");
    json_array_append_new(domains, domain);
    return json_object_get(domain, "locks");
}

static json_t *describe(const Agent *agent, const AgLockProfile *profile)
{
    json_t *domains = json_array();

    for (size_t i = 0; i < profile->count; i++) {
        const AgLock *lock = &profile->lock[i];
        const char *name = name_of(agent, lock->domid);
        if (!name)
            continue;
        ag_autofree char *clean = ag_text_clean(lock->name, strlen(lock->name), AG_LOCK_NAME_MAX);
        json_object_set_new(locks_of(domains, name), clean,
                            json_pack("[I,I,I,I]", (json_int_t)lock->acquired,
                                      (json_int_t)lock->contended, (json_int_t)lock->hold_ns,
                                      (json_int_t)lock->wait_ns));
    }
    return json_pack("{s:I,s:o}", "guest_ns", (json_int_t)ag_now(), "domains", domains);
}

static void on_profile(const AgChildResult *result, void *data)
{
    static AgLockProfile profile; /* some 300 KiB */
    Job *job = data;
    const char *problem = NULL;

    if (!result->ok) {
        ag_autofree char *error = ag_child_error("xenlockprof", result);
        ag_reply_error(job->agent, job->id, "locks: %s", error);
        free(job);
        return;
    }
    problem = result->len < KEPT_OUTPUT
                  ? ag_lock_profile_parse(result->output, result->len, &profile)
                  : "it is too long";
    if (problem)
        ag_reply_error(job->agent, job->id, "locks: Xen's lock profile is not understood: %s",
                       problem);
    else
        ag_reply(job->agent, job->id, describe(job->agent, &profile));
    free(job);
}

void ag_op_locks(Agent *agent, const AgRequest *request)
{
    static const char *const argv[] = {XENLOCKPROF, NULL};
    Job *job = ag_alloc(sizeof *job);

    *job = (Job){.agent = agent, .id = request->id};
    ag_child_start(agent->loop, argv, 0, KEPT_OUTPUT, TIMEOUT_NS, on_profile, job);
}

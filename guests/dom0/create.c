/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: creating domUs, paused, several at once. */
#include "agent.h"

#include "batch.h"
#include "text.h"
#include "timers.h"
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t CREATE_TIMEOUT_NS = 300 * 1000000000LL;

typedef struct {
    Agent *agent;
    json_int_t id;
    size_t count, made;
    AgDomain *domains[AG_DOMAINS_MAX]; /* NULL once failed */
    char *error;                       /* the first */
    char path[128];
    const char *argv[6];
} Job;

static void config_path(const char *name, char *path, size_t size)
{
    snprintf(path, size, AG_RUN_DIR "/%s.cfg", name);
}

/* --- xl create, one after another as there is room --- */

static const char *const *command(size_t i, void *data)
{
    Job *job = data;

    config_path(job->domains[i]->name, job->path, sizeof job->path);
    /* -p: paused. -e: no xl stays behind to watch the domain, that is done here. */
    const char *const argv[] = {AG_XL, "create", "-p", "-e", job->path, NULL};
    memcpy(job->argv, argv, sizeof argv);
    return job->argv;
}

static void fail(Job *job, size_t i, const char *what)
{
    AgDomain *domain = job->domains[i];

    if (!job->error)
        job->error = ag_printf("create: domain %s: %s", domain->name, what);
    else
        ag_port_log(job->agent->port, "create: domain %s: %s", domain->name, what);
    ag_domain_forget(job->agent, domain);
    job->domains[i] = NULL;
}

/* The domU's corner of xenstore. */
static bool prepare_node(Agent *agent, AgDomain *domain)
{
    char path[96];

    domain->domid = ag_store_find_domain(agent->store, domain->name);
    if (domain->domid < 0)
        return false;
    snprintf(path, sizeof path, "/local/domain/%d/" XR_WIRE_NODE, domain->domid);
    return ag_store_make_owned(agent->store, path, (unsigned)domain->domid);
}

static bool done(size_t i, const AgChildResult *result, void *data)
{
    Job *job = data;
    AgDomain *domain = job->domains[i];

    if (!result->ok) {
        ag_autofree char *error = ag_child_error("xl create", result);
        fail(job, i, error);
        return false;
    }
    if (!prepare_node(job->agent, domain)) {
        ag_autofree char *error =
            ag_printf("xl made it, but its xenstore node could not be: %s", strerror(errno));
        fail(job, i, error);
        return false;
    }
    domain->state = AG_DOMAIN_LIVE;
    job->made++;
    ag_domain_event(job->agent, domain, "created", (double)result->duration_ns / 1e9, NULL, NULL);
    return true;
}

static void all_done(void *data)
{
    Job *job = data;

    /* After a failure some were never begun. */
    for (size_t i = 0; i < job->count; i++)
        if (job->domains[i] && job->domains[i]->state == AG_DOMAIN_NEW)
            ag_domain_forget(job->agent, job->domains[i]);
    if (job->error)
        ag_reply_error(job->agent, job->id, "%s (%zu of %zu were created)", job->error, job->made,
                       job->count);
    else
        ag_reply(job->agent, job->id, NULL);
    free(job->error);
    free(job);
}

/* --- the request --- */

/* The metronome maps the timers that it pushes on. */
static char *metronome_iomem(const AgDomainSpec *spec)
{
    uint64_t frames[AG_TIMERS];

    if (strcmp(spec->name, XR_WIRE_METRONOME) != 0 || !ag_timers_find(frames))
        return NULL;
    return ag_printf("\"%llx,1\", \"%llx,1\", \"%llx,1\"", (unsigned long long)frames[0],
                     (unsigned long long)frames[1], (unsigned long long)frames[2]);
}

static char *write_config(AgDomainSpec *spec)
{
    ag_autofree char *iomem = metronome_iomem(spec);

    spec->iomem = iomem;
    ag_autofree char *text = ag_domain_config(spec);
    char path[128];

    config_path(spec->name, path, sizeof path);
    FILE *file = fopen(path, "we");
    if (!file)
        return ag_printf("create: domain %s: %s: %s", spec->name, path, strerror(errno));
    fputs(text, file);
    if (fclose(file) == 0)
        return NULL;
    return ag_printf("create: domain %s: %s: %s", spec->name, path, strerror(errno));
}

/* Checks one domain and gets it ready. NULL or a sentence. */
static char *take_domain(Agent *agent, Job *job, const json_t *value)
{
    AgDomainSpec spec;
    ag_autofree char *error = ag_domain_spec_parse(value, &spec);

    if (error)
        return ag_printf("create: %s", error);
    if (ag_domain_find(agent, spec.name))
        return ag_printf("create: domain %s: it exists already", spec.name);
    for (size_t i = 0; i < spec.vbds; i++)
        if (access(spec.devices[i], F_OK) < 0)
            return ag_printf("create: domain %s: %s: %s", spec.name, spec.devices[i],
                             strerror(errno));
    char *written = write_config(&spec);
    if (!written)
        job->domains[job->count++] = ag_domain_add(agent, &spec);
    return written;
}

void ag_op_create(Agent *agent, const AgRequest *request)
{
    const json_t *domains = json_object_get(request->members, "domains");
    size_t count = json_array_size(domains);

    if (count == 0 || count + agent->domain_count > AG_DOMAINS_MAX) {
        ag_reply_error(agent, request->id,
                       "create: \"domains\" has %zu; from 1 to %zu more can be made", count,
                       AG_DOMAINS_MAX - agent->domain_count);
        return;
    }
    Job *job = ag_alloc(sizeof *job);
    *job = (Job){.agent = agent, .id = request->id};
    for (size_t i = 0; i < count && !job->error; i++)
        job->error = take_domain(agent, job, json_array_get(domains, i));
    AgBatch batch = {.command = command,
                     .done = done,
                     .all_done = all_done,
                     .flags = AG_CHILD_OWN_LOCK,
                     .count = job->error ? 0 : count,
                     .parallel = (size_t)ag_request_int(request, "parallel", 1),
                     .timeout_ns = CREATE_TIMEOUT_NS};
    ag_batch_start(agent->loop, &batch, job);
}

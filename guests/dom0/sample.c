/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: samples of what each VBD has written and read.
 *
 * Two sources that know nothing of one another: the backing device's own statistics and blkback's.
 * The files stay open and are read again from their beginning, one pread a file and sample. */
#include "agent.h"

#include "text.h"
#include "vbd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512, READ_IOS = 0, READ_SECTORS = 2, WRITE_IOS = 4, WRITE_SECTORS = 6 };

static int open_for(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void ag_vbd_close(AgVbd *vbd)
{
    close_fd(&vbd->device_fd);
    close_fd(&vbd->sectors_fd);
    close_fd(&vbd->requests_fd);
    free(vbd->device);
    free(vbd->figures_seen);
    vbd->device = vbd->figures_seen = NULL;
}

/* Where the file is gone it is closed, to be opened anew. */
static bool read_text(int *fd, char *buf, size_t size)
{
    ssize_t got = *fd < 0 ? -1 : pread(*fd, buf, size - 1, 0);

    if (got <= 0) {
        close_fd(fd);
        return false;
    }
    buf[got] = '\0';
    return true;
}

static void read_device(AgVbd *vbd)
{
    char path[160], buf[512], *p = buf;
    const char *slash = strrchr(vbd->device, '/');

    if (vbd->device_fd < 0) {
        snprintf(path, sizeof path, "/sys/block/%s/stat", slash + 1);
        vbd->device_fd = open_for(path);
    }
    if (!read_text(&vbd->device_fd, buf, sizeof buf))
        return;
    for (int i = 0; i <= WRITE_SECTORS; i++) {
        unsigned long long value = strtoull(p, &p, 10);
        if (i == READ_IOS)
            vbd->read.requests = value;
        else if (i == READ_SECTORS)
            vbd->read.bytes = value * SECTOR;
        else if (i == WRITE_IOS)
            vbd->written.requests = value;
        else if (i == WRITE_SECTORS)
            vbd->written.bytes = value * SECTOR;
    }
}

static void read_counter(int *fd, int domid, unsigned number, const char *name,
                         unsigned long long *value)
{
    char path[160], buf[32];

    if (*fd < 0) {
        snprintf(path, sizeof path, "/sys/bus/xen-backend/devices/vbd-%d-%u/statistics/%s", domid,
                 number, name);
        *fd = open_for(path);
    }
    if (read_text(fd, buf, sizeof buf))
        *value = strtoull(buf, NULL, 10);
}

static void read_blkback(AgVbd *vbd, int domid, size_t index)
{
    unsigned number = ag_vbd_number(index);
    unsigned long long sectors = vbd->blkback.bytes / SECTOR;

    read_counter(&vbd->sectors_fd, domid, number, "wr_sect", &sectors);
    read_counter(&vbd->requests_fd, domid, number, "wr_req", &vbd->blkback.requests);
    vbd->blkback.bytes = sectors * SECTOR;
}

unsigned long long ag_sample_bytes(Agent *agent)
{
    unsigned long long sum = 0;

    for (size_t i = 0; i < agent->domain_count; i++) {
        AgDomain *domain = agent->domains[i];
        for (size_t v = 0; v < domain->vbds; v++) {
            read_device(&domain->vbd[v]);
            sum += domain->vbd[v].written.bytes + domain->vbd[v].read.bytes;
        }
    }
    return sum;
}

static void add_domain(AgDomain *domain, json_t *list)
{
    if (domain->state == AG_DOMAIN_NEW)
        return;
    for (size_t i = 0; i < domain->vbds; i++) {
        AgVbd *vbd = &domain->vbd[i];
        read_device(vbd);
        if (domain->state == AG_DOMAIN_LIVE)
            read_blkback(vbd, domain->domid, i);
        json_array_append_new(list, json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "domain",
                                              domain->name, "vbd", (json_int_t)i, "bytes",
                                              (json_int_t)vbd->written.bytes, "requests",
                                              (json_int_t)vbd->written.requests, "read_bytes",
                                              (json_int_t)vbd->read.bytes, "read_requests",
                                              (json_int_t)vbd->read.requests, "blkback_bytes",
                                              (json_int_t)vbd->blkback.bytes, "blkback_requests",
                                              (json_int_t)vbd->blkback.requests));
    }
}

static void take_sample(Agent *agent)
{
    json_t *list = json_array();
    int64_t now = ag_now();

    for (size_t i = 0; i < agent->domain_count; i++)
        add_domain(agent->domains[i], list);
    ag_port_send_if_room(agent->port, json_pack("{s:s,s:I,s:o}", "event", "sample", "guest_ns",
                                                (json_int_t)now, "vbds", list));
}

static void on_due(void *data)
{
    Agent *agent = data;

    take_sample(agent);
    /* Even spacing, but no catching up after a stall. */
    agent->sample_due_ns += agent->sample_interval_ns;
    if (agent->sample_due_ns < ag_now())
        agent->sample_due_ns = ag_now() + agent->sample_interval_ns;
    agent->sample_timer = ag_loop_at(agent->loop, agent->sample_due_ns, on_due, agent);
}

void ag_op_sampling(Agent *agent, const AgRequest *request)
{
    json_int_t interval = ag_request_int(request, "interval", 0);

    if (interval != 0 && interval < 10000000) {
        ag_reply_error(agent, request->id,
                       "sampling: member \"interval\" must be 0 or at least 10 ms, 10000000");
        return;
    }
    ag_timer_cancel(agent->sample_timer);
    agent->sample_timer = NULL;
    agent->sample_interval_ns = interval;
    ag_reply(agent, request->id, NULL);
    if (interval == 0)
        return;
    agent->sample_due_ns = ag_now();
    agent->sample_timer = ag_loop_at(agent->loop, agent->sample_due_ns, on_due, agent);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: consoles of domUs, followed in the logs xenconsoled writes.
 *
 * inotify says that something was written; it is looked at no more often than every PAUSE_MS. What
 * has been read is punched out of the file, which lies in memory: a domU that prints without end
 * fills nothing. Lines are bounded in length and in number a second; the rest is counted. */
#include "agent.h"

#include "boot.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
    PAUSE_MS = 50,
    LINES_PER_SECOND = 200,
    READ_MAX = 256 * 1024, /* of one console at a time */
    PAGE = 4096,
};

typedef struct {
    Agent *agent;
    AgDomain *domain;
} Follow;

static void tell_dropped(Agent *agent, AgDomain *domain)
{
    uint64_t dropped = ag_limiter_take_dropped(&domain->console_limiter, ag_now());

    if (dropped)
        ag_port_send(agent->port, json_pack("{s:s,s:s,s:I}", "event", "console-dropped", "domain",
                                            domain->name, "lines", (json_int_t)dropped));
}

static void on_line(const char *line, size_t len, bool too_long, void *data)
{
    const Follow *follow = data;
    AgDomain *domain = follow->domain;

    tell_dropped(follow->agent, domain);
    if (!ag_limiter_pass(&domain->console_limiter, ag_now(), LINES_PER_SECOND))
        return;
    ag_autofree char *clean = ag_text_clean(line, len, 3 * len);
    bool sent =
        ag_port_send_if_room(follow->agent->port, json_pack("{s:s,s:s,s:s}", "event", "console",
                                                            "domain", domain->name, "line", clean));
    if (!sent)
        domain->console_limiter.dropped++;
}

/* Gives the file's memory back, but for the last page. */
static void punch_out(AgDomain *domain)
{
    long long read = domain->console_offset / PAGE * PAGE;

    if (read >= 16 * PAGE)
        fallocate(domain->console_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, read);
}

void ag_console_read_now(Agent *agent, AgDomain *domain)
{
    Follow follow = {.agent = agent, .domain = domain};
    char path[128], buf[16384];
    size_t total = 0;
    ssize_t got;

    if (domain->console_fd < 0) {
        snprintf(path, sizeof path, AG_CONSOLE_DIR "/guest-%s.log", domain->name);
        domain->console_fd = open(path, O_RDWR | O_CLOEXEC);
    }
    if (domain->console_fd < 0)
        return;
    while (total < READ_MAX &&
           (got = pread(domain->console_fd, buf, sizeof buf, domain->console_offset)) > 0) {
        domain->console_offset += got;
        total += (size_t)got;
        ag_lines_feed(&domain->console_lines, buf, (size_t)got, on_line, &follow);
    }
    if (total)
        punch_out(domain);
    tell_dropped(agent, domain);
}

/* The log goes with its domain: another of that name begins a new one. */
void ag_console_close(AgDomain *domain)
{
    char path[128];

    ag_lines_clear(&domain->console_lines);
    if (domain->console_fd < 0)
        return;
    close(domain->console_fd);
    domain->console_fd = -1;
    snprintf(path, sizeof path, AG_CONSOLE_DIR "/guest-%s.log", domain->name);
    unlink(path);
}

static void on_pause_over(void *data)
{
    Agent *agent = data;
    char events[4096];
    bool more = false;

    agent->console_timer = NULL;
    while (read(agent->inotify_fd, events, sizeof events) > 0)
        ; /* which file it was matters little: all are looked at */
    for (size_t i = 0; i < agent->domain_count; i++) {
        ag_console_read_now(agent, agent->domains[i]);
        more = more || agent->domains[i]->console_limiter.dropped;
    }
    ag_source_set_events(agent->console_source, EPOLLIN);
    /* What was dropped is told even if the domU falls silent. */
    if (more)
        agent->console_timer = ag_loop_at(agent->loop, ag_now() + 1000000000, on_pause_over, agent);
}

static void on_written(uint32_t epoll_events, void *data)
{
    Agent *agent = data;

    ag_source_set_events(agent->console_source, 0);
    ag_timer_cancel(agent->console_timer);
    agent->console_timer =
        ag_loop_at(agent->loop, ag_now() + PAUSE_MS * 1000000LL, on_pause_over, agent);
}

void ag_console_start(Agent *agent)
{
    gc_make_dirs(AG_CONSOLE_DIR);
    agent->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (agent->inotify_fd < 0 ||
        inotify_add_watch(agent->inotify_fd, AG_CONSOLE_DIR, IN_MODIFY | IN_CREATE) < 0) {
        ag_port_log(agent->port, "consoles of domUs cannot be followed: %s", strerror(errno));
        return;
    }
    agent->console_source = ag_loop_add(agent->loop, agent->inotify_fd, EPOLLIN, on_written, agent);
}

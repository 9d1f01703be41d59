/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: what dom0-init has to say.
 *
 * Lines on a pipe that init holds the other end of: '!' and a sentence is a failure, anything else
 * a word for the log. Those written before the agent was started are there when it starts. */
#include "agent.h"

#include "text.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

static void on_note(const char *line, size_t len, bool too_long, void *data)
{
    Agent *agent = data;
    bool failure = len && line[0] == '!';
    ag_autofree char *clean = ag_text_clean(line + failure, len - failure, 2048);

    agent->boot_failed = agent->boot_failed || failure;
    if (failure)
        ag_port_send(agent->port, json_pack("{s:s,s:s}", "event", "boot-error", "error", clean));
    else
        ag_port_log(agent->port, "%s", clean);
}

static void on_notes(uint32_t events, void *data)
{
    Agent *agent = data;
    char buf[4096];
    ssize_t got;

    while ((got = read(agent->notes_fd, buf, sizeof buf)) > 0)
        ag_lines_feed(&agent->notes, buf, (size_t)got, on_note, agent);
    if (got == 0) {
        ag_source_remove(agent->notes_source);
        agent->notes_source = NULL;
    }
}

bool ag_notes_start(Agent *agent)
{
    if (agent->notes_fd < 0)
        return true;
    fcntl(agent->notes_fd, F_SETFL, O_NONBLOCK);
    fcntl(agent->notes_fd, F_SETFD, FD_CLOEXEC);
    ag_lines_init(&agent->notes, 2048);
    agent->notes_source = ag_loop_add(agent->loop, agent->notes_fd, EPOLLIN, on_notes, agent);
    on_notes(0, agent);
    return !agent->boot_failed;
}

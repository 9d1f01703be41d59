/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the rig's hand inside dom0. Speaks wire.h on a virtio-serial port. */
#include "agent.h"

#include "boot.h"
#include "text.h"
#include "vbd.h"
#include "wire.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static const int64_t PORT_WAIT_NS = 10 * 1000000000LL;

/* --- answers --- */

void ag_reply(Agent *agent, json_int_t id, json_t *extra)
{
    json_t *reply = json_pack("{s:I,s:b}", "id", id, "ok", 1);

    if (extra)
        json_object_update(reply, extra);
    json_decref(extra);
    ag_port_send(agent->port, reply);
    ag_script_answered(agent, id, true);
}

void ag_reply_error(Agent *agent, json_int_t id, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    ag_autofree char *text = ag_vprintf(format, args);
    va_end(args);
    ag_autofree char *clean = ag_text_clean(text, strlen(text), 8192);
    ag_port_send(agent->port, json_pack("{s:I,s:b,s:s}", "id", id, "ok", 0, "error", clean));
    ag_script_answered(agent, id, false);
}

/* --- requests --- */

static void (*const handlers[AG_OPS])(Agent *agent, const AgRequest *request) = {
    [AG_OP_BACKING] = ag_op_backing,     [AG_OP_CREATE] = ag_op_create,
    [AG_OP_RELEASE] = ag_op_release,     [AG_OP_COMMAND] = ag_op_command,
    [AG_OP_SAMPLING] = ag_op_sampling,   [AG_OP_COUNTERS] = ag_op_counters,
    [AG_OP_GRANT_OPS] = ag_op_grant_ops, [AG_OP_DESTROY] = ag_op_destroy,
    [AG_OP_KEYS] = ag_op_keys,           [AG_OP_DMESG] = ag_op_dmesg,
    [AG_OP_CORRUPT] = ag_op_corrupt,     [AG_OP_FAULT] = ag_op_fault,
    [AG_OP_POWEROFF] = ag_op_poweroff,   [AG_OP_BIND] = ag_op_bind,
    [AG_OP_METRONOME] = ag_op_metronome, [AG_OP_HOLD] = ag_op_hold,
    [AG_OP_COVERAGE] = ag_op_coverage,   [AG_OP_LOCKS] = ag_op_locks,
    [AG_OP_AWAIT] = ag_op_await,         [AG_OP_MODULES] = ag_op_modules,
};

/* Can be done although the toolstack did not start. */
static bool works_without_store(AgOp op)
{
    return op == AG_OP_POWEROFF || op == AG_OP_FAULT || op == AG_OP_DMESG || op == AG_OP_KEYS;
}

void ag_obey(Agent *agent, const char *line, size_t len)
{
    AgRequest request;
    ag_autofree char *error = ag_request_parse(line, len, &request);
    if (error)
        ag_reply_error(agent, request.id, "%s", error);
    else if (!agent->store && !works_without_store(request.op))
        ag_reply_error(agent, request.id, "%s: the toolstack did not start",
                       ag_op_name(request.op));
    else
        handlers[request.op](agent, &request);
    ag_request_clear(&request);
}

static void on_line(const char *line, size_t len, bool too_long, void *data)
{
    Agent *agent = data;

    if (too_long)
        ag_reply_error(agent, 0, "the line is longer than %d bytes", XR_WIRE_LINE_MAX);
    else
        ag_obey(agent, line, len);
}

/* --- xenstore --- */

static void on_change(const char *path, void *data)
{
    Agent *agent = data;
    unsigned domid;
    int vbd;

    if (path[0] == '@')
        ag_exits_look(agent);
    else if (ag_guest_path(path, &domid, &vbd))
        ag_guest_changed(agent, domid, vbd);
}

static void on_store_lost(void *data)
{
    Agent *agent = data;

    ag_port_log(agent->port, "xenstored has closed the connection");
}

static bool open_store(Agent *agent)
{
    agent->store = ag_store_open(agent->loop, on_change, on_store_lost, agent);
    if (agent->store)
        return true;
    ag_port_send(agent->port,
                 json_pack("{s:s,s:o}", "event", "boot-error", "error",
                           json_sprintf("xenstored does not answer: %s", strerror(errno))));
    return false;
}

/* --- hello --- */

static void read_version_part(const char *name, char *buf, size_t size)
{
    char path[64];

    snprintf(path, sizeof path, "/sys/hypervisor/version/%s", name);
    if (gc_read_file(path, buf, size) < 0)
        buf[0] = '\0';
    buf[strcspn(buf, "\n")] = '\0';
}

static void say_hello(Agent *agent)
{
    char major[16], minor[16], extra[64];
    struct utsname kernel;

    uname(&kernel);
    read_version_part("major", major, sizeof major);
    read_version_part("minor", minor, sizeof minor);
    read_version_part("extra", extra, sizeof extra);
    ag_autofree char *xen = ag_printf("%s.%s%s", major, minor, extra);
    ag_autofree char *clean = ag_text_clean(xen, strlen(xen), 64);
    ag_port_send(agent->port, json_pack("{s:s,s:i,s:s,s:s,s:I}", "event", "hello", "wire",
                                        XR_WIRE_VERSION, "kernel", kernel.release, "xen", clean,
                                        "guest_ns", (json_int_t)ag_now()));
}

static int agent_main(int notes_fd)
{
    Agent agent = {.notes_fd = notes_fd, .inotify_fd = -1};

    signal(SIGPIPE, SIG_IGN);
    agent.loop = ag_loop_new();
    agent.port = ag_port_open(agent.loop, XR_WIRE_PORT, PORT_WAIT_NS, on_line, &agent);
    if (!agent.port)
        return 1;
    if (ag_notes_start(&agent) && open_store(&agent)) {
        ag_console_start(&agent);
        say_hello(&agent);
        ag_script_start(&agent);
    }
    ag_loop_run(agent.loop);
    return 0;
}

/* dom0-agent [NOTES-FD]                    the agent; status 0: power the machine off
 * dom0-agent corrupt DEVICE OFFSET LENGTH  see corrupt.c
 * block ACTION                             see hotplug.c */
int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');

    if (strcmp(slash ? slash + 1 : argv[0], "block") == 0)
        return ag_hotplug_main(argc > 1 ? argv[1] : "");
    if (argc == 5 && strcmp(argv[1], "corrupt") == 0)
        return ag_corrupt_main(argv[2], argv[3], argv[4]);
    return agent_main(argc > 1 ? atoi(argv[1]) : -1);
}

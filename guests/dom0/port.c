/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the virtio-serial port, and what waits to be written to it. */
#include "port.h"

#include "boot.h"
#include "text.h"
#include "wire.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum {
    ROOM = 256 * 1024,      /* queued bytes above which samples are dropped */
    FULL = 4 * 1024 * 1024, /* … above which no request is read */
    READ_SIZE = 32 * 1024,
    RECHECK_MS = 100,
};
static const int64_t MILLISECOND = 1000000;

struct AgPort {
    AgLoop *loop;
    int fd;
    AgSource *source;
    AgTimer *recheck; /* while the host's end is closed */
    AgLines lines;
    AgLineFn line_fn;
    void *line_data;
    char *queue; /* bytes from start to end wait */
    size_t start, end, size;
    uint64_t dropped;
    bool silent;
    AgTimerFn drained_fn;
    void *drained_data;
    AgTimer *drained_timer;
};

static void on_port(uint32_t events, void *data);

static size_t queued(const AgPort *port)
{
    return port->end - port->start;
}

static void enqueue(AgPort *port, const char *bytes, size_t len)
{
    if (port->start && port->end + len > port->size) {
        memmove(port->queue, port->queue + port->start, queued(port));
        port->end -= port->start;
        port->start = 0;
    }
    if (port->end + len > port->size) {
        port->size = (port->end + len) * 2;
        port->queue = ag_grow(port->queue, port->size);
    }
    memcpy(port->queue + port->end, bytes, len);
    port->end += len;
}

/* --- writing --- */

static void on_drained(void *data)
{
    AgPort *port = data;
    AgTimerFn fn = port->drained_fn;

    port->drained_timer = NULL;
    port->drained_fn = NULL;
    fn(port->drained_data);
}

static void write_queue(AgPort *port)
{
    while (queued(port)) {
        ssize_t put = write(port->fd, port->queue + port->start, queued(port));
        if (put <= 0)
            return;
        port->start += (size_t)put;
    }
    port->start = port->end = 0;
    if (port->drained_fn) {
        ag_timer_cancel(port->drained_timer);
        on_drained(port);
    }
}

/* What the port is waited for, by what there is to do. */
static void update(AgPort *port)
{
    uint32_t events = (queued(port) ? EPOLLOUT : 0) | (queued(port) < FULL ? EPOLLIN : 0);

    if (port->recheck)
        return;
    if (port->source)
        ag_source_set_events(port->source, events);
    else
        port->source = ag_loop_add(port->loop, port->fd, events, on_port, port);
}

static void tell_dropped(AgPort *port)
{
    uint64_t dropped = port->dropped;

    if (dropped == 0 || queued(port) >= ROOM / 2)
        return;
    port->dropped = 0;
    ag_port_log(port, "%llu samples, figures and console lines were dropped: the rig did not read",
                (unsigned long long)dropped);
}

static char *dump(json_t *object, size_t *len)
{
    char *text = json_dumps(object, JSON_COMPACT);

    *len = text ? strlen(text) : 0;
    if (text && *len < XR_WIRE_LINE_MAX)
        return text;
    json_auto_t *excuse = json_pack(
        "{s:s,s:o}", "event", "log", "text",
        json_sprintf("a line of %zu bytes could not be sent (id %" JSON_INTEGER_FORMAT ")", *len,
                     json_integer_value(json_object_get(object, "id"))));
    free(text);
    text = json_dumps(excuse, JSON_COMPACT);
    *len = strlen(text);
    return text;
}

void ag_port_send(AgPort *port, json_t *object)
{
    json_auto_t *owned = object;
    size_t len;

    if (port->silent)
        return;
    ag_autofree char *text = dump(owned, &len);
    text[len] = '\n';
    enqueue(port, text, len + 1);
    write_queue(port);
    update(port);
}

bool ag_port_send_if_room(AgPort *port, json_t *object)
{
    if (queued(port) >= ROOM) {
        json_decref(object);
        port->dropped++;
        return false;
    }
    tell_dropped(port);
    ag_port_send(port, object);
    return true;
}

void ag_port_log(AgPort *port, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    ag_autofree char *text = ag_vprintf(format, args);
    va_end(args);
    ag_autofree char *clean = ag_text_clean(text, strlen(text), 4096);
    ag_port_send(port, json_pack("{s:s,s:s}", "event", "log", "text", clean));
}

void ag_port_when_drained(AgPort *port, int64_t wait_ns, AgTimerFn fn, void *data)
{
    port->drained_fn = fn;
    port->drained_data = data;
    port->drained_timer =
        ag_loop_at(port->loop, queued(port) ? ag_now() + wait_ns : 0, on_drained, port);
}

void ag_port_silence(AgPort *port)
{
    port->silent = true;
    port->start = port->end = 0;
}

/* --- reading --- */

static void on_recheck(void *data)
{
    AgPort *port = data;

    port->recheck = NULL;
    update(port);
}

/* With its other end closed the port is always ready: look again later instead. */
static void host_closed(AgPort *port)
{
    ag_source_remove(port->source);
    port->source = NULL;
    port->recheck = ag_loop_at(port->loop, ag_now() + RECHECK_MS * MILLISECOND, on_recheck, port);
}

static void on_port(uint32_t events, void *data)
{
    AgPort *port = data;
    char buf[READ_SIZE];
    ssize_t got = -1;

    if (events & EPOLLIN && queued(port) < FULL)
        got = read(port->fd, buf, sizeof buf);
    if (got > 0)
        ag_lines_feed(&port->lines, buf, (size_t)got, port->line_fn, port->line_data);
    write_queue(port);
    if (got == 0 || (got < 0 && events & EPOLLHUP))
        host_closed(port);
    update(port);
}

/* --- finding it: no udev here, so no /dev/virtio-ports --- */

static bool has_name(const char *entry, const char *name)
{
    char path[300], found[64];

    snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry);
    if (entry[0] == '.' || gc_read_file(path, found, sizeof found) <= 0)
        return false;
    found[strcspn(found, "\n")] = '\0';
    return strcmp(found, name) == 0;
}

static int open_port(const char *name)
{
    DIR *dir = opendir("/sys/class/virtio-ports");
    struct dirent *entry;
    char path[300];
    int fd = -1;

    while (dir && fd < 0 && (entry = readdir(dir))) {
        if (!has_name(entry->d_name, name))
            continue;
        snprintf(path, sizeof path, "/dev/%s", entry->d_name);
        fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    }
    if (dir)
        closedir(dir);
    return fd;
}

AgPort *ag_port_open(AgLoop *loop, const char *name, int64_t wait_ns, AgLineFn fn, void *data)
{
    struct timespec pause = {0, 20 * MILLISECOND};
    int64_t end = ag_now() + wait_ns;
    int fd;

    while ((fd = open_port(name)) < 0 && ag_now() < end)
        nanosleep(&pause, NULL);
    if (fd < 0) {
        gc_log("no virtio-serial port \"%s\": is the device there, and are the modules virtio_pci "
               "and virtio_console loaded?",
               name);
        return NULL;
    }
    AgPort *port = ag_alloc(sizeof *port);
    *port = (AgPort){.loop = loop, .fd = fd, .line_fn = fn, .line_data = data};
    ag_lines_init(&port->lines, XR_WIRE_LINE_MAX);
    update(port);
    return port;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine's serial line or agent port as callbacks and a queue. */
#include "boot/port.h"

#define CHUNK (64 * 1024)
/* Per wake-up: a port that never stops must not keep the others of the main loop waiting. */
#define CHUNKS_A_TURN 8

struct _XrPort {
    const XrPortWay *way;
    gpointer handle;
    XrPortEvents events;
    gpointer user_data;
    GByteArray *queue;
    gboolean watched;
    gboolean writing; /* what the watch was last asked for */
    gboolean ended;
    gboolean closed; /* freed by its owner, perhaps from within a callback */
    guint refs;      /* the owner, and calls under way */
};

static void release(XrPort *port)
{
    if (--port->refs > 0)
        return;
    g_byte_array_unref(port->queue);
    g_free(port);
}

XrPort *xr_port_new(const XrPortWay *way, gpointer handle, const XrPortEvents *events,
                    gpointer user_data)
{
    g_autoptr(XrPort) port = g_new0(XrPort, 1);

    port->refs = 1;
    port->way = way;
    port->handle = handle;
    port->events = *events;
    port->user_data = user_data;
    port->queue = g_byte_array_new();
    port->watched = way->watch(handle, port, FALSE);
    return port->watched ? g_steal_pointer(&port) : NULL;
}

static void unwatch(XrPort *port)
{
    if (port->watched)
        port->way->unwatch(port->handle);
    port->watched = FALSE;
}

static void end(XrPort *port)
{
    if (port->ended)
        return;
    port->ended = TRUE;
    unwatch(port);
    port->events.ended(port->user_data);
}

/* Reads until there is nothing, or chunks were read. */
static void read_some(XrPort *port, guint chunks)
{
    char chunk[CHUNK];

    while (!port->ended && !port->closed && chunks-- > 0) {
        int got = port->way->receive(port->handle, chunk, sizeof chunk);
        if (got == XR_PORT_AGAIN)
            return;
        if (got <= 0)
            end(port);
        else
            port->events.data(chunk, (gsize)got, port->user_data);
    }
}

static void write_some(XrPort *port)
{
    while (!port->ended && !port->closed && port->queue->len > 0) {
        int sent = port->way->send(port->handle, (const char *)port->queue->data,
                                   MIN(port->queue->len, CHUNK));
        if (sent == XR_PORT_AGAIN)
            return;
        if (sent <= 0) {
            /* What the other end wrote before it went is still worth reading. */
            g_byte_array_set_size(port->queue, 0);
            read_some(port, G_MAXUINT);
            if (!port->closed)
                end(port);
            return;
        }
        g_byte_array_remove_range(port->queue, 0, (guint)sent);
    }
}

static void update_watch(XrPort *port)
{
    gboolean writing = port->queue->len > 0;

    if (port->watched && writing != port->writing)
        port->way->watch(port->handle, port, writing);
    port->writing = writing;
}

void xr_port_ready(XrPort *port, gboolean readable, gboolean writable)
{
    port->refs++;
    if (readable)
        read_some(port, CHUNKS_A_TURN);
    if (writable)
        write_some(port);
    update_watch(port);
    release(port);
}

void xr_port_write(XrPort *port, const char *bytes, gsize len)
{
    if (port->ended)
        return;
    g_byte_array_append(port->queue, (const guint8 *)bytes, (guint)len);
    update_watch(port);
}

void xr_port_drain(XrPort *port)
{
    port->refs++;
    read_some(port, G_MAXUINT);
    release(port);
}

gboolean xr_port_has_ended(const XrPort *port)
{
    return port->ended;
}

void xr_port_free(XrPort *port)
{
    if (port == NULL)
        return;
    unwatch(port);
    port->closed = TRUE;
    port->way->close(port->handle);
    release(port);
}

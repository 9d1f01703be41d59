/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a serial line or port that is a libvirt stream. */
#include "boot/port.h"

#define ALWAYS (VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP)

typedef struct {
    virStreamPtr stream;
    gboolean watched;
} StreamHandle;

/* virStreamRecv and virStreamSend say -2 where they would block, as XR_PORT_AGAIN does. */
G_STATIC_ASSERT(XR_PORT_AGAIN == -2);

static int stream_receive(gpointer handle, char *bytes, gsize size)
{
    StreamHandle *s = handle;
    return virStreamRecv(s->stream, bytes, size);
}

static int stream_send(gpointer handle, const char *bytes, gsize len)
{
    StreamHandle *s = handle;
    return virStreamSend(s->stream, bytes, len);
}

static void on_ready(virStreamPtr stream, int events, void *user_data)
{
    xr_port_ready(user_data, (events & ALWAYS) != 0, (events & VIR_STREAM_EVENT_WRITABLE) != 0);
}

static gboolean stream_watch(gpointer handle, XrPort *port, gboolean writing)
{
    StreamHandle *s = handle;
    int events = writing ? ALWAYS | VIR_STREAM_EVENT_WRITABLE : ALWAYS;

    if (s->watched)
        return virStreamEventUpdateCallback(s->stream, events) == 0;
    s->watched = virStreamEventAddCallback(s->stream, events, on_ready, port, NULL) == 0;
    return s->watched;
}

static void stream_unwatch(gpointer handle)
{
    StreamHandle *s = handle;
    if (s->watched)
        virStreamEventRemoveCallback(s->stream);
    s->watched = FALSE;
}

static void stream_close(gpointer handle)
{
    StreamHandle *s = handle;
    virStreamAbort(s->stream);
    virStreamFree(s->stream);
    g_free(s);
}

static const XrPortWay stream_way = {stream_receive, stream_send, stream_watch, stream_unwatch,
                                     stream_close};

XrPort *xr_port_stream(virDomainPtr domain, const char *channel, const XrPortEvents *events,
                       gpointer user_data)
{
    virStreamPtr stream = virStreamNew(virDomainGetConnect(domain), VIR_STREAM_NONBLOCK);
    int opened;

    if (stream == NULL)
        return NULL;
    if (channel != NULL)
        opened = virDomainOpenChannel(domain, channel, stream, 0);
    else
        opened = virDomainOpenConsole(domain, NULL, stream, VIR_DOMAIN_CONSOLE_FORCE);
    if (opened != 0) {
        virStreamFree(stream);
        return NULL;
    }
    StreamHandle *handle = g_new0(StreamHandle, 1);
    handle->stream = stream;
    return xr_port_new(&stream_way, handle, events, user_data);
}

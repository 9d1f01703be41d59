/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a libvirt stream as callbacks and a queue. */
#include "boot/stream.h"

#define CHUNK (64 * 1024)
/* Per wake-up: a line that never stops must not keep the others of the main loop waiting. */
#define CHUNKS_A_TURN 8
#define TROUBLE       (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP)

struct _XrStream {
    virStreamPtr stream;
    XrStreamEvents events;
    gpointer user_data;
    GByteArray *queue;
    gboolean watched;
    gboolean ended;
};

XrStream *xr_stream_new(virConnectPtr conn, const XrStreamEvents *events, gpointer user_data)
{
    virStreamPtr handle = virStreamNew(conn, VIR_STREAM_NONBLOCK);
    if (handle == NULL)
        return NULL;
    XrStream *stream = g_new0(XrStream, 1);
    stream->stream = handle;
    stream->events = *events;
    stream->user_data = user_data;
    stream->queue = g_byte_array_new();
    return stream;
}

virStreamPtr xr_stream_handle(XrStream *stream)
{
    return stream->stream;
}

static void unwatch(XrStream *stream)
{
    if (stream->watched)
        virStreamEventRemoveCallback(stream->stream);
    stream->watched = FALSE;
}

static void end(XrStream *stream)
{
    if (stream->ended)
        return;
    stream->ended = TRUE;
    unwatch(stream);
    stream->events.ended(stream->user_data);
}

/* Reads until there is nothing, or turns chunks were read. */
static void read_some(XrStream *stream, guint turns)
{
    char chunk[CHUNK];

    while (!stream->ended && turns-- > 0) {
        int got = virStreamRecv(stream->stream, chunk, sizeof chunk);
        if (got == -2)
            return;
        if (got <= 0) {
            end(stream);
            return;
        }
        stream->events.data(chunk, (gsize)got, stream->user_data);
    }
}

static void update_events(XrStream *stream)
{
    int wanted = VIR_STREAM_EVENT_READABLE | TROUBLE;
    if (stream->queue->len > 0)
        wanted |= VIR_STREAM_EVENT_WRITABLE;
    if (stream->watched)
        virStreamEventUpdateCallback(stream->stream, wanted);
}

static void write_some(XrStream *stream)
{
    while (!stream->ended && stream->queue->len > 0) {
        int sent = virStreamSend(stream->stream, (const char *)stream->queue->data,
                                 MIN(stream->queue->len, CHUNK));
        if (sent == -2)
            return;
        if (sent < 0) {
            /* What the other end wrote before it went is still worth reading. */
            g_byte_array_set_size(stream->queue, 0);
            read_some(stream, G_MAXUINT);
            end(stream);
            return;
        }
        g_byte_array_remove_range(stream->queue, 0, (guint)sent);
    }
}

static void on_event(virStreamPtr handle, int events, void *user_data)
{
    XrStream *stream = user_data;

    if (events & (VIR_STREAM_EVENT_READABLE | TROUBLE))
        read_some(stream, CHUNKS_A_TURN);
    if (events & VIR_STREAM_EVENT_WRITABLE)
        write_some(stream);
    if (!stream->ended)
        update_events(stream);
}

gboolean xr_stream_watch(XrStream *stream)
{
    stream->watched = virStreamEventAddCallback(stream->stream, VIR_STREAM_EVENT_READABLE | TROUBLE,
                                                on_event, stream, NULL) == 0;
    return stream->watched;
}

void xr_stream_write(XrStream *stream, const char *bytes, gsize len)
{
    if (stream->ended)
        return;
    g_byte_array_append(stream->queue, (const guint8 *)bytes, (guint)len);
    update_events(stream);
}

void xr_stream_drain(XrStream *stream)
{
    read_some(stream, G_MAXUINT);
}

gboolean xr_stream_has_ended(const XrStream *stream)
{
    return stream->ended;
}

void xr_stream_free(XrStream *stream)
{
    if (stream == NULL)
        return;
    unwatch(stream);
    virStreamAbort(stream->stream);
    virStreamFree(stream->stream);
    g_byte_array_unref(stream->queue);
    g_free(stream);
}

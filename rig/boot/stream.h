/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a libvirt stream as callbacks and a queue; private to boot/. */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

typedef struct _XrStream XrStream;
typedef struct {
    void (*data)(const char *bytes, gsize len, gpointer user_data);
    /* The other end is gone; all it wrote has been given to data. Once. */
    void (*ended)(gpointer user_data);
} XrStreamEvents;

/* A non-blocking stream of conn, to be attached to a console or channel through
 * xr_stream_handle. NULL if libvirt cannot make one. */
XrStream *xr_stream_new(virConnectPtr conn, const XrStreamEvents *events, gpointer user_data);
virStreamPtr xr_stream_handle(XrStream *stream);
/* Begins to deliver. FALSE with libvirt's last error set. */
gboolean xr_stream_watch(XrStream *stream);
/* Queues bytes; sent in order as the other end takes them. Dropped once the stream has ended. */
void xr_stream_write(XrStream *stream, const char *bytes, gsize len);
/* Reads all that is there now. */
void xr_stream_drain(XrStream *stream);
gboolean xr_stream_has_ended(const XrStream *stream);
/* No callback after this. Not from within a callback of the stream itself. */
void xr_stream_free(XrStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrStream, xr_stream_free)

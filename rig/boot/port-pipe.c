/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a serial line or port that is a pair of pipes of QEMU's.
 *
 * A serial line writes one byte at a time, each of which takes up a socket's buffer like a kilobyte: after some 250 that the
 * rig has not read QEMU must wait, and tries again at the host's time. A guest whose clock is its instructions has run
 * another number of them by then. Bytes in a pipe lie side by side: there is room for more than a whole run says. */
#include "base/error.h"
#include "boot/port.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* What any user may have. */
#define ROOM (1024 * 1024)

typedef struct {
    int from, to;
    guint readable, writable;
    XrPort *port;
} PipeHandle;

static int result_of(gssize moved)
{
    if (moved >= 0)
        return (int)moved;
    return errno == EAGAIN || errno == EINTR ? XR_PORT_AGAIN : -1;
}

static int pipe_receive(gpointer handle, char *bytes, gsize size)
{
    PipeHandle *p = handle;
    return result_of(read(p->from, bytes, size));
}

static int pipe_send(gpointer handle, const char *bytes, gsize len)
{
    PipeHandle *p = handle;
    return result_of(write(p->to, bytes, len));
}

static gboolean on_readable(int fd, GIOCondition condition, gpointer user_data)
{
    PipeHandle *p = user_data;
    xr_port_ready(p->port, TRUE, FALSE);
    return G_SOURCE_CONTINUE;
}

static gboolean on_writable(int fd, GIOCondition condition, gpointer user_data)
{
    PipeHandle *p = user_data;
    xr_port_ready(p->port, FALSE, TRUE);
    return G_SOURCE_CONTINUE;
}

static void pipe_unwatch(gpointer handle)
{
    PipeHandle *p = handle;
    g_clear_handle_id(&p->readable, g_source_remove);
    g_clear_handle_id(&p->writable, g_source_remove);
}

static gboolean pipe_watch(gpointer handle, XrPort *port, gboolean writing)
{
    PipeHandle *p = handle;

    pipe_unwatch(p);
    p->port = port;
    p->readable = g_unix_fd_add(p->from, G_IO_IN, on_readable, p);
    if (writing)
        p->writable = g_unix_fd_add(p->to, G_IO_OUT, on_writable, p);
    return TRUE;
}

static void pipe_close(gpointer handle)
{
    PipeHandle *p = handle;

    if (p->from >= 0)
        close(p->from);
    if (p->to >= 0)
        close(p->to);
    g_free(p);
}

static const XrPortWay pipe_way = {pipe_receive, pipe_send, pipe_watch, pipe_unwatch, pipe_close};

static gboolean fail(GError **error, const char *path)
{
    g_set_error(error, XR_ERROR, XR_ERROR_MACHINE, "%s: the machine's pipes cannot be used: %s",
                path, g_strerror(errno));
    return FALSE;
}

gboolean xr_port_make_pipes(const char *path, GError **error)
{
    g_autofree char *in = g_strconcat(path, ".in", NULL);
    g_autofree char *out = g_strconcat(path, ".out", NULL);

    return (mkfifo(in, 0600) == 0 && mkfifo(out, 0600) == 0) || fail(error, path);
}

XrPort *xr_port_pipe(const char *path, const XrPortEvents *events, gpointer user_data,
                     GError **error)
{
    g_autofree char *in = g_strconcat(path, ".in", NULL);
    g_autofree char *out = g_strconcat(path, ".out", NULL);
    PipeHandle *handle = g_new0(PipeHandle, 1);

    handle->from = open(out, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    handle->to = open(in, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (handle->from < 0 || handle->to < 0 || fcntl(handle->from, F_SETPIPE_SZ, ROOM) < 0) {
        fail(error, path);
        pipe_close(handle);
        return NULL;
    }
    return xr_port_new(&pipe_way, handle, events, user_data);
}

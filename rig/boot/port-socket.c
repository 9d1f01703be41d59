/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a serial line or port that is a Unix socket of QEMU's. */
#include "base/error.h"
#include "boot/port.h"
#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <sys/socket.h>

typedef struct {
    GSocket *socket;
    guint source;
    XrPort *port;
} SocketHandle;

static int result_of(gssize moved)
{
    if (moved >= 0)
        return (int)moved;
    return errno == EAGAIN || errno == EINTR ? XR_PORT_AGAIN : -1;
}

static int socket_receive(gpointer handle, char *bytes, gsize size)
{
    SocketHandle *s = handle;
    return result_of(recv(g_socket_get_fd(s->socket), bytes, size, 0));
}

static int socket_send(gpointer handle, const char *bytes, gsize len)
{
    SocketHandle *s = handle;
    return result_of(send(g_socket_get_fd(s->socket), bytes, len, MSG_NOSIGNAL));
}

static gboolean on_ready(int fd, GIOCondition condition, gpointer user_data)
{
    SocketHandle *s = user_data;
    xr_port_ready(s->port, (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) != 0,
                  (condition & G_IO_OUT) != 0);
    /* s may be gone by now; a watch that was changed or ended has removed this source itself. */
    return G_SOURCE_CONTINUE;
}

static void socket_unwatch(gpointer handle)
{
    SocketHandle *s = handle;
    g_clear_handle_id(&s->source, g_source_remove);
}

static gboolean socket_watch(gpointer handle, XrPort *port, gboolean writing)
{
    SocketHandle *s = handle;

    socket_unwatch(s);
    s->port = port;
    s->source = g_unix_fd_add(g_socket_get_fd(s->socket), writing ? G_IO_IN | G_IO_OUT : G_IO_IN,
                              on_ready, s);
    return TRUE;
}

static void socket_close(gpointer handle)
{
    SocketHandle *s = handle;
    g_object_unref(s->socket);
    g_free(s);
}

static const XrPortWay socket_way = {socket_receive, socket_send, socket_watch, socket_unwatch,
                                     socket_close};

XrPort *xr_port_socket(const char *path, const XrPortEvents *events, gpointer user_data,
                       GError **error)
{
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    g_autoptr(GError) inner = NULL;
    g_autoptr(GSocket) socket =
        g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &inner);

    if (socket == NULL || !g_socket_connect(socket, address, NULL, &inner)) {
        g_set_error(error, XR_ERROR, XR_ERROR_MACHINE, "%s: %s", path, inner->message);
        return NULL;
    }
    g_socket_set_blocking(socket, FALSE);
    SocketHandle *handle = g_new0(SocketHandle, 1);
    handle->socket = g_steal_pointer(&socket);
    return xr_port_new(&socket_way, handle, events, user_data);
}

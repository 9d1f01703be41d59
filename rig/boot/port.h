/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine's serial line or agent port as callbacks and a queue; private to boot/.
 *
 * There are three ways to it, behind XrPortWay:
 *  - a Unix socket of QEMU's, connected to directly: the way of the embedded driver. libvirt 9.0
 *    opens a stream to a console on a pseudo-terminal only, and with QEMU's end a pseudo-terminal
 *    loses what was not yet read: the very lines that say why it ended;
 *  - a pair of pipes in its place, where the guest must not notice how quickly the rig reads (machine.time count and lockstep);
 *  - a libvirt stream, the way of every other URI, where sockets are out of reach. */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

typedef struct _XrPort XrPort;
typedef struct {
    void (*data)(const char *bytes, gsize len, gpointer user_data);
    /* The other end is gone; all it wrote has been given to data. Once. */
    void (*ended)(gpointer user_data);
} XrPortEvents;

typedef struct {
    /* Bytes moved, 0 for the end, XR_PORT_AGAIN where it would block, other negatives for an error. */
    int (*receive)(gpointer handle, char *bytes, gsize size);
    int (*send)(gpointer handle, const char *bytes, gsize len);
    /* From now on the port is told (xr_port_ready) when it can read, and, if writing, write. */
    gboolean (*watch)(gpointer handle, XrPort *port, gboolean writing);
    void (*unwatch)(gpointer handle);
    void (*close)(gpointer handle);
} XrPortWay;
#define XR_PORT_AGAIN (-2)

/* The handle is closed with the port. Watches at once; NULL, the handle closed, if that fails. */
XrPort *xr_port_new(const XrPortWay *way, gpointer handle, const XrPortEvents *events,
                    gpointer user_data);
void xr_port_ready(XrPort *port, gboolean readable, gboolean writable);
/* Queues bytes; sent in order as the other end takes them. Dropped once the port has ended. */
void xr_port_write(XrPort *port, const char *bytes, gsize len);
/* Reads all that is there now. */
void xr_port_drain(XrPort *port);
gboolean xr_port_has_ended(const XrPort *port);
/* No callback after this. Allowed from within a callback. */
void xr_port_free(XrPort *port);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrPort, xr_port_free)

/* port-socket.c: connects to the socket at path. XR_ERROR_MACHINE. */
XrPort *xr_port_socket(const char *path, const XrPortEvents *events, gpointer user_data,
                       GError **error);
/* port-pipe.c: makes the pipes PATH.in and PATH.out for QEMU's chardev pipe; opens them once QEMU has.
 * XR_ERROR_MACHINE. */
gboolean xr_port_make_pipes(const char *path, GError **error);
XrPort *xr_port_pipe(const char *path, const XrPortEvents *events, gpointer user_data,
                     GError **error);
/* port-stream.c: opens the console, or the channel of that name, of domain. NULL with libvirt's
 * last error set. */
XrPort *xr_port_stream(virDomainPtr domain, const char *channel, const XrPortEvents *events,
                       gpointer user_data);

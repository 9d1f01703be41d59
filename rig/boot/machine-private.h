/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the machine's inside; private to boot/. */
#pragma once

#include "boot/machine.h"
#include "boot/port.h"
#include <libvirt/libvirt.h>

struct _XrMachine {
    virConnectPtr conn;
    virDomainPtr domain;
    XrPort *console;
    XrPort *channel;
    XrMachineEvents events;
    gpointer user_data;
    char *name; /* of the domain */
    char *run_dir;
    const char *root; /* private root, NULL for other URIs */
    char *socket_dir; /* below root, NULL for other URIs */
    goffset mark;     /* libvirt's log when the start began */
    gsize log_offset; /* size of QEMU's log then */
    int lifecycle_id; /* libvirt's callback ids, -1: none */
    int shutdown_id;
    gboolean watches_close; /* of the connection */
    char *ended_by;     /* the reason in QEMU's SHUTDOWN event, "guest-reset"; NULL: it gave none */
    char *stopped_what; /* set by the lifecycle event, told when both lines have ended */
    char *stopped_detail;
    guint stopped_timer;
    gboolean told; /* stopped was called */
};

/* machine-events.c: lifecycle to the stopped callback. FALSE with libvirt's last error set. */
gboolean xr_machine_events_register(XrMachine *machine);
void xr_machine_events_unregister(XrMachine *machine);
/* Of a line: the last one to end makes a waiting stop known. */
void xr_machine_events_port_ended(XrMachine *machine);
/* How the machine ended, as XrMachineEvents' stopped tells it, from the reason in QEMU's SHUTDOWN event (NULL: there was
 * none) and the detail of libvirt's STOPPED: libvirt calls the end by a signal to QEMU what it calls a power-off.
 * words: the same for a reader. Both are constants. */
const char *xr_machine_events_describe(const char *reason, int detail, const char **words);

/* machine-connect.c: sets conn, and root where the driver is embedded, once what is to be booted can be read there. XR_ERROR_HOST,
 * XR_ERROR_INPUT. */
gboolean xr_machine_connect(XrMachine *machine, const XrMachineSpec *spec, GError **error);

/* machine-snapshot.c: the machine that path holds, paused, as xml says it. NULL with libvirt's last error set. */
virDomainPtr xr_machine_restore(XrMachine *machine, const char *xml, const char *path);

/* machine-query.c: whether each vCPU has a host thread of its own. XR_ERROR_MACHINE if not. */
gboolean xr_machine_check_threads(XrMachine *machine, guint pcpus, GError **error);

/* Sets remote's qemu_version. XR_ERROR_HOST if that QEMU is too old. */
gboolean xr_machine_check_version(XrMachine *machine, XrRemote *remote, GError **error);

/* machine-log.c: QEMU's log. Makes libvirt's log file below root a link to RUN_DIR/qemu.log. */
void xr_machine_log_link(const char *root, const char *name, const char *run_dir);
/* For other URIs: copies the log, where it can be read, to RUN_DIR/qemu.log; then removes what
 * xr_machine_log_link made. */
void xr_machine_log_keep(const XrMachine *machine);
/* The last lines that QEMU itself wrote into RUN_DIR/qemu.log from offset on, without those that
 * are part of known already. NULL if there are none. Free with g_free. */
char *xr_machine_log_tail(const char *run_dir, gsize offset, const char *known);
/* Pure part of the above: picks from a log's text. */
char *xr_machine_log_pick(const char *text, const char *known);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine's place on another host, of which nothing but libvirt is asked.
 *
 * What the machine boots is uploaded with libvirt's storage API into a pool of the run's own: a folder, its volumes and the pool
 * are there from xr_remote_upload to xr_remote_close, whatever ends the run. libvirt destroys the domain with the
 * connection. For what it does not do with a connection, the removal of the pool, there is a note of each place in
 * STATE/remotes: its lock is the rig's, and whoever finds a note whose lock is free removes what it tells of. That is first the guard
 * (guard.h), which learns of the rig's death at once, and where that host could not be reached then, the next rig that
 * is given the same URI. */
#pragma once

#include "plan/plan.h"
#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <libvirt/libvirt.h>

typedef struct {
    virConnectPtr conn;
    char *uri;
    char *name;   /* of the pool: "xenrig-" and 16 random hex digits */
    char *folder; /* of the pool, on that host */
    char *domain; /* the machine's name */
    char *note;   /* path on this host */
    int lock;     /* the note's; -1: none */
    int guard_pipe;
    GPid guard;
    char *emulator; /* path on that host */
    char *cpu_model;
    XrAccel accel;
    char *xen, *kernel, *initramfs; /* paths on that host, once they are uploaded */
    char *qemu_version;             /* set when a machine was started there; NULL */
    GPtrArray *removed,
        *left; /* sentences of what dead rigs had left there and was removed, or could not be */
} XrRemote;

/* Whether a URI names another host: one with a host in it. Others are this host's own libvirt, to which files need not be
 * brought. NULL is the embedded driver. */
gboolean xr_remote_is(const char *uri);

/* Connects. Blocks, for minutes where the host does not answer; this and the next two are for a thread of their own while the main
 * loop goes on. XR_ERROR_HOST with the way out; XR_ERROR_INPUT. */
XrRemote *xr_remote_open(const char *uri, GError **error);

/* Removes what dead rigs left there, and finds the emulator (qemu, a path on that host, where it is not NULL) and what plan's
 * accelerator comes to. XR_ERROR_HOST for what is lacking there. */
gboolean xr_remote_prepare(XrRemote *remote, const char *qemu, const XrPlan *plan, GError **error);

/* Makes the pool and uploads three files of this host; run_id as in XrMachineSpec. On failure
 * nothing is left there. XR_ERROR_HOST (no room, for one); XR_ERROR_STOPPED once cancelled. */
gboolean xr_remote_upload(XrRemote *remote, const char *run_id, const char *const files[3],
                          GCancellable *cancellable, GError **error);

/* Sparse volumes of size bytes each, "vbd00.img" …; XR_ERROR_HOST, and those made are removed. */
gboolean xr_remote_disks_create(XrRemote *remote, guint count, guint64 size, GError **error);
/* Removes their names: QEMU holds them open. */
void xr_remote_disks_remove(XrRemote *remote, guint count);

/* What kind of host that is, as xr_host_fingerprint has it for this one; id tells it from all others. */
JsonObject *xr_remote_host(const XrRemote *remote);

/* Removes the pool and all in it. FALSE with XR_ERROR_MACHINE if that failed: the note stays then. Idempotent. */
gboolean xr_remote_close(XrRemote *remote, GError **error);
void xr_remote_free(XrRemote *remote);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrRemote, xr_remote_free)

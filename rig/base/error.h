/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the error domain of the orchestrator. */
#pragma once

#include <glib.h>

/* Every GError made in rig/ is of this domain, or is a GLib/GIO/libvirt one handed down and
 * prefixed with its noun. The code says whose business the error is; the message names the value,
 * the place and the way out. */
#define XR_ERROR xr_error_quark()
GQuark xr_error_quark(void);

typedef enum {
    XR_ERROR_INPUT, /* what the user wrote: a plan, an option, a record's path */
    XR_ERROR_HOST,  /* this host lacks something: message ends with how to get it */
    XR_ERROR_FETCH, /* packages could not be fetched or did not verify */
    XR_ERROR_BUILD, /* a source does not build, or nothing fits it: its own fault, nobody else's, so a
                         bisection passes over it */
    XR_ERROR_MACHINE, /* QEMU or libvirt failed */
    XR_ERROR_AGENT,   /* dom0's agent refused a request, or broke the line format */
    XR_ERROR_TIMEOUT, /* an answer did not come in time */
    XR_ERROR_STOPPED, /* SIGINT, SIGTERM, or a cancellable */
    XR_ERROR_RECORD,  /* a record cannot be written or read */
} XrErrorCode;

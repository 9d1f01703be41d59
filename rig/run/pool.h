/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: runs side by side, each a process of its own.
 *
 * For machines in lockstep alone: each is one thread of the host, and its figures do not hang on the host's load. */
#pragma once

#include <glib.h>

typedef struct _XrPool XrPool;

/* From here to its end, SIGINT, SIGTERM and SIGHUP are heard, and handed on to the runs. folder, if not NULL, is made
 * for their snapshots, and goes with the pool (boot/snapshots.h). connect_uri and qemu as in XrRunOptions;
 * they have to live as long. NULL with XR_ERROR_HOST. */
XrPool *xr_pool_new(const char *connect_uri, const char *qemu, const char *folder, GError **error);
/* Once all its runs have ended. */
void xr_pool_free(XrPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrPool, xr_pool_free)

typedef struct {
    const char *plan;        /* path of a plan, with overrides as in xr_plan_load */
    const char *const *sets; /* NULL-terminated */
    const char *dir;         /* of its record */
    const char *snapshots;   /* folder for its machine's snapshot */
    const char *purpose;     /* as in XrRunOptions */
} XrPoolRun;

/* Starts `xenrig run` with that. ended is called from the main loop, with its exit code (-1: by a signal). */
gboolean xr_pool_start(XrPool *pool, const XrPoolRun *run,
                       void (*ended)(gpointer data, int exit_code), gpointer data, GError **error);
/* Asks all that are under way to end. */
void xr_pool_end(XrPool *pool);
/* Whether a signal has asked to end. */
gboolean xr_pool_stopped(const XrPool *pool);

/* Why there is no verdict: "the run ended with exit code 3 and left no verdict". Free with g_free. */
char *xr_pool_no_verdict(int exit_code);

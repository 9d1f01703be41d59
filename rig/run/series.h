/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a series: the runs of a plan that spans builds, vCPUs and disks, side by side, and gone on with.
 *
 * A machine is a curve at one number of vCPUs; both its points, with disks held to a rate and without, go on from
 * one snapshot. Several machines run at once, as lockstep's figures do not hang on the host's load: each run is a
 * process of its own. The largest come first, so that all end at about one time. */
#pragma once

#include "keep/series-record.h"
#include "plan/series.h"

/* Folder of the snapshots, below the record's. */
#define XR_SERIES_SNAPSHOTS "snapshots"

/* A run that is to be made. */
typedef struct {
    const XrSeriesCurve *curve;
    guint vcpus;
    gboolean held;
    const char *dir;       /* of its record, absolute; empty */
    const char *snapshots; /* folder for its machine's snapshot, absolute */
} XrSeriesTask;

typedef struct {
    /* Starts the run. It calls xr_series_ended(lane, …), from the main loop, when that has ended. FALSE with an error
     * that ends the series. */
    gboolean (*start)(const XrSeriesTask *task, gpointer lane, gpointer user_data, GError **error);
    /* Asks all runs that are under way to end. */
    void (*end)(gpointer user_data);
    /* Whether a signal has asked to end: then no run begins any more, and what ends is not recorded. */
    gboolean (*stopped)(gpointer user_data);
    void (*note)(const char *text, gpointer user_data);
} XrSeriesFuncs;

/* Makes all runs whose points the record lacks, in the main loop, and returns when they have ended. FALSE with XR_ERROR_RECORD
 * or what start gave; XR_ERROR_STOPPED where it was stopped: what was measured is in the record. */
gboolean xr_series_go_on(XrSeriesRecord *record, const XrPlan *plan, const XrSeriesShape *shape,
                         const XrSeriesFuncs *funcs, gpointer user_data, GError **error);
/* The lane's run has ended, with this exit code (-1: by a signal). */
void xr_series_ended(gpointer lane, int exit_code);
/* How many points the record lacks. */
guint xr_series_missing(const XrSeriesRecord *record, const XrSeriesShape *shape);

/* --- series-runs.c --- */

typedef struct {
    const char *connect_uri; /* as in XrRunOptions */
    const char *qemu;
    const char
        *record_dir; /* NULL: an unfinished series of this plan and these builds, else a new one */
    char *const *argv;
    gboolean quiet;
} XrSeriesOptions;

/* Makes ready all builds, finds or begins the record, and runs. Without record only where there is none: NULL with an
 * error. Where a run or a signal ended it, error is set beside the record. SIGINT, SIGTERM and SIGHUP end it. */
XrSeriesRecord *xr_series_run(const XrPlan *plan, const XrSeriesOptions *options, GError **error);

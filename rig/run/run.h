/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: one run, from plan to verdict. */
#pragma once

#include "judge/judge.h"
#include "tell/tell.h"

typedef struct {
    const char
        *connect_uri; /* libvirt URI, of another host, too (boot/remote.h); NULL: embedded driver */
    const char *qemu; /* emulator's path, where the machine runs; NULL: found */
    const char *record_dir; /* NULL: a new one in the state folder */
    /* In lockstep: a folder in which machines stay saved, and are looked for, so that a further run of the same
     * build and plan (seeds and slices aside) need not boot; NULL: it ends with the run. */
    const char *snapshots;
    char *const *argv;   /* as the user gave it, for the record; NULL-terminated */
    const char *purpose; /* the command that makes the run, where argv does not tell; may be NULL */
    XrProgress *progress; /* may be NULL */
} XrRunOptions;

typedef struct {
    XrObservation *obs;
    XrVerdict *verdict;
    JsonObject *run; /* run.json */
    char *record_dir;
} XrRunResult;
void xr_run_result_free(XrRunResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrRunResult, xr_run_result_free)

/* Runs the plan. Whatever goes wrong once there is a record becomes part of the verdict; NULL only
 * where there can be no record (XR_ERROR_RECORD) or the plan names what cannot be (XR_ERROR_INPUT).
 * Leaves nothing running. */
XrRunResult *xr_run(const XrPlan *plan, const XrRunOptions *options, GError **error);

/* What there is to tell of it; borrows result and plan. */
XrReport xr_run_report(const XrRunResult *result, const XrPlan *plan);

/* Judges a stored record anew, by its own plan with the overrides given (as in xr_plan_load). Nothing in the
 * record is changed. XR_ERROR_RECORD, or XR_ERROR_INPUT of an override. plan gets the plan judged by. */
XrRunResult *xr_run_judge_record(const char *dir, const char *const *overrides, XrPlan **plan,
                                 GError **error);
/* "limits.KEY=VALUE" for each limit of a plan as it is today, to judge a stored run by; plan as in xr_plan_load. Free
 * with g_strfreev. XR_ERROR_INPUT. */
char **xr_run_limits_today(const char *plan, GError **error);

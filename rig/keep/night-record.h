/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the record of a night, a folder that it can be gone on with from.
 *
 *   night         the night's file, with what the command line changed
 *   night.json    "schema", "id", "name", "started", "rig", "argv", "seed", "host"
 *   1-PLAN/ …     a comparison's record for each plan (keep/compare-record.h), with the records of its runs; build 0 is
 *                 the baseline, the others follow in the night's order
 *   result.json   what `xenrig nightly --json` printed last
 */
#pragma once

#include "keep/compare-record.h"
#include "plan/night.h"
#include "plan/plan.h"

typedef struct {
    char *dir, *id, *started;
    gint64 started_us; /* since 1970, UTC */
    guint32 seed;      /* of the orders of runs */
    XrNight *night;
    GPtrArray *plans;   /* XrPlan; hypervisor.build is the baseline */
    GPtrArray *records; /* XrCompareRecord, of each plan */
    int held;           /* keep/folder.h */
} XrNightRecord;

/* Creates STATE/nights/<UTC time>-<night>-<4 hex digits> (0700), or dir if given, which must not exist or be empty. Takes
 * the night and the plans, with all their overrides in them. argv may be NULL. XR_ERROR_RECORD. */
XrNightRecord *xr_night_record_new(const char *dir, XrNight *night, GPtrArray *plans, guint32 seed,
                                   char *const *argv, GError **error);
/* One that is there. XR_ERROR_RECORD. */
XrNightRecord *xr_night_record_open(const char *dir, GError **error);
void xr_night_record_free(XrNightRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrNightRecord, xr_night_record_free)

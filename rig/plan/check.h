/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: whether a plan's values go together. Private to rig/plan. */
#pragma once

#include "plan/plan.h"

/* origins has, for each key of the schema, where its value comes from ("a.plan:7: guests.count" or
 * "--set guests.count=30"), NULL for a default. XR_ERROR_INPUT names the origin of a value that
 * could be changed, the figures, and the way out. */
gboolean xr_plan_check(const XrPlan *plan, char *const *origins, GError **error);

/* --- for the files of checks --- */

typedef struct {
    const XrPlan *plan;
    char *const *origins;
    GError **error;
} XrCheck;

/* FALSE with the error, its place taken from one of the keys ("a.b c.d"): one set on the command
 * line, else one set in the file. */
gboolean xr_check_impossible(const XrCheck *check, const char *keys, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* check-guests.c: what domUs of each kind can do, and what they need. */
gboolean xr_check_guests(const XrCheck *check);

/* check-lockstep.c: what a plan can ask for where the machine goes forward in lockstep. */
gboolean xr_check_lockstep(const XrCheck *check);
/* series.c: whether a series can be made of the plan. */
gboolean xr_check_series(const XrCheck *check);
/* check-compare.c: whether so many runs can tell what they are to tell. */
gboolean xr_check_compare(const XrCheck *check);

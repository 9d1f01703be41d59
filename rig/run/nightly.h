/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a night: plans run over builds in turn, and each compared with the pinned one and with its history. */
#pragma once

#include "judge/change-points.h"
#include "keep/night-record.h"
#include "run/compare.h"
#include "tell/nightly.h"

/* What is done to the world; tests put their own in the place of it. */
typedef struct {
    /* Makes the build of that name ready. FALSE with an error where it cannot be had. */
    gboolean (*build)(const char *name, gpointer user_data, GError **error);
    XrCompareFuncs compare; /* run, stopped and note; the others are not used */
} XrNightFuncs;

/* Goes on with the night from what its record holds, if nothing from the start. unbuilt gets, for each of a record's builds,
 * why it cannot be had, NULL for one that can (free with g_ptr_array_unref). FALSE with an error that ends the night: the
 * baseline cannot be had, or the record cannot be written. */
gboolean xr_night_go_on(XrNightRecord *record, const XrNightFuncs *funcs, gpointer user_data,
                        GPtrArray **unbuilt, XrNightEnd *end, GError **error);

/* Judges what the record holds, by its plans, with the host's history as it is. unbuilt may be NULL. */
XrNightReport *xr_night_report(const XrNightRecord *record, const GPtrArray *unbuilt,
                               XrNightEnd end);

/* Whether no more is run of a build: it ended in error, was skipped or failed without a figure too often. Pure. */
gboolean xr_night_is_given_up(const XrCompareRecord *runs, guint build);
/* Whether the run told something of the build: neither error nor skip. Pure. */
gboolean xr_night_told(const XrRunFigure *figure);

/* --- nightly-figures.c --- */

/* XrNightMetric of each metric that is judged, of build number index under plan number plan, with what the history knows of
 * them; not judged yet. history may be NULL. */
GPtrArray *xr_night_metrics(const XrNightRecord *record, guint plan, guint index,
                            XrHistory *history);
/* Whether the host let the run's machine wait for longer than the plan allows. Pure. */
gboolean xr_night_is_starved(const XrPlan *plan, const XrRunFigure *figure);

/* --- nightly-excerpt.c --- */

/* What consoles said around the findings of the record in dir, lines. NULL where there is nothing. Free with g_free. */
char *xr_night_excerpt(const char *dir);

/* --- nightly-real.c --- */

/* Plans of the night, each with the overrides ("section.key=value") and the baseline as its build. NULL with XR_ERROR_INPUT,
 * also for a series. Free with g_ptr_array_unref. */
GPtrArray *xr_night_plans(const XrNight *night, const char *const *overrides, GError **error);
/* xr_night_go_on and xr_night_report with real builds and runs; the result is kept in the record. SIGINT, SIGTERM and SIGHUP
 * end it and leave nothing running. NULL with an error. */
XrNightReport *xr_night_really(XrNightRecord *record, const XrCompareOptions *options,
                               GError **error);

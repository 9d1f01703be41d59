/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: telling people and programs what came out. */
#pragma once

#include "judge/judge.h"
#include <json-glib/json-glib.h>
#include <stdio.h>

/* What a report is about, beside the verdict. Borrowed. */
typedef struct {
    const XrPlan *plan;
    const XrVerdict *verdict;
    const XrObservation *obs;
    const char *record_dir;
    JsonObject *run; /* run.json */
} XrReport;

/* For people: verdict and reason first, then findings (quoted line, where, when, meaning), figures
 * per VBD and in sum with their spread, how to judge again. color: ANSI. Guest text escaped. */
void xr_tell_text(const XrReport *report, FILE *out, gboolean color);
/* One object; schema in tell/report.schema.json. New object. */
JsonObject *xr_tell_json(const XrReport *report);
/* TAP version 13: one test a limit or stability class, diagnostics in "# " lines. */
void xr_tell_tap(const XrReport *report, FILE *out);

/* Live progress. On a terminal one block redrawn in place (stage, elapsed, domains up, MB/s, a bar
 * per VBD where there is room); else a plain line a change of stage and every 10 s. Never more than
 * width columns. */
typedef struct _XrProgress XrProgress;
XrProgress *xr_progress_new(FILE *out, const XrPlan *plan, gboolean terminal);
/* Draws the state of obs at rig time now_ns; cheap, call at will (redraws 5 times a second at
 * most). */
void xr_progress_update(XrProgress *progress, const XrObservation *obs, gint64 now_ns);
/* A line above the block that stays: "fetching debian:bookworm …". */
void xr_progress_note(XrProgress *progress, const char *text);
/* Removes the block, so that the report starts on a clean line. */
void xr_progress_end(XrProgress *progress);
void xr_progress_free(XrProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrProgress, xr_progress_free)

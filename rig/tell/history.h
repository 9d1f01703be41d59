/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: telling what the history holds. Texts are whole, with a newline at the end; free with g_free. */
#pragma once

#include "judge/change-points.h"
#include "judge/fence.h"
#include "keep/history.h"

/* A line a run, in the order given. this_host is its id. */
char *xr_tell_history_list(const GPtrArray *runs, const char *this_host);
/* All that the history holds of one run. */
char *xr_tell_history_run(const XrHistoryRun *run, const char *this_host);
/* Two runs side by side, with what differs between them but the figures. No verdict: they are one run each. */
char *xr_tell_history_compare(const XrHistoryRun *a, const XrHistoryRun *b, const char *this_host);

/* All is borrowed. */
typedef struct {
    const XrHistorySeries *series;
    const GArray *changes; /* XrChangePoint */
    XrFence fence;         /* of the values, since the last change */
    const char *this_host;
} XrTrend;
char *xr_tell_trend(const XrTrend *trend);
/* One object: "schema", "plan", "setup", "build", "host", "metric", "unit", "runs", "changes", "fence". New object. */
JsonObject *xr_tell_trend_json(const XrTrend *trend);

/* "state", "values", "centre", "change", "low", "high". New object. */
JsonObject *xr_tell_fence_json(const XrFence *fence);

/* For programs. JSON: one object, "schema" and "runs", each run with metrics, windows and findings; new object. CSV (RFC 4180,
 * but lines end in LF): a line a metric, in runs without any a line with these columns empty; texts that a spreadsheet would
 * take for a formula begin with an apostrophe. */
JsonObject *xr_tell_history_json(const GPtrArray *runs);
char *xr_tell_history_csv(const GPtrArray *runs);

/* "2026-11-24 15:01", UTC. Free with g_free. */
char *xr_tell_time(gint64 time_us);

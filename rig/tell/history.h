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

/* A series with what was found in it. */
typedef struct {
    XrHistorySeries *series;
    GArray *changes; /* XrChangePoint */
    XrFence fence;   /* of the values, since the last change */
    char *this_host; /* its id */
} XrTrend;
/* Takes the series. */
XrTrend *xr_trend_new(XrHistorySeries *series, const char *this_host);
void xr_trend_free(XrTrend *trend);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrTrend, xr_trend_free)
/* "no change in 31 runs", "changed on 2026-11-14 with run …: from 400 MB/s to 360 MB/s (-10.0 %)", …; without an end. Free with
 * g_free. */
char *xr_trend_sentence(const XrTrend *trend);
/* In the words of a comparison: same, different where it changed, unsure where there are too few runs. Static. */
const char *xr_trend_word(const XrTrend *trend);
/* The fence, or why there is none; a sentence without its end. Free with g_free. */
char *xr_trend_fence_words(const XrTrend *trend);
/* That runs which the host held up are left out, and how many; a sentence without its end. NULL where none is. Free with
 * g_free. */
char *xr_trend_starved_words(const XrTrend *trend);
/* Whether the fence, which is of runs since the last change, has that run outside. */
gboolean xr_trend_is_beyond(const XrTrend *trend, guint index);

char *xr_tell_trend(const XrTrend *trend);
/* One object: "schema", "plan", "setup", "build", "host", "metric", "unit", "others", "starved", "runs", "changes",
 * "fence". New object. */
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

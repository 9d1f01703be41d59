/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the pages of a report: of a run, a comparison, a series, the history, and the index over several. */
#pragma once

#include "tell/compare.h"
#include "tell/history.h"
#include "tell/html.h"
#include "tell/series.h"
#include "tell/tell.h"
#include "tell/timeline.h"

/* A whole page. then: the verdict that the record itself holds, NULL if none. hint: as xr_page_end gives it. */
char *xr_tell_html_run(const XrReport *report, const XrTimeline *timeline, const char *then,
                       char **hint);
/* A whole page. record: compare.json; plan_text: the comparison's plan. */
char *xr_tell_html_compare(const XrCompareReport *report, JsonObject *record, const char *plan_text,
                           char **hint);

/* A whole page. record: series.json; plan_text: the series' plan. */
char *xr_tell_html_series(const XrSeriesTable *table, JsonObject *record, const char *plan_text,
                          char **hint);

/* What a page of the history is made of; a group is a plan on a build. */
typedef struct {
    char *plan, *build;
    GPtrArray *trends; /* XrTrend, the plan's own figure first; may be empty */
    char *why;       /* there is no trend; a sentence without its end. NULL: no run has a figure */
    GPtrArray *runs; /* XrHistoryRun, newest first */
} XrHistoryGroup;
void xr_history_group_free(XrHistoryGroup *group);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrHistoryGroup, xr_history_group_free)

typedef struct {
    const char *scope; /* which host's, since when, … */
    GPtrArray *groups; /* XrHistoryGroup, run last first */
    guint left_out;    /* groups that there are beyond these */
    GHashTable *hrefs; /* id of a run to the name of its page, where there is one */
} XrHistoryView;
/* A whole page. */
char *xr_tell_html_history(const XrHistoryView *view, char **hint);

/* A line of the index. All owned but verdict. */
typedef struct {
    char *href; /* NULL: no page could be made, and reason says why */
    const char *verdict;
    char *name, *plan, *build, *started, *reason;
} XrIndexRow;
void xr_index_row_free(XrIndexRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrIndexRow, xr_index_row_free)
/* A whole page over XrIndexRow. */
char *xr_tell_html_index(const GPtrArray *rows);

/* --- parts --- */

/* html-findings.c: each finding with what it means, and what the console said around it. */
void xr_page_findings(XrPage *page, const XrReport *report, const XrTimeline *timeline);
/* html-events.c: events as a picture and as a table. */
void xr_page_events(XrPage *page, const XrReport *report, const XrTimeline *timeline);
/* html-repeat.c: command lines, versions, inputs with their hashes, the plan. */
void xr_page_repeat_run(XrPage *page, const XrReport *report);
/* "$ command" for argv, an array of strings as run.json has it; nothing if it is none. what: a sentence before it. */
void xr_page_command(XrPage *page, const char *what, JsonArray *argv);
/* Text of many lines as it stands. */
void xr_page_lines(XrPage *page, const char *text);
void xr_page_plan(XrPage *page, const char *plan_text);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the history: what all runs came to, in one SQLite database, STATE/history.sqlite.
 *
 * It holds nothing that the records of the runs do not hold, so that it can be made anew from them, and a run's verdict
 * never depends on it. Two processes may write at once: the second waits, 10 s at most. Errors are XR_ERROR_RECORD
 * where nothing else is said; they name the file and the way out, as a rule `xenrig history rebuild`. */
#pragma once

#include "keep/history-run.h"

typedef struct _XrHistory XrHistory;

/* Path of the database. Free with g_free. */
char *xr_history_path(void);
/* Opens the database, makes one where there is none, and brings one of an older schema up to date. One of a newer schema,
 * or that is no history, is refused. */
XrHistory *xr_history_open(GError **error);
void xr_history_close(XrHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrHistory, xr_history_close)

/* --- entering --- */

/* Enters a run that was read from its record; in the place of what was there of the same run. All of it or nothing. */
gboolean xr_history_add(XrHistory *history, const XrHistoryRun *run, GError **error);
/* Opens, enters the record in dir, closes. */
gboolean xr_history_enter(const char *dir, GError **error);

/* What a rebuild, an import or a removal did: sentences for those to read that are not to be passed over. */
typedef struct {
    guint entered, known, refused, kept;
    GPtrArray *notes; /* char * */
} XrHistoryTally;
XrHistoryTally *xr_history_tally_new(void);
void xr_history_tally_free(XrHistoryTally *tally);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrHistoryTally, xr_history_tally_free)

/* Enters all records below the state folder (runs, comparisons, nights, imported), those that the history knows elsewhere, and those
 * below the folders more (NULL-terminated, may be NULL). A damaged database is moved aside first. Runs whose record is
 * gone stay (kept): they cannot be made anew. Damaged records are refused, and said. */
XrHistoryTally *xr_history_rebuild(const char *const *more, GError **error);
/* Copies the records below dir to STATE/imported/ORIGIN and enters them, as of another host: they are never mixed with those made
 * here. Records that the history knows are known and said, damaged ones refused and said; the others go on.
 * origin: 1 to 32 of [a-z0-9-]. XR_ERROR_INPUT for another one, and where there is no record. */
XrHistoryTally *xr_history_import(XrHistory *history, const char *dir, const char *origin,
                                  GError **error);
/* Removes runs from the history and their records from the disk. XR_ERROR_INPUT where one is in use (a run or a
 * comparison under way); what was removed before stays removed. */
gboolean xr_history_remove(XrHistory *history, const XrHistoryRun *run, GError **error);

/* --- asking --- */

/* Zero and NULL: all. */
typedef struct {
    const char *plan;  /* name */
    const char *build; /* name or id */
    const char *host;  /* id */
    gint64 since_us;   /* started then or later */
    guint limit;       /* the newest of them */
} XrHistoryFilter;

/* XrHistoryRun without metrics, windows and findings, newest first. Free with g_ptr_array_unref. */
GPtrArray *xr_history_list(XrHistory *history, const XrHistoryFilter *filter, GError **error);
/* The whole run that name names: its id, a unique beginning of it, or the path of its record. XR_ERROR_INPUT for none and for
 * several, which are named. */
XrHistoryRun *xr_history_find(XrHistory *history, const char *name, GError **error);
/* Adds metrics, windows and findings to a run of a list. */
gboolean xr_history_fill(XrHistory *history, XrHistoryRun *run, GError **error);
/* The id of the host that text names: an id, a unique beginning, or "this". Free with g_free. XR_ERROR_INPUT. */
char *xr_history_find_host(XrHistory *history, const char *text, GError **error);
/* Id of the host that the program runs on. Free with g_free. */
char *xr_history_this_host(void);

/* --- series: of one host, always --- */

typedef struct {
    char *run, *build_id, *xen_version, *verdict;
    gint64 started_us;
    double value, low, high;
} XrHistoryPoint;

typedef struct {
    char *plan, *setup, *build, *metric, *host, *unit;
    GPtrArray *points; /* XrHistoryPoint, oldest first */
    guint
        others; /* runs that are left out: of other settings under the plan's name, or of unknown ones */
    guint starved;    /* further runs that are left out: host_wait is above most_wait */
    double most_wait; /* as the key has it */
} XrHistorySeries;
void xr_history_series_free(XrHistorySeries *series);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrHistorySeries, xr_history_series_free)

/* As limits.host_wait of a plan has it, where nothing else is said. */
#define XR_HISTORY_MUCH_WAIT 0.25

typedef struct {
    const char *plan, *build, *host; /* all needed */
    const char *metric;              /* NULL: what the newest run of them is known by */
    const char *setup;               /* NULL: that of the newest run of them */
    gint64 since_us;
    /* Runs by the host's clock (machine.time=real) that the host let wait for its CPUs in a larger share of the time are no
     * points, but of the metric host_wait itself. 0: all are. */
    double most_wait;
    gboolean may_be_empty; /* where all runs are left out for most_wait: no error, but no points */
} XrHistorySeriesKey;

/* A metric in the runs of one plan, one build's name and one host, with the same settings: what a statistic may be taken of.
 * Runs that ended in error or skip, or have no finite value, are no points. XR_ERROR_INPUT where a part of the key is missing, and
 * where there is no such run (the message names what there is), or none that is left. */
XrHistorySeries *xr_history_series(XrHistory *history, const XrHistorySeriesKey *key,
                                   GError **error);
/* The values of the points, in their order (double). Free with g_array_unref. */
GArray *xr_history_series_values(const XrHistorySeries *series);

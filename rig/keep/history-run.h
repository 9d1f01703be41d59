/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a run as the history knows it; read from its record, or from the history. */
#pragma once

#include <json-glib/json-glib.h>

/* Text comes from records, which may be another host's: control characters are written as \xNN and lengths are bounded, but
 * for the path of a record, which must stay as it is and is escaped by whoever shows it. No text is NULL. Numbers that are not
 * known are NaN. */
typedef struct {
    char *id;          /* fingerprint; "fingerprint@origin" where the runs were imported */
    char *fingerprint; /* 16 hex digits: xr_host_fingerprint */
    char *origin;      /* the name that an import gave; "" for runs made here */
    char *arch, *cpu, *kernel, *distribution;
    gint64 cores, memory_bytes;
} XrHistoryHost;

typedef struct {
    char *name, *unit;
    double value, low, high; /* median, smallest and largest of the samples */
    guint count;             /* of samples */
} XrHistoryMetric;

/* A metric in one window of the run, from 1 on. */
typedef struct {
    char *metric;
    guint number;
    double value;
} XrHistoryWindow;

typedef struct {
    char *kind, *weight, *where, *line, *meaning;
    double when_s; /* since the start */
    guint count;
} XrHistoryFinding;

typedef struct {
    char *id;     /* of the run; with started it is one run's alone */
    char *record; /* folder, absolute */
    char *plan,
        *setup; /* name, and hash of the settings that change figures (keep/run-figure.h); "" from schema 1 */
    char *build, *build_id, *xen_version;
    char *verdict, *reason;
    gboolean complete; /* judge/judge.h … */
    char *incomplete;  /* … and why not; "" where it is */
    char *rig;         /* version of xenrig */
    char *mode;        /* machine.time: "real", "lockstep", … */
    char *purpose;     /* the command that ran it: "run", "compare", "nightly", … */
    gint64 started_us; /* since 1970, UTC */
    double seconds;    /* that it took */
    XrHistoryHost *host;
    XrHistoryMetric *figure; /* that of its mode (xr_history_main_figure); may be NULL */
    GPtrArray *metrics;  /* XrHistoryMetric by name, those of single domUs and VBDs left out; … */
    GPtrArray *windows;  /* XrHistoryWindow */
    GPtrArray *findings; /* XrHistoryFinding, worst first; all three NULL in lists */
} XrHistoryRun;

void xr_history_run_free(XrHistoryRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrHistoryRun, xr_history_run_free)
void xr_history_metric_free(XrHistoryMetric *metric);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrHistoryMetric, xr_history_metric_free)
void xr_history_window_free(XrHistoryWindow *window);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrHistoryWindow, xr_history_window_free)
void xr_history_finding_free(XrHistoryFinding *finding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrHistoryFinding, xr_history_finding_free)
void xr_history_host_free(XrHistoryHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrHistoryHost, xr_history_host_free)

/* Name of the figure that runs of that mode are known by, as plans have it; of a mode that is not known, that of "real".
 * Static. */
const char *xr_history_main_figure(const char *mode);

/* From the record of a run that came to its verdict. Which host it is of is told by where the record lies: below
 * STATE/imported/NAME it was imported as NAME. XR_ERROR_RECORD naming what is missing or damaged. */
XrHistoryRun *xr_history_run_read(const char *dir, GError **error);
/* Whether dir looks like a finished run's record. */
gboolean xr_history_is_record(const char *dir);
/* Folder of records imported under that name (NULL: of all). Free with g_free. */
char *xr_history_imported_dir(const char *origin);

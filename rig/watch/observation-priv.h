/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what an observation knows beside its public members; for watch/ and judge/ only. */
#pragma once

#include "watch/functions.h"
#include "watch/observation.h"

enum {
    XR_WHERE_MAX = 64,    /* bytes of a name that are kept */
    XR_LINE_MAX = 1024,   /* bytes of a quoted line */
    XR_FINDINGS_MAX = 400 /* findings of a run; the rest is counted */
};

/* A stage from begin to end. Times are -1 where not known, or not yet. */
typedef struct {
    char *name;
    gint index; /* of a window, else -1 */
    gint64 begin_t, end_t;
    gint64 begin_guest, end_guest; /* dom0's clock at the last sample before */
} XrSpan;

/* What is known of one domU. */
typedef struct {
    char *name;
    gboolean created, ready, streaming;
    gboolean lost;     /* went away, or crashed, without having been told to */
    double seconds;    /* it took to create, -1 unknown */
    gint64 ready_t;    /* rig clock, -1 */
    gint64 mismatches; /* as the domU last counted them */
    gint64 errors;
} XrGuest;

/* CPU time of one domain at both ends of one window. */
typedef struct {
    char *domain;
    guint index;
    gint64 begin_ns, end_ns; /* CPU time, -1 unknown */
    gint64 begin_t, end_t;   /* rig clock */
} XrCpuUse;

/* The last that a domU counted of one VBD. */
typedef struct {
    char *domain;
    guint vbd;
    gint64 gap_ns;                      /* longest time without a reply that was waited for */
    gint64 latency[XR_LATENCY_BUCKETS]; /* requests of 2^i to 2^(i + 1) - 1 ns */
} XrFigures;

/* Grant references that dom0 mapped and unmapped while backing devices moved so many bytes. */
typedef struct {
    gint64 maps, unmaps, bytes;
} XrGrantOps;

/* Of one source file of the hypervisor: the lines that became code, and those of them that ran. */
typedef struct {
    char *file;
    gint64 lines, hit;
} XrCovered;
/* How often a lock was taken, and had to be waited for; how long it was held and waited for, by all CPUs in
 * sum. */
typedef struct {
    gint64 acquired, contended, hold_ns, wait_ns;
} XrLockCounts;

/* A lock of Xen's that its lock profile names. */
typedef struct {
    char *domain; /* dom0, a domU or xen */
    char *name;
    XrLockCounts now, begin; /* cumulative: last read; at the begin of the window under way */
    GArray *windows;         /* XrLockCounts, one for each of lock_spans */
} XrLock;

/* CPU time that the host gave to the machine, and let it wait for, at both ends of a window; -1: not
 * known. */
typedef struct {
    gint64 begin_run, begin_wait, end_run, end_wait;
} XrHostUse;

/* Numbers of hypercalls that are told apart. */
#define XR_HYPERCALLS 64

/* A window in which instructions were counted. */
typedef struct {
    gint64 bytes; /* that all domUs moved meanwhile */
    gint64 xen, dom0_kernel, dom0_user;
    gint64 others;    /* of domains that are none of the plan's */
    gint64 pause_xen; /* PAUSE among Xen's */
    gint64 maps, unmaps, copies;
    gint64 unsettled; /* times that it may have become unrepeatable */
    GArray *guests;   /* gint64: of each domU, in order */
    GArray *dom0_calls,
        *guest_calls; /* gint64, by number of the hypercall, XR_HYPERCALLS of them */
} XrCounted;

/* Said where the machine ran on another host, after what it may excuse. */
#define XR_HOST_UNKNOWN                                                                            \
    " But whether another host kept the machine waiting for its CPUs is not known here, and that " \
    "may be all the reason: run again when nothing else runs there, or, where that is so, with "   \
    "limits.host_wait=100%."

typedef struct {
    guint max_guests, max_vbds;
    gboolean reads;         /* the plan wants reads, so they count as throughput */
    gboolean remote;        /* the machine runs on another host: how busy that is is not known */
    double host_wait_max;   /* limits.host_wait */
    GHashTable *guests;     /* name -> XrGuest* */
    GPtrArray *spans;       /* XrSpan*, in order of begin */
    GPtrArray *cpu;         /* XrCpuUse* */
    GPtrArray *figures;     /* XrFigures*, in order of domain and VBD */
    XrGrantOps grant_ops;   /* -1: not counted */
    GPtrArray *coverage;    /* XrCovered*, as last told; empty: not counted */
    GArray *host;           /* XrHostUse, by window */
    GPtrArray *locks;       /* XrLock*, in order of domain and name */
    GArray *lock_spans;     /* gint64: ns that the counts of a window are of */
    gint64 lock_begin_ns;   /* dom0's clock at the reading before the window under way, -1 */
    XrCounted *counted;     /* NULL: nothing was */
    XrFunctions *functions; /* NULL: they were not told apart */
    GHashTable *marks;      /* of findings.c */
    gint64 started_t;       /* machine started, last attempt, -1 */
    gint64 agent_t;         /* toolstack ready, -1 */
    gint64 sample_t;        /* rig clock of the last sample */
    gint64 open_begin;      /* guest clock at the begin of the window under way, -1 none */
    gboolean window_open;
    guint slice;     /* of the lockstep window under way */
    gboolean layers; /* its instructions are counted */
    gint steady;     /* of the warm-up: 0, 1, -1 not told */
    double steady_cov;
    gint64 warmup_ns;
    gboolean draining; /* stop was commanded: domUs may end */
    gboolean stopping; /* the rig ends the machine: it may stop */
    gboolean over; /* the outcome is settled: what rig, agent and machine say now follows from it */
    XrFinding *panic; /* waits for the line that says why */
} XrPriv;

XrPriv *xr_priv(const XrObservation *obs);
/* NULL if it was never seen. */
XrGuest *xr_guest_find(const XrObservation *obs, const char *name);
/* The last span of that name (and index, -1: any), or NULL. */
const XrSpan *xr_span_find(const XrObservation *obs, const char *name, gint index);

/* --- findings.c --- */

/* Copies, and cuts where and line to their bounds. where, line, meaning may be NULL. count is 1. */
XrFinding *xr_finding_new(const char *kind, XrVerdictKind weight, const char *where, gint64 when_ns,
                          const char *line, const char *meaning);
XrFinding *xr_finding_copy(const XrFinding *finding);

/* How a finding is told from those before it. */
typedef enum {
    XR_SAME_LINE,  /* equal to the last byte: told again, not seen again, and not counted */
    XR_SAME_BURST, /* equal but for numbers, or of the same kind and place within a second */
} XrSame;

/* Takes finding. Returns the one that stands for it now (a new one, or an older one counted up). */
XrFinding *xr_findings_add(XrObservation *obs, XrFinding *finding, XrSame same);
/* The cause was found: what rig, agent and machine complained of shortly before is its effect. */
void xr_findings_demote(XrObservation *obs, gint64 when_ns);
/* A finding of what the rig, the agent or the machine told; a mere note once the run is over, but for a failure where there was
 * none. */
void xr_findings_tell(XrObservation *obs, const char *kind, XrVerdictKind weight, const char *where,
                      const char *line, const char *meaning);
/* An event that cannot be understood. */
void xr_findings_bad_event(XrObservation *obs, const char *kind, const char *what);

/* --- series.c --- */

void xr_series_free(XrSeries *series);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSeries, xr_series_free)
void xr_series_sample(XrObservation *obs, JsonObject *event);
/* Rate of the counter in values (bytes or requests) between two guest times; NaN: not known. */
double xr_series_rate(const XrSeries *s, const GArray *values, gint64 begin_ns, gint64 end_ns);

/* --- figures.c --- */

void xr_figures_free(XrFigures *figures);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrFigures, xr_figures_free)
void xr_told_figures(XrObservation *obs, JsonObject *event);
void xr_told_grants(XrObservation *obs, JsonObject *event);
void xr_told_host(XrObservation *obs, JsonObject *event);

/* --- locks.c --- */

void xr_lock_free(XrLock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrLock, xr_lock_free)
void xr_told_locks(XrObservation *obs, JsonObject *event);

/* --- tallies.c --- */

void xr_tally_free(XrTally *tally);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrTally, xr_tally_free)
void xr_told_snapshot(XrObservation *obs, JsonObject *event);
void xr_told_tally(XrObservation *obs, JsonObject *event);
/* --- counts.c --- */

void xr_counted_free(XrCounted *counted);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrCounted, xr_counted_free)
void xr_told_count(XrObservation *obs, JsonObject *event);

/* --- functions.c --- */

void xr_told_functions(XrObservation *obs, JsonObject *event);

/* --- coverage.c --- */

void xr_covered_free(XrCovered *covered);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrCovered, xr_covered_free)
void xr_told_coverage(XrObservation *obs, JsonObject *event);

/* --- guests.c --- */

void xr_told_domain(XrObservation *obs, JsonObject *event);
void xr_told_guest(XrObservation *obs, JsonObject *event);
/* A line of a domU's console: data read back wrong, which its status tells later, if the run lasts that long. */
void xr_told_domu_line(XrObservation *obs, const char *source, const char *line);

/* --- told.c --- */

void xr_told_agent(XrObservation *obs, JsonObject *event);
void xr_told_machine(XrObservation *obs, JsonObject *event);
void xr_told_fault(XrObservation *obs, JsonObject *event);
void xr_told_rig(XrObservation *obs, JsonObject *event);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a run was seen to do, built from its events alone.
 *
 * Everything the rig sees becomes an event: a JSON object with "t" (nanoseconds of the rig's
 * monotonic clock since the run began) and "kind". Live, each event is appended to the record and
 * given to the observation; from a stored record the same lines are given to it again. So a verdict
 * on a record is the verdict of the run. Kinds and members (others are kept in the record and
 * ignored here):
 *
 *  stage     name: build|boot|create|warmup|window|count|save|lockstep|drain|destroy|stop; state: begin|end;
 *            index (window, lockstep); lockstep's begin: slice, seed; warmup's end: steady (boolean), cov,
 *            guest_duration_ns
 *  console   source: xen|dom0|<domU name>; line (UTF-8, unescaped, bounded)
 *  sample    guest_ns; vbds: [{domain, vbd, bytes, requests, read_bytes, read_requests, blkback_bytes,
 *            blkback_requests}], cumulative; bytes, requests: written
 *  counters  when: before|begin|end|after (the last of each counts); index (window); free_bytes;
 *            grants_active (-1 unknown); domains: [{name, domid, cpu_ns}]
 *  domain    name; domid; what: created|released|ready|streaming|exited|destroyed|zombie|left; seconds
 *            (created); reason (exited: crash|shutdown|gone); detail
 *  guest     name; state; bytes; errors; mismatches; passes; text: [mismatch lines, then the last error]
 *  figures   name; vbd; gap_ns; latency: [[bucket, requests], …], a request of 2^bucket to 2^(bucket + 1) - 1 ns;
 *            cumulative, the last of each VBD count; others (wire.h) are kept
 *  host      when: begin|end; index (window); run_ns, wait_ns: CPU time that the host has given to the
 *            machine's threads, and let them wait for, so far
 *  locks     when: begin|end; index (window); guest_ns; domains: [{name, locks: {NAME: [acquired, contended,
 *            hold_ns, wait_ns], …}}, …]: Xen's lock profile, cumulative; name: dom0, a domU's or xen
 *  grants    maps; unmaps; bytes; duration_ns: grant operations of dom0 in stage count
 *  bind      vcpus: of dom0, for each VBD's event channel
 *  snapshot  what: found; text (path): an earlier run saved the machine when all domUs streamed
 *  tally     seed; domains: [{name, begin, ticks, bytes: [one a VBD]}]: a window in lockstep
 *  count     xen; dom0_kernel; dom0_user; others; guests: [one a domU]: instructions; bytes: [one a domU] that
 *            it moved meanwhile; pause_xen; maps; unmaps; copies: grant references that dom0 asked for; dom0_hypercalls,
 *            guest_hypercalls: {NUMBER: times}; unsettled (rig/plugin/counts.h)
 *  functions symbols: {xen, dom0_kernel}: where names are from; list: [{layer, name, module, instructions,
 *            callers: {NAME: calls}}]: the count by function (watch/functions.h)
 *  coverage  files: [{file, lines, hit}]: of the hypervisor's lines that became code, those that ran in the windows
 *  agent     what: ready|error|died; text
 *  machine   what: started|resumed|shutdown|destroyed|crashed|failed|lost; text
 *  fault     what: injected; fault: name; domain; text   (something broken on purpose by the plan)
 *  rig       what: interrupted|timeout|silence|retry|leftover|remote|left-behind|missing|unbuilt|error; stage; text
 *            (remote: the URI by which the machine runs on another host); host_wait: the share of a silence, or of the
 *            stage timed out, in which the machine waited for the host's CPUs; none: not known
 */
#pragma once

#include "plan/plan.h"
#include <json-glib/json-glib.h>

/* What a finding weighs. The worst wins, and nothing is worse than a failure: that the rig or the host gave up later
 * does not undo what the hypervisor was seen to do. */
typedef enum { XR_PASS, XR_SKIP, XR_UNSURE, XR_ERROR_VERDICT, XR_FAIL } XrVerdictKind;

/* One thing that was noticed. All strings owned; where e.g. "w03", "xen", "dom0", "w03/vbd0",
 * "rig". */
typedef struct {
    char *kind; /* e.g. "xen-panic", "domu-oops", "zombie", "data-mismatch", "stall" */
    XrVerdictKind weight;
    char *where;
    gint64 when_ns; /* -1: over the whole run */
    char *line;     /* the line quoted, unescaped; NULL where there is none */
    char *meaning;  /* a sentence for the reader */
    guint count;    /* the same finding again at the same place only counts up */
} XrFinding;
void xr_finding_free(XrFinding *finding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrFinding, xr_finding_free)

/* Cumulative bytes of one VBD over guest time; arrays are of equal length. */
typedef struct {
    char *domain;
    guint vbd;
    GArray *time_ns; /* gint64, guest clock of dom0 */
    GArray *bytes; /* gint64, cumulative, backing device: written, and read if the plan has reads */
    GArray *requests; /* gint64, cumulative, of the same */
    GArray *moved;    /* gint64, cumulative: all that is written or read; tells a standstill */
} XrSeries;

/* One measured window on the guest clock; index from 0. */
typedef struct {
    gint64 begin_ns, end_ns;
} XrWindow;

/* A window measured in lockstep, of all domUs. */
typedef struct {
    guint slice, seed;
    gboolean layers; /* its instructions were counted, which makes it another window */
    gint64 ordered;  /* tick at which they were told to measure, summed over domUs; 0: not told */
    gint64 ticks, bytes;   /* summed over domUs */
    double bytes_per_tick; /* the sum over domUs, each over its own window */
    GArray *vbds;          /* double: bytes per tick of each VBD, in order of domain and VBD */
} XrTally;

typedef struct {
    GPtrArray *series;                  /* XrSeries*, in order of domain and VBD */
    GPtrArray *tallies;                 /* XrTally*, in the order in which they were measured */
    GArray *windows;                    /* XrWindow, complete ones only */
    GPtrArray *findings;                /* XrFinding*: what the matcher and the events alone tell */
    GHashTable *domains;                /* name -> last "what", or "failed" */
    gint64 free_before, free_after;     /* bytes, -1 unknown */
    gint64 grants_before, grants_after; /* -1 unknown */
    guint guests_ready, guests_created, guests_streaming;
    gint64 guest_ns;      /* guest clock of the last sample, -1 */
    gint64 last_heard_ns; /* rig clock of the last agent event */
    gint64 last_t_ns;     /* rig clock of the last event of any kind */
    gboolean
        fatal; /* a finding was made after which nothing more can be measured (panic, agent gone) */
    char *stage;   /* current stage */
    gpointer priv; /* of observation.c */
} XrObservation;

XrObservation *xr_observation_new(const XrPlan *plan);
void xr_observation_free(XrObservation *obs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrObservation, xr_observation_free)

/* Takes one event in. Never fails: what cannot be understood becomes a finding of weight
 * XR_ERROR_VERDICT of kind "rig-event" or is ignored as documented above. */
void xr_observation_event(XrObservation *obs, JsonObject *event);

/* Bytes per second of series s between two guest times (linear between samples), or of the sum over
 * all series with s NULL. NaN where there are no two samples. */
double xr_observation_rate(const XrObservation *obs, const XrSeries *s, gint64 begin_ns,
                           gint64 end_ns);
/* Recent rate of each series and sum, from the last two samples: for progress. */
double xr_observation_rate_now(const XrObservation *obs, const XrSeries *s);
/* Requests of all VBDs by the time until their reply, as domUs counted them: requests[i] of 2^i to 2^(i + 1) - 1 ns.
 * FALSE if none were counted. */
#define XR_LATENCY_BUCKETS 64
gboolean xr_observation_latency(const XrObservation *obs, double requests[XR_LATENCY_BUCKETS]);

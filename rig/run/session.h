/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: one run's state, and how it hears, records and waits.
 *
 * All that happens becomes an event; xr_session_event is the one door through which events go to the
 * record, the observation and the progress display. The stages (run/stages.h) are plain
 * sequential code: each asks dom0's agent for something and waits in xr_session_wait, which runs the GMainLoop
 * until the condition holds, time is up, or the run is over (panic, machine gone, silence, signal).
 */
#pragma once

#include "boot/host-time.h"
#include "boot/machine.h"
#include "build/build.h"
#include "keep/record.h"
#include "run/agent.h"
#include "tell/tell.h"
#include "watch/lines.h"
#include "watch/observation.h"

typedef struct {
    const XrPlan *plan;
    XrProgress *progress;
    XrRecord *record;
    XrObservation *obs;
    gint64 t0_us; /* g_get_monotonic_time() when the run began */

    XrMachine *machine;
    XrAgent *agent;
    XrLines *serial;
    GQueue *tail; /* last serial lines (char*), for errors */

    gboolean hello;            /* the agent has said that the toolstack is ready */
    gboolean boot_failed;      /* the agent has said that it will not be */
    gboolean machine_gone;     /* of itself or by us */
    gboolean interrupted;      /* a signal asked us to end */
    GCancellable *cancellable; /* cancelled by that signal, for what blocks */
    gboolean silent;           /* nothing heard for limits.silence */
    gint64 heard_us;           /* g_get_monotonic_time() of the last tick or byte, see tick() */
    guint
        unanswered; /* requests in a row that the agent let time out: from XR_SESSION_DEAF on it is asked no more */
    guint64 waited_ns; /* for the last of them */
    guint64 quiet_ns;  /* time in which nothing came from the agent */
    XrHostTime
        heard_time; /* what the host had given to the machine when that began; all 0: not known */
    const char *assumed;  /* XrBuild.assumed, borrowed */
    const char *coverage; /* XrBuild.coverage, borrowed; NULL: the hypervisor counts no lines */
    guint scripted; /* requests that dom0's agent makes by itself, from 1 on (wire.h, SCRIPT) */
    gint64 grants;  /* entries counted in the dump of key 'g' that is under way or last; -1 none */
    gboolean grants_done; /* that dump is complete */
    guint tick_id;
    guint signal_ids[3];
} XrSession;

/* After one request that timed out the next is waited for XR_SESSION_PROBE at most, after two nothing more is asked. */
#define XR_SESSION_PROBE_NS ((guint64)5000000000)
#define XR_SESSION_DEAF     2

/* Limits in the host's time are as many times as long in lockstep: one host thread has the work of all pCPUs, and
 * counts instructions. */
#define XR_LOCKSTEP_PATIENCE 5

typedef enum {
    XR_WAIT_DONE,    /* the condition holds */
    XR_WAIT_TIMEOUT, /* time is up */
    XR_WAIT_OVER,    /* it never will: panic, machine gone, silence or a signal */
} XrWait;
typedef gboolean (*XrCondition)(XrSession *s, gpointer data);

/* record, obs and progress (may be NULL) are borrowed. Takes SIGINT, SIGTERM and SIGHUP until freed. */
XrSession *xr_session_new(const XrPlan *plan, XrRecord *record, XrObservation *obs,
                          XrProgress *progress);
void xr_session_free(XrSession *s);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSession, xr_session_free)

/* Nanoseconds since the run began. */
gint64 xr_session_now(const XrSession *s);
/* Stamps, records and observes the event, and takes it. */
void xr_session_event(XrSession *s, JsonObject *event);
/* An event of string members: name, value, …, NULL. A NULL value leaves its member out. */
void xr_session_say(XrSession *s, const char *kind, ...) G_GNUC_NULL_TERMINATED;
/* What the host has given to the machine so far; all 0 where that is not known. */
XrHostTime xr_session_host_time(const XrSession *s);
/* An event of the rig (what: silence or timeout, in this stage), with the share of the time since then that the machine waited
 * for the host's CPUs: who is late for that reason is not to blame. */
void xr_session_late(XrSession *s, const char *what, const char *text, XrHostTime since);
/* A stage begins or ends; index -1 for none. */
void xr_session_stage(XrSession *s, const char *name, const char *state, gint index);

/* Starts and stops the machine of spec, wired to this session; afterwards s->machine, s->agent. */
gboolean xr_session_start(XrSession *s, const XrMachineSpec *spec, GError **error);
void xr_session_stop(XrSession *s);
/* The machine's last serial lines, one a line. Free with g_free. */
char *xr_session_tail(const XrSession *s);

/* Whether nothing more can be asked of the machine. */
gboolean xr_session_over(const XrSession *s);
/* How many domUs have ended or given up and will never be ready, or stream again. */
guint xr_session_count_ended(const XrSession *s);
/* Whether all others stream: for xr_session_wait, without data. */
gboolean xr_session_all_stream(XrSession *s, gpointer data);
XrWait xr_session_wait(XrSession *s, XrCondition condition, gpointer data, guint64 timeout_ns);
/* Lets time pass (still ending early when the run is over). */
XrWait xr_session_sleep(XrSession *s, guint64 duration_ns);
/* Waits for the answer to request id, which was made for op: errors as those of xr_session_call. */
JsonObject *xr_session_answer(XrSession *s, gint64 id, const char *op, guint64 timeout_ns,
                              GError **error);
/* Sends and takes the request and waits for its answer, for a shorter time where the one before timed out. NULL with
 * XR_ERROR_AGENT if refused, XR_ERROR_TIMEOUT, or XR_ERROR_STOPPED when the run is over. */
JsonObject *xr_session_call(XrSession *s, JsonObject *request, guint64 timeout_ns, GError **error);

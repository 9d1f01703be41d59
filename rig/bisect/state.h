/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the folder of a bisection, from which it can be gone on with.
 *
 *   bisect.json   what was asked for: "schema", "id", "started", "rig", "argv", "host", and the members of XrBisectTask
 *   plan          the effective plan of its runs
 *   events.jsonl  a line for each build, run and command that came to an end, and each step; what is in it is not
 *                 done again
 *   bisect.log    what `git bisect log` printed last, for `git bisect replay`
 *   ends/, steps/ comparisons (keep/compare-record.h), with the records of their runs
 *   runs/         records of single runs
 *   clone/        a clone of the repository, in which git bisects; made anew each time
 *   result.json   what `xenrig bisect --json` printed last
 */
#pragma once

#include "plan/plan.h"
#include <json-glib/json-glib.h>

typedef struct {
    char *repo;                 /* top folder of the repository */
    char *good, *bad;           /* ids of commits */
    char *good_name, *bad_name; /* as the user wrote them */
    char *with;                 /* behind the name of each build: "+split-lock,debug"; may be "" */
    char *command;              /* decides by its exit code; NULL: runs of the plan do */
    gboolean noisy;             /* search by probabilities */
    double confidence;          /* of the noisy search, to end with */
    guint32 seed;               /* of orders */
} XrBisectTask;
void xr_bisect_task_clear(XrBisectTask *task);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(XrBisectTask, xr_bisect_task_clear)

typedef struct {
    char *dir, *id, *started;
    XrBisectTask task;
    XrPlan *plan;
    GPtrArray *events; /* JsonObject */
    int lock;
} XrBisectState;
/* Creates STATE/bisections/<UTC time>-<repository>-<4 hex digits>, or dir if given, which must not exist or be empty.
 * Takes what task holds, and the plan. XR_ERROR_RECORD. */
XrBisectState *xr_bisect_state_new(const char *dir, XrBisectTask *task, XrPlan *plan,
                                   char *const *argv, GError **error);
/* One that is there; dir NULL: the one begun last that has not ended. XR_ERROR_RECORD, also where another process
 * is at it, XR_ERROR_INPUT where there is none to go on with. */
XrBisectState *xr_bisect_state_open(const char *dir, GError **error);
void xr_bisect_state_free(XrBisectState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrBisectState, xr_bisect_state_free)

/* Takes the event; when this returns TRUE, it is on disk. XR_ERROR_RECORD. */
gboolean xr_bisect_state_add(XrBisectState *state, JsonObject *event, GError **error);
/* The event of that kind, of that commit, and, if place is not NULL, of that place and number; NULL if there is none. It
 * belongs to the state. */
JsonObject *xr_bisect_state_find(const XrBisectState *state, const char *kind, const char *commit,
                                 const char *place, guint number);
/* A whole file, there or not. XR_ERROR_RECORD. */
gboolean xr_bisect_state_put(const XrBisectState *state, const char *name, const char *text,
                             GError **error);
/* A path in the folder. Free with g_free. */
char *xr_bisect_state_path(const XrBisectState *state, const char *name);
/* A line on each bisection in the state folder, the newest last: folder, what is sought, how far it is. Free with
 * g_free. */
char *xr_bisect_state_list(void);

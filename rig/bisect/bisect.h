/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a bisection: which commit made it worse. */
#pragma once

#include "bisect/scratch.h"
#include "bisect/state.h"
#include "judge/functions-diff.h"
#include "run/compare.h"

/* What is done to the world; tests put their own in the place of it. */
typedef struct {
    /* Makes the build of that name ready. Returns its code (xr_bisect_code_of), equal for builds that run the same code
     * with the same toolstack. NULL with XR_ERROR_BUILD where its source is why, XR_ERROR_STOPPED, or what ends the bisection. Free
     * with g_free. */
    char *(*build)(const char *name, gpointer user_data, GError **error);
    /* Runs the command in the folder dir, which holds the commit's files; its exit code, 128 and the signal's number
     * where a signal ended it; -1 with error. */
    int (*command)(const char *command, const char *dir, const char *name, gpointer user_data,
                   GError **error);
    XrCompareFuncs compare; /* run, stopped and note; enough is not used */
} XrBisectFuncs;

typedef struct {
    char *commit, *subject;
    XrBisectMark mark;
    char *why;    /* a sentence without a full stop */
    double error; /* how probable it is that the mark is wrong; 0: not known to be */
    double seconds;
    gboolean taken_over; /* from a build of the same code */
} XrBisectStep;

typedef enum {
    XR_BISECT_FOUND, /* one commit */
    XR_BISECT_RANGE, /* several, between which nothing could be tested */
    XR_BISECT_ALIKE, /* the ends do not differ */
    XR_BISECT_UNSURE, /* the ends could not be told apart, or the search ended without enough confidence */
    XR_BISECT_INTERRUPTED, /* by a signal */
} XrBisectOutcome;
/* "found", "range", "alike", "unsure", "interrupted"; static. */
const char *xr_bisect_outcome_name(XrBisectOutcome outcome);

typedef struct {
    XrBisectOutcome outcome;
    char *
        ends; /* what the ends' reproduction came to, a sentence without a full stop; may be NULL */
    GPtrArray *steps;           /* XrBisectStep */
    GPtrArray *suspects;        /* ids (char *), the newest first; one where found */
    char *parent;               /* the last good commit before them; NULL where none was found */
    GPtrArray *checks;          /* what measuring again at the end came to, sentences (char *) */
    XrFunctionsDiff *functions; /* between parent and the first suspect; NULL: not known */
    double confidence;          /* that no decision was wrong; NaN where there is none */
    guint runs;                 /* measurements in all */
    double seconds;             /* that they, and builds, took */
} XrBisectResult;
void xr_bisect_result_free(XrBisectResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrBisectResult, xr_bisect_result_free)

/* Goes on with the bisection from what its state holds, if nothing from the start, and keeps what comes out. NULL with
 * an error that ends it: the state has what was learnt until then. */
XrBisectResult *xr_bisect(XrBisectState *state, const XrBisectFuncs *funcs, gpointer user_data,
                          GError **error);

/* --- tell.c --- */

/* For people, and for programs (new object: "outcome", "suspects", "parent", "confidence", "steps", "checks", "runs"). */
char *xr_bisect_tell(const XrBisectState *state, const XrBisectResult *result);
JsonObject *xr_bisect_json(const XrBisectState *state, const XrBisectResult *result);
/* 0 a commit was found, 1 the ends are alike, 2 else. */
int xr_bisect_exit_code(const XrBisectResult *result);

/* --- real.c --- */

/* xr_bisect with real builds, runs and commands. SIGINT, SIGTERM and SIGHUP end it and leave nothing running. */
XrBisectResult *xr_bisect_really(XrBisectState *state, const XrCompareOptions *options,
                                 GError **error);

/* What a build runs, from identities of its hypervisor and its toolstack. Free with g_free. */
char *xr_bisect_code_of(const char *hypervisor, const char *toolstack);
/* Which of both differs: "the hypervisor", "the toolstack", "hypervisor and toolstack", or NULL: neither, or it is not
 * known. Static. */
const char *xr_bisect_code_differs(const char *a, const char *b);

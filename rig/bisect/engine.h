/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the parts of a bisection share; private to bisect/. */
#pragma once

#include "bisect/bisect.h"
#include "bisect/ends.h"

typedef struct _XrBisect XrBisect;

typedef enum { XR_ENDS_DIFFER, XR_ENDS_ALIKE, XR_ENDS_UNSURE } XrEndsKind;

/* A way to tell good from bad: by a figure, by a kind of finding, by a command. */
typedef struct {
    /* Reproduces both ends, alternating. FALSE with error. why: a sentence without a full stop. error_rate: how
     * probable it is that they do not differ. */
    gboolean (*ends)(XrBisect *b, XrEndsKind *kind, char **why, double *error_rate, GError **error);
    /* Decides on step's commit, whose build is ready: mark, why, error. FALSE with error. */
    gboolean (*step)(XrBisect *b, XrBisectStep *step, GError **error);
    /* One measurement more of a commit; number: of those at place. told: what it gave, in a few words. */
    gboolean (*once)(XrBisect *b, const char *place, guint number, const char *commit, XrSide *side,
                     char **told, GError **error);
    /* ln of how much more probable the figure is for a bad commit than for a good one; NULL where there is none. */
    double (*evidence)(const XrBisect *b, const XrRunFigure *figure);
    gboolean builds; /* whether the rig makes the builds */
} XrBisectWay;
extern const XrBisectWay xr_bisect_by_figure, xr_bisect_by_kind, xr_bisect_by_command;

struct _XrBisect {
    XrBisectState *state;
    const XrBisectFuncs *funcs;
    gpointer user_data;
    const XrBisectWay *way;
    XrScratch *scratch;
    XrBisectResult *result;
    char *reverted;    /* commit that is in the clone only */
    GHashTable *known; /* what a build returned -> XrBisectStep whose mark it shares; borrowed */
    XrBisectStep *end_steps[2]; /* good, bad */
    GArray *good, *bad;         /* double: figures of the ends */
    double ends_seconds;        /* that reproducing the ends took */
    guint hits, runs_bad;       /* by kind: runs of the bad end that showed it, of all */
    guint clean;                /* … and runs of good commits, without it */
};

/* "git:REPO@COMMIT" with what the task appends. Free with g_free. */
char *xr_bisect_build_name(const XrBisect *b, const char *commit);
/* FALSE with XR_ERROR_STOPPED if a signal came. */
gboolean xr_bisect_check_stopped(const XrBisect *b, GError **error);
void xr_bisect_note(const XrBisect *b, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Makes the commit's build ready, or knows from the state that it is or cannot be; what it returned, or NULL: with
 * why and no error where the source is why, else with error. Free both with g_free. */
char *xr_bisect_prepare(XrBisect *b, const char *commit, char **why, GError **error);
/* The figure of run number of that commit at place: from the state, or run now and kept. What tells nothing is run again,
 * at most compare.repeats times; then the last is returned, not counted. */
XrRunFigure *xr_bisect_measure(XrBisect *b, const char *place, const char *commit, guint number,
                               GError **error);
/* Exit code of the command for that commit, as above; -1 with error. Codes above 127 are an error. */
int xr_bisect_command(XrBisect *b, const char *place, const char *commit, guint number,
                      GError **error);

/* The searches; both fill the result's steps and suspects. */
gboolean xr_bisect_search_git(XrBisect *b, GError **error);
gboolean xr_bisect_search_noisy(XrBisect *b, GError **error);
/* Decides on a step's commit: build, the same code, measurements. */
gboolean xr_bisect_decide(XrBisect *b, XrBisectStep *step, GError **error);
/* Measures culprit and parent again, and the culprit's revert. */
gboolean xr_bisect_confirm(XrBisect *b, GError **error);
/* Fills in the result's functions where the plan counts instructions by function. */
void xr_bisect_read_functions(XrBisect *b);

XrBisectStep *xr_bisect_step_new(const XrBisect *b, const char *commit);
void xr_bisect_step_free(XrBisectStep *step);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrBisectStep, xr_bisect_step_free)

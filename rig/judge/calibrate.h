/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how often comparisons would have been right, tried out on runs of one build. Pure. */
#pragma once

#include "judge/compare.h"

/* How a comparison's runs are drawn from those there are. */
typedef enum {
    XR_DRAW_SINGLY,     /* each run by itself, with replacement: no drift */
    XR_DRAW_NEIGHBOURS, /* a round's two from two runs that followed each other, in either order */
} XrDraw;

typedef struct {
    double effect; /* the second build is slower by this: its figures are times 1 - effect */
    XrDraw draw;
    guint sets;                    /* comparisons tried */
    guint different, same, unsure; /* verdicts */
    guint wrong;         /* of the different: the build was called larger that is the smaller */
    double runs;         /* of each build, mean over the sets */
    const char *against; /* the second build, borrowed; NULL: the first one, slower by effect */
} XrTrial;

/* Draws sets of comparisons of two builds from n figures (n >= 2, above zero) in the order in which they were run,
 * and judges each as rules say. The same seed gives the same trial. looks is of rules' runs_min and runs_max. */
XrTrial xr_calibrate(const double *figures, guint n, const XrCompareRules *rules,
                     XrSequential *looks, double effect, XrDraw draw, guint sets, guint32 seed);

/* The same of two builds that were run: the n figures of the first and the m of the second are drawn singly. effect is
 * 1 - the second's median over the first's: below zero where the second is ahead. against is left to the caller. */
XrTrial xr_calibrate_pair(const double *first, guint n, const double *second, guint m,
                          const XrCompareRules *rules, XrSequential *looks, guint sets,
                          guint32 seed);

/* Draws the figures of one round: of the first build and of the second. */
typedef void (*XrRoundFunc)(GRand *rand, guint round, double *first, double *second,
                            gpointer user_data);
/* As above, of any source. effect and draw of the trial are left to the caller. */
XrTrial xr_calibrate_with(XrRoundFunc draw_round, gpointer user_data, const XrCompareRules *rules,
                          XrSequential *looks, guint sets, guint32 seed);

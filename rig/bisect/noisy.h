/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a search for a culprit among commits in a line, where single runs do not decide. Pure. */
#pragma once

#include <glib.h>

/* Commits 0 to commits - 1 in their order: one of them is the culprit, and from it on all are bad. */
typedef struct _XrNoisy XrNoisy;
XrNoisy *xr_noisy_new(guint commits);
void xr_noisy_free(XrNoisy *noisy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrNoisy, xr_noisy_free)

/* A run of that commit is exp(evidence) times as probable for a bad commit as for a good one. */
void xr_noisy_learn(XrNoisy *noisy, guint commit, double evidence);
/* That commit cannot be tested. It, and what comes behind it up to the next that can, are told apart no more. */
void xr_noisy_skip(XrNoisy *noisy, guint commit);
/* That commit's code is its parent's: it is not the culprit. */
void xr_noisy_clear(XrNoisy *noisy, guint commit);

/* The commit to run next; FALSE where no further run would tell anything. */
gboolean xr_noisy_next(const XrNoisy *noisy, guint *commit);
/* The most probable culprit: one commit, or those from first to last that cannot be told apart. Returns its
 * probability. */
double xr_noisy_best(const XrNoisy *noisy, guint *first, guint *last);
/* Binary digits that are not known yet: the entropy of the distribution over commits. */
double xr_noisy_unknown(const XrNoisy *noisy);

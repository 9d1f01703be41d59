/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: looks at growing samples with one error rate for all of them. Pure. */
#pragma once

#include <glib.h>

/* Looks after runs_min, runs_min + 1, …, runs_max runs of each of two builds (1 <= runs_min <= runs_max <=
 * 100). */
typedef struct _XrSequential XrSequential;
XrSequential *xr_sequential_new(guint runs_min, guint runs_max);
void xr_sequential_free(XrSequential *looks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSequential, xr_sequential_free)

/* One that is kept for the next call: making one takes some 200000 simulated comparisons, which loops over comparisons
 * need not pay each time. Not for two threads; do not free, and do not use after a call for other numbers of runs. */
XrSequential *xr_sequential_shared(guint runs_min, guint runs_max);

/* The smallest U (judge/ranks.h) at which a two-sided test at the look after that many runs rejects, where
 * over all looks it may reject samples of one distribution with probability alpha. runs * runs + 1 if
 * it cannot at this look. Keeps what it has found for an alpha: not for two threads. */
guint xr_sequential_critical(XrSequential *looks, double alpha, guint runs);

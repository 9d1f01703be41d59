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

/* The smallest U (judge/ranks.h) at which a two-sided test at the look after that many runs rejects, where
 * over all looks it may reject samples of one distribution with probability alpha. runs * runs + 1 if
 * it cannot at this look. Keeps what it has found for an alpha: not for two threads. */
guint xr_sequential_critical(XrSequential *looks, double alpha, guint runs);

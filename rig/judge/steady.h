/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: when a rate is steady. */
#pragma once

#include <glib.h>

/* Whether the last k of n rates have a coefficient of variation of at most cov_limit (and a mean
 * above zero). cov, if not NULL, gets the value (NaN with fewer than k). */
gboolean xr_steady(const double *rates, gsize n, gsize k, double cov_limit, double *cov);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which way a figure is worse. Pure. */
#pragma once

#include <glib.h>

typedef enum { XR_WORSE_BY_UNIT, XR_WORSE_LOWER, XR_WORSE_HIGHER } XrWorse;

/* Whether a figure of that unit that is factor times another is worse than that. By unit: rates are better high, all
 * else low. */
gboolean xr_is_worse(XrWorse worse, const char *unit, double factor);
/* What a metric's name tells: fairness, the domUs' share and free memory are better high, though they are no rates; all else is
 * XR_WORSE_BY_UNIT. */
XrWorse xr_worse_of(const char *metric);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which way a figure is worse. Pure. */
#pragma once

#include <glib.h>

typedef enum { XR_WORSE_AS_USUAL, XR_WORSE_LOWER, XR_WORSE_HIGHER } XrWorse;

/* Whether a figure of that metric and unit that is factor times another is worse than that. As usual: rates, fairness, the
 * domUs' share and free memory are better high, all else low. */
gboolean xr_is_worse(XrWorse worse, const char *metric, const char *unit, double factor);

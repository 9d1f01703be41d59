/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which way a figure is worse. */
#include "judge/worse.h"

/* Better high, though they are no rates. */
static const char *const high[] = {"fairness", "guest_share", "free_after", "free_before", NULL};

gboolean xr_is_worse(XrWorse worse, const char *metric, const char *unit, double factor)
{
    const gboolean is_high = g_str_has_suffix(unit, "/s") || g_str_has_suffix(unit, "tick") ||
                             g_strv_contains(high, metric);

    if (worse == XR_WORSE_AS_USUAL)
        worse = is_high ? XR_WORSE_LOWER : XR_WORSE_HIGHER;
    return worse == XR_WORSE_LOWER ? factor < 1 : factor > 1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which way a figure is worse. */
#include "judge/worse.h"

gboolean xr_is_worse(XrWorse worse, const char *unit, double factor)
{
    const gboolean is_rate = g_str_has_suffix(unit, "/s") || g_str_has_suffix(unit, "tick");

    if (worse == XR_WORSE_BY_UNIT)
        worse = is_rate ? XR_WORSE_LOWER : XR_WORSE_HIGHER;
    return worse == XR_WORSE_LOWER ? factor < 1 : factor > 1;
}

XrWorse xr_worse_of(const char *metric)
{
    static const char *const high[] = {"fairness", "guest_share", "free_after", "free_before",
                                       NULL};

    return g_strv_contains(high, metric) ? XR_WORSE_LOWER : XR_WORSE_BY_UNIT;
}

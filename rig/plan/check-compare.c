/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: whether a comparison could come to a verdict at all. */
#include "plan/check.h"

#include "base/units.h"

/* Of n figures each, that all of one sample are above all of the other: 1 / C(2n, n). */
static double least_p(guint runs)
{
    double p = 1;

    for (guint i = 1; i <= runs; i++)
        p *= i / (2.0 * (2.0 * i - 1));
    return p;
}

gboolean xr_check_compare(const XrCheck *check)
{
    const XrPlan *p = check->plan;
    const double rate = MIN(p->compare.false_different / 2, p->compare.false_same);
    const gboolean two_sided = p->compare.false_different / 2 <= p->compare.false_same;
    const char *name = two_sided ? "false_different" : "false_same";
    g_autofree char *given =
        xr_units_format_ratio(two_sided ? p->compare.false_different : p->compare.false_same);
    g_autofree char *keys = g_strdup_printf("compare.runs_max compare.%s", name);
    guint enough = p->compare.runs_max;

    if (p->compare.runs_min > p->compare.runs_max)
        return xr_check_impossible(check, "compare.runs_min compare.runs_max",
                                   "compare.runs_min %u is above compare.runs_max %u; lower the "
                                   "one or raise the other",
                                   p->compare.runs_min, p->compare.runs_max);
    while (least_p(enough) > rate)
        enough++;
    if (enough == p->compare.runs_max)
        return TRUE;
    return xr_check_impossible(
        check, keys,
        "even if all %u runs of one build are above all of the other, chance does that in %.2g %% "
        "of comparisons, and compare.%s allows %s; raise compare.runs_max to %u, or compare.%s",
        p->compare.runs_max, least_p(p->compare.runs_max) * (two_sided ? 200 : 100), name, given,
        enough, name);
}

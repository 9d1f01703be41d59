/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what text and page of a series say in the same words. */
#include "base/units.h"
#include "tell/series.h"

#include <math.h>

const char xr_series_why[] =
    "Where these ratios and the mail's differ, and why. The mail measured a "
    "machine of 2013: 24 hard disks, whose own rate "
    "bounds the better builds; CPUs with caches, where a lock's cache line "
    "travels to each CPU that waits for it and slows "
    "the one that holds it; a number of dom0 vCPUs that it does not tell; "
    "Xen before it had fair (ticket) spinlocks; blkback "
    "of that year, which did more for each grant; and a dom0 kernel that "
    "bound all event channels to vCPU 0 until somebody "
    "moved them, which a series does where evtchn.binding says vcpu0: today's "
    "kernel spreads them by itself. Here every instruction takes "
    "one tick: no caches, no memory behind them. A vCPU that waits for a "
    "lock (PAUSE) gives the rest of its slice away and "
    "costs nobody anything. So this is contention and path length, not "
    "cycles: it tells how the locks' serial part bounds "
    "throughput, and leaves out what handing a lock over costs, which grows "
    "with CPUs and would set single-lock further "
    "back. The disks are null_blk (no rate), or held to a rate in the second "
    "table, where the ceiling is theirs as it was "
    "then.";

double xr_series_mail(const XrSeriesCurve *curve)
{
    static const struct {
        const char *variant;
        gboolean tuned;
        double mb_per_s;
    } told[] = {
        {"+single-lock", FALSE, 1400}, {"+split-lock", FALSE, 3000}, {"+split-lock", TRUE, 3600}};

    for (gsize i = 0; i < G_N_ELEMENTS(told); i++)
        if (g_str_has_suffix(curve->build, told[i].variant) &&
            told[i].tuned == (curve->binding == XR_BINDING_PINNED))
            return told[i].mb_per_s;
    return 0;
}

const char *xr_series_missing_word(const XrSeriesCell *cell)
{
    return cell->point != NULL ? cell->point->verdict : "missing";
}

char *xr_series_slice_text(double off)
{
    return isfinite(off) ? g_strdup_printf("%+.1f %%", off * 100) : g_strdup("");
}

char *xr_series_ratio_text(const XrSeriesRatio *ratio)
{
    if (isnan(ratio->low))
        return g_strdup_printf("%.2f", ratio->ratio);
    return g_strdup_printf("%.2f (%.2f to %.2f)", ratio->ratio, ratio->low, ratio->high);
}

char *xr_series_what(const XrSeriesTable *table)
{
    const XrPlan *plan = table->plan;
    g_autofree char *block = xr_units_format_bytes(plan->workload.block_size);

    return g_strdup_printf(
        "%s: %u domU%s with %u VBDs each, %s writes, %spersistent grants, backing %s; %u of %u "
        "points measured",
        plan->plan.name, plan->guests.count, plan->guests.count == 1 ? "" : "s", plan->guests.vbds,
        block, plan->workload.persistent_grants ? "" : "no ",
        xr_plan_backing_name(plan->workload.backing), table->measured, table->points);
}

char *xr_series_sentence(const XrSeriesTable *table)
{
    const guint v = xr_series_main(table), missing = table->points - table->measured;
    const XrSeriesCell *base = &table->cells[FALSE][0][v];
    GString *text = g_string_new(NULL);
    gboolean told = FALSE;

    if (missing > 0)
        g_string_append_printf(text, "%u of %u points missing; ", missing, table->points);
    for (guint c = 1; base->measured && c < table->shape->curves->len; c++) {
        const XrSeriesCurve *first = table->shape->curves->pdata[0];
        const XrSeriesCurve *curve = table->shape->curves->pdata[c];
        const XrSeriesCell *cell = &table->cells[FALSE][c][v];
        const XrSeriesRatio ratio = xr_series_ratio(&cell->figure, &base->figure);

        if (!cell->measured)
            continue;
        g_string_append_printf(text, told ? "; %s %.2f" : "%s moves %.2f times", curve->label,
                               ratio.ratio);
        if (!told)
            g_string_append_printf(text, " what %s does, at %u vCPUs of dom0", first->label,
                                   g_array_index(table->shape->vcpus, guint, v));
        told = TRUE;
    }
    if (!told)
        g_string_append_printf(text, "builds cannot be compared yet, at %u vCPUs of dom0",
                               g_array_index(table->shape->vcpus, guint, v));
    return g_string_free(text, FALSE);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the table of counted instructions in a report. */
#include "tell/counts.h"

#include "build/source.h"
#include "tell/format.h"

#include <string.h>

#define NAME 24
/* domUs and hypercalls shown, of those with the most. */
#define DOMUS_MAX 24
#define CALLS_MAX 6
#define LOCKS_MAX 12

gboolean xr_tell_counts_has(const char *metric)
{
    static const char *const prefixes[] = {"instructions", "hypercalls.",   "pause.",
                                           "grant_copies", "counted_bytes", "lock_per_mib.",
                                           "dom0_busy",    "xen_wait"};

    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(metric, prefixes[i]))
            return TRUE;
    return FALSE;
}

static void add_row(GString *out, const char *name, double value, double whole)
{
    g_autofree char *safe = xr_tell_safe(name, 64);
    g_autofree char *label = xr_tell_fit(safe, NAME, TRUE);

    g_string_append_printf(out, "  %s%14.2f", label, value);
    if (whole > 0)
        g_string_append_printf(out, "%8.2f %%", value / whole * 100);
    g_string_append_c(out, '\n');
}

static void add_metric(GString *out, const XrVerdict *verdict, const char *name, const char *label,
                       double whole)
{
    const XrMetric *metric = xr_verdict_metric(verdict, name);

    if (metric != NULL)
        add_row(out, label, metric->value, whole);
}

static gint by_value(gconstpointer a, gconstpointer b)
{
    const double x = (*(const XrMetric *const *)a)->value, y = (*(const XrMetric *const *)b)->value;

    return x > y ? -1 : x < y;
}

/* Figures whose names go on behind prefix, the largest first, no more than max. */
static void add_group(GString *out, const XrVerdict *verdict, const char *prefix,
                      const char *indent, guint max)
{
    g_autoptr(GPtrArray) group = g_ptr_array_new();

    for (guint i = 0; i < verdict->metrics->len; i++) {
        XrMetric *metric = g_ptr_array_index(verdict->metrics, i);

        if (g_str_has_prefix(metric->name, prefix))
            g_ptr_array_add(group, metric);
    }
    g_ptr_array_sort(group, by_value);
    for (guint i = 0; i < MIN(group->len, max); i++) {
        const XrMetric *metric = g_ptr_array_index(group, i);
        g_autofree char *label = g_strconcat(indent, metric->name + strlen(prefix), NULL);

        add_row(out, label, metric->value, 0);
    }
    if (group->len > max)
        g_string_append_printf(out, "  %s(and %u more; all are in verdict.json)\n", indent,
                               group->len - max);
}

static void add_layers(GString *out, const XrVerdict *verdict, const XrPlan *plan, double whole)
{
    const XrMetric *busy = xr_verdict_metric(verdict, "dom0_busy");
    const XrMetric *wait = xr_verdict_metric(verdict, "xen_wait");

    add_metric(out, verdict, "instructions.xen", "Xen", whole);
    add_metric(out, verdict, "instructions.dom0_kernel", "dom0's kernel", whole);
    add_metric(out, verdict, "instructions.dom0_user", "dom0's programs", whole);
    for (guint i = 0; i < MIN(plan->guests.count, DOMUS_MAX); i++) {
        g_autofree char *domu = xr_plan_guest_name(i);
        g_autofree char *name = g_strconcat("instructions.", domu, NULL);

        add_metric(out, verdict, name, domu, whole);
    }
    if (plan->guests.count > DOMUS_MAX)
        g_string_append_printf(out, "  (and %u domUs more; all are in verdict.json)\n",
                               plan->guests.count - DOMUS_MAX);
    add_metric(out, verdict, "instructions.others", "other domains", whole);
    add_metric(out, verdict, "instructions", "all", whole);
    add_metric(out, verdict, "pause.xen", "PAUSE in Xen", 0);
    if (busy != NULL && wait != NULL)
        g_string_append_printf(
            out, "  dom0's vCPUs: %.1f %% at work, %.1f %% waiting in Xen, %.1f %% idle\n",
            busy->value * 100, wait->value * 100, MAX(1 - busy->value - wait->value, 0) * 100);
}

void xr_tell_counts_text(GString *out, const XrVerdict *verdict, const XrPlan *plan)
{
    const XrMetric *all = xr_verdict_metric(verdict, "instructions");
    const XrMetric *bytes = xr_verdict_metric(verdict, "counted_bytes");

    if (all == NULL || bytes == NULL)
        return;
    g_string_append_printf(out, "\ninstructions for each MiB, of %.2f MiB moved\n",
                           bytes->value / 1048576);
    add_layers(out, verdict, plan, all->value);
    g_string_append(out, "\nfor each MiB\n");
    add_metric(out, verdict, "hypercalls.dom0", "hypercalls of dom0", 0);
    add_group(out, verdict, "hypercalls.dom0/", "  ", CALLS_MAX);
    add_metric(out, verdict, "hypercalls.domUs", "hypercalls of domUs", 0);
    add_group(out, verdict, "hypercalls.domUs/", "  ", CALLS_MAX);
    add_metric(out, verdict, "grant_maps", "grants mapped", 0);
    add_metric(out, verdict, "grant_unmaps", "grants unmapped", 0);
    add_metric(out, verdict, "grant_copies", "grants copied", 0);
    if (plan->machine.time != XR_TIME_COUNT)
        return;
    if (xr_source_name_has_option(plan->hypervisor.build, "lock-profile"))
        g_string_append(out, "  locks taken\n");
    else
        g_string_append(out, "  locks taken: those of a build with option lock-profile are told\n");
    add_group(out, verdict, "lock_per_mib.", "  ", LOCKS_MAX);
}

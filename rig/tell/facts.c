/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what reports say of a run as pairs of a label and a value, whoever shows them. */
#include "tell/facts.h"

#include "base/json.h"
#include "base/units.h"
#include "tell/counts.h"
#include "tell/format.h"

#include <math.h>
#include <string.h>

/* How names of figures that are shares of lines begin. */
#define COVERAGE "coverage."

static void fact_free(gpointer data)
{
    XrFact *fact = data;
    g_free(fact->label);
    g_free(fact->value);
    g_free(fact);
}

GPtrArray *xr_facts_new(void)
{
    return g_ptr_array_new_with_free_func(fact_free);
}

void xr_facts_add(GPtrArray *facts, const char *label, const char *format, ...)
{
    XrFact *fact = g_new0(XrFact, 1);
    va_list args;
    va_start(args, format);
    fact->label = g_strdup(label);
    fact->value = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(facts, fact);
}

/* --- what was run --- */

static const char *release_of(JsonObject *build, guint index)
{
    JsonArray *kernels = xr_json_array(build, "kernels");
    JsonObject *kernel = kernels != NULL && index < json_array_get_length(kernels)
                             ? xr_json_element_object(kernels, index)
                             : NULL;
    return kernel == NULL ? NULL : xr_json_string(kernel, "release", NULL);
}

/* dom0's kernel, and the domUs' where they have another. */
static char *kernels_of(JsonObject *build, const XrPlan *plan)
{
    const char *dom0 = xr_json_string(build, "kernel_release", "?");
    const char *guests = release_of(build, 1);
    if (plan->guests.kind != XR_GUEST_LINUX || guests == NULL || g_str_equal(dom0, guests))
        return g_strdup_printf("Linux %s", dom0);
    return g_strdup_printf("Linux %s in dom0, %s in domUs", dom0, guests);
}

static void add_builds(GPtrArray *facts, JsonObject *run, const XrPlan *plan)
{
    JsonArray *builds = xr_json_array(run, "builds");
    for (guint i = 0; builds != NULL && i < json_array_get_length(builds); i++) {
        JsonObject *build = xr_json_element_object(builds, i);
        g_autofree char *kernels = kernels_of(build, plan);
        xr_facts_add(facts, i == 0 ? "build" : "", "%s: Xen %s, %s, id %s",
                     xr_json_string(build, "name", "?"), xr_json_string(build, "xen_version", "?"),
                     kernels, xr_json_string(build, "id", "?"));
        const char *toolstack = xr_json_string(build, "toolstack", NULL);
        if (toolstack != NULL && !g_str_equal(toolstack, xr_json_string(build, "name", "")))
            xr_facts_add(facts, "toolstack", "%s", toolstack);
    }
}

static void add_plan(GPtrArray *facts, const XrPlan *plan)
{
    g_autofree char *size = xr_units_format_bytes(plan->workload.block_size);
    xr_facts_add(facts, "plan", "%s: %u domU%s (%s, %s) with %u VBD%s each, %s writes, backing %s",
                 plan->plan.name, plan->guests.count, plan->guests.count == 1 ? "" : "s",
                 xr_plan_kind_name(plan->guests.kind), xr_plan_mode_name(plan->guests.mode),
                 plan->guests.vbds, plan->guests.vbds == 1 ? "" : "s", size,
                 xr_plan_backing_name(plan->workload.backing));
}

GPtrArray *xr_facts_of_setup(const XrReport *report)
{
    const XrPlan *plan = report->plan;
    JsonObject *run = report->run;
    JsonObject *host = xr_json_object(run, "host");
    GPtrArray *facts = xr_facts_new();
    g_autofree char *memory = xr_units_format_bytes(plan->machine.memory);
    add_plan(facts, plan);
    add_builds(facts, run, plan);
    xr_facts_add(facts, "machine", "%u pCPUs, %s; QEMU %s, %s, cpu %s", plan->machine.pcpus, memory,
                 xr_json_string(run, "qemu", "?"), xr_json_string(run, "accel", "?"),
                 xr_json_string(run, "cpu_model", "?"));
    if (host != NULL) {
        g_autofree char *bytes = xr_tell_bytes(xr_json_int(host, "memory_bytes", 0));
        xr_facts_add(facts, "host", "%s, %" G_GINT64_FORMAT " cores, %s, %s",
                     xr_json_string(host, "cpu", "?"), xr_json_int(host, "cores", 0), bytes,
                     xr_json_string(host, "distribution", "?"));
    }
    return facts;
}

/* --- figures --- */

/* "at least 0.1", "at most 10 s", or NULL for a figure without a limit of its own. */
static char *limit_of(const XrPlan *plan, const char *name)
{
    if (g_str_equal(name, "fairness"))
        return g_strdup_printf("at least %.3g", plan->limits.fairness);
    guint64 most_ns = g_str_equal(name, "longest_stall") ? plan->limits.stall
                      : g_str_equal(name, "boot_time")   ? plan->limits.boot
                      : g_str_equal(name, "create_time") ? plan->limits.create
                                                         : 0;
    if (g_str_equal(name, "host_wait"))
        return g_strdup_printf("at most %.3g", plan->limits.host_wait);
    if (g_str_equal(name, "steady_cov"))
        return g_strdup_printf("at most %.3g", plan->limits.steady_cov);
    if (most_ns == 0)
        return NULL;
    g_autofree char *most = xr_units_format_duration(most_ns);
    return g_strdup_printf("at most %s", most);
}

static void add_figure(GPtrArray *facts, const XrPlan *plan, const XrMetric *metric)
{
    g_autofree char *label = g_strdup(metric->name);
    g_strdelimit(label, "_.", ' ');
    g_autofree char *unit = xr_tell_safe(metric->unit, 32);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *value = xr_tell_value(metric->value, unit);
    g_string_append(text, value);
    if (metric->samples != NULL && metric->samples->len > 1) {
        g_autofree char *low = xr_tell_value(metric->low, unit);
        g_autofree char *high = xr_tell_value(metric->high, unit);
        g_string_append_printf(text, " (%s to %s)", low, high);
    }
    g_autofree char *limit = limit_of(plan, metric->name);
    if (limit != NULL)
        g_string_append_printf(text, "; limit %s", limit);
    xr_facts_add(facts, label, "%s", text->str);
}

static void add_leaks(GPtrArray *facts, const XrObservation *obs, const XrPlan *plan)
{
    g_autofree char *limit = xr_units_format_bytes(plan->limits.memory_leak);
    if (obs->free_before >= 0 && obs->free_after >= 0) {
        g_autofree char *before = xr_tell_bytes(obs->free_before);
        g_autofree char *after = xr_tell_bytes(obs->free_after);
        g_autofree char *lost = xr_tell_bytes(MAX(obs->free_before - obs->free_after, 0));
        xr_facts_add(facts, "Xen free memory", "%s before the domUs, %s after; lost %s, limit %s",
                     before, after, lost, limit);
    } else {
        xr_facts_add(facts, "Xen free memory", "leak not checked: not known before and after");
    }
    if (obs->grants_before >= 0 && obs->grants_after >= 0) {
        xr_facts_add(facts, "active grants",
                     "%" G_GINT64_FORMAT " before, %" G_GINT64_FORMAT " after; limit %u",
                     obs->grants_before, obs->grants_after, plan->limits.grant_leak);
    } else {
        xr_facts_add(facts, "active grants", "leak not checked: not known before and after");
    }
}

/* Figures told elsewhere: throughput and locks in their tables, leaks and CPU time in a line of their own. */
static gboolean is_told_apart(const char *name)
{
    static const char *const prefixes[] = {"throughput", "free_",        "grants_", "cpu.",
                                           "lock_",      "grant_pairs.", COVERAGE};
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(name, prefixes[i]))
            return TRUE;
    return xr_tell_counts_has(name);
}

/* dom0 in full; of the domUs, which may be many, the range. */
static void add_cpu(GPtrArray *facts, const XrReport *report)
{
    const GPtrArray *metrics = report->verdict->metrics;
    double low = INFINITY, high = -INFINITY;
    for (guint i = 0; i < metrics->len; i++) {
        const XrMetric *metric = g_ptr_array_index(metrics, i);
        if (g_str_equal(metric->name, "cpu.dom0")) {
            add_figure(facts, report->plan, metric);
        } else if (g_str_has_prefix(metric->name, "cpu.")) {
            low = MIN(low, metric->value);
            high = MAX(high, metric->value);
        }
    }
    if (low <= high)
        xr_facts_add(facts, "cpu of domUs", "%.3g to %.3g CPUs each", low, high);
}

/* Which share of each file's lines ran, all in a line. */
static void add_coverage(GPtrArray *facts, const GPtrArray *metrics)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < metrics->len; i++) {
        const XrMetric *metric = g_ptr_array_index(metrics, i);
        if (!g_str_has_prefix(metric->name, COVERAGE))
            continue;
        g_autofree char *file = g_path_get_basename(metric->name + strlen(COVERAGE));
        g_string_append_printf(text, "%s%s %.1f %%", text->len > 0 ? ", " : "", file,
                               metric->value * 100);
    }
    if (text->len == 0)
        return;
    xr_facts_add(facts, "coverage",
                 "%s of their lines ran in the windows; coverage.info in the record says which",
                 text->str);
}

GPtrArray *xr_facts_of_figures(const XrReport *report)
{
    const GPtrArray *metrics = report->verdict->metrics;
    GPtrArray *facts = xr_facts_new();
    for (guint i = 0; i < metrics->len; i++) {
        const XrMetric *metric = g_ptr_array_index(metrics, i);
        if (!is_told_apart(metric->name))
            add_figure(facts, report->plan, metric);
    }
    add_cpu(facts, report);
    add_coverage(facts, metrics);
    add_leaks(facts, report->obs, report->plan);
    return facts;
}

void xr_facts_of_host(GPtrArray *facts, JsonObject *record)
{
    JsonObject *host = xr_json_object(record, "host");

    xr_facts_add(facts, "xenrig", "%s", xr_json_string(record, "rig", "?"));
    if (host != NULL)
        xr_facts_add(facts, "host", "%s, %" G_GINT64_FORMAT " cores, kernel %s, %s, id %s",
                     xr_json_string(host, "cpu", "?"), xr_json_int(host, "cores", 0),
                     xr_json_string(host, "kernel", "?"), xr_json_string(host, "distribution", "?"),
                     xr_json_string(host, "id", "?"));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: from an observation and a plan's limits to a verdict.
 *
 * The verdict is the worst weight of all findings: those the observation made of single events, and
 * those made here of figures against limits and of what is missing. A failure is worse than an error: what
 * was seen of the hypervisor stays true if the rig or the host gave up afterwards. That they did is told beside
 * the verdict, in incomplete. Of findings of one weight, causes come before symptoms and earlier before later, so
 * that the first one is the one to read. */
#include "judge/judge-priv.h"

enum { REASONS_MAX = 8 };

const char *xr_verdict_name(XrVerdictKind kind)
{
    static const char *const names[] = {[XR_PASS] = "pass",
                                        [XR_SKIP] = "skip",
                                        [XR_UNSURE] = "unsure",
                                        [XR_ERROR_VERDICT] = "error",
                                        [XR_FAIL] = "fail"};

    return (guint)kind < G_N_ELEMENTS(names) ? names[kind] : "error";
}

int xr_verdict_exit_code(XrVerdictKind kind)
{
    static const int codes[] = {
        [XR_PASS] = 0, [XR_SKIP] = 77, [XR_UNSURE] = 2, [XR_ERROR_VERDICT] = 99, [XR_FAIL] = 1};

    return (guint)kind < G_N_ELEMENTS(codes) ? codes[kind] : 99;
}

gboolean xr_verdict_is_complete(const XrVerdict *verdict)
{
    return verdict->incomplete == NULL || verdict->incomplete->len == 0;
}

const XrMetric *xr_verdict_metric(const XrVerdict *verdict, const char *name)
{
    for (guint i = 0; i < verdict->metrics->len; i++) {
        const XrMetric *metric = g_ptr_array_index(verdict->metrics, i);

        if (g_str_equal(metric->name, name))
            return metric;
    }
    return NULL;
}

static void metric_free(gpointer data)
{
    XrMetric *metric = data;

    g_free(metric->name);
    g_free(metric->unit);
    g_array_unref(metric->samples);
    g_free(metric);
}

void xr_verdict_free(XrVerdict *verdict)
{
    if (verdict == NULL)
        return;
    g_free(verdict->reason);
    g_ptr_array_unref(verdict->findings);
    g_ptr_array_unref(verdict->metrics);
    g_ptr_array_unref(verdict->incomplete);
    g_clear_pointer(&verdict->locks, g_ptr_array_unref);
    xr_functions_free(verdict->functions);
    g_free(verdict);
}

/* What other trouble brings with it comes after what may have brought it. */
static gint is_symptom(const XrFinding *finding)
{
    static const char *const symptoms[] = {
        "machine-stopped", "hang",       "drain-timeout", "destroy-timeout", "stall",
        "fairness",        "throughput", "incomplete",    "more-findings",   NULL};

    return g_strv_contains(symptoms, finding->kind);
}

static gint by_weight(gconstpointer a, gconstpointer b)
{
    const XrFinding *x = *(XrFinding *const *)a, *y = *(XrFinding *const *)b;

    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    if (is_symptom(x) != is_symptom(y))
        return is_symptom(x) - is_symptom(y);
    /* -1 is the whole run: last. */
    if (x->when_ns != y->when_ns)
        return (guint64)x->when_ns < (guint64)y->when_ns ? -1 : 1;
    return 0;
}

/* What rig, host and plan were at fault for, before what was not measured (judge/limits.c has put that there).
 * Findings are sorted. */
static void take_errors(XrCase *c)
{
    GPtrArray *reasons = c->verdict->incomplete;
    guint told = 0, all = 0;

    for (guint i = 0; i < c->verdict->findings->len; i++) {
        const XrFinding *finding = g_ptr_array_index(c->verdict->findings, i);

        if ((finding->weight != XR_ERROR_VERDICT && finding->weight != XR_SKIP) ||
            g_str_equal(finding->kind, XR_KIND_INCOMPLETE))
            continue;
        if (all++ < REASONS_MAX)
            g_ptr_array_insert(reasons, (gint)told++, xr_reason_of_finding(c, finding));
    }
    if (all > told)
        g_ptr_array_insert(reasons, (gint)told,
                           g_strdup_printf("%u more findings of weight error", all - told));
}

XrVerdict *xr_judge(const XrObservation *obs, const XrPlan *plan)
{
    XrVerdict *verdict = g_new0(XrVerdict, 1);
    XrCase c = {obs, plan, xr_priv(obs), verdict};

    verdict->findings = g_ptr_array_new_with_free_func((GDestroyNotify)xr_finding_free);
    verdict->metrics = g_ptr_array_new_with_free_func(metric_free);
    verdict->incomplete = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < obs->findings->len; i++)
        g_ptr_array_add(verdict->findings, xr_finding_copy(g_ptr_array_index(obs->findings, i)));
    xr_metrics_add(&c);
    if (plan->machine.time == XR_TIME_REAL)
        xr_progress_judge(&c);
    xr_functions_judge(&c);
    xr_limits_judge(&c);
    /* Stable: findings of one moment keep their order. */
    g_ptr_array_sort(verdict->findings, by_weight);
    for (guint i = 0; i < verdict->findings->len; i++)
        verdict->kind =
            MAX(verdict->kind, ((XrFinding *)g_ptr_array_index(verdict->findings, i))->weight);
    take_errors(&c);
    verdict->reason = xr_reason(&c);
    return verdict;
}

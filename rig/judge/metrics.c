/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the figures of a run.
 *
 * Method: a figure of a window is one sample; the value is the median over windows (the mean of the
 * two middle ones for an even number), low and high the smallest and largest. Limits: windows of one run
 * are neighbours in time and share the boot, so their spread says less than the spread between
 * runs; with fewer than five windows low and high are all there is to know of it. */
#include "judge/judge-priv.h"

#include <math.h>

static gint by_value(gconstpointer a, gconstpointer b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

double xr_median(const GArray *samples)
{
    g_autoptr(GArray) sorted = NULL;
    const guint n = samples->len;

    if (n == 0)
        return NAN;
    sorted = g_array_copy((GArray *)samples);
    g_array_sort(sorted, by_value);
    if (n % 2 == 1)
        return g_array_index(sorted, double, n / 2);
    return (g_array_index(sorted, double, n / 2 - 1) + g_array_index(sorted, double, n / 2)) / 2;
}

void xr_metric_take(XrVerdict *verdict, const char *name, const char *unit, GArray *samples)
{
    XrMetric *metric;

    if (samples->len == 0) {
        g_array_unref(samples);
        return;
    }
    metric = g_new0(XrMetric, 1);
    metric->name = g_strdup(name);
    metric->unit = g_strdup(unit);
    metric->samples = samples;
    metric->value = xr_median(samples);
    metric->low = metric->high = g_array_index(samples, double, 0);
    for (guint i = 1; i < samples->len; i++) {
        metric->low = MIN(metric->low, g_array_index(samples, double, i));
        metric->high = MAX(metric->high, g_array_index(samples, double, i));
    }
    g_ptr_array_add(verdict->metrics, metric);
}

static GArray *new_samples(void)
{
    return g_array_new(FALSE, FALSE, sizeof(double));
}

static void add_single(XrCase *c, const char *name, const char *unit, double value)
{
    GArray *samples = new_samples();

    g_array_append_val(samples, value);
    xr_metric_take(c->verdict, name, unit, samples);
}

/* A figure of two moments, where both are known. */
static void add_span(XrCase *c, const char *name, gint64 begin, gint64 end)
{
    if (begin >= 0 && end >= begin)
        add_single(c, name, "ns", (double)(end - begin));
}

/* --- rates --- */

static double window_rate(const XrCase *c, const XrSeries *s, gboolean requests, const XrWindow *w)
{
    double sum = 0;

    if (s != NULL)
        return xr_series_rate(s, requests ? s->requests : s->bytes, w->begin_ns, w->end_ns);
    for (guint i = 0; i < c->obs->series->len; i++) {
        const double rate = window_rate(c, g_ptr_array_index(c->obs->series, i), requests, w);

        sum += isnan(rate) ? 0 : rate;
    }
    return c->obs->series->len > 0 ? sum : NAN;
}

static void add_rates(XrCase *c, const char *name, const XrSeries *s, gboolean requests)
{
    GArray *samples = new_samples();

    for (guint i = 0; i < c->obs->windows->len; i++) {
        const double rate =
            window_rate(c, s, requests, &g_array_index(c->obs->windows, XrWindow, i));

        if (!isnan(rate))
            g_array_append_val(samples, rate);
    }
    xr_metric_take(c->verdict, name, requests ? "requests/s" : "B/s", samples);
}

static void add_throughput(XrCase *c)
{
    add_rates(c, "throughput", NULL, FALSE);
    for (guint i = 0; i < c->obs->series->len; i++) {
        const XrSeries *s = g_ptr_array_index(c->obs->series, i);
        g_autofree char *name = g_strdup_printf("throughput.%s/vbd%u", s->domain, s->vbd);

        add_rates(c, name, s, FALSE);
    }
    add_rates(c, "requests", NULL, TRUE);
}

/* --- times --- */

static void add_domain_times(XrCase *c)
{
    g_autoptr(GList) guests = g_hash_table_get_values(c->priv->guests);
    GArray *samples = new_samples();
    const XrSpan *create = xr_span_find(c->obs, "create", -1);
    gint64 last_ready = -1;

    for (GList *l = guests; l != NULL; l = l->next) {
        const XrGuest *guest = l->data;
        const double create_ns = guest->seconds * 1e9;

        last_ready = MAX(last_ready, guest->ready_t);
        if (isfinite(create_ns) && create_ns >= 0)
            g_array_append_val(samples, create_ns);
    }
    /* The table has no order, a verdict has one. */
    g_array_sort(samples, by_value);
    xr_metric_take(c->verdict, "domain_create_time", "ns", samples);
    if (c->obs->guests_ready < c->plan->guests.count)
        return;
    if (create != NULL)
        add_span(c, "create_time", create->begin_t, last_ready);
    if (c->priv->started_t >= 0)
        add_span(c, "ready_time", c->priv->started_t, last_ready);
}

static void add_times(XrCase *c)
{
    if (c->priv->started_t >= 0)
        add_span(c, "boot_time", c->priv->started_t, c->priv->agent_t);
    add_domain_times(c);
    if (c->priv->warmup_ns >= 0)
        add_single(c, "warmup_time", "ns", (double)c->priv->warmup_ns);
    if (c->priv->steady >= 0)
        add_single(c, "steady", "count", c->priv->steady);
    if (isfinite(c->priv->steady_cov))
        add_single(c, "steady_cov", "ratio", c->priv->steady_cov);
}

/* --- CPU time --- */

/* CPUs' worth of time that a domain used in a window; NaN: not known. */
static double cpus_used(const XrCpuUse *use)
{
    if (use->begin_ns < 0 || use->end_ns < use->begin_ns || use->end_t <= use->begin_t)
        return NAN;
    return (double)(use->end_ns - use->begin_ns) / (double)(use->end_t - use->begin_t);
}

static void add_cpu_of(XrCase *c, const char *domain)
{
    GArray *samples = new_samples();
    g_autofree char *name =
        g_strconcat("cpu.", g_str_equal(domain, "Domain-0") ? "dom0" : domain, NULL);

    for (guint i = 0; i < c->priv->cpu->len; i++) {
        const XrCpuUse *use = g_ptr_array_index(c->priv->cpu, i);
        const double cpus = cpus_used(use);

        if (g_str_equal(use->domain, domain) && !isnan(cpus))
            g_array_append_val(samples, cpus);
    }
    xr_metric_take(c->verdict, name, "CPUs", samples);
}

/* CPU time of all domUs over that of domUs and dom0, all windows together: xl tells CPU time in tenths
 * of a second, too coarse for a window of some seconds and a domU that uses little. */
static void add_guest_share(XrCase *c)
{
    double domus = 0, dom0 = 0;

    for (guint i = 0; i < c->priv->cpu->len; i++) {
        const XrCpuUse *use = g_ptr_array_index(c->priv->cpu, i);
        const double used = (double)(use->end_ns - use->begin_ns);

        if (isnan(cpus_used(use)))
            continue;
        if (g_str_equal(use->domain, "Domain-0"))
            dom0 += used;
        else
            domus += used;
    }
    if (dom0 > 0)
        add_single(c, "guest_share", "ratio", domus / (domus + dom0));
}

static void add_cpu(XrCase *c)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < c->priv->cpu->len; i++) {
        const XrCpuUse *use = g_ptr_array_index(c->priv->cpu, i);

        if (g_hash_table_add(seen, use->domain))
            add_cpu_of(c, use->domain);
    }
    add_guest_share(c);
}

/* --- what is left --- */

static void add_leaks(XrCase *c)
{
    const XrObservation *obs = c->obs;

    if (obs->free_before >= 0)
        add_single(c, "free_before", "B", (double)obs->free_before);
    if (obs->free_after >= 0)
        add_single(c, "free_after", "B", (double)obs->free_after);
    if (obs->grants_before >= 0)
        add_single(c, "grants_before", "count", (double)obs->grants_before);
    if (obs->grants_after >= 0)
        add_single(c, "grants_after", "count", (double)obs->grants_after);
}

static void add_damage(XrCase *c)
{
    g_autoptr(GList) guests = g_hash_table_get_values(c->priv->guests);
    double mismatches = 0, errors = 0;

    if (guests == NULL)
        return;
    for (GList *l = guests; l != NULL; l = l->next) {
        const XrGuest *guest = l->data;

        mismatches += (double)guest->mismatches;
        errors += (double)guest->errors;
    }
    if (c->plan->workload.verify || c->plan->workload.paranoid)
        add_single(c, "mismatches", "count", mismatches);
    add_single(c, "io_errors", "count", errors);
}

void xr_metrics_add(XrCase *c)
{
    add_throughput(c);
    xr_lockstep_add(c);
    xr_counts_add(c);
    add_times(c);
    xr_figures_add(c);
    xr_host_add(c);
    xr_locks_add(c);
    add_cpu(c);
    add_leaks(c);
    add_damage(c);
}

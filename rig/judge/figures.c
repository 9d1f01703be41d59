/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: latencies and gaps as domUs counted them, and grant operations for what was moved.
 *
 * Method: the histograms of all VBDs, requests by powers of two of nanoseconds, are added up. A
 * quantile lies in the bucket in which its share of all requests is reached; within a bucket
 * requests are taken to be spread evenly, so it is interpolated linearly between the bucket's edges. The
 * maximum is the upper edge of the highest bucket that holds a request: no request took longer.
 * Limits: a quantile may be off by the width of its bucket, a factor of two; the histograms are of
 * the whole stream, warm-up and the counting of grants included; the clock is the domU's, which stands
 * still for nobody, so that time in which the domU itself was not run counts as latency.
 *
 * Grant operations are those of all of dom0 while they were counted, of which the toolstack has a few
 * beside the backends'. The trace that counts them slows everything down; their number for each MiB
 * does not change by it. */
#include "judge/judge-priv.h"

#include <math.h>

static const double MIB = 1024 * 1024;

static void add_single(XrCase *c, const char *name, const char *unit, double value)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));

    if (isfinite(value))
        g_array_append_val(samples, value);
    xr_metric_take(c->verdict, name, unit, samples);
}

double xr_latency_quantile(const double *buckets, guint n, double share)
{
    double all = 0, below = 0;

    for (guint i = 0; i < n; i++)
        all += buckets[i];
    for (guint i = 0; i < n; i++) {
        if (buckets[i] > 0 && below + buckets[i] >= share * all)
            return ldexp(1 + (share * all - below) / buckets[i], (int)i);
        below += buckets[i];
    }
    return NAN;
}

double xr_latency_bound(const double *buckets, guint n)
{
    for (guint i = n; i > 0; i--) {
        if (buckets[i - 1] > 0)
            return ldexp(1, (int)i);
    }
    return NAN;
}

static void add_latencies(XrCase *c)
{
    double buckets[XR_LATENCY_BUCKETS];
    gint64 gap = -1;

    for (guint i = 0; i < c->priv->figures->len; i++) {
        const XrFigures *figures = g_ptr_array_index(c->priv->figures, i);

        gap = MAX(gap, figures->gap_ns);
    }
    xr_observation_latency(c->obs, buckets);
    add_single(c, "latency_p50", "ns", xr_latency_quantile(buckets, XR_LATENCY_BUCKETS, 0.5));
    add_single(c, "latency_p99", "ns", xr_latency_quantile(buckets, XR_LATENCY_BUCKETS, 0.99));
    add_single(c, "latency_max", "ns", xr_latency_bound(buckets, XR_LATENCY_BUCKETS));
    add_single(c, "longest_gap", "ns", gap >= 0 ? (double)gap : NAN);
}

static void add_grants(XrCase *c)
{
    const XrGrantOps *ops = &c->priv->grant_ops;

    if (ops->bytes <= 0)
        return;
    add_single(c, "grant_maps", "per MiB", (double)ops->maps * MIB / (double)ops->bytes);
    add_single(c, "grant_unmaps", "per MiB", (double)ops->unmaps * MIB / (double)ops->bytes);
}

static void add_coverage(XrCase *c)
{
    for (guint i = 0; i < c->priv->coverage->len; i++) {
        const XrCovered *covered = g_ptr_array_index(c->priv->coverage, i);
        g_autofree char *name = g_strdup_printf("coverage.%s", covered->file);

        if (covered->lines > 0)
            add_single(c, name, "ratio", (double)covered->hit / (double)covered->lines);
    }
}

void xr_figures_add(XrCase *c)
{
    add_latencies(c);
    add_grants(c);
    add_coverage(c);
}

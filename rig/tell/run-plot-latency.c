/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: requests by the time until their reply, as a script for gnuplot. */
#include "tell/format.h"
#include "tell/plot-axis.h"
#include "tell/plot.h"
#include "tell/run-plot.h"
#include <math.h>

enum { EDGE_PIXELS = 75 };

/* A dashed line at the figure, and its words for the key. */
static void add_quantile(GString *script, GString *words, const XrMetric *figure, const char *name)
{
    g_autofree char *value = NULL;

    if (figure == NULL || !(figure->value >= 1))
        return;
    value = xr_tell_value(figure->value, "ns");
    g_string_append_printf(
        script,
        "set arrow from %.3f,graph 0 to %.3f,graph 1 nohead front dt 2 lw 1.5 lc "
        "rgb '" XR_PLOT_ORANGE "'\n",
        log2(figure->value), log2(figure->value));
    g_string_append_printf(words, "%s%s within %s", words->len > 0 ? ", " : "", name, value);
}

/* Edges of buckets as marks of the axis: 2^i ns. */
static void add_edges(GString *script, guint first, guint last, guint width)
{
    const guint room = MAX(1, (width - XR_PLOT_LEFT - XR_PLOT_RIGHT) / EDGE_PIXELS);
    const guint every = 1 + (last - first) / room;

    g_string_append(script, "set xtics (");
    for (guint i = first; i <= last; i += every) {
        g_autofree char *edge = xr_tell_value(ldexp(1, (int)i), "ns");

        g_string_append(script, i > first ? ", " : "");
        xr_plot_label(script, edge);
        g_string_append_printf(script, " %u", i);
    }
    g_string_append(script, ")\n");
}

/* Share of all requests in each bucket, in %. */
static void add_shares(GString *script, const double *requests, guint first, guint last)
{
    double sum = 0;

    for (guint i = first; i <= last; i++)
        sum += requests[i];
    g_string_append(script, "$latency << END\n");
    for (guint i = first; i <= last; i++) {
        g_string_append_printf(script, "%u.5", i);
        xr_plot_number(script, 100 * requests[i] / sum);
        g_string_append_c(script, '\n');
    }
    g_string_append(script, "END\n");
}

char *xr_run_plot_latency(const XrReport *report, const XrTimeline *timeline, guint width)
{
    double requests[XR_LATENCY_BUCKETS];
    guint first = 0, last = XR_LATENCY_BUCKETS - 1;
    g_autoptr(GString) words = g_string_new(NULL);
    GString *script;

    if (!xr_observation_latency(report->obs, requests))
        return NULL;
    while (requests[first] <= 0)
        first++;
    while (requests[last] <= 0)
        last--;
    script = xr_plot_new("latency", width, 250);
    g_string_append_printf(script, "set xrange [%u:%u]\nset yrange [0:*]\n", first, last + 1);
    add_edges(script, first, last + 1, width);
    g_string_append(script, "set xlabel 'time until the reply'\nset ylabel '% of requests'\n"
                            "set key above left Left reverse samplen 2\nset boxwidth 0.92\n");
    add_quantile(script, words, xr_verdict_metric(report->verdict, "latency_p50"), "half");
    add_quantile(script, words, xr_verdict_metric(report->verdict, "latency_p99"), "99 %");
    add_shares(script, requests, first, last);
    g_string_append(script,
                    "plot $latency using 1:2 with boxes fs solid 0.6 noborder lc rgb '" XR_PLOT_BLUE
                    "' notitle, NaN with lines dt 2 lw 1.5 lc rgb '" XR_PLOT_ORANGE "' title ");
    xr_plot_label(script, words->str);
    g_string_append_c(script, '\n');
    return g_string_free(script, FALSE);
}

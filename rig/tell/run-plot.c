/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a run's rates over time, as scripts for gnuplot.
 *
 * Method: time is cut into equal pieces of the rig's clock, at most PIECES and none shorter than dom0's samples are apart;
 * the rate of a piece is what was moved between its ends over what passed on dom0's clock, as in all figures. */
#include "tell/run-plot.h"

#include "tell/plot-axis.h"
#include "tell/plot.h"
#include <math.h>

enum {
    PIECES = 300,
    ROW_PIXELS = 14,
    HEAT_MIN = 220,
    HEAT_MAX = 760,
    WINDOW_LABELS = 12,
    LINES = 20
};
static const double sample_s = 0.5; /* between two of dom0's samples */
/* Share of the rates above zero that have a colour of their own; those above have the lightest. */
static const double own_colors = 0.98;

typedef struct {
    const XrReport *report;
    const XrTimeline *timeline;
    guint n;
    double step; /* s */
} Pieces;

static Pieces pieces_of(const XrReport *report, const XrTimeline *timeline)
{
    const double end = (double)timeline->end_ns / 1e9;
    Pieces p = {.report = report, .timeline = timeline};

    p.step = MAX(end / PIECES, sample_s);
    p.n = (guint)MIN(ceil(end / p.step), PIECES);
    return p;
}

/* MB/s in piece i of one VBD, or of all (NULL); NaN where nothing is known. */
static double rate_in(const Pieces *p, const XrSeries *series, guint i)
{
    const gint64 begin = xr_timeline_guest(p->timeline, (gint64)(p->step * i * 1e9));
    const gint64 end = xr_timeline_guest(p->timeline, (gint64)(p->step * (i + 1) * 1e9));

    return begin < 0 ? NAN : xr_observation_rate(p->report->obs, series, begin, end) / 1e6;
}

/* Whether there is a piece in which the sum is known. */
static gboolean has_rates(const Pieces *p)
{
    for (guint i = 0; i < p->n; i++) {
        if (isfinite(rate_in(p, NULL, i)))
            return TRUE;
    }
    return FALSE;
}

/* --- the sum --- */

static guint measured_stages(const XrTimeline *timeline)
{
    guint n = 0;

    for (guint i = 0; i < timeline->stages->len; i++)
        n += ((const XrStage *)timeline->stages->pdata[i])->measured;
    return n;
}

static void add_windows(GString *script, const XrTimeline *timeline)
{
    const gboolean labels = measured_stages(timeline) <= WINDOW_LABELS;

    for (guint i = 0; i < timeline->stages->len; i++) {
        const XrStage *stage = timeline->stages->pdata[i];
        const double begin = (double)stage->begin_ns / 1e9, end = (double)stage->end_ns / 1e9;

        if (!stage->measured)
            continue;
        g_string_append_printf(
            script,
            "set object rect from %.3f,graph 0 to %.3f,graph 1 behind fc rgb '" XR_PLOT_BLUE
            "' fs solid 0.15 noborder\n",
            begin, end);
        if (!labels)
            continue;
        g_string_append(script, "set label ");
        xr_plot_label(script, stage->name + (g_str_has_prefix(stage->name, "window ") ? 7 : 0));
        g_string_append_printf(script, " at %.3f,graph 0.94 center\n", (begin + end) / 2);
    }
}

/* Where a fault was ordered, and where findings that weigh were made. */
static void add_moments(GString *script, const XrReport *report, const XrTimeline *timeline)
{
    const GPtrArray *findings = report->verdict->findings;
    guint lines = 0;

    for (guint i = 0; i < timeline->marks->len && lines < LINES; i++) {
        const XrMark *mark = timeline->marks->pdata[i];

        if (mark->kind != XR_MARK_FAULT)
            continue;
        xr_plot_moment(script, mark->t_ns, XR_PLOT_PURPLE);
        lines++;
    }
    for (guint i = 0; i < findings->len && lines < LINES; i++) {
        const XrFinding *finding = findings->pdata[i];

        if (finding->weight == XR_PASS || finding->when_ns < 0)
            continue;
        xr_plot_moment(script, finding->when_ns, XR_PLOT_ORANGE);
        lines++;
    }
}

/* A level line across each window at the figure measured in it. FALSE if there are none. */
static gboolean add_levels(GString *script, const XrReport *report, const XrTimeline *timeline)
{
    const XrMetric *sum = xr_verdict_metric(report->verdict, "throughput");
    guint window = 0;

    g_string_append(script, "$levels << END\n");
    for (guint i = 0; sum != NULL && i < timeline->stages->len; i++) {
        const XrStage *stage = timeline->stages->pdata[i];

        if (!stage->measured || window >= sum->samples->len)
            continue;
        const double level = g_array_index(sum->samples, double, window++) / 1e6;
        g_string_append_printf(script, "%.3f", (double)stage->begin_ns / 1e9);
        xr_plot_number(script, level);
        g_string_append_printf(script, "\n%.3f", (double)stage->end_ns / 1e9);
        xr_plot_number(script, level);
        g_string_append(script, "\n\n");
    }
    g_string_append(script, "END\n");
    return window > 0;
}

char *xr_run_plot_sum(const XrReport *report, const XrTimeline *timeline, guint width)
{
    const Pieces p = pieces_of(report, timeline);
    GString *script;

    if (!has_rates(&p))
        return NULL;
    script = xr_plot_over_time("sum", width, 280, timeline->end_ns);
    g_string_append(script, "set ylabel 'MB/s, all VBDs'\nset yrange [0:*]\nset key above left "
                            "horizontal Left reverse samplen 2\n");
    add_windows(script, timeline);
    add_moments(script, report, timeline);
    g_string_append(script, "$sum << END\n");
    for (guint i = 0; i < p.n; i++) {
        g_string_append_printf(script, "%.3f", p.step * (i + 0.5));
        xr_plot_number(script, rate_in(&p, NULL, i));
        g_string_append_c(script, '\n');
    }
    g_string_append(script, "END\n");
    const gboolean levels = add_levels(script, report, timeline);
    g_string_append(script, "plot $sum using 1:2 with lines lw 2 lc rgb '" XR_PLOT_BLUE
                            "' title 'sum of all VBDs'");
    if (levels)
        g_string_append(script, ", $levels using 1:2 with lines lw 3 lc rgb '" XR_PLOT_ORANGE
                                "' title 'measured in the window'");
    g_string_append_c(script, '\n');
    return g_string_free(script, FALSE);
}

/* --- each VBD --- */

static void add_names(GString *script, const GPtrArray *series, guint rows_a_label)
{
    g_string_append(script, "set ytics (");
    for (guint i = 0; i < series->len; i += rows_a_label) {
        const XrSeries *s = series->pdata[i];
        g_autofree char *name = g_strdup_printf("%s/vbd%u", s->domain, s->vbd);

        g_string_append(script, i > 0 ? ", " : "");
        xr_plot_label(script, name);
        g_string_append_printf(script, " %u", i);
    }
    g_string_append(script, ") scale 0\n");
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* What few rates exceed: a short burst of one VBD would leave all the others dark. */
static double brightest(GArray *moving)
{
    if (moving->len == 0)
        return 1;
    g_array_sort(moving, by_number);
    return g_array_index(moving, double, (guint)(own_colors * (moving->len - 1)));
}

/* The rates, a VBD a line, and up to where their colours go. */
static void add_matrix(GString *script, const Pieces *p)
{
    const GPtrArray *series = p->report->obs->series;
    g_autoptr(GArray) moving = g_array_new(FALSE, FALSE, sizeof(double));

    g_string_append(script, "$vbds << END\n");
    for (guint row = 0; row < series->len; row++) {
        for (guint i = 0; i < p->n; i++) {
            const double rate = rate_in(p, series->pdata[row], i);

            xr_plot_number(script, rate);
            if (rate > 0)
                g_array_append_val(moving, rate);
        }
        g_string_append_c(script, '\n');
    }
    g_string_append_printf(script, "END\nset cbrange [0:%.4g]\n", brightest(moving));
}

/* From dark to light evenly, for eyes that see no red or green as well; what is not known lets the grey through. */
static void add_colors(GString *script, guint width)
{
    const double box = 1 - (XR_PLOT_RIGHT - 10.0) / width;

    g_string_append_printf(script,
                           "set colorbox user origin screen %.4f,0.25 size screen %.4f,0.55\n"
                           "set label 'MB/s' at screen %.4f,0.88\n",
                           box, 16.0 / width, box);
    g_string_append(script,
                    "set palette maxcolors 24 defined (0 '#00306e', 1 '#31446b', 2 '#666970', 3 "
                    "'#958f78', 4 '#cbba69', 5 '#ffe945')\n"
                    "set object rect from graph 0,0 to graph 1,1 behind fc rgb '#808080' fs "
                    "solid 0.25 noborder\n");
}

char *xr_run_plot_vbds(const XrReport *report, const XrTimeline *timeline, guint width)
{
    const Pieces p = pieces_of(report, timeline);
    const GPtrArray *series = report->obs->series;
    const guint height = CLAMP(series->len * ROW_PIXELS + 70, HEAT_MIN, HEAT_MAX);
    GString *script;

    if (!has_rates(&p))
        return NULL;
    script = xr_plot_over_time("vbds", width, height, timeline->end_ns);
    g_string_append_printf(script, "set yrange [%u.5:-0.5]\nunset grid\n", series->len - 1);
    add_names(script, series, MAX(1, series->len * ROW_PIXELS / (height - 60)));
    add_colors(script, width);
    add_matrix(script, &p);
    g_string_append_printf(
        script, "plot $vbds matrix using (%.6f*($1+0.5)):2:3 with image notitle\n", p.step);
    return g_string_free(script, FALSE);
}

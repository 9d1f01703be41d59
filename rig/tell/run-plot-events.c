/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the events of a run in lanes over time, as a script for gnuplot. */
#include "tell/format.h"
#include "tell/plot-axis.h"
#include "tell/plot.h"
#include "tell/run-plot.h"

#include <string.h>

enum { LANE_PIXELS = 24, CHARACTER_PIXELS = 7, NOTES = XR_MARKS, FINDINGS, LANES };

/* How the points of a lane look: colour and shape, so that either will do. */
static const struct {
    const char *color;
    guint shape;
} looks[LANES] = {
    [XR_MARK_CREATED] = {XR_PLOT_BLUE, 9}, [XR_MARK_RELEASED] = {XR_PLOT_BLUE, 13},
    [XR_MARK_READY] = {XR_PLOT_BLUE, 11},  [XR_MARK_STREAMING] = {XR_PLOT_GREEN, 9},
    [XR_MARK_ENDED] = {XR_PLOT_GREY, 5},   [XR_MARK_FAULT] = {XR_PLOT_PURPLE, 2},
    [XR_MARK_RIG] = {XR_PLOT_GREY, 7},     [NOTES] = {XR_PLOT_GREY, 15},
    [FINDINGS] = {XR_PLOT_ORANGE, 13},
};

static const char *lane_name(guint lane)
{
    return lane == NOTES ? "note" : lane == FINDINGS ? "finding" : xr_timeline_name(lane);
}

/* Times of each lane, GArray of double. */
static void collect(const XrReport *report, const XrTimeline *timeline, GArray *lanes[LANES])
{
    for (guint i = 0; i < timeline->marks->len; i++) {
        const XrMark *mark = timeline->marks->pdata[i];
        const double t = (double)mark->t_ns / 1e9;

        g_array_append_val(lanes[mark->kind], t);
    }
    for (guint i = 0; i < report->verdict->findings->len; i++) {
        const XrFinding *finding = report->verdict->findings->pdata[i];
        const double t = (double)finding->when_ns / 1e9;

        if (finding->when_ns >= 0)
            g_array_append_val(lanes[finding->weight == XR_PASS ? NOTES : FINDINGS], t);
    }
}

/* A bar a stage in the lane on top, with its name where there is room. */
static void add_stages(GString *script, const XrTimeline *timeline, guint top, guint width)
{
    const double pixels_a_s =
        (width - XR_PLOT_LEFT - XR_PLOT_RIGHT) / ((double)timeline->end_ns / 1e9);

    for (guint i = 0; i < timeline->stages->len; i++) {
        const XrStage *stage = timeline->stages->pdata[i];
        const double begin = (double)stage->begin_ns / 1e9, end = (double)stage->end_ns / 1e9;
        const char *name = stage->name;

        g_string_append_printf(script,
                               "set object rect from %.3f,%u.12 to %.3f,%u.88 fc rgb '%s' fs "
                               "solid %s noborder\n",
                               begin, top, end, top, stage->measured ? XR_PLOT_BLUE : XR_PLOT_GREY,
                               i % 2 == 0 ? "0.45" : "0.3");
        name += stage->measured && g_str_has_prefix(name, "window ") ? strlen("window ") : 0;
        if ((end - begin) * pixels_a_s < (double)(strlen(name) * CHARACTER_PIXELS))
            continue;
        g_string_append(script, "set label ");
        xr_plot_label(script, name);
        g_string_append_printf(script, " at %.3f,%u.5 center front\n", (begin + end) / 2, top);
    }
}

static void add_lane(GString *script, guint lane, const GArray *times, guint row)
{
    g_string_append_printf(script, "$lane%u << END\n", lane);
    for (guint i = 0; i < times->len; i++)
        g_string_append_printf(script, "%.3f %u.5\n", g_array_index(times, double, i), row);
    g_string_append(script, "END\n");
}

/* Names of lanes, their points' data and the plot; from the bottom, what weighs most. */
static void add_lanes(GString *script, GArray *lanes[LANES])
{
    g_autoptr(GString) plot = g_string_new("plot NaN notitle");
    guint row = 0;

    for (guint i = LANES; i > 0; i--) {
        const guint lane = i - 1;

        if (lanes[lane]->len == 0)
            continue;
        add_lane(script, lane, lanes[lane], row);
        g_string_append(script, "set ytics add (");
        xr_plot_label(script, lane_name(lane));
        g_string_append_printf(script, " %u.5)\n", row);
        g_string_append_printf(
            plot, ", $lane%u using 1:2 with points pt %u ps 0.8 lw 2 lc rgb '%s' notitle", lane,
            looks[lane].shape, looks[lane].color);
        row++;
    }
    g_string_append_printf(script, "%s\n", plot->str);
}

char *xr_run_plot_events(const XrReport *report, const XrTimeline *timeline, guint width)
{
    GArray *lanes[LANES];
    GString *script = NULL;
    guint used = 0;

    for (guint i = 0; i < LANES; i++)
        lanes[i] = g_array_new(FALSE, FALSE, sizeof(double));
    collect(report, timeline, lanes);
    for (guint i = 0; i < LANES; i++)
        used += lanes[i]->len > 0;
    if (timeline->end_ns > 0 && (used > 0 || timeline->stages->len > 0)) {
        script =
            xr_plot_over_time("events", width, 70 + (used + 1) * LANE_PIXELS, timeline->end_ns);
        g_string_append_printf(
            script, "set border 1\nset yrange [0:%u]\nset ytics ('stage' %u.5) scale 0\n", used + 1,
            used);
        add_stages(script, timeline, used, width);
        add_lanes(script, lanes);
    }
    for (guint i = 0; i < LANES; i++)
        g_array_unref(lanes[i]);
    return script != NULL ? g_string_free(script, FALSE) : NULL;
}

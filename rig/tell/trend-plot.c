/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a trend as a script for gnuplot. */
#include "tell/trend-plot.h"

#include "tell/plot-axis.h"
#include "tell/plot.h"

#include <math.h>
#include <string.h>

/* Of more runs single marks are too many to see. */
enum { MARKS_MAX = 60, DATE_PIXELS = 120, RUN_PIXELS = 600, DATE_DIGITS = 10 };

/* Of a value, what the digits of a script tell apart (xr_plot_number): an axis needs two ends. */
static const double TOLD = 1e-5;

typedef struct {
    const XrTrend *trend;
    GString *script;
    guint n;
    double scale;
    guint width;
} Plot;

static const XrHistoryPoint *point_at(const Plot *plot, guint index)
{
    return plot->trend->series->points->pdata[index];
}

static char *date_of(const XrHistoryPoint *point)
{
    g_autofree char *time = xr_tell_time(point->started_us);

    return g_strndup(time, DATE_DIGITS);
}

/* --- axes --- */

static void add_dates(const Plot *plot)
{
    const guint room = (plot->width - XR_PLOT_LEFT - XR_PLOT_RIGHT) / DATE_PIXELS + 1;
    const guint most = CLAMP(room, 1, plot->n);

    g_string_append(plot->script, "set xtics (");
    for (guint i = 0; i < most; i++) {
        const guint index = most > 1 ? (guint)lround((double)i * (plot->n - 1) / (most - 1)) : 0;
        g_autofree char *date = date_of(point_at(plot, index));

        g_string_append(plot->script, i > 0 ? ", " : "");
        xr_plot_label(plot->script, date);
        g_string_append_printf(plot->script, " %u", index + 1);
    }
    g_string_append_printf(plot->script,
                           ")\nset xrange [0.5:%u.5]\nset xlabel 'runs in their order'\n", plot->n);
}

/* Over figures and fence, with room for words above. */
static void add_range(const Plot *plot)
{
    const XrFence *fence = &plot->trend->fence;
    double low = INFINITY, high = -INFINITY, room;

    for (guint i = 0; i < plot->n; i++) {
        low = fmin(low, point_at(plot, i)->value);
        high = fmax(high, point_at(plot, i)->value);
    }
    low = fmin(low, fence->low);
    high = fmax(high, fence->high);
    room = high - low > fabs(high) * TOLD ? (high - low) / 8 : fmax(fabs(high) / 20, 1e-9);
    g_string_append(plot->script, "set yrange [");
    xr_plot_number(plot->script, (low - room) * plot->scale);
    g_string_append(plot->script, ":");
    xr_plot_number(plot->script, (high + 2 * room) * plot->scale);
    g_string_append(plot->script, "]\nset ylabel ");
    xr_plot_label(plot->script, xr_plot_unit(plot->trend->series->unit));
    g_string_append_c(plot->script, '\n');
}

/* --- what was found --- */

static guint since_of(const Plot *plot)
{
    const GArray *changes = plot->trend->changes;

    return changes->len > 0 ? g_array_index(changes, XrChangePoint, changes->len - 1).index : 0;
}

static void add_fence(const Plot *plot)
{
    const XrFence *fence = &plot->trend->fence;
    const guint since = since_of(plot);

    if (fence->state != XR_FENCE_KNOWN)
        return;
    g_string_append_printf(plot->script, "set object rect from %u.5,", since);
    xr_plot_number(plot->script, fence->low * plot->scale);
    g_string_append_printf(plot->script, " to %u.5,", plot->n);
    xr_plot_number(plot->script, fence->high * plot->scale);
    g_string_append(plot->script,
                    " behind fc rgb '" XR_PLOT_BLUE "' fs transparent solid 0.16 noborder\n");
}

/* The words stand on the side that has more room. */
static void add_change(const Plot *plot, guint number)
{
    const XrChangePoint *change = &g_array_index(plot->trend->changes, XrChangePoint, number);
    const guint place = change->index;
    const XrHistoryPoint *point = point_at(plot, change->index);
    g_autofree char *date = date_of(point);
    g_autofree char *words =
        plot->width >= RUN_PIXELS ? g_strdup_printf("%s, %s", date, point->run) : g_strdup(date);
    const gboolean right = place * 2 > plot->n;

    g_string_append_printf(plot->script,
                           "set arrow from %u.5,graph 0 to %u.5,graph 1 nohead dt 2 lw 1.5 lc rgb "
                           "'" XR_PLOT_ORANGE "'\nset label ",
                           place, place);
    xr_plot_label(plot->script, words);
    g_string_append_printf(plot->script, " at %u.5,graph %.2f %s offset character %d,0\n", place,
                           0.95 - 0.08 * (number % 3), right ? "right" : "left", right ? -1 : 1);
}

static void add_level(GString *levels, const Plot *plot, guint from, guint to, double value)
{
    if (!isfinite(value))
        return;
    g_string_append_printf(levels, "%u.5", from);
    xr_plot_number(levels, value * plot->scale);
    g_string_append_printf(levels, "\n%u.5", to);
    xr_plot_number(levels, value * plot->scale);
    g_string_append(levels, "\n\n");
}

/* Medians from change to change. */
static void add_levels(const Plot *plot)
{
    const GArray *changes = plot->trend->changes;
    g_autoptr(GString) levels = g_string_new("$levels << END\n");
    guint from = 0;

    for (guint i = 0; i < changes->len; i++) {
        const XrChangePoint *change = &g_array_index(changes, XrChangePoint, i);

        add_level(levels, plot, from, change->index, change->before);
        from = change->index;
    }
    if (changes->len > 0)
        add_level(levels, plot, from, plot->n,
                  g_array_index(changes, XrChangePoint, changes->len - 1).after);
    else
        add_level(levels, plot, from, plot->n, plot->trend->fence.centre);
    g_string_append_printf(plot->script, "%s0 NaN\nEND\n", levels->str);
}

static gboolean is_odd(const Plot *plot, guint index)
{
    return xr_trend_is_beyond(plot->trend, index) ||
           g_str_equal(point_at(plot, index)->verdict, "fail");
}

static void add_data(const Plot *plot)
{
    g_autoptr(GString) odd = g_string_new("$odd << END\n");

    g_string_append(plot->script, "$runs << END\n");
    for (guint i = 0; i < plot->n; i++) {
        GString *const both[] = {plot->script, odd};

        for (guint b = 0; b < (is_odd(plot, i) ? 2u : 1u); b++) {
            g_string_append_printf(both[b], "%u", i + 1);
            xr_plot_number(both[b], point_at(plot, i)->value * plot->scale);
            g_string_append_c(both[b], '\n');
        }
    }
    g_string_append_printf(plot->script, "END\n%s0 NaN\nEND\n", odd->str);
}

char *xr_trend_plot(const XrTrend *trend, guint width, guint height)
{
    const guint n = trend->series->points->len;
    const Plot plot = {.trend = trend,
                       .script = xr_plot_new("trend", width, height),
                       .n = n,
                       .scale = xr_plot_scale(trend->series->unit),
                       .width = width};

    add_dates(&plot);
    add_range(&plot);
    add_fence(&plot);
    for (guint i = 0; i < trend->changes->len; i++)
        add_change(&plot, i);
    add_levels(&plot);
    add_data(&plot);
    g_string_append_printf(
        plot.script,
        "plot $levels using 1:2 with lines lw 2 lc rgb '" XR_PLOT_GREEN
        "' notitle, $runs using 1:2 with %s lc rgb '" XR_PLOT_BLUE
        "' notitle, $odd using 1:2 with points pt 7 ps 0.9 lc rgb '" XR_PLOT_ORANGE "' notitle\n",
        n <= MARKS_MAX && width >= RUN_PIXELS ? "linespoints lw 1 pt 7 ps 0.5" : "lines lw 1");
    return g_string_free(plot.script, FALSE);
}

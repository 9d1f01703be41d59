/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the curves of a series, drawn for a page: on light and dark, and with no file beside it. */
#include "tell/plot-axis.h"
#include "tell/plot.h"
#include "tell/series.h"

enum { PLOT_PIXELS = 340, KEY_PIXELS = 18 };

static guint vcpus_at(const XrSeriesTable *table, guint v)
{
    return g_array_index(table->shape->vcpus, guint, v);
}

/* FALSE, and nothing is written, where the curve has no point. */
static gboolean add_data(GString *script, const XrSeriesTable *table, gboolean held, guint c)
{
    g_autoptr(GString) lines = g_string_new(NULL);

    for (guint v = 0; v < table->shape->vcpus->len; v++) {
        const XrSeriesCell *cell = &table->cells[held][c][v];
        const gboolean spread = cell->figure.n > 1;

        if (!cell->measured)
            continue;
        g_string_append_printf(lines, "%u", vcpus_at(table, v));
        xr_plot_number(lines, cell->figure.mean);
        xr_plot_number(lines, spread ? cell->figure.low : cell->figure.mean);
        xr_plot_number(lines, spread ? cell->figure.high : cell->figure.mean);
        g_string_append_c(lines, '\n');
    }
    if (lines->len == 0)
        return FALSE;
    g_string_append_printf(script, "$curve%u << END\n%sEND\n", c, lines->str);
    return TRUE;
}

/* What all disks take together, where they are held to a rate. */
static void add_ceiling(GString *plot, const XrPlan *plan)
{
    const double disks = (double)plan->guests.count * plan->guests.vbds;

    g_string_append(plot, ",");
    xr_plot_number(plot, (double)plan->series.disk_rate * disks / 1e9);
    g_string_append(plot, " with lines dt 2 lw 1.5 lc rgb '" XR_PLOT_GREY
                          "' title 'what the disks take'");
}

static void add_axis(GString *script, const XrSeriesTable *table)
{
    const guint last = table->shape->vcpus->len - 1;

    g_string_append(script, "set logscale x 2\nset xtics (");
    for (guint v = 0; v <= last; v++)
        g_string_append_printf(script, "%s%u", v > 0 ? ", " : "", vcpus_at(table, v));
    g_string_append(script, ")\nset xrange [");
    xr_plot_number(script, vcpus_at(table, 0) * 0.85);
    g_string_append(script, ":");
    xr_plot_number(script, vcpus_at(table, last) * 1.18);
    g_string_append(script, "]\nset yrange [0:*]\nset offsets 0, 0, graph 0.06, 0\n"
                            "set xlabel 'vCPUs of dom0'\nset ylabel 'bytes a tick'\n"
                            "set key above left vertical maxcols 1 Left reverse samplen 1\n");
}

char *xr_series_page_plot(const XrSeriesTable *table, gboolean held, guint width)
{
    const guint curves = table->shape->curves->len;
    GString *script = xr_plot_new(held ? "held" : "curves", width,
                                  PLOT_PIXELS + (curves + (guint)held) * KEY_PIXELS);
    g_autoptr(GString) plot = g_string_new(NULL);

    add_axis(script, table);
    for (guint c = 0; c < curves; c++) {
        if (!add_data(script, table, held, c))
            continue;
        g_string_append_printf(plot, "%s$curve%u using 1:2:3:4 with yerrorlines lw 1.5 ps 0.8",
                               plot->len > 0 ? ", " : "plot ", c);
        xr_plot_look(plot, c);
        g_string_append(plot, " title ");
        xr_plot_label(plot, ((XrSeriesCurve *)table->shape->curves->pdata[c])->label);
    }
    if (plot->len == 0) {
        g_string_free(script, TRUE);
        return NULL;
    }
    if (held)
        add_ceiling(plot, table->plan);
    g_string_append_printf(script, "%s\n", plot->str);
    return g_string_free(script, FALSE);
}

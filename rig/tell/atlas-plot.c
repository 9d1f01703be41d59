/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: figures of an atlas over its releases, drawn for a page. */
#include "tell/atlas.h"
#include "tell/plot-axis.h"
#include "tell/plot.h"
#include <math.h>

enum { PLOT_PIXELS = 320, KEY_PIXELS = 18 };

typedef struct {
    GString *data, *plot;
    guint curves, points; /* points: the most of a curve */
} Curves;

static guint tags_of(const XrAtlasTable *table)
{
    return g_strv_length(table->atlas->shape.tags);
}

static void add_curve(Curves *curves, const XrAtlasTable *table, guint variant,
                      XrAtlasMeasure measure)
{
    const guint tags = tags_of(table), vcpus = xr_atlas_measure_vcpus(measure);
    g_autofree char *label =
        vcpus > 0 ? g_strdup_printf("%s, %u vCPU", table->atlas->shape.variants[variant], vcpus)
                  : g_strdup(table->atlas->shape.variants[variant]);
    g_autoptr(GString) lines = g_string_new(NULL);
    guint points = 0;

    for (guint t = 0; t < tags; t++) {
        const XrAtlasRow *row = table->rows->pdata[variant * tags + t];

        if (!isfinite(row->cells[measure].value))
            continue;
        g_string_append_printf(lines, "%u", t);
        xr_plot_number(lines, row->cells[measure].value);
        g_string_append_c(lines, '\n');
        points++;
    }
    if (points == 0)
        return;
    g_string_append_printf(curves->data, "$curve%u << END\n%sEND\n", curves->curves, lines->str);
    g_string_append_printf(curves->plot, "%s$curve%u using 1:2 with linespoints lw 1.5 ps 0.8",
                           curves->curves > 0 ? ", " : "plot ", curves->curves);
    xr_plot_look(curves->plot, curves->curves);
    g_string_append(curves->plot, " title ");
    xr_plot_label(curves->plot, label);
    curves->curves++;
    curves->points = MAX(curves->points, points);
}

static void add_curves(Curves *curves, const XrAtlasTable *table, gboolean ticks)
{
    const guint variants = g_strv_length(table->atlas->shape.variants);
    const XrAtlasMeasure first = ticks ? XR_ATLAS_LOCKSTEP_1 : XR_ATLAS_COUNT;
    const XrAtlasMeasure last = ticks ? XR_ATLAS_LOCKSTEP_8 : XR_ATLAS_COUNT;

    for (guint variant = 0; variant < variants; variant++)
        for (guint m = first; m <= last; m++)
            add_curve(curves, table, variant, m);
}

static void add_axis(GString *script, const XrAtlasTable *table, gboolean ticks)
{
    const guint tags = tags_of(table);

    g_string_append(script, "set xtics rotate by -35 (");
    for (guint t = 0; t < tags; t++) {
        g_string_append(script, t > 0 ? ", " : "");
        xr_plot_label(script, table->atlas->shape.tags[t]);
        g_string_append_printf(script, " %u", t);
    }
    g_string_append_printf(script,
                           ")\nset xrange [-0.4:%u.4]\nset yrange [0:*]\n"
                           "set offsets 0, 0, graph 0.06, 0\nset ylabel '%s'\nset bmargin 7\n"
                           "set key above left vertical maxcols 1 Left reverse samplen 1\n",
                           tags - 1, ticks ? "bytes a tick" : "instructions a MiB");
}

char *xr_atlas_plot(const XrAtlasTable *table, gboolean ticks, guint width)
{
    g_autoptr(GString) data = g_string_new(NULL);
    g_autoptr(GString) plot = g_string_new(NULL);
    Curves curves = {.data = data, .plot = plot};
    GString *script;

    add_curves(&curves, table, ticks);
    if (curves.points < 2)
        return NULL;
    script = xr_plot_new(ticks ? "ticks" : "instructions", width,
                         PLOT_PIXELS + curves.curves * KEY_PIXELS);
    add_axis(script, table, ticks);
    g_string_append_printf(script, "%s%s\n", data->str, plot->str);
    return g_string_free(script, FALSE);
}

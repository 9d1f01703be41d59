/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a comparison's figures as a script for gnuplot. */
#include "tell/compare-plot.h"

#include "tell/plot-axis.h"
#include "tell/plot.h"

enum { PLOT_PIXELS = 270, KEY_PIXELS = 18 };

static void add_label(GString *script, const XrCompareReport *report)
{
    const char *unit = xr_plot_unit(report->unit);
    g_autofree char *label = unit[0] != '\0' ? g_strdup_printf("%s, %s", report->metric, unit)
                                             : g_strdup(report->metric);

    g_string_append(script, "set ylabel ");
    xr_plot_label(script, label);
    g_string_append_c(script, '\n');
}

static void add_data(GString *script, const XrCompareReport *report, guint build)
{
    const GArray *samples = report->samples[build];

    g_string_append_printf(script, "$build%u << END\n", build);
    for (guint i = 0; i < samples->len; i++) {
        g_string_append_printf(script, "%u", i + 1);
        xr_plot_number(script, g_array_index(samples, double, i) * xr_plot_scale(report->unit));
        g_string_append_c(script, '\n');
    }
    g_string_append(script, "END\n");
}

char *xr_compare_plot(const XrCompareReport *report, guint width)
{
    GString *script;
    g_autoptr(GString) plot = g_string_new(NULL);
    guint most = 0, builds = 0;

    for (; report->builds[builds] != NULL; builds++)
        most = MAX(most, report->samples[builds]->len);
    if (most == 0)
        return NULL;
    script = xr_plot_new("compare", width, PLOT_PIXELS + builds * KEY_PIXELS);
    g_string_append_printf(
        script,
        "set xrange [0.5:%u.5]\nset xtics %u\nset xlabel 'runs of each build, in the "
        "order of rounds'\nset yrange [0:*]\nset offsets 0, 0, graph 0.06, 0\nset key above left "
        "vertical maxcols 1 "
        "Left reverse samplen 1\n",
        most, 1 + most / 20);
    add_label(script, report);
    for (guint b = 0; report->builds[b] != NULL; b++) {
        g_autofree char *title =
            g_strdup_printf("%c: %s", b < 26 ? 'A' + (int)b : '?', report->builds[b]);

        if (report->samples[b]->len == 0)
            continue;
        add_data(script, report, b);
        g_string_append_printf(plot, "%s$build%u using 1:2 with linespoints lw 1 ps 0.9",
                               plot->len > 0 ? ", " : "plot ", b);
        xr_plot_look(plot, b);
        g_string_append(plot, " title ");
        xr_plot_label(plot, title);
    }
    g_string_append_printf(script, "%s\n", plot->str);
    return g_string_free(script, FALSE);
}

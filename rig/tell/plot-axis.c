/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what pictures of reports have in common: colours, frame, and an axis of time that lines up from one to the next. */
#include "tell/plot-axis.h"

#include "tell/plot.h"

void xr_plot_look(GString *script, guint number)
{
    static const char *const colors[] = {XR_PLOT_BLUE, XR_PLOT_ORANGE, XR_PLOT_GREEN,
                                         XR_PLOT_PURPLE, XR_PLOT_GREY};
    static const guint shapes[] = {7, 9, 5, 13, 11, 6, 8, 4};

    g_string_append_printf(script, " pt %u lc rgb '%s'", shapes[number % G_N_ELEMENTS(shapes)],
                           colors[number % G_N_ELEMENTS(colors)]);
}

GString *xr_plot_new(const char *name, guint width, guint height)
{
    g_autofree char *terminal = xr_plot_terminal(name, width, height);
    GString *script = g_string_new(terminal);

    g_string_append_printf(script,
                           "set border 3\nset tics nomirror\nset grid lc rgb '#b0808080' lt 1\n"
                           "set lmargin at screen %.4f\nset rmargin at screen %.4f\n",
                           (double)XR_PLOT_LEFT / width, 1 - (double)XR_PLOT_RIGHT / width);
    return script;
}

GString *xr_plot_over_time(const char *name, guint width, guint height, gint64 end_ns)
{
    GString *script = xr_plot_new(name, width, height);

    g_string_append_printf(script,
                           "set xrange [0:%.3f]\nset xlabel 'seconds since the run began'\n",
                           (double)end_ns / 1e9);
    return script;
}

void xr_plot_moment(GString *script, gint64 t_ns, const char *color)
{
    const double t = (double)t_ns / 1e9;

    g_string_append_printf(script,
                           "set arrow from %.3f,graph 0 to %.3f,graph 1 nohead dt 2 lw 1.5 lc "
                           "rgb '%s'\n",
                           t, t, color);
}

double xr_plot_scale(const char *unit)
{
    return g_str_equal(unit, "B/s") ? 1e-6 : g_str_equal(unit, "ns") ? 1e-9 : 1;
}

const char *xr_plot_unit(const char *unit)
{
    return g_str_equal(unit, "B/s") ? "MB/s" : g_str_equal(unit, "ns") ? "s" : unit;
}

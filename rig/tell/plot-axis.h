/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what pictures of reports have in common: colours, frame, and an axis of time that lines up from one to the next. */
#pragma once

#include <glib.h>

/* Of middling lightness, so that they stand out from a light and from a dark page; told apart without red and green. */
#define XR_PLOT_BLUE   "#2f86d6"
#define XR_PLOT_ORANGE "#d9631e"
#define XR_PLOT_PURPLE "#a56cc1"
#define XR_PLOT_GREEN  "#139a7b"
#define XR_PLOT_GREY   "#8a8f98"

/* " pt SHAPE lc rgb 'COLOUR'" of the data set of that number: told apart by either. */
void xr_plot_look(GString *script, guint number);

/* "B/s" is drawn in millions and "ns" as seconds, as everywhere: what a value is multiplied by, and its unit then (static, or
 * unit itself). */
double xr_plot_scale(const char *unit);
const char *xr_plot_unit(const char *unit);

/* Pixels beside the frame, for labels. */
enum { XR_PLOT_LEFT = 126, XR_PLOT_RIGHT = 78 };

/* A script that has begun: terminal, frame, grid. Free with g_string_free. */
GString *xr_plot_new(const char *name, guint width, guint height);
/* … and seconds since the run began on the lower axis, up to end_ns. */
GString *xr_plot_over_time(const char *name, guint width, guint height, gint64 end_ns);
/* A dashed line across at that time. */
void xr_plot_moment(GString *script, gint64 t_ns, const char *color);

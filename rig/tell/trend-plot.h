/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a trend as a script for gnuplot. */
#pragma once

#include "tell/history.h"

/* For some hundred runs. The figure of each run in their order, what is usual as a band, medians, and change points with date and run; width
 * and height in pixels. Free with g_free. */
char *xr_trend_plot(const XrTrend *trend, guint width, guint height);

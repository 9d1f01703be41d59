/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a comparison's figures as a script for gnuplot (plot.h). */
#pragma once

#include "tell/compare.h"

/* A mark a run, by build, in the order of rounds; NULL where no run gave a figure. width in pixels. Free with g_free. */
char *xr_compare_plot(const XrCompareReport *report, guint width);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures of 20 runs that were really run. */
#pragma once

#include "keep/run-figure.h"

/* Those of tests/golden/figures/NAME.jsonl, in the order in which they were run. */
static inline GArray *recorded(const char *name)
{
    g_autofree char *path =
        g_strconcat(XR_SOURCE_DIR "/tests/golden/figures/", name, ".jsonl", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) figures = xr_run_figures_load(path, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(figures->len, ==, 20);
    return xr_run_figures_values(figures);
}

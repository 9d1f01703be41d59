/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One metric of one night, for the tests of judge/nightly.h. */
#pragma once

#include "judge/nightly.h"

#include <math.h>

static const double alarm_rate = 0.001;

static inline GArray *array_of(const double *values, guint n)
{
    GArray *array = g_array_new(FALSE, FALSE, sizeof(double));

    g_array_append_vals(array, values, n);
    return array;
}

typedef struct {
    const char *unit;
    GArray *base, *values, *history, *base_history; /* base_history NULL: as history */
} Night;

static inline void night_clear(Night *night)
{
    g_clear_pointer(&night->base, g_array_unref);
    g_clear_pointer(&night->values, g_array_unref);
    g_clear_pointer(&night->history, g_array_unref);
    g_clear_pointer(&night->base_history, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Night, night_clear)

static inline XrFence fence_of(const GArray *values)
{
    return xr_fence((const double *)(gconstpointer)values->data, values->len, 0);
}

static inline XrNightInput input_of(const Night *night)
{
    const GArray *base = night->base_history != NULL ? night->base_history : night->history;

    return (XrNightInput){.metric = "throughput",
                          .unit = night->unit != NULL ? night->unit : "B/s",
                          .base = night->base,
                          .values = night->values,
                          .smallest_effect = 0.05,
                          .false_same = 0.05,
                          .base_fence = fence_of(base),
                          .fence = fence_of(night->history)};
}

/* Of figures in this order: n runs of the baseline, n of the build, and the rest are the history. */
static inline Night night_of(const GArray *figures, guint n)
{
    const double *v = (const double *)(gconstpointer)figures->data;

    return (Night){.base = array_of(v, n),
                   .values = array_of(v + n, n),
                   .history = array_of(v + 2 * (gsize)n, figures->len - 2 * n)};
}

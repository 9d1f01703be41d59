/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a trend, and what text and page say of it in the same words. */
#include "tell/history.h"

#include "tell/format.h"

enum { DATE_DIGITS = 10 };

static const XrChangePoint *last_change(const XrTrend *trend)
{
    return trend->changes->len > 0
               ? &g_array_index(trend->changes, XrChangePoint, trend->changes->len - 1)
               : NULL;
}

XrTrend *xr_trend_new(XrHistorySeries *series, const char *this_host)
{
    XrTrend *trend = g_new0(XrTrend, 1);
    g_autoptr(GArray) values = xr_history_series_values(series);
    const double *first = (const double *)(gpointer)values->data;
    const XrChangePoint *last;

    trend->series = series;
    trend->this_host = g_strdup(this_host);
    trend->changes = xr_change_points(first, values->len, XR_CHANGE_SEED);
    last = last_change(trend);
    trend->fence = xr_fence(first, values->len, last != NULL ? last->index : 0);
    return trend;
}

void xr_trend_free(XrTrend *trend)
{
    if (trend == NULL)
        return;
    xr_history_series_free(trend->series);
    g_array_unref(trend->changes);
    g_free(trend->this_host);
    g_free(trend);
}

gboolean xr_trend_is_beyond(const XrTrend *trend, guint index)
{
    const XrHistoryPoint *point = trend->series->points->pdata[index];
    const XrChangePoint *last = last_change(trend);

    return trend->fence.state == XR_FENCE_KNOWN && (last == NULL || index >= last->index) &&
           (point->value < trend->fence.low || point->value > trend->fence.high);
}

const char *xr_trend_word(const XrTrend *trend)
{
    if (trend->series->points->len < XR_CHANGE_FEWEST)
        return "unsure";
    return trend->changes->len > 0 ? "different" : "same";
}

static char *change_words(const XrTrend *trend, const XrChangePoint *change)
{
    const XrHistoryPoint *point = trend->series->points->pdata[change->index];
    g_autofree char *time = xr_tell_time(point->started_us);
    g_autofree char *before = xr_tell_value(change->before, trend->series->unit);
    g_autofree char *after = xr_tell_value(change->after, trend->series->unit);

    if (!(change->before > 0))
        return g_strdup_printf("on %.*s with run %s: from %s to %s", DATE_DIGITS, time, point->run,
                               before, after);
    return g_strdup_printf("on %.*s with run %s: from %s to %s (%+.1f %%)", DATE_DIGITS, time,
                           point->run, before, after, (change->after / change->before - 1) * 100);
}

char *xr_trend_sentence(const XrTrend *trend)
{
    const guint runs = trend->series->points->len;
    const char *newest =
        xr_trend_is_beyond(trend, runs - 1) ? "; the newest run is beyond what is usual" : "";
    const XrChangePoint *last = last_change(trend);
    g_autofree char *words = last != NULL ? change_words(trend, last) : NULL;

    if (runs < XR_CHANGE_FEWEST)
        return g_strdup_printf("%u run%s, and %d are needed to look for changes", runs,
                               runs == 1 ? "" : "s", XR_CHANGE_FEWEST);
    if (last == NULL)
        return g_strdup_printf("no change in %u runs%s", runs, newest);
    if (trend->changes->len == 1)
        return g_strdup_printf("changed %s%s", words, newest);
    return g_strdup_printf("changed %u times in %u runs, last %s%s", trend->changes->len, runs,
                           words, newest);
}

char *xr_trend_starved_words(const XrTrend *trend)
{
    const guint starved = trend->series->starved;

    if (starved == 0)
        return NULL;
    return g_strdup_printf("%u more run%s left out: the host let %s wait for its CPUs in more than "
                           "%.0f %% of the time",
                           starved, starved == 1 ? " is" : "s are", starved == 1 ? "it" : "each",
                           trend->series->most_wait * 100);
}

char *xr_trend_fence_words(const XrTrend *trend)
{
    const XrFence *fence = &trend->fence;
    g_autofree char *low = xr_tell_value(fence->low, trend->series->unit);
    g_autofree char *high = xr_tell_value(fence->high, trend->series->unit);

    if (fence->state == XR_FENCE_TOO_FEW)
        return g_strdup_printf("fence: none; %u run%s of at least %d that are needed",
                               fence->values, fence->values == 1 ? "" : "s", XR_FENCE_FEWEST);
    if (fence->state == XR_FENCE_NOT_POSITIVE)
        return g_strdup("fence: none; figures at or below zero have no relative changes");
    return g_strdup_printf("fence: %s to %s is usual (%.1f %%: third quartile of the changes from "
                           "run to run and three times their interquartile range, of %u runs)",
                           low, high, fence->change * 100, fence->values);
}

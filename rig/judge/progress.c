/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how evenly VBDs went forward.
 *
 * What counts is what was written and read: a domU that reads back what it wrote goes forward, too.
 * Fairness: the slowest VBD's rate over the median VBD's, a sample a window. The median, not the mean:
 * one fast VBD must not make all others look slow.
 * Stall: the longest time over which samples show a VBD's counter unchanged, from the begin of the
 * first window to the end of the last (a stall longer than a window would not be seen within one). It
 * is what was surely seen, up to two sample intervals less than the true time. VBDs of domUs that went
 * away on their own are left out of both: their end is a finding of its own. */
#include "judge/judge-priv.h"

#include <math.h>

static gboolean is_lost(const XrCase *c, const XrSeries *s)
{
    const XrGuest *guest = xr_guest_find(c->obs, s->domain);

    return guest != NULL && guest->lost;
}

static char *vbd_name(const XrSeries *s)
{
    return g_strdup_printf("%s/vbd%u", s->domain, s->vbd);
}

/* --- fairness --- */

static double fairness_of(const XrCase *c, const XrWindow *w, const XrSeries **slowest)
{
    g_autoptr(GArray) rates = g_array_new(FALSE, FALSE, sizeof(double));
    double low = INFINITY, median;

    for (guint i = 0; i < c->obs->series->len; i++) {
        const XrSeries *s = g_ptr_array_index(c->obs->series, i);
        const double rate = xr_series_rate(s, s->moved, w->begin_ns, w->end_ns);

        if (is_lost(c, s) || isnan(rate))
            continue;
        g_array_append_val(rates, rate);
        if (rate < low) {
            low = rate;
            *slowest = s;
        }
    }
    median = xr_median(rates);
    if (isnan(median))
        return NAN;
    return median > 0 ? low / median : 0;
}

static void judge_fairness(XrCase *c)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));
    const XrSeries *slowest = NULL;
    double worst = INFINITY, value;

    for (guint i = 0; i < c->obs->windows->len; i++) {
        const XrSeries *s = NULL;
        const double fairness = fairness_of(c, &g_array_index(c->obs->windows, XrWindow, i), &s);

        if (isnan(fairness))
            continue;
        g_array_append_val(samples, fairness);
        if (fairness < worst) {
            worst = fairness;
            slowest = s;
        }
    }
    value = xr_median(samples);
    xr_metric_take(c->verdict, "fairness", "ratio", samples);
    if (slowest != NULL && value < c->plan->limits.fairness) {
        g_autofree char *where = vbd_name(slowest);
        g_autofree char *meaning =
            g_strdup_printf("The slowest VBD got %.3f of what the median VBD got (median over "
                            "windows); limits.fairness asks for %.3f.",
                            value, c->plan->limits.fairness);

        xr_host_finding(c, "fairness", where, -1, meaning);
    }
}

/* --- stall --- */

typedef struct {
    const XrSeries *series;
    gint64 begin_ns, length_ns; /* guest clock */
} Stall;

static void consider(Stall *worst, const XrSeries *s, gint64 begin_ns, gint64 end_ns)
{
    if (end_ns - begin_ns > worst->length_ns)
        *worst = (Stall){s, begin_ns, end_ns - begin_ns};
}

static Stall longest_stall(const XrSeries *s, gint64 begin_ns, gint64 end_ns)
{
    Stall worst = {s, begin_ns, 0};
    gint64 since = -1, last = -1, moved = -1;

    for (guint i = 0; i < s->time_ns->len; i++) {
        const gint64 time = g_array_index(s->time_ns, gint64, i);
        const gint64 now = g_array_index(s->moved, gint64, i);

        if (time < begin_ns || time > end_ns)
            continue;
        if (now != moved) {
            since = time;
            moved = now;
        }
        last = time;
        consider(&worst, s, since, last);
    }
    return worst;
}

/* From the first window's begin to the last one's end; a window that never ended counts as far as
 * samples came. FALSE if nothing was measured. */
static gboolean measured_span(const XrCase *c, gint64 *begin_ns, gint64 *end_ns)
{
    const GArray *windows = c->obs->windows;

    *begin_ns = *end_ns = -1;
    if (windows->len > 0) {
        *begin_ns = g_array_index(windows, XrWindow, 0).begin_ns;
        *end_ns = g_array_index(windows, XrWindow, windows->len - 1).end_ns;
    }
    if (c->priv->window_open && c->priv->open_begin >= 0) {
        *begin_ns = windows->len > 0 ? *begin_ns : c->priv->open_begin;
        *end_ns = c->obs->guest_ns;
    }
    return *end_ns > *begin_ns;
}

static void tell_stall(XrCase *c, const Stall *worst, guint others)
{
    const gint64 offset = c->priv->sample_t - c->obs->guest_ns;
    g_autofree char *where = vbd_name(worst->series);
    g_autofree char *more =
        others > 0 ? g_strdup_printf(" %u more VBDs did so, too.", others) : g_strdup("");
    g_autofree char *meaning = g_strdup_printf(
        "The VBD completed nothing for %.1f s while it should have streamed; limits.stall allows "
        "%.1f s.%s",
        (double)worst->length_ns / 1e9, (double)c->plan->limits.stall / 1e9, more);

    xr_host_finding(c, "stall", where, MAX(worst->begin_ns + offset, 0), meaning);
}

static void judge_stall(XrCase *c)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));
    Stall worst = {NULL, 0, -1};
    gint64 begin_ns, end_ns;
    guint over = 0;
    double value;

    for (guint i = 0; measured_span(c, &begin_ns, &end_ns) && i < c->obs->series->len; i++) {
        const XrSeries *s = g_ptr_array_index(c->obs->series, i);
        Stall stall = longest_stall(s, begin_ns, end_ns);

        if (is_lost(c, s))
            continue;
        over += (guint64)stall.length_ns > c->plan->limits.stall;
        if (stall.length_ns > worst.length_ns)
            worst = stall;
    }
    value = (double)worst.length_ns;
    if (worst.series != NULL)
        g_array_append_val(samples, value);
    xr_metric_take(c->verdict, "longest_stall", "ns", samples);
    if (over > 0)
        tell_stall(c, &worst, over - 1);
}

void xr_progress_judge(XrCase *c)
{
    judge_fairness(c);
    judge_stall(c);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how evenly VBDs went forward.
 *
 * What counts is what was written and read: a domU that reads back what it wrote goes forward, too.
 * Fairness: the slowest VBD's rate over the median VBD's, a sample a window. The median, not the mean:
 * one fast VBD must not make all others look slow.
 * Stall: the longest time over which samples show a VBD's counter unchanged, from the begin of the
 * first window to the end of the last (a stall longer than a window would not be seen within one). It
 * is what was surely seen, up to two sample intervals less than the true time. VBDs of domUs that went
 * away on their own are left out of both: their end is a finding of its own.
 * A busy host excuses both (host.c), for it slows all VBDs alike; but not a VBD that got nothing at all while a quarter of the
 * others moved LAPS times what a VBD has in flight. Requests complete in lumps of at most that size, so it has missed as many turns as
 * that in a row, which no host deals out to one VBD alone; a quarter, not half, as more than half of them may stand for one cause.
 * Limits: a host so busy that the others move less in the time is an excuse still.
 * Where a console has told that a grant table is full, that is named as what may be the cause. */
#include "judge/judge-priv.h"

#include <math.h>

enum { LAPS = 16, QUARTER = 4 };

static gboolean is_lost(const XrCase *c, const XrSeries *s)
{
    const XrGuest *guest = xr_guest_find(c->obs, s->domain);

    return guest != NULL && guest->lost;
}

static char *vbd_name(const XrSeries *s)
{
    return g_strdup_printf("%s/vbd%u", s->domain, s->vbd);
}

/* --- whether the host can be why --- */

static gint most_first(gconstpointer a, gconstpointer b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x > y ? -1 : x < y;
}

/* What a quarter of the other VBDs moved at least between two guest times, bytes; NaN where there is no other. */
static double moved_by_others(const XrCase *c, const XrSeries *own, gint64 begin_ns, gint64 end_ns)
{
    g_autoptr(GArray) moved = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; i < c->obs->series->len; i++) {
        const XrSeries *s = g_ptr_array_index(c->obs->series, i);
        const double bytes =
            xr_series_rate(s, s->moved, begin_ns, end_ns) * (double)(end_ns - begin_ns) / 1e9;

        if (s != own && !is_lost(c, s) && !isnan(bytes))
            g_array_append_val(moved, bytes);
    }
    g_array_sort(moved, most_first);
    return moved->len > 0 ? g_array_index(moved, double, moved->len / QUARTER) : NAN;
}

/* Whether the VBD, which got nothing between two guest times, is alone in that. */
static gboolean is_alone(const XrCase *c, const XrSeries *own, gint64 begin_ns, gint64 end_ns)
{
    const double in_flight =
        (double)c->plan->workload.block_size * (double)c->plan->workload.in_flight;

    return moved_by_others(c, own, begin_ns, end_ns) >= LAPS * in_flight;
}

/* " The console of w03 names …", or "". Free with g_free. */
static char *name_cause(const XrCase *c, const XrSeries *s)
{
    for (guint i = 0; i < c->obs->findings->len; i++) {
        const XrFinding *finding = g_ptr_array_index(c->obs->findings, i);
        const gboolean of_another =
            g_str_has_prefix(finding->kind, "domu-") && !g_str_equal(finding->where, s->domain);

        if (g_str_has_suffix(finding->kind, "-grant-limit") && !of_another)
            return g_strdup_printf(" The console of %s names what may be the cause: \"%s\".",
                                   finding->where, xr_reason_unstamped(finding->line));
    }
    return g_strdup("");
}

/* A failure; where the VBD is not alone, only if the host is not why. */
static void tell(XrCase *c, const char *kind, const XrSeries *s, gint64 when_ns, gboolean alone,
                 const char *meaning)
{
    g_autofree char *where = vbd_name(s);
    g_autofree char *cause = name_cause(c, s);
    g_autofree char *whole = g_strconcat(
        meaning,
        alone ? " Others went on meanwhile: a busy host would have slowed them as well." : "",
        cause, NULL);

    if (alone)
        g_ptr_array_add(c->verdict->findings,
                        xr_finding_new(kind, XR_FAIL, where, when_ns, NULL, whole));
    else
        xr_host_finding(c, kind, where, when_ns, whole);
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

/* Got nothing in any window, while others did. */
static gboolean got_nothing(const XrCase *c, const XrSeries *s)
{
    const GArray *windows = c->obs->windows;
    const XrWindow *first = &g_array_index(windows, XrWindow, 0);
    const XrWindow *last = &g_array_index(windows, XrWindow, windows->len - 1);

    for (guint i = 0; i < windows->len; i++) {
        const XrWindow *w = &g_array_index(windows, XrWindow, i);

        if (xr_series_rate(s, s->moved, w->begin_ns, w->end_ns) > 0)
            return FALSE;
    }
    return is_alone(c, s, first->begin_ns, last->end_ns);
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
        g_autofree char *meaning =
            g_strdup_printf("The slowest VBD got %.3f of what the median VBD got (median over "
                            "windows); limits.fairness asks for %.3f.",
                            value, c->plan->limits.fairness);

        tell(c, "fairness", slowest, -1, got_nothing(c, slowest), meaning);
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

/* Where samples stop telling of streams: domUs were told to stop, or nothing more came. */
static gint64 end_of_streams(const XrCase *c)
{
    const XrSpan *drain = xr_span_find(c->obs, "drain", -1);

    return drain != NULL ? drain->begin_guest : c->obs->guest_ns;
}

/* From the first window's begin to the last one's end. A run that ended before its windows counts as far as domUs should
 * have streamed, from the end of the warm-up on, for what ended it may be that they did not. FALSE if nothing was measured. */
static gboolean measured_span(const XrCase *c, gint64 *begin_ns, gint64 *end_ns)
{
    const GArray *windows = c->obs->windows;
    const XrSpan *warmup = xr_span_find(c->obs, "warmup", -1);

    *begin_ns = *end_ns = -1;
    if (windows->len > 0) {
        *begin_ns = g_array_index(windows, XrWindow, 0).begin_ns;
        *end_ns = g_array_index(windows, XrWindow, windows->len - 1).end_ns;
    } else if (c->priv->window_open) {
        *begin_ns = c->priv->open_begin;
    } else if (warmup != NULL) {
        *begin_ns = warmup->end_guest;
    }
    if (windows->len < c->plan->workload.windows)
        *end_ns = MAX(*end_ns, end_of_streams(c));
    return *begin_ns >= 0 && *end_ns > *begin_ns;
}

static void tell_stall(XrCase *c, const Stall *worst, guint others, gboolean alone)
{
    const gint64 offset = c->priv->sample_t - c->obs->guest_ns;
    g_autofree char *more =
        others > 0 ? g_strdup_printf(" %u more VBDs did so, too.", others) : g_strdup("");
    g_autofree char *meaning = g_strdup_printf(
        "The VBD completed nothing for %.1f s while it should have streamed; limits.stall allows "
        "%.1f s.%s",
        (double)worst->length_ns / 1e9, (double)c->plan->limits.stall / 1e9, more);

    tell(c, "stall", worst->series, MAX(worst->begin_ns + offset, 0), alone, meaning);
}

/* The longest, and the longest of those that the host cannot be blamed for. */
typedef struct {
    Stall worst, alone;
    guint over; /* longer than the limit allows */
} Stalls;

static Stalls find_stalls(const XrCase *c)
{
    Stalls found = {.worst = {NULL, 0, -1}, .alone = {NULL, 0, -1}};
    gint64 begin_ns, end_ns;

    for (guint i = 0; measured_span(c, &begin_ns, &end_ns) && i < c->obs->series->len; i++) {
        const XrSeries *s = g_ptr_array_index(c->obs->series, i);
        const Stall stall = longest_stall(s, begin_ns, end_ns);
        const gint64 until_ns = stall.begin_ns + stall.length_ns;
        const gboolean over = (guint64)stall.length_ns > c->plan->limits.stall;

        if (is_lost(c, s))
            continue;
        found.over += over;
        if (stall.length_ns > found.worst.length_ns)
            found.worst = stall;
        if (over && stall.length_ns > found.alone.length_ns &&
            is_alone(c, s, stall.begin_ns, until_ns))
            found.alone = stall;
    }
    return found;
}

static void judge_stall(XrCase *c)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));
    const Stalls found = find_stalls(c);
    const double value = (double)found.worst.length_ns;

    if (found.worst.series != NULL)
        g_array_append_val(samples, value);
    xr_metric_take(c->verdict, "longest_stall", "ns", samples);
    if (found.alone.series != NULL)
        tell_stall(c, &found.alone, found.over - 1, TRUE);
    else if (found.over > 0)
        tell_stall(c, &found.worst, found.over - 1, FALSE);
}

void xr_progress_judge(XrCase *c)
{
    judge_fairness(c);
    judge_stall(c);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the figures of windows measured in lockstep.
 *
 * Method: a window's figure is what all VBDs moved, over the metronome's ticks. For each slice length there is a sample
 * for each seed, all from one snapshot. Slices are an artefact: within one, the other CPUs stand still. Where several
 * lengths were measured each seed's figures are extrapolated to slices of zero by the least squares line over
 * length: the error of lock hand-over falls with the slice's length, to first order in proportion to it.
 * A window whose instructions were counted stands for itself: code is cut into other blocks for it, between which interrupts
 * come in, so it is one more throw of the dice and no sample.
 * With one snapshot and slices of one length each window's order comes to the domUs at the same tick. Where it does not,
 * something of the host came in after the machine had gone on: each window tells so of itself, beside the one that is
 * measured twice.
 * Limits: a line through two or three points has no residue to judge it by, and extrapolation adds up their noise (for
 * lengths s and 2 s the variance is that of 2 a - b, five times one's); the figures at each length stand beside it. */
#include "judge/judge-priv.h"

#include <math.h>

/* The first tally of that length and seed; NULL: none was taken. */
static const XrTally *find(const XrCase *c, guint slice, guint seed)
{
    for (guint i = 0; i < c->obs->tallies->len; i++) {
        const XrTally *tally = g_ptr_array_index(c->obs->tallies, i);

        if (tally->slice == slice && tally->seed == seed && !tally->layers)
            return tally;
    }
    return NULL;
}

/* The lengths that were measured, each once, in that order. */
static GArray *slices_of(const XrCase *c)
{
    GArray *slices = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < c->obs->tallies->len; i++) {
        const XrTally *tally = g_ptr_array_index(c->obs->tallies, i);
        gboolean known = FALSE;

        for (guint k = 0; k < slices->len; k++)
            known |= g_array_index(slices, guint, k) == tally->slice;
        if (!known)
            g_array_append_val(slices, tally->slice);
    }
    return slices;
}

/* The line through the seed's figures, at zero; NaN where one is missing. */
static double at_zero(const XrCase *c, const GArray *slices, guint seed)
{
    double n = slices->len, x = 0, y = 0, xx = 0, xy = 0;

    for (guint i = 0; i < slices->len; i++) {
        const double slice = g_array_index(slices, guint, i);
        const XrTally *tally = find(c, g_array_index(slices, guint, i), seed);
        const double value = tally != NULL ? tally->bytes_per_tick : NAN;

        x += slice;
        y += value;
        xx += slice * slice;
        xy += slice * value;
    }
    if (slices->len < 2)
        return y;
    return (y * xx - x * xy) / (n * xx - x * x);
}

static void add_at_zero(XrCase *c, const GArray *slices)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; i < c->plan->lockstep.seeds; i++) {
        const double value = at_zero(c, slices, c->plan->workload.seed + i);

        if (slices->len > 0 && isfinite(value))
            g_array_append_val(samples, value);
    }
    xr_metric_take(c->verdict, "tick_throughput", "B/tick", samples);
}

static void add_slice(XrCase *c, guint slice)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));
    g_autofree char *name = g_strdup_printf("tick_throughput.slice%u", slice);

    for (guint i = 0; i < c->obs->tallies->len; i++) {
        const XrTally *tally = g_ptr_array_index(c->obs->tallies, i);

        if (tally->slice == slice && find(c, slice, tally->seed) == tally)
            g_array_append_val(samples, tally->bytes_per_tick);
    }
    xr_metric_take(c->verdict, name, "B/tick", samples);
}

/* The slowest VBD over the median one, a sample a window. */
static void add_fairness(XrCase *c)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; i < c->obs->tallies->len; i++) {
        const XrTally *tally = g_ptr_array_index(c->obs->tallies, i);
        const double median = xr_median(tally->vbds);
        double fairness = INFINITY;

        for (guint k = 0; k < tally->vbds->len; k++)
            fairness = MIN(fairness, g_array_index(tally->vbds, double, k) / median);
        if (isfinite(fairness))
            g_array_append_val(samples, fairness);
    }
    xr_metric_take(c->verdict, "fairness", "ratio", samples);
}

/* Beyond this two measurements of one seed are no noise. */
#define REPEAT_MAX 0.05

static void tell_repeat(XrCase *c, const XrTally *first, const XrTally *again, double difference)
{
    const gboolean much = difference > REPEAT_MAX;
    g_autofree char *meaning = g_strdup_printf(
        "Seed %u at slices of %u instructions gave %" G_GINT64_FORMAT " bytes in %" G_GINT64_FORMAT
        " ticks, and %" G_GINT64_FORMAT " in %" G_GINT64_FORMAT
        " when it was measured again, %.1f %% "
        "apart: something came in from the host. %s",
        again->seed, again->slice, first->bytes, first->ticks, again->bytes, again->ticks,
        difference * 100,
        much ? "No figure of this run can be relied on."
             : "It counts like another seed; the seeds' spread tells how much that is.");

    g_ptr_array_add(c->verdict->findings,
                    xr_finding_new("not-repeatable", much ? XR_ERROR_VERDICT : XR_PASS, "rig", -1,
                                   NULL, meaning));
}

/* The tick of that length's orders: of most of them, the first of as many. */
static gint64 usual_order(const XrCase *c, guint slice)
{
    guint most = 0;
    gint64 usual = 0;

    for (guint i = 0; i < c->obs->tallies->len; i++) {
        const XrTally *tally = g_ptr_array_index(c->obs->tallies, i);
        guint same = 0;

        for (guint k = 0; k < c->obs->tallies->len; k++) {
            const XrTally *other = g_ptr_array_index(c->obs->tallies, k);
            same += other->slice == slice && other->ordered == tally->ordered && !other->layers;
        }
        if (tally->slice == slice && !tally->layers && same > most) {
            most = same;
            usual = tally->ordered;
        }
    }
    return usual;
}

static void judge_orders(XrCase *c)
{
    for (guint i = 0; i < c->obs->tallies->len; i++) {
        const XrTally *tally = g_ptr_array_index(c->obs->tallies, i);
        const gint64 usual = usual_order(c, tally->slice);

        if (tally->layers || tally->ordered == usual)
            continue;
        g_autofree char *meaning = g_strdup_printf(
            "Seed %u at slices of %u instructions was told to measure at tick %" G_GINT64_FORMAT
            ", others at %" G_GINT64_FORMAT ": something came in from the host before. It counts "
            "like another seed; the seeds' spread tells how much that is.",
            tally->seed, tally->slice, tally->ordered, usual);
        g_ptr_array_add(c->verdict->findings,
                        xr_finding_new("disturbed", XR_PASS, "rig", -1, NULL, meaning));
    }
}

/* What was measured twice should be the same to the last digit. The metric is how far apart the two are. */
static void judge_repeats(XrCase *c)
{
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; i < c->obs->tallies->len; i++) {
        const XrTally *again = g_ptr_array_index(c->obs->tallies, i);
        const XrTally *first = find(c, again->slice, again->seed);
        const double difference = fabs(again->bytes_per_tick / first->bytes_per_tick - 1);

        if (first == again || again->layers)
            continue;
        g_array_append_val(samples, difference);
        if (first->ticks != again->ticks || first->bytes != again->bytes)
            tell_repeat(c, first, again, difference);
    }
    xr_metric_take(c->verdict, "repeat_difference", "ratio", samples);
}

void xr_lockstep_add(XrCase *c)
{
    g_autoptr(GArray) slices = slices_of(c);

    if (slices->len == 0)
        return;
    add_at_zero(c, slices);
    for (guint i = 0; i < slices->len; i++)
        add_slice(c, g_array_index(slices, guint, i));
    add_fairness(c);
    judge_repeats(c);
    judge_orders(c);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: where a series of figures changed for good.
 *
 * Method: e-divisive, by Matteson and James, "A nonparametric approach for multiple change point analysis of
 * multivariate data", Journal of the American Statistical Association 109 (2014). Two stretches X and Y of the series, one
 * behind the other, are as far apart as the energy distance of their values says: twice the mean distance
 * between a value of X and one of Y, less the mean distances within X and within Y; times |X| |Y| / (|X| + |Y|). A
 * segment is divided where that is largest over all ends of X and Y (Y may end before the segment does, so
 * that a change that was taken back later is seen). Is the largest of all segments so large by chance? The
 * values of each segment are shuffled 999 times and the same is looked for; the change stands where at most 1 % of
 * the shuffled series reach it (p = (1 + reached) / 1000), and the search goes on within the parts. As soon as
 * more than that have reached it, the answer is known and shuffling ends. Distances are absolute differences
 * (the paper's alpha = 1). Sums over all pairs of a stretch are read from a table of two-dimensional prefix sums,
 * so that a look costs n^2.
 * A single spike is no change: a stretch has at least five values, one of which does not carry it, and where the
 * spike stands does not matter to a shuffled series.
 * Limits: values are taken as independent; noise that comes in stretches looks like changes. Of series without
 * any change 1 % show one. Drift is told as one step or several, somewhere along it. Five values on each side do
 * not reach 1 % for certain (2 of the 252 ways to arrange them are as extreme), six do; a change in the last four
 * runs is not seen yet. Of long series the last 400 are looked at: the time goes with the square. */
#include "judge/change-points.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

enum { SHUFFLES = 999, REACHED_MOST = 9 };

typedef struct {
    double distance;
    guint at; /* where the second part begins */
} Split;

typedef struct {
    const double *values;
    guint n;
    double *shuffled; /* n */
    double *sums;     /* (n + 1)^2 */
    gsl_rng *rng;
    GArray *bounds; /* guint: 0, the change points, n */
} Search;

/* sums[i * (n + 1) + j]: of |v[a] - v[b]| over all a < i, b < j. */
static void sum_up(double *sums, const double *v, guint n)
{
    const gsize width = (gsize)n + 1;

    for (gsize j = 0; j < width; j++)
        sums[j] = 0;
    for (gsize i = 1; i < width; i++) {
        double row = 0;

        sums[i * width] = 0;
        for (gsize j = 1; j < width; j++) {
            row += fabs(v[i - 1] - v[j - 1]);
            sums[i * width + j] = sums[(i - 1) * width + j] + row;
        }
    }
}

/* The largest distance of a first part of v and what follows it, up to any end. */
static Split split(double *sums, const double *v, guint n)
{
    const gsize width = (gsize)n + 1;
    Split best = {-INFINITY, 0};

    sum_up(sums, v, n);
    for (gsize at = XR_CHANGE_SEGMENT; at + XR_CHANGE_SEGMENT <= n; at++) {
        const double x = (double)at, first = sums[at * width + at];
        const double within_x = first / (x * (x - 1));

        for (gsize end = at + XR_CHANGE_SEGMENT; end <= n; end++) {
            const double y = (double)(end - at), cross = sums[at * width + end] - first;
            const double second = sums[end * width + end] - first - 2 * cross;
            const double energy = 2 * cross / (x * y) - within_x - second / (y * (y - 1));
            const double distance = x * y / (x + y) * energy;

            if (distance > best.distance)
                best = (Split){distance, (guint)at};
        }
    }
    return best;
}

/* The best split of any segment of v. */
static Split split_any(const Search *search, const double *v)
{
    Split best = {-INFINITY, 0};

    for (guint i = 0; i + 1 < search->bounds->len; i++) {
        const guint begin = g_array_index(search->bounds, guint, i);
        const guint end = g_array_index(search->bounds, guint, i + 1);
        const Split found = split(search->sums, v + begin, end - begin);

        if (found.distance > best.distance)
            best = (Split){found.distance, begin + found.at};
    }
    return best;
}

static void shuffle(const Search *search)
{
    for (guint i = 0; i < search->n; i++)
        search->shuffled[i] = search->values[i];
    for (guint i = 0; i + 1 < search->bounds->len; i++) {
        const guint begin = g_array_index(search->bounds, guint, i);
        const guint end = g_array_index(search->bounds, guint, i + 1);

        gsl_ran_shuffle(search->rng, search->shuffled + begin, end - begin, sizeof(double));
    }
}

/* The p-value, or 1 as soon as it is known to be too large. */
static double test(const Search *search, double distance)
{
    guint reached = 0;

    for (guint i = 0; i < SHUFFLES; i++) {
        shuffle(search);
        /* The same values in another order give the same sum but for its last digits. */
        reached += split_any(search, search->shuffled).distance >= distance * (1 - 1e-9);
        if (reached > REACHED_MOST)
            return 1;
    }
    return (1.0 + reached) / (1.0 + SHUFFLES);
}

static gint by_index(gconstpointer a, gconstpointer b)
{
    const guint x = *(const guint *)a, y = *(const guint *)b;

    return x < y ? -1 : x > y;
}

static double median(const double *values, guint begin, guint end)
{
    g_autofree double *sorted = g_memdup2(values + begin, (end - begin) * sizeof(double));

    gsl_sort(sorted, 1, end - begin);
    return gsl_stats_median_from_sorted_data(sorted, 1, end - begin);
}

static void search_all(Search *search, GArray *points)
{
    for (;;) {
        const Split found = split_any(search, search->values);
        XrChangePoint point = {.index = found.at};

        /* Parts that are all too short to be divided have no split, equal values none that means anything. */
        if (!(found.distance > 0))
            return;
        point.p = test(search, found.distance);
        if (point.p >= 1)
            return;
        g_array_append_val(points, point);
        g_array_append_val(search->bounds, found.at);
        g_array_sort(search->bounds, by_index);
    }
}

/* The first member of a point is its index. */
static void describe(const Search *search, GArray *points)
{
    g_array_sort(points, by_index);
    for (guint i = 0; i < points->len; i++) {
        XrChangePoint *point = &g_array_index(points, XrChangePoint, i);
        const guint begin = g_array_index(search->bounds, guint, i);
        const guint end = g_array_index(search->bounds, guint, i + 2);

        point->before = median(search->values, begin, point->index);
        point->after = median(search->values, point->index, end);
    }
}

GArray *xr_change_points(const double *values, guint n, guint32 seed)
{
    const guint taken = MIN(n, (guint)XR_CHANGE_MOST), skipped = n - taken;
    GArray *points = g_array_new(FALSE, FALSE, sizeof(XrChangePoint));
    g_autofree double *shuffled = g_new(double, taken);
    g_autofree double *sums = g_new(double, ((gsize)taken + 1) * (taken + 1));
    g_autoptr(GArray) bounds = g_array_new(FALSE, TRUE, sizeof(guint));
    Search search = {values + skipped, taken, shuffled, sums, NULL, bounds};

    if (taken < XR_CHANGE_FEWEST)
        return points;
    g_array_set_size(bounds, 1);
    g_array_append_val(bounds, taken);
    search.rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(search.rng, seed);
    search_all(&search, points);
    gsl_rng_free(search.rng);
    describe(&search, points);
    for (guint i = 0; i < points->len; i++)
        g_array_index(points, XrChangePoint, i).index += skipped;
    return points;
}

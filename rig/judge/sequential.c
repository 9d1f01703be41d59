/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: looks at growing samples with one error rate for all of them.
 *
 * Who looks after every run, and stops at the first p-value below 5 %, is wrong far more often than in 5 % of
 * cases. Method: error spending (Lan and DeMets, "Discrete sequential boundaries for clinical trials",
 * Biometrika 70, 1983). Of the error rate alpha, alpha ln(1 + (e - 1) t) may be spent when the share t of the
 * longest comparison has been run (their function near Pocock's bounds: it lets clear differences be told
 * early, and leaves something for the last look).
 * The bounds are found by simulation: as long as both builds are of one distribution, the joint
 * distribution of U over all looks is the same whatever that distribution is, so 200000 comparisons of random
 * ranks (a fixed seed) have it. At each look the smallest U is taken with which the share of those that
 * were stopped by then stays within what may be spent; ranks are coarse, what they leave is carried on.
 * With that seed the share is kept exactly, with others to about 0.05 % of 5 % and 0.007 % of 0.1 %.
 * Stopping for another reason (a budget of time, an interrupt) spends less. The intervals that belong to these
 * bounds hold at all looks at once (Jennison and Turnbull, "Interim analyses: the repeated confidence
 * interval approach", Journal of the Royal Statistical Society B 51, 1989).
 * Limits: as those of the rank test. Rounds in random order make drift of the host fall on all builds
 * alike; the test does not know that, so drift hides differences and invents none (tests/unit checks both). */
#include "judge/sequential.h"

#include <math.h>

enum { SIMULATED = 200000, SEED = 20130827 };

typedef struct {
    double alpha;
    guint *critical; /* a look each */
} Bounds;

struct _XrSequential {
    guint first, last;
    guint16 *far; /* |2 U - n^2|, a look each, of each simulated comparison */
    GArray *bounds;
};

static void bounds_clear(gpointer data)
{
    g_free(((Bounds *)data)->critical);
}

/* One comparison of figures that are all of one distribution. */
static void simulate(const XrSequential *looks, GRand *rand, guint32 *x, guint32 *y, guint16 *far)
{
    gint twice_u = 0;

    for (guint n = 0; n < looks->last; n++) {
        x[n] = g_rand_int(rand);
        y[n] = g_rand_int(rand);
        for (guint i = 0; i < n; i++)
            twice_u += 2 * (y[n] > x[i]) + 2 * (y[i] > x[n]);
        twice_u += 2 * (y[n] > x[n]);
        if (n + 1 >= looks->first)
            *far++ = (guint16)ABS(twice_u - (gint)((n + 1) * (n + 1)));
    }
}

XrSequential *xr_sequential_new(guint runs_min, guint runs_max)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(SEED);
    g_autofree guint32 *x = g_new(guint32, runs_max);
    g_autofree guint32 *y = g_new(guint32, runs_max);
    const gsize count = runs_max - runs_min + 1;
    XrSequential *looks = g_new0(XrSequential, 1);

    looks->first = runs_min;
    looks->last = runs_max;
    looks->far = g_new(guint16, count * SIMULATED);
    looks->bounds = g_array_new(FALSE, FALSE, sizeof(Bounds));
    g_array_set_clear_func(looks->bounds, bounds_clear);
    for (gsize i = 0; i < SIMULATED; i++)
        simulate(looks, rand, x, y, looks->far + i * count);
    return looks;
}

void xr_sequential_free(XrSequential *looks)
{
    if (looks == NULL)
        return;
    g_free(looks->far);
    g_array_unref(looks->bounds);
    g_free(looks);
}

XrSequential *xr_sequential_shared(guint runs_min, guint runs_max)
{
    static XrSequential *shared;

    if (shared != NULL && shared->first == runs_min && shared->last == runs_max)
        return shared;
    xr_sequential_free(shared);
    shared = xr_sequential_new(runs_min, runs_max);
    return shared;
}

static guint spendable(const XrSequential *looks, double alpha, guint runs)
{
    const double share = (double)runs / looks->last;

    return (guint)(alpha * log1p((G_E - 1) * share) * SIMULATED);
}

/* The smallest distance at which, of the comparisons still going on, at most that many stop. */
static guint find_bound(const guint *stopping, guint farthest, guint most)
{
    guint bound = farthest + 1;
    guint sum = 0;

    while (bound > 0 && sum + stopping[bound - 1] <= most)
        sum += stopping[--bound];
    return bound;
}

static guint *find_critical(const XrSequential *looks, double alpha)
{
    const guint count = looks->last - looks->first + 1;
    g_autofree guint8 *stopped = g_new0(guint8, SIMULATED);
    guint *critical = g_new(guint, count);
    guint spent = 0;

    for (guint look = 0; look < count; look++) {
        const guint runs = looks->first + look, all = runs * runs;
        g_autofree guint *stopping = g_new0(guint, all + 1);
        guint bound;

        for (gsize i = 0; i < SIMULATED; i++)
            stopping[looks->far[i * count + look]] += !stopped[i];
        bound = find_bound(stopping, all, spendable(looks, alpha, runs) - spent);
        for (gsize i = 0; i < SIMULATED; i++) {
            const gboolean stops = !stopped[i] && looks->far[i * count + look] >= bound;

            spent += stops;
            stopped[i] |= stops;
        }
        critical[look] = (bound + all + 1) / 2;
    }
    return critical;
}

guint xr_sequential_critical(XrSequential *looks, double alpha, guint runs)
{
    Bounds bounds = {alpha, NULL};

    g_return_val_if_fail(runs >= looks->first && runs <= looks->last, runs * runs + 1);
    for (guint i = 0; i < looks->bounds->len; i++) {
        const Bounds *known = &g_array_index(looks->bounds, Bounds, i);

        if (known->alpha == alpha)
            return known->critical[runs - looks->first];
    }
    bounds.critical = find_critical(looks, alpha);
    g_array_append_val(looks->bounds, bounds);
    return bounds.critical[runs - looks->first];
}

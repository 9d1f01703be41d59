/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often nights in which nothing changed call something changed: simulated. */
#include "nightly-judged.h"

enum { SIMULATED = 4000, METRICS = 5, HISTORY = 12 };

static double normal(GRand *rand)
{
    const double a = 1 - g_rand_double(rand), b = g_rand_double(rand);

    return sqrt(-2 * log(a)) * cos(2 * G_PI * b);
}

/* Nights of n and n runs with noise of 8 %, a part of runs with a spike, in which anything is called changed. */
static guint count_alarms(guint n, double spikes, GRand *rand)
{
    guint alarms = 0;

    for (guint i = 0; i < SIMULATED; i++) {
        Night nights[METRICS];
        XrNightInput inputs[METRICS];
        XrNightResult results[METRICS];
        gboolean any = FALSE;

        for (guint m = 0; m < METRICS; m++) {
            g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(double));

            for (guint k = 0; k < 2 * n + HISTORY; k++) {
                const gboolean spike = g_rand_double(rand) < spikes;
                const double value = exp(0.08 * normal(rand)) * (spike ? 0.6 : 1);

                g_array_append_val(all, value);
            }
            nights[m] = night_of(all, n);
            inputs[m] = input_of(&nights[m]);
        }
        xr_night_judge(inputs, results, METRICS, alarm_rate);
        for (guint m = 0; m < METRICS; m++) {
            any |= results[m].kind == XR_NIGHT_REGRESSED || results[m].kind == XR_NIGHT_IMPROVED;
            night_clear(&nights[m]);
        }
        alarms += any;
    }
    return alarms;
}

static void test_alarms(void)
{
    static const guint runs[] = {3, 5, 8, 10};
    g_autoptr(GRand) rand = g_rand_new_with_seed(42);

    for (gsize i = 0; i < G_N_ELEMENTS(runs); i++) {
        const guint quiet = count_alarms(runs[i], 0, rand);
        const guint spiky = count_alarms(runs[i], 0.05, rand);

        g_test_message(
            "%u and %u runs, %d metrics, %d before: alarms in %.2f %% of nights, with spikes "
            "%.2f %%",
            runs[i], runs[i], METRICS, HISTORY, 100.0 * quiet / SIMULATED,
            100.0 * spiky / SIMULATED);
        /* 0.1 % by ranks and as much by fences at most, 8 of 4000. */
        g_assert_cmpuint(quiet, <=, 12);
        g_assert_cmpuint(spiky, <=, 12);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nightly-alarms/rate", test_alarms);
    return g_test_run();
}

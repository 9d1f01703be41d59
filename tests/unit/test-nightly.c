/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A night's metrics judged: recorded figures of a build against itself, builds slowed down, hosts that change, and noise. */
#include "judge/change-points.h"
#include "nightly-judged.h"
#include "recorded.h"

#include <math.h>

enum { NIGHTS = 20 };

static void shuffle(GArray *values, GRand *rand)
{
    for (guint i = values->len; i > 1; i--) {
        double *v = (double *)(gpointer)values->data;
        const guint other = (guint)g_rand_int_range(rand, 0, (gint)i);
        const double last = v[i - 1];

        v[i - 1] = v[other];
        v[other] = last;
    }
}

/* --- one metric of one night --- */

static XrNightResult judge(const Night *night)
{
    const XrNightInput input = input_of(night);
    XrNightResult result;

    xr_night_judge(&input, &result, 1, alarm_rate);
    return result;
}

static void scale(GArray *values, double factor)
{
    for (guint i = 0; i < values->len; i++)
        g_array_index(values, double, i) *= factor;
}

/* A history, and n runs of two builds, that vary by up to a percent without any chance. */
static Night steady_night(guint n)
{
    static const double waves[] = {0, 2, -1, 1, -2, 3, -3, 1, 0, -1, 2, -2};
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; i < 2 * n + 2 * G_N_ELEMENTS(waves); i++) {
        const double value = 500e6 * (1 + waves[i % G_N_ELEMENTS(waves)] / 300);

        g_array_append_val(all, value);
    }
    return night_of(all, n);
}

static void assert_judged(const Night *night, XrNightKind kind, XrNightWhy why)
{
    const XrNightResult result = judge(night);

    g_assert_cmpstr(xr_night_kind_name(result.kind), ==, xr_night_kind_name(kind));
    g_assert_cmpstr(xr_night_why_name(result.why), ==, xr_night_why_name(why));
}

/* --- real figures --- */

/* Twenty nights of n and n runs of one build, drawn from twenty that were really run. */
static void check_recorded(const char *name, const char *unit, guint n)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261128 + n);
    guint kinds[XR_NIGHT_FAILED + 1] = {0};

    for (guint i = 0; i < NIGHTS; i++) {
        g_autoptr(GArray) figures = recorded(name);
        g_auto(Night) night = {0};

        shuffle(figures, rand);
        night = night_of(figures, n);
        night.unit = unit;
        kinds[judge(&night).kind]++;
    }
    g_test_message("%s, %u and %u runs: %u same, %u unsure, %u improved, %u regressed", name, n, n,
                   kinds[XR_NIGHT_SAME], kinds[XR_NIGHT_UNSURE], kinds[XR_NIGHT_IMPROVED],
                   kinds[XR_NIGHT_REGRESSED]);
    g_assert_cmpuint(kinds[XR_NIGHT_SAME] + kinds[XR_NIGHT_UNSURE], ==, NIGHTS);
    /* With twelve runs or more before the night, it is told, not only left open. */
    if (n <= 4)
        g_assert_cmpuint(kinds[XR_NIGHT_SAME], >=, NIGHTS * 9 / 10);
}

static void test_same_build(void)
{
    for (guint n = 3; n <= 10; n++) {
        check_recorded("default", "B/s", n);
        check_recorded("smoke", "B/s", n);
        check_recorded("lockstep-stock", "B/tick", n);
    }
}

/* Nights in the order in which the runs were run, each against all before it. */
static void test_same_build_in_order(void)
{
    static const char *const names[] = {"default", "smoke", "lockstep-stock"};

    for (gsize f = 0; f < G_N_ELEMENTS(names); f++) {
        g_autoptr(GArray) figures = recorded(names[f]);
        const double *v = (const double *)(gpointer)figures->data;

        for (guint begin = 0; begin + 6 <= figures->len; begin++) {
            g_auto(Night) night = {.base = array_of(v + begin, 3),
                                   .values = array_of(v + begin + 3, 3),
                                   .history = array_of(v, begin)};
            const XrNightResult result = judge(&night);

            g_assert_true(result.kind == XR_NIGHT_SAME || result.kind == XR_NIGHT_UNSURE);
            if (begin < XR_FENCE_FEWEST && result.kind == XR_NIGHT_UNSURE)
                g_assert_cmpint(result.why, ==, XR_NIGHT_NO_FENCE);
        }
    }
}

/* Builds with instructions that do nothing in their grant operations, against stock: 4.5 and 8.9 % slower. */
static void test_slower_build(void)
{
    static const char *const slower[] = {"lockstep-slow-10", "lockstep-slow-5"};
    g_autoptr(GArray) stock = recorded("lockstep-stock");
    const double *base = (const double *)(gpointer)stock->data;

    for (gsize i = 0; i < G_N_ELEMENTS(slower); i++) {
        g_autoptr(GArray) figures = recorded(slower[i]);
        const double *values = (const double *)(gpointer)figures->data;

        for (guint n = 3; n <= 8; n += 5) {
            g_auto(Night) night = {.unit = "B/tick",
                                   .base = array_of(base, n),
                                   .values = array_of(values, n),
                                   .history = array_of(base + n, 12)};
            XrNightInput input = input_of(&night);
            XrNightResult result;

            input.smallest_effect = 0.02; /* plan lockstep's */
            xr_night_judge(&input, &result, 1, alarm_rate);
            g_assert_cmpint(result.kind, ==, XR_NIGHT_REGRESSED);
            g_assert_cmpint(result.why, ==, n == 8 ? XR_NIGHT_BY_RANKS : XR_NIGHT_BY_FENCE);
            g_assert_true(result.worse);
        }
    }
}

/* Runs of plan default vary by 10 %: half as fast is told by three, a tenth by patience. */
static void test_slower_noisy(void)
{
    guint found = 0;
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);

    for (guint i = 0; i < NIGHTS; i++) {
        g_autoptr(GArray) figures = recorded("default");
        g_auto(Night) night = {0};

        shuffle(figures, rand);
        night = night_of(figures, 4);
        scale(night.values, 0.5);
        found += judge(&night).kind == XR_NIGHT_REGRESSED;
    }
    g_test_message("plan default, half as fast, 4 and 4 runs: regressed in %u of %d", found,
                   NIGHTS);
    g_assert_cmpuint(found, >=, NIGHTS * 8 / 10);
}

/* --- made-up nights --- */

static void test_ten_percent(void)
{
    for (guint n = 3; n <= 10; n++) {
        g_auto(Night) slower = steady_night(n), better = steady_night(n), times = steady_night(n);

        scale(slower.values, 0.9);
        scale(better.values, 1.1);
        scale(times.values, 1.1);
        times.unit = "ns";
        assert_judged(&slower, XR_NIGHT_REGRESSED, n < 7 ? XR_NIGHT_BY_FENCE : XR_NIGHT_BY_RANKS);
        assert_judged(&better, XR_NIGHT_IMPROVED, n < 7 ? XR_NIGHT_BY_FENCE : XR_NIGHT_BY_RANKS);
        assert_judged(&times, XR_NIGHT_REGRESSED, n < 7 ? XR_NIGHT_BY_FENCE : XR_NIGHT_BY_RANKS);
    }
}

/* The host became half as fast: both builds did. */
static void test_host_halves(void)
{
    for (guint n = 3; n <= 8; n += 5) {
        g_auto(Night) night = steady_night(n);
        XrNightResult result;

        scale(night.base, 0.5);
        scale(night.values, 0.5);
        result = judge(&night);
        g_assert_cmpint(result.kind, ==, XR_NIGHT_SAME);
        g_assert_cmpint(result.side, ==, -1);
        g_assert_cmpint(result.base_side, ==, -1);
    }
}

static void test_spike(void)
{
    for (guint n = 3; n <= 8; n++) {
        g_auto(Night) night = steady_night(n), past = steady_night(n);
        g_autoptr(GArray) changes = NULL;

        g_array_index(night.values, double, n / 2) *= 0.5;
        g_assert_cmpint(judge(&night).kind, !=, XR_NIGHT_REGRESSED);
        /* One in the history is no change, and hides none. */
        g_array_index(past.history, double, 10) *= 0.4;
        changes = xr_change_points((const double *)(gpointer)past.history->data, past.history->len,
                                   XR_CHANGE_SEED);
        g_assert_cmpuint(changes->len, ==, 0);
        scale(past.values, 0.7);
        g_assert_cmpint(judge(&past).kind, ==, XR_NIGHT_REGRESSED);
    }
}

static void test_unsure(void)
{
    g_auto(Night) few = steady_night(3), fresh = steady_night(3), alone = steady_night(3),
                  mixed = steady_night(3);

    g_array_set_size(few.values, 2);
    assert_judged(&few, XR_NIGHT_UNSURE, XR_NIGHT_FEW_RUNS);
    g_array_set_size(few.values, 0);
    assert_judged(&few, XR_NIGHT_UNSURE, XR_NIGHT_FEW_RUNS);

    g_array_set_size(fresh.history, 11);
    scale(fresh.values, 0.8);
    assert_judged(&fresh, XR_NIGHT_UNSURE, XR_NIGHT_NO_FENCE);

    /* The build was a fifth faster all the time: it is as the baseline now. */
    alone.base_history = g_array_copy(alone.history);
    scale(alone.history, 1.2);
    assert_judged(&alone, XR_NIGHT_UNSURE, XR_NIGHT_ALONE);

    scale(mixed.values, 0.8);
    g_array_index(mixed.values, double, 1) = 600e6;
    g_array_index(mixed.base, double, 1) = 600e6;
    assert_judged(&mixed, XR_NIGHT_UNSURE, XR_NIGHT_MIXED);
}

/* Certain, and too little to matter. */
static void test_small(void)
{
    g_auto(Night) night = steady_night(8);

    for (guint i = 0; i < 8; i++) {
        g_array_index(night.base, double, i) = 1000 + i;
        g_array_index(night.values, double, i) = 990 + i;
    }
    g_assert_cmpfloat(judge(&night).p, <, alarm_rate);
    assert_judged(&night, XR_NIGHT_SAME, XR_NIGHT_BY_BOUNDS);
}

/* What one metric is believed for, one of ten is not. */
static void test_family(void)
{
    g_auto(Night) slower = steady_night(7), same = steady_night(7);
    XrNightInput inputs[10];
    XrNightResult results[10];

    g_array_set_size(slower.history, 5);
    scale(slower.values, 0.8);
    assert_judged(&slower, XR_NIGHT_REGRESSED, XR_NIGHT_BY_RANKS);
    for (guint i = 0; i < 10; i++)
        inputs[i] = i == 7 ? input_of(&slower) : input_of(&same);
    xr_night_judge(inputs, results, 10, alarm_rate);
    g_assert_cmpint(results[7].kind, ==, XR_NIGHT_UNSURE);
    g_assert_cmpint(results[7].why, ==, XR_NIGHT_NO_FENCE);
    /* At ten times the rate it is. */
    xr_night_judge(inputs, results, 10, 10 * alarm_rate);
    for (guint i = 0; i < 10; i++)
        g_assert_cmpint(results[i].kind, ==, i == 7 ? XR_NIGHT_REGRESSED : XR_NIGHT_SAME);
}

static void test_codes(void)
{
    static const int codes[] = {0, 0, 2, 99, 1, 1};
    static const char *const names[] = {"same",  "improved",  "unsure",
                                        "error", "regressed", "failed"};

    for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
        g_assert_cmpint(xr_night_exit_code((XrNightKind)i), ==, codes[i]);
        g_assert_cmpstr(xr_night_kind_name((XrNightKind)i), ==, names[i]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nightly/same-build", test_same_build);
    g_test_add_func("/nightly/same-build-in-order", test_same_build_in_order);
    g_test_add_func("/nightly/slower-build", test_slower_build);
    g_test_add_func("/nightly/slower-noisy", test_slower_noisy);
    g_test_add_func("/nightly/ten-percent", test_ten_percent);
    g_test_add_func("/nightly/host-halves", test_host_halves);
    g_test_add_func("/nightly/spike", test_spike);
    g_test_add_func("/nightly/unsure", test_unsure);
    g_test_add_func("/nightly/small", test_small);
    g_test_add_func("/nightly/family", test_family);
    g_test_add_func("/nightly/codes", test_codes);
    return g_test_run();
}

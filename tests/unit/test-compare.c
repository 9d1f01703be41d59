/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparisons judged: bounds of looks, verdicts, several builds, stored samples. */
#include "judge/compare.h"

#include <math.h>

static const XrCompareRules usual = {0.05, 0.001, 0.05, 5, 20};

static GArray *sample(guint n, double centre, double step)
{
    GArray *figures = g_array_new(FALSE, FALSE, sizeof(double));

    /* Alternating about the centre, all different. */
    for (guint i = 0; i < n; i++) {
        const double value = centre * (1 + step * (i + 1) * (i % 2 == 0 ? 1 : -1));

        g_array_append_val(figures, value);
    }
    return figures;
}

static XrPair compare_two(const XrCompareRules *rules, guint n, double x, double y, double step)
{
    g_autoptr(XrSequential) looks = xr_sequential_new(rules->runs_min, rules->runs_max);
    g_autoptr(GArray) first = sample(n, x, step);
    g_autoptr(GArray) second = sample(n, y, step * 0.97);
    GArray *const samples[] = {first, second};
    g_autoptr(XrComparison) comparison = xr_compare(rules, looks, samples, 2);
    const XrPair pair = g_array_index(comparison->pairs, XrPair, 0);

    g_assert_cmpint(xr_comparison_kind(comparison), ==, pair.kind);
    g_assert_cmpuint(comparison->undecided, ==, pair.kind == XR_LIKE_UNSURE);
    return pair;
}

static void test_different(void)
{
    const XrPair pair = compare_two(&usual, 20, 100, 50, 0.005);

    g_assert_cmpint(pair.kind, ==, XR_LIKE_DIFFERENT);
    g_assert_true(pair.certain);
    /* The first look with enough runs, though more are there. */
    g_assert_cmpuint(pair.runs, ==, 8);
    g_assert_cmpfloat_with_epsilon(pair.effect.ratio, 0.5, 0.01);
    g_assert_cmpfloat(pair.effect.low, >, 0.45);
    g_assert_cmpfloat(pair.effect.high, <, 0.55);
    g_assert_cmpfloat(pair.surely.high, <, 1);
}

static void test_same(void)
{
    XrPair pair = compare_two(&usual, 20, 100, 100, 0.001);

    g_assert_cmpint(pair.kind, ==, XR_LIKE_SAME);
    g_assert_false(pair.certain);
    g_assert_cmpuint(pair.runs, ==, 5);
    g_assert_cmpfloat(pair.bounds.low, >, 1 / 1.05);
    g_assert_cmpfloat(pair.bounds.high, <, 1.05);
    /* A difference, but not one that matters. */
    const XrCompareRules strict = {0.05, 0.02, 0.05, 8, 20};
    pair = compare_two(&strict, 20, 100, 98, 0.0001);
    g_assert_cmpint(pair.kind, ==, XR_LIKE_SAME);
    g_assert_true(pair.certain);
}

static void test_unsure(void)
{
    XrPair pair = compare_two(&usual, 20, 100, 97, 0.01);

    g_assert_cmpint(pair.kind, ==, XR_LIKE_UNSURE);
    g_assert_cmpuint(pair.runs, ==, 20);
    g_assert_cmpfloat(pair.effect.low, <, 0.97);
    g_assert_cmpfloat(pair.effect.high, >, 1);
    /* Before the first look nothing is known. */
    pair = compare_two(&usual, 4, 100, 50, 0.001);
    g_assert_cmpint(pair.kind, ==, XR_LIKE_UNSURE);
    g_assert_cmpuint(pair.runs, ==, 0);
    g_assert_true(isnan(pair.effect.ratio));
}

/* Swapping the builds turns the factor round, and nothing else. */
static void test_symmetric(void)
{
    const XrPair there = compare_two(&usual, 20, 100, 96, 0.004);
    g_autoptr(XrSequential) looks = xr_sequential_new(5, 20);
    g_autoptr(GArray) first = sample(20, 96, 0.004 * 0.97);
    g_autoptr(GArray) second = sample(20, 100, 0.004);
    GArray *const samples[] = {first, second};
    g_autoptr(XrComparison) back = xr_compare(&usual, looks, samples, 2);
    const XrPair *pair = &g_array_index(back->pairs, XrPair, 0);

    g_assert_cmpint(there.kind, ==, pair->kind);
    g_assert_cmpuint(there.runs, ==, pair->runs);
    g_assert_cmpfloat_with_epsilon(there.effect.ratio * pair->effect.ratio, 1, 1e-9);
    g_assert_cmpfloat_with_epsilon(there.effect.low * pair->effect.high, 1, 1e-9);
    g_assert_cmpfloat_with_epsilon(there.p, pair->p, 1e-9);
}

/* Figures that are the same in every run, as those that do not depend on the host are. */
static void test_exact_figures(void)
{
    XrPair pair = compare_two(&usual, 20, 264, 264, 0);

    g_assert_cmpint(pair.kind, ==, XR_LIKE_SAME);
    g_assert_cmpfloat(pair.bounds.low, ==, 1);
    g_assert_cmpfloat(pair.bounds.high, ==, 1);
    pair = compare_two(&usual, 20, 264, 300, 0);
    g_assert_cmpint(pair.kind, ==, XR_LIKE_DIFFERENT);
    g_assert_cmpfloat_with_epsilon(pair.effect.low, 300 / 264.0, 1e-9);
}

/* Of four builds each gets its own verdict; one that is decided needs no more runs. */
static void test_several(void)
{
    g_autoptr(XrSequential) looks = xr_sequential_new(5, 20);
    g_autoptr(GArray) base = sample(20, 100, 0.002);
    g_autoptr(GArray) slow = sample(9, 70, 0.002);
    g_autoptr(GArray) same = sample(20, 100.1, 0.0019);
    g_autoptr(GArray) near = sample(20, 97, 0.01);
    GArray *const samples[] = {base, slow, same, near};
    g_autoptr(XrComparison) comparison = xr_compare(&usual, looks, samples, 4);
    const XrPair *pairs = (const XrPair *)(gpointer)comparison->pairs->data;

    g_assert_cmpint(pairs[0].kind, ==, XR_LIKE_DIFFERENT);
    g_assert_cmpint(pairs[1].kind, ==, XR_LIKE_SAME);
    g_assert_cmpint(pairs[2].kind, ==, XR_LIKE_UNSURE);
    g_assert_cmpuint(pairs[0].runs, ==, 9);
    g_assert_cmpuint(comparison->undecided, ==, 1);
    g_assert_cmpint(xr_comparison_kind(comparison), ==, XR_LIKE_DIFFERENT);
}

/* The shares of the error rate: three comparisons need more runs for a verdict than one, until others are decided. */
static void test_holm(void)
{
    const XrCompareRules loose = {0.05, 0.05, 0.05, 5, 5};
    g_autoptr(XrSequential) looks = xr_sequential_new(5, 5);
    g_autoptr(GArray) base = sample(5, 100, 0.001);
    g_autoptr(GArray) slow = sample(5, 70, 0.001);
    g_autoptr(GArray) near = sample(5, 100, 0.04);
    GArray *const one[] = {base, slow};
    GArray *const eight[] = {base, slow, near, near, near, near, near, near};
    g_autoptr(XrComparison) alone = xr_compare(&loose, looks, one, 2);
    g_autoptr(XrComparison) among = xr_compare(&loose, looks, eight, 8);

    /* 2 / 252 is within 5 %, and not within a seventh of it. */
    g_assert_cmpint(g_array_index(alone->pairs, XrPair, 0).kind, ==, XR_LIKE_DIFFERENT);
    g_assert_cmpint(g_array_index(among->pairs, XrPair, 0).kind, ==, XR_LIKE_UNSURE);
    GArray *const two[] = {base, slow, slow, slow, slow, slow, slow};
    g_autoptr(XrComparison) step = xr_compare(&loose, looks, two, 7);
    g_assert_cmpuint(step->undecided, ==, 0);
    g_assert_cmpuint(xr_compare_runs_needed(&usual, 2), ==, 7);
    g_assert_cmpuint(xr_compare_runs_needed(&usual, 3), ==, 8);
    g_assert_cmpuint(xr_compare_runs_needed(&loose, 2), ==, 4);
}

static void test_once(void)
{
    g_autoptr(GArray) against = sample(12, 100, 0.002);
    g_autoptr(GArray) from = sample(9, 80, 0.002);
    g_autoptr(GArray) few = sample(2, 80, 0.002);
    GArray *const samples[] = {against, from}, *const too_few[] = {few, few};
    g_autoptr(XrComparison) comparison = xr_compare_once(&usual, samples, 2);
    const XrPair *pair = &g_array_index(comparison->pairs, XrPair, 0);

    g_assert_cmpint(pair->kind, ==, XR_LIKE_DIFFERENT);
    g_assert_cmpuint(pair->runs, ==, 9);
    g_assert_cmpuint(pair->runs_against, ==, 12);
    g_assert_cmpfloat_with_epsilon(pair->p, 2 * xr_ranks_tail(12, 9, 108), 1e-12);
    g_autoptr(XrComparison) nothing = xr_compare_once(&usual, too_few, 2);
    pair = &g_array_index(nothing->pairs, XrPair, 0);
    g_assert_cmpint(pair->kind, ==, XR_LIKE_UNSURE);
    g_assert_cmpfloat(pair->effect.low, ==, 0);
}

static void test_names(void)
{
    g_assert_cmpstr(xr_likeness_name(XR_LIKE_SAME), ==, "same");
    g_assert_cmpstr(xr_likeness_name(XR_LIKE_DIFFERENT), ==, "different");
    g_assert_cmpstr(xr_likeness_name(XR_LIKE_UNSURE), ==, "unsure");
    g_assert_cmpint(xr_likeness_exit_code(XR_LIKE_SAME), ==, 0);
    g_assert_cmpint(xr_likeness_exit_code(XR_LIKE_DIFFERENT), ==, 1);
    g_assert_cmpint(xr_likeness_exit_code(XR_LIKE_UNSURE), ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compare/different", test_different);
    g_test_add_func("/compare/same", test_same);
    g_test_add_func("/compare/unsure", test_unsure);
    g_test_add_func("/compare/symmetric", test_symmetric);
    g_test_add_func("/compare/exact-figures", test_exact_figures);
    g_test_add_func("/compare/several", test_several);
    g_test_add_func("/compare/holm", test_holm);
    g_test_add_func("/compare/once", test_once);
    g_test_add_func("/compare/names", test_names);
    return g_test_run();
}

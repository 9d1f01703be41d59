/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: scaling laws fitted to curves of known terms, and what cannot be fitted. */
#include "base/error.h"
#include "judge/scaling.h"
#include <math.h>

enum { COUNTS = 5, SEEDS = 5, DRAWS = 200 };

static const guint cpus[COUNTS] = {1, 2, 4, 8, 16};

static double law(double lambda, double sigma, double kappa, double n)
{
    return lambda * n / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}

typedef struct {
    XrScalingPoint points[COUNTS];
} Curve;

/* Figures of the law, each seed's a little (noise, relative) off, in turn up and down. */
static void curve_fill(Curve *curve, double lambda, double sigma, double kappa, double noise)
{
    static const double off[SEEDS] = {-1, 0.6, 0.2, -0.7, 0.9};

    for (guint i = 0; i < COUNTS; i++) {
        GArray *samples = g_array_new(FALSE, FALSE, sizeof(double));

        for (guint k = 0; k < SEEDS; k++) {
            const double figure =
                law(lambda, sigma, kappa, cpus[i]) * (1 + noise * off[(k + i) % SEEDS]);

            g_array_append_val(samples, figure);
        }
        curve->points[i] = (XrScalingPoint){cpus[i], samples};
    }
}

static void curve_clear(Curve *curve)
{
    for (guint i = 0; i < COUNTS; i++)
        g_array_unref((GArray *)curve->points[i].samples);
}

static void assert_between(const XrScalingTerm *term, double truth)
{
    g_assert_cmpfloat(term->low, <=, truth + 1e-12);
    g_assert_cmpfloat(term->high, >=, truth - 1e-12);
}

static void test_known(void)
{
    static const double terms[][2] = {{0.05, 0.002}, {0.3, 0.01},  {0.02, 0.0},
                                      {0.0, 0.0},    {0.0, 0.004}, {0.9, 0.05}};

    for (gsize i = 0; i < G_N_ELEMENTS(terms); i++) {
        g_autoptr(GError) error = NULL;
        Curve curve;

        curve_fill(&curve, 1.7, terms[i][0], terms[i][1], 0);
        g_autoptr(XrScaling) fit = xr_scaling_fit(curve.points, COUNTS, DRAWS, 1, &error);
        g_assert_no_error(error);
        g_assert_cmpfloat_with_epsilon(fit->lambda.value, 1.7, 1e-3);
        g_assert_cmpfloat_with_epsilon(fit->sigma.value, terms[i][0], 1e-3);
        g_assert_cmpfloat_with_epsilon(fit->kappa.value, terms[i][1], 1e-4);
        g_assert_cmpfloat(fit->misfit, <, 1e-3);
        curve_clear(&curve);
    }
}

static void test_noise(void)
{
    g_autoptr(GError) error = NULL;
    Curve curve;

    curve_fill(&curve, 2, 0.1, 0.005, 0.01);
    g_autoptr(XrScaling) fit = xr_scaling_fit(curve.points, COUNTS, DRAWS, 7, &error);
    g_autoptr(XrScaling) again = xr_scaling_fit(curve.points, COUNTS, DRAWS, 7, &error);
    g_assert_no_error(error);
    assert_between(&fit->sigma, 0.1);
    assert_between(&fit->kappa, 0.005);
    assert_between(&fit->peak, sqrt(0.9 / 0.005));
    g_assert_cmpfloat(fit->sigma.low, <, fit->sigma.high);
    g_assert_cmpfloat(fit->misfit, <, 0.02);
    /* Seeded: the same twice. */
    g_assert_cmpfloat(fit->kappa.low, ==, again->kappa.low);
    curve_clear(&curve);
}

/* Fitted to runs at up to 8, the law foretells 16. */
static void test_predict(void)
{
    g_autoptr(GError) error = NULL;
    Curve curve;

    curve_fill(&curve, 2, 0.1, 0.005, 0.01);
    g_autoptr(XrScaling) fit = xr_scaling_fit(curve.points, COUNTS - 1, DRAWS, 7, &error);
    g_assert_no_error(error);
    const XrScalingTerm sixteen = xr_scaling_predict(fit, 16);
    assert_between(&sixteen, law(2, 0.1, 0.005, 16));
    g_assert_cmpfloat(sixteen.high / sixteen.low, <, 1.2);
    curve_clear(&curve);
}

/* No second CPU gains anything; with no fall, there is no peak but the first. */
static void test_flat(void)
{
    g_autoptr(GError) error = NULL;
    Curve curve;

    curve_fill(&curve, 3, 1, 0, 0);
    g_autoptr(XrScaling) fit = xr_scaling_fit(curve.points, COUNTS, DRAWS, 1, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat_with_epsilon(fit->sigma.value, 1, 1e-3);
    const XrScalingTerm hundred = xr_scaling_predict(fit, 100);
    g_assert_cmpfloat_with_epsilon(hundred.value, 3, 0.05);
    curve_clear(&curve);
}

static void test_one_seed(void)
{
    g_autoptr(GError) error = NULL;
    Curve curve;

    curve_fill(&curve, 2, 0.1, 0.005, 0);
    for (guint i = 0; i < COUNTS; i++)
        g_array_set_size((GArray *)curve.points[i].samples, 1);
    g_autoptr(XrScaling) fit = xr_scaling_fit(curve.points, COUNTS, DRAWS, 1, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat_with_epsilon(fit->sigma.value, 0.1, 1e-3);
    g_assert_true(isnan(fit->sigma.low));
    g_assert_true(isnan(fit->peak.high));
    curve_clear(&curve);
}

static void refused(const XrScalingPoint *points, guint n, const char *text)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(xr_scaling_fit(points, n, DRAWS, 1, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, text);
}

static void test_refused(void)
{
    Curve curve;

    curve_fill(&curve, 2, 0.1, 0.005, 0);
    refused(
        curve.points, 1,
        "figures at 1 number of vCPUs: the law has 3 terms, so it takes 3 numbers or more, each "
        "once");
    refused(curve.points, 2,
            "figures at 2 numbers of vCPUs: the law has 3 terms, so it takes 3 numbers or more, "
            "each once");
    curve.points[4].cpus = 8;
    refused(curve.points, 5,
            "figures at 4 numbers of vCPUs: the law has 3 terms, so it takes 3 numbers or more, "
            "each once");
    curve.points[4].cpus = 16;
    g_array_index((GArray *)curve.points[2].samples, double, 1) = -2;
    refused(curve.points, 5, "a figure of -2 at 4 vCPUs: a scaling law is of figures above zero");
    g_array_index((GArray *)curve.points[2].samples, double, 1) = NAN;
    refused(curve.points, 5, "a figure of nan at 4 vCPUs: a scaling law is of figures above zero");
    g_array_set_size((GArray *)curve.points[2].samples, 0);
    refused(curve.points, 5,
            "figures at 4 numbers of vCPUs: the law has 3 terms, so it takes 3 numbers or more, "
            "each once");
    curve_clear(&curve);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/scaling/known", test_known);
    g_test_add_func("/scaling/noise", test_noise);
    g_test_add_func("/scaling/predict", test_predict);
    g_test_add_func("/scaling/flat", test_flat);
    g_test_add_func("/scaling/one-seed", test_one_seed);
    g_test_add_func("/scaling/refused", test_refused);
    return g_test_run();
}

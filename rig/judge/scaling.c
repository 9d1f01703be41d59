/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how throughput grows with CPUs, as the Universal Scalability Law says.
 *
 * Method. N. J. Gunther, "Guerrilla Capacity Planning" (2007), chapter 4: N CPUs have the throughput
 *     X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)),
 * lambda that of one, sigma the share of work that is done by one at a time (Amdahl's law, where kappa is 0), kappa the cost of
 * keeping each pair coherent, for which throughput falls again beyond N = sqrt((1 - sigma) / kappa). The terms are those
 * with the least squares of the logarithms of X, as errors are relative, found by the method of Levenberg and
 * Marquardt (GSL); lambda as its logarithm, sigma and kappa as squares, so that none becomes negative. It is begun
 * from several places and the best end kept, since a term that is zero is a place where the others' slope is flat.
 * Intervals: percentile bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993) over seeds: at each number of
 * CPUs as many figures as there are, drawn with replacement.
 *
 * Limits. The bootstrap knows the seeds' chance only, not that the law may be the wrong one: misfit tells of that. A few
 * seeds spread less than many would. What bounds throughput from elsewhere (the domU's one vCPU, disks held to a rate) bends
 * the curve as sigma does and is taken for it. */
#include "judge/scaling.h"

#include "base/error.h"
#include <gsl/gsl_multifit_nlinear.h>
#include <gsl/gsl_rng.h>
#include <math.h>

enum { TERMS = 3, COUNTS_MAX = 64, STEPS = 200 };

/* Terms as they are drawn: lambda, sigma, kappa. */
typedef struct {
    double term[TERMS];
} Law;

typedef struct {
    guint n;
    double cpus[COUNTS_MAX], figure[COUNTS_MAX];
} Curve;

void xr_scaling_free(XrScaling *scaling)
{
    if (scaling == NULL)
        return;
    g_clear_pointer(&scaling->drawn, g_array_unref);
    g_free(scaling);
}

static double throughput(const Law *law, double cpus)
{
    return law->term[0] * cpus / (1 + law->term[1] * (cpus - 1) + law->term[2] * cpus * (cpus - 1));
}

/* --- the fit --- */

static Law law_of(const gsl_vector *x)
{
    const double s = gsl_vector_get(x, 1), k = gsl_vector_get(x, 2);

    return (Law){{exp(gsl_vector_get(x, 0)), s * s, k * k}};
}

static int residuals(const gsl_vector *x, void *data, gsl_vector *f)
{
    const Curve *curve = data;
    const Law law = law_of(x);

    for (guint i = 0; i < curve->n; i++)
        gsl_vector_set(f, i, log(throughput(&law, curve->cpus[i]) / curve->figure[i]));
    return GSL_SUCCESS;
}

static double squares(const Law *law, const Curve *curve)
{
    double sum = 0;

    for (guint i = 0; i < curve->n; i++) {
        const double off = log(throughput(law, curve->cpus[i]) / curve->figure[i]);

        sum += off * off;
    }
    return sum;
}

static Law fit_from(gsl_multifit_nlinear_workspace *work, Curve *curve, double sigma, double kappa)
{
    gsl_multifit_nlinear_fdf fdf = {.f = residuals, .n = curve->n, .p = TERMS, .params = curve};
    double begin[TERMS] = {log(curve->figure[0] / curve->cpus[0]), sqrt(sigma), sqrt(kappa)};
    gsl_vector_view x = gsl_vector_view_array(begin, TERMS);
    int info = 0;

    gsl_multifit_nlinear_init(&x.vector, &fdf, work);
    gsl_multifit_nlinear_driver(STEPS, 1e-10, 1e-10, 1e-10, NULL, NULL, &info, work);
    return law_of(gsl_multifit_nlinear_position(work));
}

static Law fit(Curve *curve)
{
    static const double begins[][2] = {{0.1, 0.001}, {0.5, 0.02}, {0.01, 1e-5}, {0.9, 0.2}};
    const gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_workspace *work =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, curve->n, TERMS);
    Law best = {{NAN, NAN, NAN}};
    double least = INFINITY;

    for (gsize i = 0; i < G_N_ELEMENTS(begins); i++) {
        const Law law = fit_from(work, curve, begins[i][0], begins[i][1]);
        const double sum = squares(&law, curve);

        if (sum < least) {
            least = sum;
            best = law;
        }
    }
    gsl_multifit_nlinear_free(work);
    return best;
}

/* Where kappa is too small to tell from nothing there is no peak: one beyond any machine. */
static double peak_of(const Law *law)
{
    const double left = 1 - law->term[1], peak = sqrt(MAX(left, 0) / law->term[2]);

    return law->term[2] < 1e-9 ? INFINITY : MAX(peak, 1);
}

/* --- points --- */

static gboolean take_points(const XrScalingPoint *points, guint n, Curve *curve, GError **error)
{
    curve->n = n;
    for (guint i = 0; i < n; i++) {
        double sum = 0;

        curve->cpus[i] = points[i].cpus;
        for (guint k = 0; k < points[i].samples->len; k++) {
            const double figure = g_array_index(points[i].samples, double, k);

            sum += figure;
            if (figure > 0 && isfinite(figure))
                continue;
            g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                        "a figure of %g at %u vCPUs: a scaling law is of figures above zero",
                        figure, points[i].cpus);
            return FALSE;
        }
        curve->figure[i] = sum / points[i].samples->len;
    }
    return TRUE;
}

/* Numbers of CPUs with figures, each once. */
static guint count_of(const XrScalingPoint *points, guint n)
{
    guint count = 0;

    for (guint i = 0; i < n; i++) {
        gboolean known = points[i].samples->len == 0 || points[i].cpus == 0;

        for (guint k = 0; k < i; k++)
            known |= points[k].cpus == points[i].cpus;
        count += !known;
    }
    return count;
}

static gboolean check_points(const XrScalingPoint *points, guint n, GError **error)
{
    const guint count = count_of(points, n);

    if (count >= TERMS && count == n && n <= COUNTS_MAX)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "figures at %u number%s of vCPUs: the law has %d terms, so it takes %d numbers or "
                "more, each once",
                count, count == 1 ? "" : "s", TERMS, TERMS);
    return FALSE;
}

/* --- the bootstrap --- */

static Curve draw(const XrScalingPoint *points, const Curve *curve, gsl_rng *rng)
{
    Curve drawn = *curve;

    for (guint i = 0; i < curve->n; i++) {
        const GArray *samples = points[i].samples;
        double sum = 0;

        for (guint k = 0; k < samples->len; k++)
            sum += g_array_index(samples, double, gsl_rng_uniform_int(rng, samples->len));
        drawn.figure[i] = sum / samples->len;
    }
    return drawn;
}

static GArray *draw_all(const XrScalingPoint *points, const Curve *curve, guint draws, guint32 seed)
{
    GArray *laws = g_array_new(FALSE, FALSE, sizeof(Law));
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gboolean varies = FALSE;

    for (guint i = 0; i < curve->n; i++)
        varies |= points[i].samples->len > 1;
    gsl_rng_set(rng, seed);
    for (guint i = 0; varies && i < draws; i++) {
        Curve drawn = draw(points, curve, rng);
        const Law law = fit(&drawn);

        g_array_append_val(laws, law);
    }
    gsl_rng_free(rng);
    return laws;
}

static gint ascending(gconstpointer a, gconstpointer b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

typedef double (*Reading)(const Law *law, double cpus);

static XrScalingTerm read_term(const GArray *drawn, const Law *best, Reading reading, double cpus)
{
    XrScalingTerm term = {reading(best, cpus), NAN, NAN};
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; i < drawn->len; i++) {
        const double value = reading(&g_array_index(drawn, Law, i), cpus);

        g_array_append_val(values, value);
    }
    if (values->len == 0)
        return term;
    g_array_sort(values, ascending);
    term.low = g_array_index(values, double, (guint)(0.025 * (values->len - 1) + 0.5));
    term.high = g_array_index(values, double, (guint)(0.975 * (values->len - 1) + 0.5));
    return term;
}

static double read_lambda(const Law *law, double cpus)
{
    return law->term[0];
}

static double read_sigma(const Law *law, double cpus)
{
    return law->term[1];
}

static double read_kappa(const Law *law, double cpus)
{
    return law->term[2];
}

static double read_peak(const Law *law, double cpus)
{
    return peak_of(law);
}

XrScaling *xr_scaling_fit(const XrScalingPoint *points, guint n, guint draws, guint32 seed,
                          GError **error)
{
    Curve curve;
    XrScaling *scaling;

    if (!check_points(points, n, error) || !take_points(points, n, &curve, error))
        return NULL;
    const Law best = fit(&curve);
    GArray *drawn = draw_all(points, &curve, draws, seed);
    scaling = g_new0(XrScaling, 1);
    scaling->drawn = drawn;
    scaling->lambda = read_term(drawn, &best, read_lambda, 0);
    scaling->sigma = read_term(drawn, &best, read_sigma, 0);
    scaling->kappa = read_term(drawn, &best, read_kappa, 0);
    scaling->peak = read_term(drawn, &best, read_peak, 0);
    scaling->misfit = sqrt(squares(&best, &curve) / n);
    return scaling;
}

XrScalingTerm xr_scaling_predict(const XrScaling *scaling, double cpus)
{
    const Law best = {{scaling->lambda.value, scaling->sigma.value, scaling->kappa.value}};

    return read_term(scaling->drawn, &best, throughput, cpus);
}

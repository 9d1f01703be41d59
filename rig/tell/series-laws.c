/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the scaling laws of a series' curves, in words and as JSON. */
#include "base/error.h"
#include "tell/series.h"

#include <math.h>

enum { DRAWS = 500 };

static XrScaling *fit(const XrSeriesTable *table, guint curve, guint vcpus_max, GError **error)
{
    XrScalingPoint points[XR_SERIES_VCPUS];
    const guint n = xr_series_scaling_points(table, curve, vcpus_max, points);

    return xr_scaling_fit(points, n, DRAWS, table->plan->workload.seed, error);
}

/* "0.0123 (0.0117 to 0.0130)". Free with g_free. */
static char *term_text(const XrScalingTerm *term, const char *unit)
{
    if (isnan(term->low))
        return g_strdup_printf("%.3g%s (one seed: no interval)", term->value, unit);
    return g_strdup_printf("%.3g%s (%.3g to %.3g)", term->value, unit, term->low, term->high);
}

/* Where it stops to gain. Free with g_free. */
static char *peak_text(const XrScaling *law)
{
    const XrScalingTerm *peak = &law->peak;

    if (peak->value <= 1)
        return g_strdup("a second vCPU gains nothing");
    if (!isfinite(peak->value) && (isnan(peak->low) || !isfinite(peak->low)))
        return g_strdup_printf("throughput does not fall with more vCPUs, and never passes %.3g "
                               "B/tick",
                               law->lambda.value / law->sigma.value);
    if (!isfinite(peak->value))
        return g_strdup_printf("no number of vCPUs is seen at which it stops gaining: none below "
                               "%.0f",
                               floor(peak->low));
    if (isnan(peak->low))
        return g_strdup_printf("it stops gaining at %.0f vCPUs", peak->value);
    if (!isfinite(peak->high))
        return g_strdup_printf("it stops gaining at %.0f vCPUs (%.0f or more)", peak->value,
                               peak->low);
    return g_strdup_printf("it stops gaining at %.0f vCPUs (%.0f to %.0f)", peak->value, peak->low,
                           peak->high);
}

/* The law of runs at up to half the largest number, asked for the largest. NULL: it cannot be. Free with g_free. */
static char *prediction_text(const XrSeriesTable *table, guint curve)
{
    const guint last = table->shape->vcpus->len - 1;
    const guint most = g_array_index(table->shape->vcpus, guint, last);
    const XrSeriesCell *cell = &table->cells[FALSE][curve][last];
    g_autoptr(XrScaling) law = fit(table, curve, most / 2, NULL);

    if (law == NULL || !cell->measured)
        return NULL;
    const XrScalingTerm foretold = xr_scaling_predict(law, most);
    g_autofree char *text = term_text(&foretold, "");
    const double off = foretold.value / cell->figure.mean - 1;
    const gboolean meets = foretold.low <= cell->figure.high && foretold.high >= cell->figure.low;

    return g_strdup_printf(
        "from runs at up to %u vCPUs: %s B/tick at %u; measured %.3g (%.3g to %.3g), %.1f %% %s%s",
        most / 2, text, most, cell->figure.mean, cell->figure.low, cell->figure.high,
        fabs(off) * 100, off < 0 ? "above it" : "below it", meets ? ": the intervals meet" : "");
}

GPtrArray *xr_series_law_words(const XrSeriesTable *table, guint curve)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(XrScaling) law = fit(table, curve, G_MAXUINT, &error);

    if (law == NULL) {
        g_ptr_array_add(words, g_strdup_printf("no law: %s", error->message));
        return words;
    }
    g_autofree char *lambda = term_text(&law->lambda, "");
    g_autofree char *sigma = term_text(&law->sigma, "");
    g_autofree char *kappa = term_text(&law->kappa, "");
    g_autofree char *peak = peak_text(law);
    char *foretold = prediction_text(table, curve);
    g_ptr_array_add(words, g_strdup_printf("contention %s, coherence %s, one vCPU %s B/tick", sigma,
                                           kappa, lambda));
    g_ptr_array_add(
        words, g_strdup_printf("%s; the law misses points by %.1f %%", peak, law->misfit * 100));
    if (foretold != NULL)
        g_ptr_array_add(words, foretold);
    return words;
}

void xr_tell_series_laws(const XrSeriesTable *table, FILE *out)
{
    fputs("\nscaling (Universal Scalability Law, Gunther; 95 % over seeds): X(N) = one vCPU * N / "
          "(1 + "
          "contention (N - 1)\n  + coherence N (N - 1))\n",
          out);
    for (guint c = 0; c < table->shape->curves->len; c++) {
        g_autoptr(GPtrArray) words = xr_series_law_words(table, c);

        fprintf(out, "  %s\n", ((XrSeriesCurve *)table->shape->curves->pdata[c])->label);
        for (guint i = 0; i < words->len; i++)
            fprintf(out, "    %s\n", (char *)words->pdata[i]);
    }
}

/* --- JSON --- */

static void set_term(JsonObject *object, const char *name, const XrScalingTerm *term)
{
    const double values[] = {term->value, term->low, term->high};
    JsonArray *array = json_array_new();

    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        if (isfinite(values[i]))
            json_array_add_double_element(array, values[i]);
        else
            json_array_add_null_element(array);
    }
    json_object_set_array_member(object, name, array);
}

JsonObject *xr_tell_series_law_json(const XrSeriesTable *table, guint c)
{
    const XrSeriesCurve *curve = table->shape->curves->pdata[c];
    JsonObject *object = json_object_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(XrScaling) law = fit(table, c, G_MAXUINT, &error);

    json_object_set_string_member(object, "curve", curve->label);
    if (law == NULL) {
        json_object_set_string_member(object, "why_none", error->message);
        return object;
    }
    set_term(object, "lambda", &law->lambda);
    set_term(object, "sigma", &law->sigma);
    set_term(object, "kappa", &law->kappa);
    set_term(object, "peak", &law->peak);
    json_object_set_double_member(object, "misfit", law->misfit);
    return object;
}

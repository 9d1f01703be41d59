/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a comparison came to and how it was got, as pairs of a label and a value. */
#include "judge/centre.h"
#include "tell/compare.h"
#include "tell/facts.h"
#include "tell/format.h"
#include <math.h>

static const double confidence = 0.95;

static void add_build(GPtrArray *facts, const XrCompareReport *report, guint build)
{
    const GArray *samples = report->samples[build];
    const XrCentre centre =
        xr_centre((const double *)(gpointer)samples->data, samples->len, confidence);
    g_autofree char *name = xr_tell_safe(report->builds[build], 200);
    g_autofree char *median = xr_tell_value(centre.median, report->unit);
    g_autofree char *low = xr_tell_value(centre.low, report->unit);
    g_autofree char *high = xr_tell_value(centre.high, report->unit);
    g_autofree char *label = g_strdup_printf("%c", build < 26 ? 'A' + (int)build : '?');
    g_autofree char *text = NULL;

    if (samples->len < 2)
        text = g_strdup_printf("%s: %u run%s", name, samples->len, samples->len == 1 ? "" : "s");
    else
        text =
            g_strdup_printf("%s: median %s (%s to %s at %.3g %%), spread %.2g %% (%.2g to "
                            "%.2g) over %u runs",
                            name, median, low, high, centre.confidence * 100, centre.spread * 100,
                            centre.spread_low * 100, centre.spread_high * 100, samples->len);
    xr_facts_add(facts, label, "%s", text);
}

/* What is to be known about runs that did not simply pass. */
static void add_troubles(GPtrArray *facts, const XrCompareReport *report)
{
    guint failed = 0, unsure = 0, repeated = 0;
    g_autofree char *text = NULL;

    for (guint i = 0; i < report->runs->len; i++) {
        const XrRunFigure *figure = report->runs->pdata[i];

        failed += g_str_equal(figure->verdict, "fail");
        unsure += g_str_equal(figure->verdict, "unsure");
        repeated += !figure->counted;
    }
    if (failed + unsure + repeated == 0)
        return;
    text = g_strdup_printf("%u of %u runs failed, %u were unsure, %u gave no figure", failed,
                           report->runs->len, unsure, repeated);
    xr_facts_add(facts, "verdicts", "%s", text);
    for (guint i = 0; i < report->runs->len; i++) {
        const XrRunFigure *figure = report->runs->pdata[i];
        g_autofree char *build = xr_tell_safe(figure->build, 200);
        g_autofree char *outcome = xr_run_figure_outcome(figure);
        g_autofree char *safe = xr_tell_safe(outcome, 1000);
        g_autofree char *line = NULL;

        if (g_str_equal(figure->verdict, "pass"))
            continue;
        line = g_strdup_printf("%s, round %u, %s", build, figure->round + 1, safe);
        xr_facts_add(facts, "", "%s", line);
    }
}

/* A host that was busy is the first suspect for a wide interval. */
static void add_host(GPtrArray *facts, const XrCompareReport *report)
{
    double low = INFINITY, high = -INFINITY;
    g_autofree char *text = NULL;

    for (guint i = 0; i < report->runs->len; i++) {
        const XrRunFigure *figure = report->runs->pdata[i];

        if (!figure->counted || !isfinite(figure->host_wait))
            continue;
        low = MIN(low, figure->host_wait);
        high = MAX(high, figure->host_wait);
    }
    if (low > high)
        return;
    text = g_strdup_printf("let the machine wait for its CPUs in %.0f to %.0f %% of the time, by "
                           "run",
                           low * 100, high * 100);
    xr_facts_add(facts, "host", "%s", text);
}

static void add_how(GPtrArray *facts, const XrCompareReport *report)
{
    const XrCompareRules *rules = report->rules;
    g_autofree char *metric = xr_tell_safe(report->metric, 100);
    g_autofree char *plan = xr_tell_safe(report->plan, 100);
    g_autofree char *what = g_strdup_printf("%s of plan %s, one figure a run", metric, plan);
    g_autofree char *rates = g_strdup_printf(
        "equal builds called different: %.3g %%; builds %.3g %% apart called the "
        "same: %.3g %%; over all looks together",
        rules->false_different * 100, rules->smallest_effect * 100, rules->false_same * 100);

    xr_facts_add(facts, "metric", "%s", what);
    for (guint i = 0; report->builds[i] != NULL; i++)
        add_build(facts, report, i);
    xr_facts_add(facts, "error rates", "%s", rates);
    if (report->seed >= 0) {
        g_autofree char *order =
            g_strdup_printf("%u runs, in rounds of random order, seed %" G_GINT64_FORMAT,
                            report->runs->len, report->seed);

        xr_facts_add(facts, "order", "%s", order);
    }
    add_host(facts, report);
    add_troubles(facts, report);
}

static void add_notes(GPtrArray *facts, const XrCompareReport *report)
{
    for (guint i = 1; report->builds[i] != NULL; i++) {
        g_autofree char *note = xr_tell_same_build(report, i);

        if (note != NULL)
            xr_facts_add(facts, "note", "%s", note);
    }
    for (guint i = 1; report->builds[i] != NULL; i++) {
        const XrPair *pair = &g_array_index(report->comparison->pairs, XrPair, i - 1);
        g_autofree char *text = g_strdup_printf(
            "%c: factor %.4g of A (%.4g to %.4g at 95 %%), rank test of %u runs against %u: p %.2g",
            i < 26 ? 'A' + (int)i : '?', pair->effect.ratio, pair->effect.low, pair->effect.high,
            pair->runs, pair->runs_against, pair->p);

        if (pair->runs > 0)
            xr_facts_add(facts, i == 1 ? "effect" : "", "%s", text);
    }
}

GPtrArray *xr_facts_of_comparison(const XrCompareReport *report)
{
    GPtrArray *facts = xr_facts_new();

    add_how(facts, report);
    add_notes(facts, report);
    return facts;
}

GPtrArray *xr_facts_of_samples(const XrCompareReport *report)
{
    GPtrArray *facts = xr_facts_new();

    for (guint b = 0; report->builds[b] != NULL; b++) {
        const GArray *samples = report->samples[b];
        g_autofree char *label = g_strdup_printf("%c", b < 26 ? 'A' + (int)b : '?');
        g_autoptr(GString) line = g_string_new(NULL);

        for (guint i = 0; i < samples->len; i++) {
            const double value = g_array_index(samples, double, i);
            g_autofree char *text = g_str_equal(report->unit, "B/s")
                                        ? xr_tell_megabytes(value)
                                        : xr_tell_value(value, report->unit);

            g_string_append_printf(line, "%s%s", i > 0 ? " " : "", text);
        }
        xr_facts_add(facts, label, "%s", line->len > 0 ? line->str : "none");
    }
    return facts;
}

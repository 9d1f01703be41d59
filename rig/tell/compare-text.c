/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a comparison came to, for people. */
#include "tell/compare.h"

#include "judge/centre.h"
#include "tell/format.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 80, LABEL = 12 };
static const double confidence = 0.95;

static void add_fold(GString *out, const char *label, const char *text)
{
    g_autofree char *name = xr_tell_fit(label, LABEL, TRUE);
    g_autofree char *indent = g_strnfill(LABEL + 2, ' ');
    g_autoptr(GString) folded = g_string_new(NULL);

    xr_tell_fold(folded, text, indent, WIDTH);
    g_string_append_printf(out, "  %s%s", name, folded->str + LABEL + 2);
}

static void add_sentence(GString *out, const char *word, const char *sentence, const char *sgr)
{
    g_autofree char *upper = g_ascii_strup(word, -1);
    g_autofree char *text = g_strdup_printf("%s: %s.", upper, sentence);
    g_autoptr(GString) folded = g_string_new(NULL);

    xr_tell_fold(folded, text, "", WIDTH);
    if (sgr != NULL)
        g_string_append_printf(out, "\033[1;%sm%s\033[0m%s", sgr, upper,
                               folded->str + strlen(upper));
    else
        g_string_append(out, folded->str);
}

static void add_verdicts(GString *out, const XrCompareReport *report, gboolean color)
{
    static const char *const colors[] = {"32", "31", "33"};
    g_autofree char *end = xr_tell_compare_end(report);

    for (guint i = 1; report->builds[i] != NULL; i++) {
        const XrPair *pair = &g_array_index(report->comparison->pairs, XrPair, i - 1);
        g_autofree char *sentence = xr_tell_pair(report, i);
        g_autofree char *whole = pair->kind == XR_LIKE_UNSURE && end != NULL
                                     ? g_strdup_printf("%s; %s", sentence, end)
                                     : g_strdup(sentence);

        add_sentence(out, xr_likeness_name(pair->kind), whole, color ? colors[pair->kind] : NULL);
    }
}

static void add_build(GString *out, const XrCompareReport *report, guint build)
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
    add_fold(out, label, text);
}

static void add_samples(GString *out, const XrCompareReport *report)
{
    g_string_append(out, "\nfigures of the runs, in the order of rounds\n");
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
        add_fold(out, label, line->len > 0 ? line->str : "none");
    }
}

/* What is to be known about runs that did not simply pass. */
static void add_troubles(GString *out, const XrCompareReport *report)
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
    add_fold(out, "verdicts", text);
    for (guint i = 0; i < report->runs->len; i++) {
        const XrRunFigure *figure = report->runs->pdata[i];
        g_autofree char *build = xr_tell_safe(figure->build, 200);
        g_autofree char *reason = xr_tell_safe(figure->reason, 500);
        g_autofree char *line = NULL;

        if (g_str_equal(figure->verdict, "pass"))
            continue;
        line = g_strdup_printf("%s, round %u, %s: %s", build, figure->round + 1, figure->verdict,
                               reason);
        add_fold(out, "", line);
    }
}

/* A host that was busy is the first suspect for a wide interval. */
static void add_host(GString *out, const XrCompareReport *report)
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
    add_fold(out, "host", text);
}

static void add_how(GString *out, const XrCompareReport *report)
{
    const XrCompareRules *rules = report->rules;
    g_autofree char *metric = xr_tell_safe(report->metric, 100);
    g_autofree char *plan = xr_tell_safe(report->plan, 100);
    g_autofree char *what = g_strdup_printf("%s of plan %s, one figure a run", metric, plan);
    g_autofree char *rates = g_strdup_printf(
        "equal builds called different: %.3g %%; builds %.3g %% apart called the "
        "same: %.3g %%; over all looks together",
        rules->false_different * 100, rules->smallest_effect * 100, rules->false_same * 100);

    add_fold(out, "metric", what);
    for (guint i = 0; report->builds[i] != NULL; i++)
        add_build(out, report, i);
    add_fold(out, "error rates", rates);
    if (report->seed >= 0) {
        g_autofree char *order =
            g_strdup_printf("%u runs, in rounds of random order, seed %" G_GINT64_FORMAT,
                            report->runs->len, report->seed);

        add_fold(out, "order", order);
    }
    add_host(out, report);
    add_troubles(out, report);
}

static void add_notes(GString *out, const XrCompareReport *report)
{
    for (guint i = 1; report->builds[i] != NULL; i++) {
        g_autofree char *note = xr_tell_same_build(report, i);

        if (note != NULL)
            add_fold(out, "note", note);
    }
    for (guint i = 1; report->builds[i] != NULL; i++) {
        const XrPair *pair = &g_array_index(report->comparison->pairs, XrPair, i - 1);
        g_autofree char *text = g_strdup_printf(
            "%c: factor %.4g of A (%.4g to %.4g at 95 %%), rank test of %u runs against %u: p %.2g",
            i < 26 ? 'A' + (int)i : '?', pair->effect.ratio, pair->effect.low, pair->effect.high,
            pair->runs, pair->runs_against, pair->p);

        if (pair->runs > 0)
            add_fold(out, i == 1 ? "effect" : "", text);
    }
}

static void add_way_on(GString *out, XrCompareEnd end, const char *dir)
{
    static const char *const more[] = {[XR_END_BUDGET] = " --set compare.budget=…",
                                       [XR_END_REPEATS] = " --set compare.repeats=…",
                                       [XR_END_INTERRUPTED] = ""};

    if (end < G_N_ELEMENTS(more) && more[end] != NULL)
        g_string_append_printf(out, "go on: xenrig compare --resume %s%s\n", dir, more[end]);
}

void xr_tell_compare_text(const XrCompareReport *report, FILE *out, gboolean color)
{
    g_autoptr(GString) text = g_string_new(NULL);

    add_verdicts(text, report, color);
    g_string_append_c(text, '\n');
    add_how(text, report);
    add_notes(text, report);
    add_samples(text, report);
    if (report->record_dir != NULL) {
        g_autofree char *dir = xr_tell_safe(report->record_dir, 8192);

        g_string_append_printf(text, "\nrecord: %s\njudge again: xenrig compare --replay %s\n", dir,
                               dir);
        add_way_on(text, report->end, dir);
    }
    fwrite(text->str, 1, text->len, out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a comparison came to, in sentences. */
#include "tell/compare.h"

#include "base/units.h"
#include "tell/format.h"
#include <math.h>
#include <string.h>

static const double times_from = 1.5; /* factors above are told as such, below in percent */

/* What a smaller and a larger figure of that unit are called. */
static const struct {
    const char *end;
    const char *less, *more;
} words[] = {
    {"/s", "slower", "faster"},
    {"tick", "slower", "faster"},
    {"ns", "shorter", "longer"},
    {"", "lower", "higher"},
};

static const char *word_of(const char *unit, gboolean more)
{
    gsize i = 0;

    while (!g_str_has_suffix(unit, words[i].end))
        i++;
    return more ? words[i].more : words[i].less;
}

static gboolean is_rate(const char *unit)
{
    return g_str_equal(word_of(unit, TRUE), "faster");
}

static int digits_of(double value)
{
    return fabs(value) < 9.95 ? 1 : 0;
}

/* "7.9 to 8.3"; with as many digits as tell the two apart, up to a limit. */
static char *range(double low, double high)
{
    for (int more = 0;; more++) {
        char *text = g_strdup_printf("%.*f", digits_of(low) + more, low);
        g_autofree char *end = g_strdup_printf("%.*f", digits_of(high) + more, high);

        if (!g_str_equal(text, end)) {
            char *both = g_strdup_printf("%s to %s", text, end);

            g_free(text);
            return both;
        }
        if (more == 2)
            return text;
        g_free(text);
    }
}

/* By how much, for factors from near to far that are both above 1; of their inverses unless more. */
static char *amount(double near, double far, gboolean more, const char *unit)
{
    const char *word = word_of(unit, more);
    const gboolean times = near >= times_from;
    /* In percent of what it is compared with: 50 % slower is half as fast. */
    const double from = times ? near : 100 * (more ? near - 1 : 1 - 1 / near);
    const double to = times ? far : 100 * (more ? far - 1 : 1 - 1 / far);
    g_autofree char *text =
        near == far ? g_strdup_printf("%.*f", digits_of(from), from) : range(from, to);

    return g_strdup_printf("%s %s %s", text, times ? "times" : "%", word);
}

static char *one_end(double factor, const char *unit)
{
    const gboolean more = factor > 1;
    const double size = more ? factor : 1 / factor;

    return factor == 1 ? g_strdup("equal") : amount(size, size, more, unit);
}

static char *extent(double low, double high, const char *unit)
{
    g_autofree char *less = NULL;
    g_autofree char *more = NULL;

    if (low == 1 && high == 1)
        return g_strdup("exactly equal");
    if (low > 1)
        return amount(low, high, TRUE, unit);
    if (high < 1)
        return amount(1 / high, 1 / low, FALSE, unit);
    less = one_end(low, unit);
    more = one_end(high, unit);
    return g_strdup_printf("between %s and %s", less, more);
}

char *xr_tell_effect(const char *build, const char *base, const char *metric, const char *unit,
                     double low, double high)
{
    g_autofree char *size = extent(low, high, unit);
    const char *link = low == 1 && high == 1 ? "to" : "than";

    if (is_rate(unit) && low == 1 && high == 1)
        return g_strdup_printf("%s is exactly as fast as %s", build, base);
    if (is_rate(unit))
        return g_strdup_printf("%s is %s than %s", build, size, base);
    return g_strdup_printf("%s of %s is %s %s that of %s", metric, build, size, link, base);
}

static char *percent(double share)
{
    return g_strdup_printf("%.3g %%", share * 100);
}

static char *unsure_sentence(const XrCompareReport *report, const XrPair *pair, const char *effect)
{
    g_autofree char *rate = percent(report->rules->false_different);

    if (pair->effect.low > 1 || pair->effect.high < 1)
        return g_strdup_printf("probably a difference, but not surely enough for an error rate of "
                               "%s: %s",
                               rate, effect);
    return g_strdup_printf("not told apart: %s", effect);
}

char *xr_tell_pair(const XrCompareReport *report, guint build)
{
    const XrPair *pair = &g_array_index(report->comparison->pairs, XrPair, build - 1);
    const gboolean same = pair->kind == XR_LIKE_SAME;
    const XrEffect *shown = same ? &pair->bounds : &pair->effect;
    g_autofree char *name = xr_tell_safe(report->builds[build], 200);
    g_autofree char *base = xr_tell_safe(report->builds[0], 200);
    g_autofree char *smallest = percent(report->rules->smallest_effect);
    g_autofree char *effect = NULL;

    if (pair->runs == 0)
        return g_strdup_printf(
            "nothing is known of %s: the first look takes %u runs of each build, "
            "and there are %u and %u",
            name, report->rules->runs_min, report->samples[0]->len, report->samples[build]->len);
    if (shown->low == 0)
        return g_strdup_printf("not told apart: %u runs each say nothing of %s yet", pair->runs,
                               name);
    effect = xr_tell_effect(name, base, report->metric, report->unit, shown->low, shown->high);
    if (pair->kind == XR_LIKE_UNSURE)
        return unsure_sentence(report, pair, effect);
    if (same)
        return g_strdup_printf("no difference larger than %s: %s%s", smallest, effect,
                               pair->certain ? " (which is certain, and too little to matter)"
                                             : "");
    return g_steal_pointer(&effect);
}

static const XrRunFigure *last_repeated(const GPtrArray *runs, guint *count)
{
    const XrRunFigure *last = NULL;

    *count = 0;
    for (guint i = 0; i < runs->len; i++) {
        const XrRunFigure *figure = runs->pdata[i];

        if (figure->counted || xr_run_figure_failed(figure))
            continue;
        ++*count;
        last = figure;
    }
    return last;
}

guint xr_tell_compare_failures(const XrCompareReport *report)
{
    guint count = 0;

    for (guint i = 0; i < report->runs->len; i++)
        count += xr_run_figure_failed(report->runs->pdata[i]);
    return count;
}

char *xr_tell_compare_failure(const XrCompareReport *report)
{
    const guint count = xr_tell_compare_failures(report);
    guint first = 0;

    if (count == 0)
        return NULL;
    while (!xr_run_figure_failed(report->runs->pdata[first]))
        first++;
    const XrRunFigure *figure = report->runs->pdata[first];
    const gboolean several = report->runs->len > 1;
    g_autofree char *build = xr_tell_safe(figure->build, 200);
    g_autofree char *reason = xr_tell_safe(figure->reason, 500);
    g_autofree char *incomplete = xr_tell_safe(figure->incomplete, 500);
    g_autofree char *record = xr_tell_safe(figure->record, 1000);

    return g_strdup_printf(
        "%u of %u run%s failed; %s of %s: %s%s%s%s%s%s", count, report->runs->len,
        several ? "s" : "", count > 1 ? "the first is" : "it is", build, reason,
        figure->complete ? "" : "; that run is incomplete: ", figure->complete ? "" : incomplete,
        record[0] != '\0' ? " (record " : "", record, record[0] != '\0' ? ")" : "");
}

int xr_tell_compare_exit_code(const XrCompareReport *report)
{
    return xr_tell_compare_failures(report) > 0
               ? xr_verdict_exit_code(XR_FAIL)
               : xr_likeness_exit_code(xr_comparison_kind(report->comparison));
}

char *xr_tell_compare_end(const XrCompareReport *report)
{
    guint count;
    const XrRunFigure *last = last_repeated(report->runs, &count);

    switch (report->end) {
    case XR_END_DECIDED:
    case XR_END_STORED:
    case XR_END_ENOUGH:
        return NULL;
    case XR_END_RUNS:
        return g_strdup_printf("%u runs of each build are all that compare.runs_max allows",
                               report->rules->runs_max);
    case XR_END_BUDGET:
        return g_strdup("the time that compare.budget allows is spent");
    case XR_END_INTERRUPTED:
        return g_strdup("interrupted by a signal");
    case XR_END_FAILED:
        return g_strdup("its runs, or those that it is compared with, fail before anything is "
                        "measured");
    case XR_END_REPEATS:
        break;
    }
    g_autofree char *build = xr_tell_safe(last != NULL ? last->build : NULL, 200);
    g_autofree char *reason = xr_tell_safe(last != NULL ? last->reason : NULL, 500);
    return g_strdup_printf(
        "%u run%s gave no figure, more than compare.repeats allows; the last, of "
        "%s: %s",
        count, count == 1 ? "" : "s", build, reason);
}

char *xr_tell_pair_and_end(const XrCompareReport *report, guint build)
{
    const XrPair *pair = &g_array_index(report->comparison->pairs, XrPair, build - 1);
    g_autofree char *sentence = xr_tell_pair(report, build);
    g_autofree char *end = xr_tell_compare_end(report);

    return pair->kind == XR_LIKE_UNSURE && end != NULL ? g_strdup_printf("%s; %s", sentence, end)
                                                       : g_steal_pointer(&sentence);
}

const XrFunctionsDiff *xr_tell_pair_functions(const XrCompareReport *report, guint build)
{
    return report->functions != NULL ? report->functions->pdata[build - 1] : NULL;
}

/* The id that all runs of that build had; NULL if there is none. */
static const char *id_of(const XrCompareReport *report, guint build)
{
    for (guint i = 0; i < report->runs->len; i++) {
        const XrRunFigure *figure = report->runs->pdata[i];

        if (figure->index == build && figure->counted && figure->build_id[0] != '\0')
            return figure->build_id;
    }
    return NULL;
}

char *xr_tell_same_build(const XrCompareReport *report, guint build)
{
    const char *first = id_of(report, 0), *id = id_of(report, build);

    if (first == NULL || id == NULL || !g_str_equal(first, id))
        return NULL;
    g_autofree char *base = xr_tell_safe(report->builds[0], 200);
    g_autofree char *name = xr_tell_safe(report->builds[build], 200);
    return g_strdup_printf("%s and %s are one build (id %s): a difference would be a false alarm",
                           base, name, id);
}

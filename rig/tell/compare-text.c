/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a comparison came to, for people. */
#include "tell/compare.h"

#include "tell/facts.h"
#include "tell/format.h"
#include "tell/functions.h"
#include <string.h>

enum { WIDTH = 80, LABEL = 12 };

static void add_fold(GString *out, const char *label, const char *text)
{
    g_autofree char *name = xr_tell_fit(label, LABEL, TRUE);
    g_autofree char *indent = g_strnfill(LABEL + 2, ' ');
    g_autoptr(GString) folded = g_string_new(NULL);

    xr_tell_fold(folded, text, indent, WIDTH);
    g_string_append_printf(out, "  %s%s", name, folded->str + LABEL + 2);
}

static void add_facts(GString *out, const GPtrArray *facts)
{
    for (guint i = 0; i < facts->len; i++) {
        const XrFact *fact = facts->pdata[i];

        add_fold(out, fact->label, fact->value);
    }
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
    g_autofree char *failure = xr_tell_compare_failure(report);

    for (guint i = 1; report->builds[i] != NULL; i++) {
        const XrPair *pair = &g_array_index(report->comparison->pairs, XrPair, i - 1);
        g_autofree char *sentence = xr_tell_pair_and_end(report, i);

        add_sentence(out, xr_likeness_name(pair->kind), sentence,
                     color ? colors[pair->kind] : NULL);
    }
    if (failure != NULL)
        add_sentence(out, xr_verdict_name(XR_FAIL), failure, color ? "31" : NULL);
}

static void add_way_on(GString *out, XrCompareEnd end, const char *dir)
{
    static const char *const more[] = {[XR_END_BUDGET] = " --set compare.budget=…",
                                       [XR_END_REPEATS] = " --set compare.repeats=…",
                                       [XR_END_INTERRUPTED] = ""};

    if (end < G_N_ELEMENTS(more) && more[end] != NULL)
        g_string_append_printf(out, "go on: xenrig compare --resume %s%s\n", dir, more[end]);
}

static void add_functions(GString *out, const XrCompareReport *report)
{
    for (guint i = 1; report->builds[i] != NULL; i++) {
        const XrFunctionsDiff *diff = xr_tell_pair_functions(report, i);
        const XrFunctionsNames names = {report->builds[0], report->builds[i]};

        if (diff != NULL)
            xr_tell_functions_diff_text(out, diff, &names);
    }
}

void xr_tell_compare_text(const XrCompareReport *report, FILE *out, gboolean color)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) facts = xr_facts_of_comparison(report);
    g_autoptr(GPtrArray) figures = xr_facts_of_samples(report);

    add_verdicts(text, report, color);
    g_string_append_c(text, '\n');
    add_facts(text, facts);
    g_string_append(text, "\nfigures of the runs, in the order of rounds\n");
    add_facts(text, figures);
    add_functions(text, report);
    if (report->record_dir != NULL) {
        g_autofree char *dir = xr_tell_safe(report->record_dir, 8192);

        g_string_append_printf(text, "\nrecord: %s\njudge again: xenrig compare --replay %s\n", dir,
                               dir);
        add_way_on(text, report->end, dir);
    }
    fwrite(text->str, 1, text->len, out);
}

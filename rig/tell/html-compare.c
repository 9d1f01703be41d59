/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the page of a comparison. */
#include "base/json.h"
#include "tell/compare-plot.h"
#include "tell/facts.h"
#include "tell/format.h"
#include "tell/functions.h"
#include "tell/pages.h"

#include <math.h>

enum { RUNS_MAX = 500 };

static void add_head(XrPage *page, const XrCompareReport *report, JsonObject *record)
{
    g_autofree char *failure = xr_tell_compare_failure(report);

    g_string_append(page->out, "<p class=\"soft\">xenrig, comparison ");
    xr_html_text(page->out, xr_json_string(record, "id", "?"), 100);
    g_string_append(page->out, ", started ");
    xr_html_text(page->out, xr_json_string(record, "started", "?"), 40);
    g_string_append(page->out, "</p>\n");
    for (guint i = 1; report->builds[i] != NULL; i++) {
        const XrPair *pair = &g_array_index(report->comparison->pairs, XrPair, i - 1);
        g_autofree char *sentence = xr_tell_pair_and_end(report, i);

        g_string_append(page->out, "<h1>");
        xr_html_badge(page->out, xr_likeness_name(pair->kind));
        g_string_append_c(page->out, ' ');
        xr_html_text(page->out, sentence, 2000);
        g_string_append(page->out, ".</h1>\n");
    }
    if (failure == NULL)
        return;
    g_string_append(page->out, "<h1>");
    xr_html_badge(page->out, xr_verdict_name(XR_FAIL));
    g_string_append_c(page->out, ' ');
    xr_html_text(page->out, failure, 2000);
    g_string_append(page->out, ".</h1>\n");
}

static void add_run(GString *out, const XrRunFigure *figure)
{
    g_autofree char *value = xr_tell_value(figure->value, figure->unit);
    g_autofree char *round = g_strdup_printf("%u", figure->round + 1);
    g_autofree char *wait = isfinite(figure->host_wait)
                                ? g_strdup_printf("%.0f %%", figure->host_wait * 100)
                                : g_strdup("-");

    g_string_append(out, "<tr>");
    xr_html_element(out, "td", "n", round);
    xr_html_element(out, "td", NULL, figure->build);
    g_string_append(out, "<td>");
    xr_html_badge(out, figure->verdict);
    g_string_append(out, "</td>");
    xr_html_element(out, "td", "n", figure->counted ? value : "no sample");
    xr_html_element(out, "td", "n", wait);
    xr_html_element(out, "td", NULL, figure->record);
    g_string_append(out, "<td>");
    xr_html_text(out, figure->reason, 300);
    g_string_append(out, "</td></tr>\n");
}

static void add_runs(XrPage *page, const XrCompareReport *report)
{
    static const char *const columns[] = {
        "#round",           "build",  "verdict",          "#figure",
        "#waited for host", "record", "why that verdict", NULL};

    xr_page_section(page, "runs", "Runs");
    g_string_append(page->out,
                    "<details><summary>Each run, in the order in which they were run</summary>\n");
    xr_page_table(page,
                  "Records are folders below that of the comparison; xenrig report makes a page of "
                  "each of them as well.",
                  columns);
    for (guint i = 0; i < MIN(report->runs->len, RUNS_MAX); i++)
        add_run(page->out, report->runs->pdata[i]);
    xr_page_table_end(page);
    if (report->runs->len > RUNS_MAX)
        g_string_append_printf(page->out, "<p>And %u more; all are in runs.jsonl.</p>\n",
                               report->runs->len - RUNS_MAX);
    g_string_append(page->out, "</details>\n");
}

static void add_functions(XrPage *page, const XrCompareReport *report)
{
    gboolean first = TRUE;

    for (guint i = 1; report->builds[i] != NULL; i++) {
        const XrFunctionsDiff *diff = xr_tell_pair_functions(report, i);
        const XrFunctionsNames names = {report->builds[0], report->builds[i]};

        if (diff == NULL)
            continue;
        if (first)
            xr_page_section(page, "functions", "Functions that changed");
        xr_page_functions_diff(page, diff, &names);
        first = FALSE;
    }
}

static void add_repeat(XrPage *page, const XrCompareReport *report, JsonObject *record,
                       const char *plan_text)
{
    g_autoptr(GPtrArray) facts = xr_facts_new();
    const char *const words[] = {"compare", "--replay", report->record_dir, NULL};
    g_autoptr(JsonArray) again = xr_json_strings(words);

    xr_page_section(page, "repeat", "How to repeat it");
    xr_page_command(page, "It was called so:", xr_json_array(record, "argv"));
    xr_page_command(page, "Judge its runs again, booting nothing:", again);
    xr_facts_add(facts, "seed of the order", "%" G_GINT64_FORMAT, report->seed);
    xr_facts_of_host(facts, record);
    xr_page_facts(page, facts);
    xr_page_plan(page, plan_text);
}

char *xr_tell_html_compare(const XrCompareReport *report, JsonObject *record, const char *plan_text,
                           char **hint)
{
    g_autofree char *title =
        g_strdup_printf("%s: %s", xr_likeness_name(xr_comparison_kind(report->comparison)),
                        xr_json_string(record, "id", report->plan));
    g_autoptr(GPtrArray) facts = xr_facts_of_comparison(report);
    g_autoptr(GPtrArray) samples = xr_facts_of_samples(report);
    XrPage *page = xr_page_new(title);

    add_head(page, report, record);
    xr_page_section(page, "figures", "Figures");
    if (!xr_page_picture(page, xr_compare_plot(report, XR_PICTURE_WIDE),
                         xr_compare_plot(report, XR_PICTURE_NARROW),
                         "The figure of each run, by build, in the order of rounds; the list below "
                         "has the same.",
                         "One mark a run. Builds were run in turns, so what the host did meanwhile "
                         "fell on all of them alike."))
        g_string_append(page->out, "<p>No run gave a figure.</p>\n");
    xr_page_facts(page, samples);
    add_functions(page, report);
    xr_page_section(page, "judged", "How it was judged");
    xr_page_facts(page, facts);
    add_runs(page, report);
    add_repeat(page, report, record, plan_text);
    return xr_page_end(page, hint);
}

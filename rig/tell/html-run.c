/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the page of a run.
 *
 * Read from the top, one may stop anywhere: verdict and reason, findings, what was run, throughput, events, latencies, locks,
 * all other figures, and how to repeat it. */
#include "base/json.h"
#include "tell/counts.h"
#include "tell/facts.h"
#include "tell/format.h"
#include "tell/functions.h"
#include "tell/locks.h"
#include "tell/pages.h"
#include "tell/run-plot.h"

#include <string.h>

enum { ROWS_MAX = 256, LOCK_ROWS = 40, REASON_MAX = 2000 };

static void add_head(XrPage *page, const XrReport *report, const char *then)
{
    const char *verdict = xr_verdict_name(report->verdict->kind);
    g_autofree char *incomplete = xr_tell_incomplete(report->verdict);

    g_string_append(page->out, "<p class=\"soft\">xenrig, run ");
    xr_html_text(page->out, xr_json_string(report->run, "id", "?"), 100);
    g_string_append(page->out, ", started ");
    xr_html_text(page->out, xr_json_string(report->run, "started", "?"), 40);
    g_string_append(page->out, "</p>\n<h1>");
    xr_html_badge(page->out, verdict);
    g_string_append_c(page->out, ' ');
    xr_html_text(page->out, report->verdict->reason, REASON_MAX);
    g_string_append(page->out, "</h1>\n");
    if (incomplete != NULL)
        xr_html_element(page->out, "p", NULL, incomplete);
    if (then == NULL || g_str_equal(then, verdict))
        return;
    g_string_append(page->out, "<p>When it was run, the verdict was <strong>");
    xr_html_text(page->out, then, 20);
    g_string_append(page->out,
                    "</strong>: this page judges the record anew, and how that is done has "
                    "changed since.</p>\n");
}

static void add_link(XrPage *page, const char *id, const char *words)
{
    g_string_append_printf(page->out, "<a href=\"#%s\">%s</a>", id, words);
}

static void add_contents(XrPage *page, const XrReport *report)
{
    g_string_append(page->out, "<nav aria-label=\"Parts of this page\">");
    add_link(page, "findings", "findings");
    add_link(page, "setup", "what was run");
    if (report->plan->machine.time != XR_TIME_COUNT)
        add_link(page, "throughput", "throughput");
    if (xr_verdict_metric(report->verdict, "instructions") != NULL)
        add_link(page, "instructions", "instructions");
    if (report->verdict->functions != NULL)
        add_link(page, "functions", "functions");
    add_link(page, "events", "events");
    add_link(page, "latency", "reply latency");
    if (report->verdict->locks != NULL)
        add_link(page, "locks", "locks");
    add_link(page, "figures", "other figures");
    add_link(page, "repeat", "how to repeat it");
    g_string_append(page->out, "</nav>\n");
}

/* --- throughput --- */

static void add_cell(GString *out, double bytes_per_s)
{
    g_autofree char *text = xr_tell_megabytes(bytes_per_s);

    xr_html_element(out, "td", "n", text);
}

static void add_rate_row(GString *out, const char *name, const XrMetric *metric, double top)
{
    g_string_append(out, "<tr>");
    xr_html_element(out, "td", NULL, name);
    add_cell(out, metric->value);
    add_cell(out, metric->low);
    add_cell(out, metric->high);
    if (top > 0)
        g_string_append_printf(out,
                               "<td><span class=\"meter\"><i style=\"width:%d%%\"></i></span></td>",
                               (int)(CLAMP(metric->value / top, 0, 1) * 100 + 0.5));
    else
        g_string_append(out, "<td></td>");
    g_string_append(out, "</tr>\n");
}

static gint by_value(gconstpointer a, gconstpointer b)
{
    const double x = (*(const XrMetric *const *)a)->value, y = (*(const XrMetric *const *)b)->value;

    return x < y ? -1 : x > y;
}

static GPtrArray *vbds_of(const XrReport *report, double *top)
{
    const GPtrArray *metrics = report->verdict->metrics;
    GPtrArray *vbds = g_ptr_array_new();

    *top = 0;
    for (guint i = 0; i < metrics->len; i++) {
        XrMetric *metric = metrics->pdata[i];

        if (!g_str_has_prefix(metric->name, "throughput."))
            continue;
        *top = MAX(*top, metric->value);
        g_ptr_array_add(vbds, metric);
    }
    return vbds;
}

static void add_rates(XrPage *page, const XrReport *report)
{
    static const char *const columns[] = {
        "VBD", "#median", "#lowest", "#highest", "beside the fastest", NULL};
    const XrMetric *sum = xr_verdict_metric(report->verdict, "throughput");
    double top;
    g_autoptr(GPtrArray) vbds = vbds_of(report, &top);

    if (sum == NULL && vbds->len == 0) {
        g_string_append(page->out, "<p>Throughput was not measured: no window was complete.</p>\n");
        return;
    }
    if (vbds->len > ROWS_MAX)
        g_ptr_array_sort(vbds, by_value);
    g_string_append_printf(page->out, "<details%s><summary>Each VBD as a table</summary>\n",
                           vbds->len <= 8 ? " open" : "");
    xr_page_table(page, "MB/s over the windows", columns);
    if (sum != NULL)
        add_rate_row(page->out, "sum", sum, 0);
    for (guint i = 0; i < MIN(vbds->len, ROWS_MAX); i++) {
        const XrMetric *metric = vbds->pdata[i];

        add_rate_row(page->out, metric->name + strlen("throughput."), metric, top);
    }
    xr_page_table_end(page);
    if (vbds->len > ROWS_MAX)
        g_string_append_printf(page->out, "<p>The slowest %u of %u; all are in verdict.json.</p>\n",
                               ROWS_MAX, vbds->len);
    g_string_append(page->out, "</details>\n");
}

static void add_tallies(XrPage *page, const GPtrArray *tallies)
{
    static const char *const columns[] = {"#slice", "#seed",         "#million ticks",
                                          "#MB",    "#bytes a tick", NULL};

    g_string_append(page->out,
                    "<p>Nothing is sampled while a window runs in lockstep: its bytes are counted "
                    "over its ticks.</p>\n");
    xr_page_table(page, "Windows in lockstep, all domUs", columns);
    for (guint i = 0; i < MIN(tallies->len, ROWS_MAX); i++) {
        const XrTally *tally = tallies->pdata[i];

        g_string_append_printf(
            page->out,
            "<tr><td class=\"n\">%u</td><td class=\"n\">%u</td><td class=\"n\">%.2f</td>"
            "<td class=\"n\">%.2f</td><td class=\"n\">%.5f</td></tr>\n",
            tally->slice, tally->seed, (double)tally->ticks / 1e6, (double)tally->bytes / 1e6,
            tally->bytes_per_tick);
    }
    xr_page_table_end(page);
}

static void add_throughput(XrPage *page, const XrReport *report, const XrTimeline *timeline)
{
    gboolean drawn;

    xr_page_section(page, "throughput", "Throughput");
    drawn =
        xr_page_picture(page, xr_run_plot_vbds(report, timeline, XR_PICTURE_WIDE),
                        xr_run_plot_vbds(report, timeline, XR_PICTURE_NARROW),
                        "A strip for each VBD over time, its colour telling the VBD's "
                        "throughput; the table below has "
                        "each VBD's figures.",
                        "Each VBD over time: the lighter, the faster, and rare bursts beyond the "
                        "scale have its lightest "
                        "colour. The darkest blue is standing still, grey that nothing is known.");
    drawn |= xr_page_picture(
        page, xr_run_plot_sum(report, timeline, XR_PICTURE_WIDE),
        xr_run_plot_sum(report, timeline, XR_PICTURE_NARROW),
        "The sum of all VBDs in MB/s over time, with the measured windows shaded.",
        "All VBDs together. Shaded: the windows, numbered, with the figure measured in "
        "each; dashed: where a fault was ordered or something was found.");
    if (report->obs->tallies->len > 0) {
        add_tallies(page, report->obs->tallies);
        return;
    }
    if (!drawn)
        g_string_append(page->out, "<p>There are no samples to draw.</p>\n");
    add_rates(page, report);
}

/* --- the rest --- */

static void add_latency(XrPage *page, const XrReport *report, const XrTimeline *timeline)
{
    xr_page_section(page, "latency", "Reply latency");
    if (!xr_page_picture(
            page, xr_run_plot_latency(report, timeline, XR_PICTURE_WIDE),
            xr_run_plot_latency(report, timeline, XR_PICTURE_NARROW),
            "Share of requests by the time until their reply.",
            "All requests of all VBDs by the time from request to reply on the domU's clock, "
            "warm-up included; each bar stands for times twice as long as the bar before."))
        g_string_append(page->out,
                        "<p>Not counted: stream domUs tell it when they end, Linux domUs do "
                        "not.</p>\n");
}

/* As in the text report. */
static void add_instructions(XrPage *page, const XrReport *report)
{
    g_autoptr(GString) text = g_string_new(NULL);

    xr_tell_counts_text(text, report->verdict, report->plan);
    if (text->len == 0)
        return;
    xr_page_section(page, "instructions", "Instructions by layer");
    xr_page_lines(page, g_strstrip(text->str));
}

static void add_locks(XrPage *page, const XrReport *report)
{
    static const char *const columns[] = {"lock",       "of",    "#acquired/s", "#a pair",
                                          "#contended", "#held", "#waited",     NULL};
    guint left_out;

    if (report->verdict->locks == NULL)
        return;
    g_autoptr(GPtrArray) shown = xr_tell_locks_order(report->verdict->locks, LOCK_ROWS, &left_out);
    xr_page_section(page, "locks", "Locks");
    xr_page_table(
        page,
        "Taken each second, and for each grant mapped and unmapped (a pair); time held and "
        "waited for, of all CPUs in sum; medians over the windows",
        columns);
    for (guint i = 0; i < shown->len; i++) {
        g_auto(GStrv) cells = xr_tell_lock_cells(shown->pdata[i]);

        g_string_append(page->out, "<tr>");
        for (guint c = 0; c < XR_LOCK_CELLS; c++)
            xr_html_element(page->out, "td", c < 2 ? NULL : "n", cells[c]);
        g_string_append(page->out, "</tr>\n");
    }
    xr_page_table_end(page);
    if (left_out > 0)
        g_string_append_printf(
            page->out, "<p>And %u more of no domain; all are in verdict.json.</p>\n", left_out);
}

char *xr_tell_html_run(const XrReport *report, const XrTimeline *timeline, const char *then,
                       char **hint)
{
    g_autofree char *title =
        g_strdup_printf("%s: %s", xr_verdict_name(report->verdict->kind),
                        xr_json_string(report->run, "id", report->plan->plan.name));
    g_autoptr(GPtrArray) setup = xr_facts_of_setup(report);
    g_autoptr(GPtrArray) figures = xr_facts_of_figures(report);
    XrPage *page = xr_page_new(title);

    add_head(page, report, then);
    add_contents(page, report);
    xr_page_findings(page, report, timeline);
    xr_page_section(page, "setup", "What was run");
    xr_page_facts(page, setup);
    if (report->plan->machine.time != XR_TIME_COUNT)
        add_throughput(page, report, timeline);
    add_instructions(page, report);
    xr_page_functions(page, report->verdict);
    xr_page_events(page, report, timeline);
    add_latency(page, report, timeline);
    add_locks(page, report);
    xr_page_section(page, "figures", "Other figures");
    xr_page_facts(page, figures);
    xr_page_repeat_run(page, report);
    return xr_page_end(page, hint);
}

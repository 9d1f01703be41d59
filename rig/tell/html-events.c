/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a page's events: in lanes over time, and as a table. */
#include "tell/pages.h"
#include "tell/run-plot.h"

enum { ROWS_MAX = 200, NAMES_MAX = 6 };

/* Marks of domUs that follow one another and are of one kind make one row. */
static guint run_of(const GPtrArray *marks, guint from)
{
    const XrMark *first = marks->pdata[from];
    guint n = 1;

    while (first->kind < XR_MARK_ENDED && from + n < marks->len &&
           ((const XrMark *)marks->pdata[from + n])->kind == first->kind)
        n++;
    return n;
}

static void add_places(GString *out, const GPtrArray *marks, guint from, guint n)
{
    for (guint i = 0; i < MIN(n, NAMES_MAX); i++) {
        g_string_append(out, i > 0 ? ", " : "");
        xr_html_text(out, ((const XrMark *)marks->pdata[from + i])->where, 64);
    }
    if (n > NAMES_MAX)
        g_string_append_printf(out, " and %u more", n - NAMES_MAX);
}

static void add_row(GString *out, const GPtrArray *marks, guint from, guint n)
{
    const XrMark *first = marks->pdata[from], *last = marks->pdata[from + n - 1];

    g_autofree char *begin = g_strdup_printf("%.1f", (double)first->t_ns / 1e9);
    g_autofree char *end = g_strdup_printf("%.1f", (double)last->t_ns / 1e9);

    g_string_append_printf(out, "<tr><td class=\"n\">%s", begin);
    if (!g_str_equal(begin, end))
        g_string_append_printf(out, " to %s", end);
    g_string_append(out, "</td>");
    xr_html_element(out, "td", NULL, xr_timeline_name(first->kind));
    g_string_append(out, "<td>");
    add_places(out, marks, from, n);
    g_string_append(out, "</td>");
    xr_html_element(out, "td", NULL, n > 1 ? "" : first->text);
    g_string_append(out, "</tr>\n");
}

static void add_stages(GString *out, const XrTimeline *timeline)
{
    g_string_append(out, "<p>Stages, with the second at which each began: ");
    for (guint i = 0; i < MIN(timeline->stages->len, 40); i++) {
        const XrStage *stage = timeline->stages->pdata[i];

        g_string_append(out, i > 0 ? ", " : "");
        xr_html_text(out, stage->name, 32);
        g_string_append_printf(out, " %.1f", (double)stage->begin_ns / 1e9);
    }
    g_string_append(out, ".</p>\n");
}

void xr_page_events(XrPage *page, const XrReport *report, const XrTimeline *timeline)
{
    static const char *const columns[] = {"#second", "event", "where", "what was told", NULL};
    const GPtrArray *marks = timeline->marks;
    guint rows = 0;

    xr_page_section(page, "events", "Events");
    xr_page_picture(
        page, xr_run_plot_events(report, timeline, XR_PICTURE_WIDE),
        xr_run_plot_events(report, timeline, XR_PICTURE_NARROW),
        "Stages of the run as bars over time, and below them a lane each for what befell "
        "domUs, faults and findings; the table below has the same.",
        "What happened when. Windows, in which figures are measured, are blue.");
    g_string_append(page->out, "<details><summary>Events as a table</summary>\n");
    add_stages(page->out, timeline);
    xr_page_table(page, "Events in their order", columns);
    for (guint i = 0; i < marks->len && rows < ROWS_MAX; rows++) {
        const guint n = run_of(marks, i);

        add_row(page->out, marks, i, n);
        i += n;
    }
    xr_page_table_end(page);
    g_string_append(page->out, "</details>\n");
}

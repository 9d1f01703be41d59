/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the page of a series: the mail's table beside ours, curves, each point, scaling laws, what is missing. */
#include "base/json.h"
#include "tell/facts.h"
#include "tell/pages.h"

#include <math.h>

enum { REASON_MAX = 300 };

static const XrSeriesCurve *curve_at(const XrSeriesTable *table, guint c)
{
    return table->shape->curves->pdata[c];
}

static guint vcpus_at(const XrSeriesTable *table, guint v)
{
    return g_array_index(table->shape->vcpus, guint, v);
}

static gboolean has_passed(const XrSeriesCell *cell)
{
    return cell->measured && g_str_equal(cell->point->verdict, "pass");
}

static gboolean all_passed(const XrSeriesTable *table)
{
    for (guint held = 0; held <= (guint)table->shape->held; held++)
        for (guint c = 0; c < table->shape->curves->len; c++)
            for (guint v = 0; v < table->shape->vcpus->len; v++)
                if (!has_passed(&table->cells[held][c][v]))
                    return FALSE;
    return TRUE;
}

static void add_head(XrPage *page, const XrSeriesTable *table)
{
    g_autofree char *sentence = xr_series_sentence(table);
    g_autofree char *what = xr_series_what(table);

    g_string_append(page->out, "<p class=\"soft\">xenrig, series ");
    xr_html_text(page->out, table->record->id, 100);
    g_string_append(page->out, ", started ");
    xr_html_text(page->out, table->record->started, 40);
    g_string_append(page->out, "</p>\n<h1>");
    xr_html_badge(page->out, xr_verdict_name(xr_series_verdict(table)));
    g_string_append_c(page->out, ' ');
    xr_html_text(page->out, sentence, 2000);
    g_string_append(page->out, "</h1>\n");
    xr_html_element(page->out, "p", NULL, what);
    g_string_append_printf(
        page->out,
        "<nav aria-label=\"Parts of this page\"><a href=\"#mail\">beside the mail</a>"
        "<a href=\"#curves\">curves</a><a href=\"#points\">points</a>"
        "<a href=\"#scaling\">scaling law</a>%s<a href=\"#why\">why they differ</a>"
        "<a href=\"#repeat\">how to repeat it</a></nav>\n",
        all_passed(table) ? "" : "<a href=\"#missing\">missing points</a>");
}

/* --- the mail --- */

G_GNUC_PRINTF(2, 3)
static void add_figure(GString *out, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    xr_html_element(out, "td", "n", text);
}

static void add_mail_row(GString *out, const XrSeriesTable *table, gboolean held, guint c)
{
    const guint v = xr_series_main(table);
    const XrSeriesCell *cell = &table->cells[held][c][v], *base = &table->cells[held][0][v];
    const double mail = xr_series_mail(curve_at(table, c)),
                 first = xr_series_mail(curve_at(table, 0));
    const XrSeriesRatio ratio = xr_series_ratio(&cell->figure, &base->figure);
    g_autofree char *here = xr_series_ratio_text(&ratio);
    g_autofree char *off = xr_series_slice_text(ratio.slice_off);
    const gboolean compared = cell->measured && base->measured && c > 0;

    g_string_append(out, "<tr>");
    xr_html_element(out, "td", "name", curve_at(table, c)->label);
    if (mail > 0 && first > 0) {
        add_figure(out, "%.0f", mail);
        add_figure(out, "%.2f", mail / first);
    } else {
        g_string_append(out, "<td class=\"n\">-</td><td class=\"n\">-</td>");
    }
    xr_html_element(out, "td", "n", compared ? here : c == 0 && cell->measured ? "1.00" : "-");
    xr_html_element(out, "td", "n", compared ? off : "");
    if (cell->measured) {
        if (isfinite(cell->figure.spread))
            add_figure(out, "%.0f (%.1f %%)", cell->figure.mean * 1000, cell->figure.spread * 100);
        else
            add_figure(out, "%.0f", cell->figure.mean * 1000);
        add_figure(out, "%.0f", cell->figure.mean * (double)table->plan->series.instructions / 1e6);
    } else {
        g_string_append(out, "<td class=\"n\">");
        xr_html_badge(out, xr_series_missing_word(cell));
        g_string_append(out, "</td><td class=\"n\">-</td>");
    }
    g_string_append(out, "</tr>\n");
}

static void add_mail(XrPage *page, const XrSeriesTable *table)
{
    static const char *const columns[] = {
        "build",          "#the mail, MB/s",   "#its ratio", "#ratio here (95 %)",
        "#longer slices", "#MB in 10^9 ticks", "#MB/s",      NULL};
    const guint vcpus = vcpus_at(table, xr_series_main(table));

    xr_page_section(page, "mail", "Beside the mail of 2013");
    for (guint held = 0; held <= (guint)table->shape->held; held++) {
        g_autofree char *caption = g_strdup_printf(
            "The mail (xen-devel, 2013) and this series at %u vCPUs of dom0%s. In brackets: 95 %% "
            "of ratios over seeds, and the spread. Longer slices: how the ratio moves with slices "
            "twice as long. MB/s: of CPUs of %.3g instructions a second.",
            vcpus, held ? ", disks held to a rate" : "", (double)table->plan->series.instructions);

        xr_page_table(page, caption, columns);
        for (guint c = 0; c < table->shape->curves->len; c++)
            add_mail_row(page->out, table, held != 0, c);
        xr_page_table_end(page);
    }
}

/* --- curves and points --- */

static void add_curves(XrPage *page, const XrSeriesTable *table)
{
    gboolean drawn = FALSE;

    xr_page_section(page, "curves", "Curves");
    for (guint held = 0; held <= (guint)table->shape->held; held++)
        drawn |= xr_page_picture(
            page, xr_series_page_plot(table, held != 0, XR_PICTURE_WIDE),
            xr_series_page_plot(table, held != 0, XR_PICTURE_NARROW),
            "Bytes a tick by the number of dom0's vCPUs, a curve each build; the table of points "
            "has the same figures.",
            held ? "Each disk held to a rate. Bars: 95 % over seeds."
                 : "Disks without a rate. A byte a tick is 1000 MB in 10^9 ticks. Bars: 95 % over "
                   "seeds.");
    if (!drawn)
        g_string_append(page->out, "<p>No point has a figure yet.</p>\n");
}

static void add_point(GString *out, const XrSeriesTable *table, gboolean held, guint c, guint v)
{
    const XrSeriesCell *cell = &table->cells[held][c][v];
    const XrSeriesFigure *figure = &cell->figure;
    g_autofree char *off = xr_series_slice_text(figure->slice_off);

    g_string_append(out, "<tr>");
    xr_html_element(out, "td", "name", curve_at(table, c)->label);
    add_figure(out, "%u", vcpus_at(table, v));
    g_string_append(out, "<td>");
    xr_html_badge(out, cell->point != NULL ? cell->point->verdict : "missing");
    g_string_append(out, "</td>");
    if (!cell->measured) {
        g_string_append(out, "<td class=\"n\">-</td><td></td><td></td><td></td>");
    } else {
        add_figure(out, "%.3f", figure->mean);
        if (isfinite(figure->low)) {
            add_figure(out, "%.3f to %.3f", figure->low, figure->high);
            add_figure(out, "%.1f %%", figure->spread * 100);
        } else {
            g_string_append(out, "<td class=\"n\">one seed</td><td></td>");
        }
        xr_html_element(out, "td", "n", off);
    }
    if (cell->point != NULL) {
        add_figure(out, "%.0f s", cell->point->seconds);
        xr_html_element(out, "td", NULL, cell->point->record);
    } else {
        g_string_append(out, "<td></td><td></td>");
    }
    g_string_append(out, "</tr>\n");
}

static void add_points(XrPage *page, const XrSeriesTable *table)
{
    static const char *const columns[] = {"build",  "#vCPUs",  "verdict",        "#bytes a tick",
                                          "#95 %",  "#spread", "#longer slices", "#run took",
                                          "record", NULL};

    xr_page_section(page, "points", "Points");
    for (guint held = 0; held <= (guint)table->shape->held; held++) {
        g_autofree char *caption = g_strdup_printf(
            "Each point at slices of about %u instructions: mean over seeds, and how it moves with "
            "slices twice as long. Records are folders below the series'.%s",
            table->plan->lockstep.slice, held ? " Disks held to a rate." : "");

        g_string_append_printf(page->out, "<details%s><summary>%s</summary>\n",
                               table->points <= 12 ? " open" : "",
                               held ? "Points with disks held to a rate" : "Points");
        xr_page_table(page, caption, columns);
        for (guint c = 0; c < table->shape->curves->len; c++)
            for (guint v = 0; v < table->shape->vcpus->len; v++)
                add_point(page->out, table, held != 0, c, v);
        xr_page_table_end(page);
        g_string_append(page->out, "</details>\n");
    }
}

static void add_laws(XrPage *page, const XrSeriesTable *table)
{
    g_autoptr(GPtrArray) facts = xr_facts_new();

    xr_page_section(page, "scaling", "Scaling law");
    g_string_append(page->out,
                    "<p class=\"soft\">Universal Scalability Law (Gunther), 95 % over seeds: "
                    "X(N) = one vCPU * N / (1 + contention (N - 1) + coherence N (N - 1))</p>\n");
    for (guint c = 0; c < table->shape->curves->len; c++) {
        g_autoptr(GPtrArray) words = xr_series_law_words(table, c);

        for (guint i = 0; i < words->len; i++)
            xr_facts_add(facts, i == 0 ? curve_at(table, c)->label : "", "%s",
                         (char *)words->pdata[i]);
    }
    xr_page_facts(page, facts);
}

/* --- what is missing, and the rest --- */

static void add_trouble(GString *out, const XrSeriesTable *table, gboolean held, guint c, guint v)
{
    const XrSeriesCell *cell = &table->cells[held][c][v];

    g_string_append(out, "<tr><td>");
    xr_html_badge(out, cell->point != NULL ? cell->point->verdict : "missing");
    g_string_append(out, "</td>");
    xr_html_element(out, "td", "name", curve_at(table, c)->label);
    add_figure(out, "%u", vcpus_at(table, v));
    xr_html_element(out, "td", NULL, held ? "held" : "no rate");
    g_string_append(out, "<td class=\"why\">");
    xr_html_text(out, cell->point != NULL ? cell->point->reason : "not run yet", REASON_MAX);
    if (cell->point != NULL && xr_series_point_failed(cell->point) && !cell->point->complete) {
        g_string_append(out, "; the run is incomplete: ");
        xr_html_text(out, cell->point->incomplete, REASON_MAX);
    }
    g_string_append(out, "</td>");
    xr_html_element(out, "td", NULL, cell->point != NULL ? cell->point->record : "");
    g_string_append(out, "</tr>\n");
}

static void add_missing(XrPage *page, const XrSeriesTable *table)
{
    static const char *const columns[] = {"verdict", "build",  "#vCPUs", "disks",
                                          "why",     "record", NULL};

    if (all_passed(table) && table->one_build)
        return;
    xr_page_section(page, "missing", "Missing points");
    if (!table->one_build)
        g_string_append(page->out, "<p class=\"missing\">Some points are of another build than the "
                                   "series began with: begin a new one by --record DIR.</p>\n");
    if (all_passed(table))
        return;
    xr_page_table(page,
                  "Points that are missing (the same command tries them again), or did not pass",
                  columns);
    for (guint held = 0; held <= (guint)table->shape->held; held++)
        for (guint c = 0; c < table->shape->curves->len; c++)
            for (guint v = 0; v < table->shape->vcpus->len; v++)
                if (!has_passed(&table->cells[held][c][v]))
                    add_trouble(page->out, table, held != 0, c, v);
    xr_page_table_end(page);
}

static void add_repeat(XrPage *page, const XrSeriesTable *table, JsonObject *record,
                       const char *plan_text)
{
    g_autoptr(GPtrArray) facts = xr_facts_new();
    const char *const words[] = {"judge", table->record->dir, NULL};
    g_autoptr(JsonArray) again = xr_json_strings(words);
    g_autoptr(GList) builds = json_object_get_members(table->record->builds);

    xr_page_section(page, "repeat", "How to repeat it");
    xr_page_command(page, "It was called so:", xr_json_array(record, "argv"));
    xr_page_command(page, "Judge its points again, booting nothing:", again);
    for (GList *l = builds; l != NULL; l = l->next)
        xr_facts_add(facts, l == builds ? "builds" : "", "%s, id %s", (char *)l->data,
                     xr_json_string(table->record->builds, l->data, "?"));
    xr_facts_of_host(facts, record);
    xr_page_facts(page, facts);
    xr_page_plan(page, plan_text);
}

char *xr_tell_html_series(const XrSeriesTable *table, JsonObject *record, const char *plan_text,
                          char **hint)
{
    g_autofree char *title =
        g_strdup_printf("%s: %s", xr_verdict_name(xr_series_verdict(table)), table->record->id);
    XrPage *page = xr_page_new(title);

    add_head(page, table);
    add_mail(page, table);
    add_curves(page, table);
    add_points(page, table);
    add_laws(page, table);
    add_missing(page, table);
    xr_page_section(page, "why", "Why ratios here and the mail's differ");
    xr_html_element(page->out, "p", NULL, xr_series_why);
    add_repeat(page, table, record, plan_text);
    return xr_page_end(page, hint);
}

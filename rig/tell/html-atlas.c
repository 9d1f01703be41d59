/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the page of an atlas: releases, pictures, what changed by which functions, what is missing, how it was made. */
#include "base/json.h"
#include "tell/atlas.h"
#include "tell/facts.h"
#include "tell/functions.h"
#include "tell/pages.h"
#include <math.h>

static void add_head(XrPage *page, const XrAtlasTable *table)
{
    const guint tags = g_strv_length(table->atlas->shape.tags);
    g_autofree char *title =
        tags > 1 ? g_strdup_printf("Releases of Xen: %s to %s", table->atlas->shape.tags[0],
                                   table->atlas->shape.tags[tags - 1])
                 : g_strdup_printf("Releases of Xen: %s", table->atlas->shape.tags[0]);

    g_string_append(page->out, "<p class=\"soft\">xenrig, atlas</p>\n<h1>");
    xr_html_text(page->out, title, 500);
    g_string_append(page->out, "</h1>\n");
    xr_html_element(page->out, "p", NULL, xr_atlas_legend);
    g_string_append(page->out,
                    "<nav aria-label=\"Parts of this page\"><a href=\"#releases\">releases</a>"
                    "<a href=\"#pictures\">pictures</a><a href=\"#changes\">what changed</a>"
                    "<a href=\"#missing\">what is missing</a>"
                    "<a href=\"#repeat\">how it was made</a></nav>\n");
}

/* --- releases --- */

/* A verdict that is none, left out or missing, is no badge of that colour. */
static void add_state(GString *out, const XrAtlasCell *cell)
{
    g_string_append(out, "<td>");
    if (cell->run != NULL)
        xr_html_badge(out, cell->run->verdict);
    else
        xr_html_element(out, "span", "soft", xr_atlas_word(cell));
    g_string_append(out, "</td>");
}

static void add_figure(GString *out, const XrAtlasRow *row, XrAtlasMeasure measure)
{
    const XrAtlasCell *cell = &row->cells[measure];
    g_autofree char *figure = xr_atlas_figure(row, measure);

    g_string_append(out, "<td class=\"n\">");
    if (figure != NULL)
        xr_html_text(out, figure, 100);
    if (cell->run != NULL && (figure == NULL || !g_str_equal(cell->run->verdict, "pass"))) {
        g_string_append_c(out, ' ');
        xr_html_badge(out, cell->run->verdict);
    } else if (figure == NULL) {
        xr_html_element(out, "span", "soft", xr_atlas_word(cell));
    }
    g_string_append(out, "</td>");
}

static void add_row(GString *out, const XrAtlasRow *row)
{
    g_string_append(out, "<tr>");
    xr_html_element(out, "td", "name", row->tag);
    xr_html_element(out, "td", NULL, row->variant);
    xr_html_element(out, "td", NULL, row->version);
    xr_html_element(out, "td", NULL, row->root != NULL ? row->root : "?");
    xr_html_element(out, "td", NULL, xr_atlas_boots_word(row));
    add_state(out, &row->cells[XR_ATLAS_SMOKE_PV]);
    add_state(out, &row->cells[XR_ATLAS_SMOKE_PVH]);
    for (guint m = XR_ATLAS_COUNT; m < XR_ATLAS_MEASURES; m++)
        add_figure(out, row, m);
    g_string_append(out, "</tr>\n");
}

static void add_releases(XrPage *page, const XrAtlasTable *table)
{
    static const char *const columns[] = {"release",
                                          "variant",
                                          "Xen",
                                          "built in",
                                          "boots",
                                          "smoke PV",
                                          "smoke PVH",
                                          "#instructions a MiB",
                                          "#locks a pair, dom0 / domUs",
                                          "#bytes a tick, 1 vCPU",
                                          "#4 vCPUs",
                                          "#8 vCPUs",
                                          NULL};

    xr_page_section(page, "releases", "Releases");
    xr_page_table(page, "Each release and variant. Built in: the Debian release of its compiler.",
                  columns);
    for (guint i = 0; i < table->rows->len; i++)
        add_row(page->out, table->rows->pdata[i]);
    xr_page_table_end(page);
}

static void add_pictures(XrPage *page, const XrAtlasTable *table)
{
    gboolean drawn;

    xr_page_section(page, "pictures", "Pictures");
    drawn = xr_page_picture(page, xr_atlas_plot(table, FALSE, XR_PICTURE_WIDE),
                            xr_atlas_plot(table, FALSE, XR_PICTURE_NARROW),
                            "Instructions a MiB by release, a curve each variant; the table of "
                            "releases has the same figures.",
                            "Instructions a MiB.");
    drawn |= xr_page_picture(page, xr_atlas_plot(table, TRUE, XR_PICTURE_WIDE),
                             xr_atlas_plot(table, TRUE, XR_PICTURE_NARROW),
                             "Bytes a tick by release, a curve each variant and number of dom0's "
                             "vCPUs; the table of releases has the same figures.",
                             "Bytes a tick: more is faster.");
    if (!drawn)
        g_string_append(page->out, "<p>No figure is known of two releases yet.</p>\n");
}

/* --- what changed --- */

static void add_change(XrPage *page, const XrAtlasChange *change)
{
    g_autofree char *title = g_strdup_printf("%s to %s, variant %s", change->base->tag,
                                             change->head->tag, change->head->variant);
    g_autofree char *sentence = xr_atlas_change_sentence(change);
    g_autofree char *functions = xr_atlas_functions_sentence(change);
    g_autofree char *root = xr_atlas_root_sentence(change);
    const XrFunctionsNames names = {change->base->tag, change->head->tag};

    g_string_append(page->out, "<article>\n");
    xr_html_element(page->out, "h3", NULL, title);
    xr_html_element(page->out, "p", NULL, sentence);
    if (functions != NULL)
        xr_html_element(page->out, "p", NULL, functions);
    if (root != NULL)
        xr_html_element(page->out, "p", "missing", root);
    if (change->diff != NULL) {
        g_string_append(page->out, "<details><summary>By function</summary>\n");
        xr_page_functions_diff(page, change->diff, &names);
        g_string_append(page->out, "</details>\n");
    } else {
        g_string_append(page->out, "<p>By function: not known, for a run told no functions.</p>\n");
    }
    g_string_append(page->out, "</article>\n");
}

static void add_changes(XrPage *page, const XrAtlasTable *table)
{
    xr_page_section(page, "changes", "What changed");
    if (table->changes->len == 0)
        g_string_append(page->out,
                        "<p>No two releases of a variant have a count of instructions yet.</p>\n");
    for (guint i = 0; i < table->changes->len; i++)
        add_change(page, table->changes->pdata[i]);
}

/* --- what is missing, and the rest --- */

static guint add_missing_row(GString *out, const XrAtlasRow *row)
{
    guint count = 0;

    for (guint m = 0; m < XR_ATLAS_MEASURES; m++) {
        const XrAtlasCell *cell = &row->cells[m];

        if (cell->why == NULL || (cell->left_out && cell->run == NULL))
            continue;
        g_string_append(out, "<tr>");
        add_state(out, cell);
        xr_html_element(out, "td", "name", row->tag);
        xr_html_element(out, "td", NULL, row->variant);
        xr_html_element(out, "td", NULL, xr_atlas_measure_name(m));
        xr_html_element(out, "td", "why", cell->why);
        xr_html_element(out, "td", NULL, cell->record);
        g_string_append(out, "</tr>\n");
        count++;
    }
    return count;
}

static void add_left_out(XrPage *page, const XrAtlasTable *table)
{
    g_autoptr(GString) names = g_string_new("Left out by --without:");

    for (guint m = 0; m < XR_ATLAS_MEASURES; m++) {
        if (xr_atlas_leaves_out(table->atlas, m))
            g_string_append_printf(names, " %s", xr_atlas_measure_name(m));
    }
    if (!g_str_has_suffix(names->str, ":"))
        xr_html_element(page->out, "p", "missing", names->str);
}

static void add_missing(XrPage *page, const XrAtlasTable *table)
{
    static const char *const columns[] = {"state", "release", "variant", "measure",
                                          "why",   "record",  NULL};
    g_autoptr(GString) rows = g_string_new(NULL);
    guint count = 0;

    for (guint i = 0; i < table->rows->len; i++)
        count += add_missing_row(rows, table->rows->pdata[i]);
    xr_page_section(page, "missing", "What is missing, or did not pass");
    add_left_out(page, table);
    if (count == 0) {
        g_string_append(page->out, "<p>Nothing of what was asked for.</p>\n");
        return;
    }
    xr_page_table(page,
                  "Missing ones and errors are run again by the same command; skips and fails are "
                  "results.",
                  columns);
    g_string_append(page->out, rows->str);
    xr_page_table_end(page);
}

static void add_moment(GPtrArray *facts, const char *label, gint64 moment_us)
{
    g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc(moment_us / G_USEC_PER_SEC);
    g_autofree char *text = moment != NULL ? g_date_time_format(moment, "%F %T UTC") : NULL;

    if (moment_us > 0)
        xr_facts_add(facts, label, "%s", text != NULL ? text : "?");
}

static void add_load(GPtrArray *facts, const XrAtlasTable *table)
{
    JsonArray *loads = xr_json_array(table->atlas->record, "load");
    const guint known = loads != NULL ? json_array_get_length(loads) : 0;
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < MIN(known, 3); i++) {
        JsonNode *node = json_array_get_element(loads, i);

        if (JSON_NODE_HOLDS_VALUE(node))
            g_string_append_printf(text, "%s%.2f", i > 0 ? ", " : "", json_node_get_double(node));
    }
    if (text->len > 0)
        xr_facts_add(facts, "load", "%s as the command began (1, 5, 15 min)", text->str);
    if (isfinite(table->wait_low))
        xr_facts_add(facts, "", "smoke runs waited for a CPU in %.0f to %.0f %% of the time",
                     table->wait_low * 100, table->wait_high * 100);
}

static void add_repeat(XrPage *page, const XrAtlasTable *table)
{
    g_autoptr(GPtrArray) facts = xr_facts_new();
    const XrAtlasShape *shape = &table->atlas->shape;

    xr_page_section(page, "repeat", "How it was made");
    xr_page_command(page, "It was called so:", xr_json_array(table->atlas->record, "argv"));
    xr_facts_add(facts, "xenrig", "%s", xr_json_string(table->atlas->record, "rig", "?"));
    xr_facts_add(facts, "asked", "%s", xr_json_string(table->atlas->record, "asked", "?"));
    add_moment(facts, "first run", table->first_us);
    add_moment(facts, "last run", table->last_us);
    for (guint i = 0; i < table->hosts->len; i++)
        xr_facts_add(facts, i == 0 ? "measured on" : "", "%s", (char *)table->hosts->pdata[i]);
    add_load(facts, table);
    xr_facts_add(facts, "repository", "%s", shape->repo);
    xr_facts_add(facts, "build root", "%s",
                 shape->root != NULL ? shape->root : "that of each release");
    for (guint i = 0; shape->sets[i] != NULL; i++)
        xr_facts_add(facts, i == 0 ? "settings" : "", "%s", shape->sets[i]);
    xr_facts_add(facts, "folder", "%s", table->atlas->dir);
    xr_page_facts(page, facts);
}

char *xr_tell_html_atlas(const XrAtlasTable *table, char **hint)
{
    XrPage *page = xr_page_new("Releases of Xen, measured");

    add_head(page, table);
    add_releases(page, table);
    add_pictures(page, table);
    add_changes(page, table);
    add_missing(page, table);
    add_repeat(page, table);
    return xr_page_end(page, hint);
}

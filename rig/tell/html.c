/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: pages of HTML: one file each, opened from disk, nothing fetched, no scripts. */
#include "tell/html.h"

#include "base/text.h"
#include "tell/facts.h"
#include "tell/plot.h"

enum { TITLE_MAX = 200, VALUE_MAX = 2000 };

void xr_html_text(GString *out, const char *text, gsize max_bytes)
{
    g_autofree char *safe = xr_text_escape(text != NULL ? text : "", -1, max_bytes);
    g_autofree char *markup = g_markup_escape_text(safe, -1);

    g_string_append(out, markup);
}

void xr_html_element(GString *out, const char *tag, const char *class, const char *text)
{
    if (class != NULL)
        g_string_append_printf(out, "<%s class=\"%s\">", tag, class);
    else
        g_string_append_printf(out, "<%s>", tag);
    xr_html_text(out, text, VALUE_MAX);
    g_string_append_printf(out, "</%s>", tag);
}

void xr_html_badge(GString *out, const char *verdict)
{
    static const char *const known[] = {"pass", "skip", "unsure",    "fail", "error",
                                        "note", "same", "different", NULL};
    g_autofree char *upper = g_ascii_strup(verdict, -1);
    g_autofree char *class =
        g_strdup_printf("badge %s", g_strv_contains(known, verdict) ? verdict : "note");

    xr_html_element(out, "span", class, upper);
}

XrPage *xr_page_new(const char *title)
{
    XrPage *page = g_new0(XrPage, 1);

    page->out =
        g_string_new("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                     "style-src 'unsafe-inline'; img-src data:\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta name=\"generator\" content=\"xenrig " XR_VERSION "\">\n<title>");
    xr_html_text(page->out, title, TITLE_MAX);
    g_string_append(page->out, "</title>\n<style>\n");
    g_string_append(page->out, xr_html_style);
    g_string_append(page->out, "</style>\n</head>\n<body>\n<main>\n<section>\n");
    return page;
}

char *xr_page_end(XrPage *page, char **hint)
{
    g_string_append(page->out, "</section>\n</main>\n<footer>Made by xenrig " XR_VERSION
                               ".</footer>\n</body>\n</html>\n");
    *hint = page->hint;
    char *text = g_string_free(page->out, FALSE);
    g_free(page);
    return text;
}

void xr_page_section(XrPage *page, const char *id, const char *heading)
{
    g_string_append_printf(page->out, "</section>\n<section id=\"%s\">\n", id);
    xr_html_element(page->out, "h2", NULL, heading);
    g_string_append_c(page->out, '\n');
}

/* A label "" goes on with the value before. */
void xr_page_facts(XrPage *page, const GPtrArray *facts)
{
    g_string_append(page->out, "<dl>\n");
    for (guint i = 0; i < facts->len; i++) {
        const XrFact *fact = facts->pdata[i];

        if (fact->label[0] != '\0')
            xr_html_element(page->out, "dt", NULL, fact->label);
        xr_html_element(page->out, "dd", NULL, fact->value);
        g_string_append_c(page->out, '\n');
    }
    g_string_append(page->out, "</dl>\n");
}

void xr_page_table(XrPage *page, const char *caption, const char *const *columns)
{
    g_string_append(page->out, "<div class=\"scroll\" tabindex=\"0\"><table><caption>");
    xr_html_text(page->out, caption, VALUE_MAX);
    g_string_append(page->out, "</caption><thead><tr>");
    for (guint i = 0; columns[i] != NULL; i++) {
        const gboolean figure = columns[i][0] == '#';

        g_string_append(page->out,
                        figure ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        xr_html_text(page->out, columns[i] + figure, VALUE_MAX);
        g_string_append(page->out, "</th>");
    }
    g_string_append(page->out, "</tr></thead><tbody>\n");
}

void xr_page_table_end(XrPage *page)
{
    g_string_append(page->out, "</tbody></table></div>\n");
}

/* --- pictures --- */

/* NULL, and the page's hint, if it cannot be drawn. */
static char *draw(XrPage *page, const char *script, const char *label)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *svg = xr_plot_run(script, NULL, &error);
    char *picture = svg != NULL ? xr_plot_inline(svg, label, ++page->pictures) : NULL;

    if (picture == NULL && page->hint == NULL)
        page->hint = g_strdup(error != NULL ? error->message : "gnuplot drew nothing");
    return picture;
}

/* wide alone: one shape for all windows. */
static void add_figure(XrPage *page, const char *wide_svg, const char *narrow_svg,
                       const char *caption)
{
    g_string_append(page->out, narrow_svg == NULL && wide_svg != NULL ? "<figure class=\"small\">\n"
                                                                      : "<figure>\n");
    if (wide_svg == NULL) {
        g_string_append(page->out, "<p class=\"missing\">No picture: ");
        xr_html_text(page->out, page->hint, VALUE_MAX);
        g_string_append(page->out, "</p>\n");
    } else if (narrow_svg == NULL) {
        g_string_append(page->out, wide_svg);
    } else {
        g_string_append_printf(page->out,
                               "<div class=\"wide\">\n%s</div>\n<div class=\"narrow\">\n%s</div>\n",
                               wide_svg, narrow_svg);
    }
    xr_html_element(page->out, "figcaption", NULL, caption);
    g_string_append(page->out, "\n</figure>\n");
}

gboolean xr_page_picture(XrPage *page, char *wide, char *narrow, const char *label,
                         const char *caption)
{
    g_autofree char *wide_script = wide;
    g_autofree char *narrow_script = narrow;
    g_autofree char *wide_svg = NULL;
    g_autofree char *narrow_svg = NULL;

    if (wide == NULL || narrow == NULL)
        return FALSE;
    wide_svg = draw(page, wide, label);
    narrow_svg = wide_svg != NULL ? draw(page, narrow, label) : NULL;
    add_figure(page, narrow_svg != NULL ? wide_svg : NULL, narrow_svg, caption);
    return TRUE;
}

gboolean xr_page_picture_small(XrPage *page, char *script, const char *label, const char *caption)
{
    g_autofree char *taken = script;
    g_autofree char *svg = script != NULL ? draw(page, script, label) : NULL;

    if (script == NULL)
        return FALSE;
    add_figure(page, svg, NULL, caption);
    return TRUE;
}

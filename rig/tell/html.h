/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: pages of HTML: one file each, opened from disk, nothing fetched, no scripts.
 *
 * All text goes through xr_html_text or a function that uses it: what a guest said can be no markup, whatever it holds,
 * and is cut to a bound. The page's policy forbids scripts and fetching on top of that. */
#pragma once

#include <glib.h>

typedef struct {
    GString *out;
    guint pictures;
    char *hint; /* why pictures are missing, for the user; NULL */
} XrPage;

/* title: plain text. */
XrPage *xr_page_new(const char *title);
/* Ends the page and gives its text; hint gets why pictures are missing, or NULL. Frees page. Both with g_free. */
char *xr_page_end(XrPage *page, char **hint);

/* text, escaped as in base/text.h and for HTML, at most max_bytes before the latter. NULL is "". */
void xr_html_text(GString *out, const char *text, gsize max_bytes);
/* A whole element with that text, and a class unless NULL: tag and class are the caller's own words. */
void xr_html_element(GString *out, const char *tag, const char *class, const char *text);
/* The word of a verdict or of a comparison's, in its colour. */
void xr_html_badge(GString *out, const char *verdict);

/* A part with a heading that can be linked to; ended by the next, or by the page. id: the caller's own word. */
void xr_page_section(XrPage *page, const char *id, const char *heading);
/* XrFact as a list of labels and values. */
void xr_page_facts(XrPage *page, const GPtrArray *facts);
/* The head of a table, a column each, NULL-terminated; what of it are figures is told by "#" before the column's name.
 * Rows are the caller's, up to "</tbody></table></div>". caption: the table's name for those who do not see it. */
void xr_page_table(XrPage *page, const char *caption, const char *const *columns);
void xr_page_table_end(XrPage *page);
/* A picture drawn by gnuplot, in two shapes, for wide and for narrow windows. Takes the scripts; NULL: no picture, and
 * FALSE. label: its text alternative; caption below it. Both plain text. */
gboolean xr_page_picture(XrPage *page, char *wide, char *narrow, const char *label,
                         const char *caption);
/* … in one shape, small, for windows of all widths. */
gboolean xr_page_picture_small(XrPage *page, char *script, const char *label, const char *caption);
enum { XR_PICTURE_WIDE = 940, XR_PICTURE_NARROW = 440 };

/* --- html-style.c --- */

extern const char xr_html_style[];

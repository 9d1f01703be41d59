/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the page that links several reports. */
#include "tell/pages.h"

void xr_index_row_free(XrIndexRow *row)
{
    if (row == NULL)
        return;
    g_free(row->href);
    g_free(row->name);
    g_free(row->plan);
    g_free(row->build);
    g_free(row->started);
    g_free(row->reason);
    g_free(row);
}

static void add_row(GString *out, const XrIndexRow *row)
{
    g_string_append(out, "<tr><td>");
    xr_html_badge(out, row->verdict);
    g_string_append(out, "</td><td>");
    if (row->href != NULL) {
        g_string_append(out, "<a href=\"");
        xr_html_text(out, row->href, 200);
        g_string_append(out, "\">");
    }
    xr_html_text(out, row->name, 200);
    g_string_append(out, row->href != NULL ? "</a></td>" : "</td>");
    xr_html_element(out, "td", NULL, row->plan);
    xr_html_element(out, "td", NULL, row->build);
    xr_html_element(out, "td", "n", row->started);
    g_string_append(out, "<td class=\"why\">");
    xr_html_text(out, row->reason, 400);
    g_string_append(out, "</td></tr>\n");
}

char *xr_tell_html_index(const GPtrArray *rows)
{
    static const char *const columns[] = {"verdict", "report", "plan", "build",
                                          "started", "why",    NULL};
    XrPage *page = xr_page_new("xenrig: reports");
    char *hint;

    g_string_append_printf(page->out, "<h1>%u reports</h1>\n", rows->len);
    xr_page_table(page, "A page each, in the order in which their records were named", columns);
    for (guint i = 0; i < rows->len; i++)
        add_row(page->out, rows->pdata[i]);
    xr_page_table_end(page);
    return xr_page_end(page, &hint);
}

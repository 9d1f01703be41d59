/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: counted instructions by function, in the report of a run. */
#include "tell/functions.h"

#include "tell/format.h"

enum { TEXT_ROWS = 12, PAGE_ROWS = 100, LAYER = 16, NAME = 37, SAFE_MAX = 300 };
static const double MIB = 1024 * 1024;

const char *xr_tell_layer(const char *layer)
{
    static const struct {
        const char *layer, *title;
    } known[] = {{XR_LAYER_XEN, "Xen"},
                 {XR_LAYER_DOM0_KERNEL, "dom0's kernel"},
                 {XR_LAYER_DOM0_USER, "dom0's programs"},
                 {XR_LAYER_OTHERS, "other domains"}};

    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_str_equal(layer, known[i].layer))
            return known[i].title;
    return layer;
}

/* Rows of functions alone, the first max of them; what is not told apart is in the table of layers. */
typedef struct {
    GPtrArray *rows; /* XrFunction, borrowed */
    guint functions; /* in all */
    double rest;     /* instructions of those that are not shown */
    double whole;    /* of all layers */
} Top;

static void top_clear(Top *top)
{
    g_ptr_array_unref(top->rows);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Top, top_clear)

static Top find_top(const XrFunctions *functions, guint max)
{
    Top top = {.rows = g_ptr_array_new()};

    for (guint i = 0; i < functions->list->len; i++) {
        XrFunction *function = functions->list->pdata[i];

        top.whole += (double)function->instructions;
        if (g_str_equal(function->name, XR_FUNCTION_ALL))
            continue;
        top.functions++;
        if (top.rows->len < max)
            g_ptr_array_add(top.rows, function);
        else
            top.rest += (double)function->instructions;
    }
    return top;
}

/* Free with g_free. */
static char *tell_source(const char *from)
{
    return from[0] != '\0' ? xr_tell_safe(from, SAFE_MAX) : g_strdup("nothing: there are none");
}

void xr_tell_functions_text(GString *out, const XrVerdict *verdict)
{
    const XrFunctions *functions = verdict->functions;

    if (functions == NULL || verdict->counted_bytes <= 0)
        return;
    g_auto(Top) top = find_top(functions, TEXT_ROWS);
    g_autofree char *xen = tell_source(functions->xen);
    g_autofree char *kernel = tell_source(functions->dom0_kernel);

    g_string_append(out, "\ninstructions by function, for each MiB\n");
    for (guint i = 0; i < top.rows->len; i++) {
        const XrFunction *function = top.rows->pdata[i];
        g_autofree char *title = xr_function_title(function);
        g_autofree char *safe = xr_tell_safe(title, SAFE_MAX);
        g_autofree char *layer = xr_tell_fit(xr_tell_layer(function->layer), LAYER, TRUE);
        g_autofree char *name = xr_tell_fit(safe, NAME, TRUE);

        g_string_append_printf(out, "  %s%s%12.2f%8.2f %%\n", layer, name,
                               (double)function->instructions * MIB /
                                   (double)verdict->counted_bytes,
                               (double)function->instructions / top.whole * 100);
    }
    if (top.functions > top.rows->len)
        g_string_append_printf(out,
                               "  (and %u more with %.2f %%; all are in verdict.json, and in "
                               "functions.folded\n  for flame graphs)\n",
                               top.functions - top.rows->len, top.rest / top.whole * 100);
    g_string_append_printf(out, "  names of Xen's from %s, of dom0's kernel's\n  from %s\n", xen,
                           kernel);
}

/* "do_grant_table_op 264.00, …" a MiB, the two with the most. */
static char *tell_callers(const XrFunction *function, double mib)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < MIN(function->callers->len, 2); i++) {
        const XrCaller *caller = function->callers->pdata[i];

        g_string_append_printf(text, "%s%s %.2f", i > 0 ? ", " : "", caller->name,
                               (double)caller->calls / mib);
    }
    if (function->callers->len > 2)
        g_string_append(text, ", …");
    return g_string_free(text, FALSE);
}

static void add_cell(GString *out, double value, const char *format)
{
    g_autofree char *text = g_strdup_printf("%.2f%s", value, format);

    xr_html_element(out, "td", "n", text);
}

void xr_page_functions(XrPage *page, const XrVerdict *verdict)
{
    static const char *const columns[] = {
        "layer", "function", "#instructions/MiB", "#of all", "called directly by, calls/MiB", NULL};
    const double mib = (double)verdict->counted_bytes / MIB;

    if (verdict->functions == NULL || mib <= 0)
        return;
    g_auto(Top) top = find_top(verdict->functions, PAGE_ROWS);
    xr_page_section(page, "functions", "Instructions by function");
    xr_page_table(page,
                  "Of a function itself, without what it calls. functions.folded in the record has "
                  "all of them as folded stacks (layer, module, function) for flame graphs.",
                  columns);
    for (guint i = 0; i < top.rows->len; i++) {
        const XrFunction *function = top.rows->pdata[i];
        g_autofree char *title = xr_function_title(function);
        g_autofree char *callers = tell_callers(function, mib);

        g_string_append(page->out, "<tr>");
        xr_html_element(page->out, "td", NULL, xr_tell_layer(function->layer));
        xr_html_element(page->out, "td", NULL, title);
        add_cell(page->out, (double)function->instructions / mib, "");
        add_cell(page->out, (double)function->instructions / top.whole * 100, " %");
        xr_html_element(page->out, "td", NULL, callers);
        g_string_append(page->out, "</tr>\n");
    }
    xr_page_table_end(page);
    if (top.functions > top.rows->len)
        g_string_append_printf(
            page->out, "<p>And %u more with %.2f %% of all; they are in verdict.json.</p>\n",
            top.functions - top.rows->len, top.rest / top.whole * 100);
}

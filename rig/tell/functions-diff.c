/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: functions that changed between two builds. */
#include "tell/functions.h"

#include "base/json.h"
#include "tell/format.h"
#include <math.h>

enum { ROWS = 12, MOVES = 8, LABEL = 33, WIDTH = 80, SAFE_MAX = 300, WITH_MAX = 1000 };
/* Rows whose difference is less than that share of the largest one's are summed up. */
static const double least = 0.01;

/* Free with g_free. */
static char *tell_share(const XrFunctionsDiff *diff, double difference)
{
    const double whole = diff->head - diff->base;

    return whole != 0 ? g_strdup_printf("%.2f %%", difference / whole * 100) : g_strdup("-");
}

static double difference_of(const XrFunctionsDiff *diff, guint i)
{
    const XrFunctionChange *change = diff->changed->pdata[i];

    return change->head - change->base;
}

static guint count_shown(const XrFunctionsDiff *diff)
{
    guint shown = 0;

    while (shown < MIN(diff->changed->len, ROWS) &&
           fabs(difference_of(diff, shown)) >= least * fabs(difference_of(diff, 0)))
        shown++;
    return shown;
}

static double sum_from(const XrFunctionsDiff *diff, guint first)
{
    double sum = 0;

    for (guint i = first; i < diff->changed->len; i++)
        sum += difference_of(diff, i);
    return sum;
}

/* "Xen map_grant_ref"; what is not told apart by its layer alone. Safe; free with g_free. */
static char *title_of(const char *layer, const char *name)
{
    g_autofree char *safe = xr_tell_safe(name, SAFE_MAX);
    g_autofree char *owner = xr_tell_safe(xr_tell_layer(layer), SAFE_MAX);

    if (g_str_equal(name, XR_FUNCTION_ALL))
        return g_strdup(owner);
    /* A module is dom0's kernel's anyway, and so is what has no other name before it. */
    return g_strdup_printf("%s %s", g_str_equal(layer, XR_LAYER_DOM0_KERNEL) ? "dom0" : owner,
                           safe);
}

/* "Xen: a is inlined in b (1200.00)". Free with g_free. */
static char *tell_move(const XrFunctionMove *move)
{
    static const char *const words[] = {[XR_MOVED_RENAMED] = "is now called",
                                        [XR_MOVED_REPLACED] = "gave way to",
                                        [XR_MOVED_INLINED] = "is inlined in",
                                        [XR_MOVED_OUTLINED] = "has code that is now in"};
    g_autofree char *from = title_of(move->layer, move->from);
    g_autofree char *to = xr_tell_safe(move->to, SAFE_MAX);

    return g_strdup_printf("%s %s %s (%.2f)", from, words[move->kind], to, move->instructions);
}

/* --- text --- */

static void add_row(GString *out, const char *label, double base, double head, const char *share)
{
    g_autofree char *name = xr_tell_fit(label, LABEL, TRUE);

    if (xr_tell_columns(label) > LABEL)
        g_string_append_printf(out, "  %s\n  %*s", label, LABEL, "");
    else
        g_string_append_printf(out, "  %s", name);
    g_string_append_printf(out, "%12.2f%12.2f%+12.2f %9s\n", base, head, head - base, share);
}

static void add_changes(GString *out, const XrFunctionsDiff *diff, guint shown)
{
    for (guint i = 0; i < shown; i++) {
        const XrFunctionChange *change = diff->changed->pdata[i];
        g_autofree char *label = title_of(change->layer, change->name);
        g_autofree char *share = tell_share(diff, change->head - change->base);

        add_row(out, label, change->base, change->head, share);
        if (change->with == NULL)
            continue;
        g_autofree char *with = xr_tell_safe(change->with, WITH_MAX);
        g_autofree char *line = g_strconcat("with ", with, NULL);
        xr_tell_fold(out, line, "    ", WIDTH);
    }
}

static void add_others(GString *out, const XrFunctionsDiff *diff, guint shown)
{
    const double rest = sum_from(diff, shown);
    g_autofree char *share = tell_share(diff, rest);
    g_autofree char *label = g_strdup_printf("%u others", diff->changed->len - shown);

    if (diff->changed->len > shown)
        g_string_append_printf(out, "  %-*s%24s%+12.2f %9s\n", LABEL, label, "", rest, share);
}

static void add_moves(GString *out, const XrFunctionsDiff *diff)
{
    if (diff->moved->len == 0)
        return;
    g_string_append(out, "  moved, which is no change by itself (instructions before):\n");
    for (guint i = 0; i < MIN(diff->moved->len, MOVES); i++) {
        g_autofree char *line = tell_move(diff->moved->pdata[i]);

        xr_tell_fold(out, line, "    ", WIDTH);
    }
    if (diff->moved->len > MOVES)
        g_string_append_printf(out, "    (and %u more, in --json)\n", diff->moved->len - MOVES);
}

void xr_tell_functions_diff_text(GString *out, const XrFunctionsDiff *diff,
                                 const XrFunctionsNames *names)
{
    const guint shown = count_shown(diff);
    g_autofree char *base = xr_tell_safe(names->base, SAFE_MAX);
    g_autofree char *head = xr_tell_safe(names->head, SAFE_MAX);
    g_autofree char *title = g_strdup_printf(
        "functions that changed, instructions for each MiB: base %s, head %s", base, head);

    g_string_append_c(out, '\n');
    xr_tell_fold(out, title, "", WIDTH);
    if (diff->changed->len == 0) {
        g_string_append_printf(out, "  none: each function has the same count, %.2f in all\n",
                               diff->base);
        return;
    }
    g_string_append_printf(out, "  %-*s%12s%12s%12s %9s\n", LABEL, "", "base", "head", "difference",
                           "of all");
    add_changes(out, diff, shown);
    add_others(out, diff, shown);
    add_row(out, "all", diff->base, diff->head, diff->head != diff->base ? "100.00 %" : "-");
    add_moves(out, diff);
}

/* --- page --- */

static void add_cells(GString *out, const char *label, double base, double head, const char *share)
{
    const double values[] = {base, head};
    g_autofree char *difference = g_strdup_printf("%+.2f", head - base);

    xr_html_element(out, "td", NULL, label);
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autofree char *text = g_strdup_printf("%.2f", values[i]);

        xr_html_element(out, "td", "n", text);
    }
    xr_html_element(out, "td", "n", difference);
    xr_html_element(out, "td", "n", share);
}

static void add_page_rows(XrPage *page, const XrFunctionsDiff *diff)
{
    for (guint i = 0; i < MIN(diff->changed->len, 4 * ROWS); i++) {
        const XrFunctionChange *change = diff->changed->pdata[i];
        g_autofree char *label = title_of(change->layer, change->name);
        g_autofree char *share = tell_share(diff, change->head - change->base);

        g_string_append(page->out, "<tr>");
        add_cells(page->out, label, change->base, change->head, share);
        g_string_append(page->out, "<td>");
        xr_html_text(page->out, change->with != NULL ? change->with : "", WITH_MAX);
        g_string_append(page->out, "</td></tr>\n");
    }
    g_string_append(page->out, "<tr>");
    add_cells(page->out, "all", diff->base, diff->head, "100.00 %");
    g_string_append(page->out, "<td></td></tr>\n");
}

void xr_page_functions_diff(XrPage *page, const XrFunctionsDiff *diff,
                            const XrFunctionsNames *names)
{
    static const char *const columns[] = {"function",       "#base", "#head", "#difference",
                                          "#of all change", "with",  NULL};
    g_autofree char *caption =
        g_strdup_printf("Instructions for each MiB, of a function itself: base %s, head %s. "
                        "Functions between which "
                        "code has moved are one row, named in the last column.",
                        names->base, names->head);

    xr_page_table(page, caption, columns);
    add_page_rows(page, diff);
    xr_page_table_end(page);
    if (diff->moved->len > 0)
        g_string_append(page->out, "<p>Moved, which is no change by itself:</p>\n<ul>\n");
    for (guint i = 0; i < MIN(diff->moved->len, 4 * MOVES); i++) {
        g_autofree char *line = tell_move(diff->moved->pdata[i]);

        xr_html_element(page->out, "li", NULL, line);
    }
    if (diff->moved->len > 0)
        g_string_append(page->out, "</ul>\n");
}

/* --- programs --- */

static JsonArray *changes_json(const XrFunctionsDiff *diff)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < diff->changed->len; i++) {
        const XrFunctionChange *change = diff->changed->pdata[i];
        const double whole = diff->head - diff->base;
        JsonObject *object = json_object_new();

        xr_tell_set(object, "layer", change->layer, SAFE_MAX);
        xr_tell_set(object, "name", change->name, SAFE_MAX);
        xr_tell_set(object, "with", change->with, WITH_MAX);
        xr_json_set_number(object, "base", change->base);
        xr_json_set_number(object, "head", change->head);
        xr_json_set_number(object, "share",
                           whole != 0 ? (change->head - change->base) / whole : NAN);
        json_array_add_object_element(array, object);
    }
    return array;
}

JsonObject *xr_tell_functions_diff_json(const XrFunctionsDiff *diff)
{
    static const char *const kinds[] = {[XR_MOVED_RENAMED] = "renamed",
                                        [XR_MOVED_REPLACED] = "replaced",
                                        [XR_MOVED_INLINED] = "inlined",
                                        [XR_MOVED_OUTLINED] = "outlined"};
    JsonObject *object = json_object_new();
    JsonArray *moved = json_array_new();

    for (guint i = 0; i < diff->moved->len; i++) {
        const XrFunctionMove *move = diff->moved->pdata[i];
        JsonObject *row = json_object_new();

        json_object_set_string_member(row, "kind", kinds[move->kind]);
        xr_tell_set(row, "layer", move->layer, SAFE_MAX);
        xr_tell_set(row, "from", move->from, SAFE_MAX);
        xr_tell_set(row, "to", move->to, SAFE_MAX);
        xr_json_set_number(row, "instructions", move->instructions);
        json_array_add_object_element(moved, row);
    }
    xr_json_set_number(object, "base", diff->base);
    xr_json_set_number(object, "head", diff->head);
    json_object_set_array_member(object, "changed", changes_json(diff));
    json_object_set_array_member(object, "moved", moved);
    return object;
}

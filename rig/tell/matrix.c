/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a matrix came to. */
#include "tell/matrix.h"

#include "tell/format.h"
#include <string.h>

enum { SHOWN_MAX = 2048, WIDTH = 80, KINDS = XR_FAIL + 1 };

void xr_matrix_row_free(XrMatrixRow *row)
{
    if (row == NULL)
        return;
    xr_history_run_free(row->run);
    g_free(row->node);
    g_free(row->state);
    g_free(row->detail);
    g_free(row);
}

GPtrArray *xr_matrix_rows(const XrMatrix *matrix)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func((GDestroyNotify)xr_matrix_row_free);

    for (guint i = 0; i < matrix->cells->len; i++) {
        XrMatrixRow *row = g_new0(XrMatrixRow, 1);

        row->cell = matrix->cells->pdata[i];
        row->run = xr_matrix_cell_run(row->cell);
        row->node = xr_matrix_cell_node(row->cell);
        if (row->run == NULL) {
            row->state = g_strdup("missing");
            row->detail = xr_matrix_cell_last_line(row->cell);
        }
        g_ptr_array_add(rows, row);
    }
    return rows;
}

/* A word that a record has and this program does not know is an error. */
static XrVerdictKind kind_of(const XrMatrixRow *row)
{
    for (XrVerdictKind kind = XR_PASS; row->run != NULL && kind <= XR_FAIL; kind++) {
        if (g_str_equal(row->run->verdict, xr_verdict_name(kind)))
            return kind;
    }
    return XR_ERROR_VERDICT;
}

XrVerdictKind xr_matrix_worst(const GPtrArray *rows)
{
    XrVerdictKind worst = XR_PASS;

    for (guint i = 0; i < rows->len; i++)
        worst = MAX(worst, kind_of(rows->pdata[i]));
    return worst;
}

/* --- text --- */

static void add_cell(GString *out, const char *text, guint columns)
{
    g_autofree char *safe = xr_tell_safe(text, SHOWN_MAX);
    g_autofree char *cell = xr_tell_fit(safe, columns, TRUE);

    g_string_append_printf(out, "%s  ", cell);
}

/* No blanks at a line's end. */
static void end_line(GString *out)
{
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

/* A path of the user's takes too much room: its last part names the plan. */
static const char *plan_of(const XrMatrixCell *cell)
{
    const char *slash = strrchr(cell->plan, '/');

    return slash != NULL ? slash + 1 : cell->plan;
}

static void add_row(GString *out, const XrMatrixRow *row, gboolean repeats)
{
    const XrHistoryMetric *figure = row->run != NULL ? row->run->figure : NULL;
    g_autofree char *value =
        figure != NULL ? xr_tell_value(figure->value, figure->unit) : g_strdup("-");
    g_autofree char *index = g_strdup_printf("%u", row->cell->index);
    g_autofree char *repeat = g_strdup_printf("%u", row->cell->repeat);

    add_cell(out, index, 4);
    add_cell(out, row->cell->build, 30);
    add_cell(out, plan_of(row->cell), 10);
    if (repeats)
        add_cell(out, repeat, 3);
    add_cell(out, row->run != NULL ? row->run->verdict : row->state, 9);
    add_cell(out, value, 11);
    add_cell(out, row->node != NULL ? row->node : "-", 12);
    end_line(out);
}

static void add_head(GString *out, gboolean repeats)
{
    add_cell(out, "cell", 4);
    add_cell(out, "build", 30);
    add_cell(out, "plan", 10);
    if (repeats)
        add_cell(out, "run", 3);
    add_cell(out, "verdict", 9);
    add_cell(out, "figure", 11);
    add_cell(out, "node", 12);
    end_line(out);
}

static void add_trouble(GString *out, const XrMatrixRow *row)
{
    const char *why = row->run != NULL ? row->run->reason : row->detail;
    const gboolean incomplete = row->run != NULL && kind_of(row) == XR_FAIL && !row->run->complete;
    g_autofree char *text = NULL;
    g_autofree char *safe = NULL;

    if (row->run != NULL && kind_of(row) == XR_PASS)
        return;
    text = g_strdup_printf(
        "cell %u: %s%s%s%s%s", row->cell->index, row->run != NULL ? row->run->verdict : row->state,
        why != NULL ? ": " : "", why != NULL ? why : "",
        incomplete ? "; the run is incomplete: " : "", incomplete ? row->run->incomplete : "");
    safe = xr_tell_safe(text, SHOWN_MAX);
    g_string_append_c(out, '\n');
    xr_tell_fold(out, safe, "", WIDTH);
    if (row->run != NULL) {
        g_autofree char *record = xr_tell_safe(row->run->record, SHOWN_MAX);

        g_string_append_printf(out, "  record: %s\n", record);
    }
}

static void add_sum(GString *out, const GPtrArray *rows)
{
    guint counts[KINDS] = {0}, none = 0;
    g_autofree char *word = g_ascii_strup(xr_verdict_name(xr_matrix_worst(rows)), -1);

    for (guint i = 0; i < rows->len; i++) {
        const XrMatrixRow *row = rows->pdata[i];

        if (row->run == NULL)
            none++;
        else
            counts[kind_of(row)]++;
    }
    g_string_append_printf(out, "\n%s: %u cell%s", word, rows->len, rows->len == 1 ? "" : "s");
    for (XrVerdictKind kind = XR_PASS; kind <= XR_FAIL; kind++) {
        if (counts[kind] > 0)
            g_string_append_printf(out, ", %u %s", counts[kind], xr_verdict_name(kind));
    }
    if (none > 0)
        g_string_append_printf(out, ", %u without a verdict", none);
    g_string_append_c(out, '\n');
}

char *xr_tell_matrix(const XrMatrix *matrix, const GPtrArray *rows)
{
    const gboolean repeats = matrix->shape.repeats > 1;
    GString *out = g_string_new(NULL);
    g_autofree char *dir = xr_tell_safe(matrix->dir, SHOWN_MAX);

    add_head(out, repeats);
    for (guint i = 0; i < rows->len; i++)
        add_row(out, rows->pdata[i], repeats);
    for (guint i = 0; i < rows->len; i++)
        add_trouble(out, rows->pdata[i]);
    add_sum(out, rows);
    g_string_append_printf(out, "matrix: %s\n", dir);
    return g_string_free(out, FALSE);
}

/* --- JSON --- */

static JsonObject *cell_json(const XrMatrixRow *row)
{
    JsonObject *object = json_object_new();
    g_autofree char *detail = xr_tell_safe(row->detail, SHOWN_MAX);

    json_object_set_int_member(object, "cell", row->cell->index);
    json_object_set_string_member(object, "build", row->cell->build);
    json_object_set_string_member(object, "plan", row->cell->plan);
    json_object_set_int_member(object, "run", row->cell->repeat);
    if (row->node != NULL)
        json_object_set_string_member(object, "node", row->node);
    if (row->run == NULL) {
        json_object_set_string_member(object, "state", row->state);
        json_object_set_string_member(object, "detail", detail);
        return object;
    }
    json_object_set_string_member(object, "verdict", row->run->verdict);
    json_object_set_string_member(object, "reason", row->run->reason);
    json_object_set_boolean_member(object, "complete", row->run->complete);
    json_object_set_string_member(object, "incomplete_reason", row->run->incomplete);
    json_object_set_string_member(object, "id", row->run->id);
    json_object_set_string_member(object, "record", row->run->record);
    if (row->run->figure != NULL) {
        json_object_set_string_member(object, "metric", row->run->figure->name);
        json_object_set_double_member(object, "value", row->run->figure->value);
    }
    return object;
}

JsonObject *xr_tell_matrix_json(const XrMatrix *matrix, const GPtrArray *rows)
{
    JsonObject *object = json_object_new();
    JsonArray *cells = json_array_new();

    for (guint i = 0; i < rows->len; i++)
        json_array_add_object_element(cells, cell_json(rows->pdata[i]));
    json_object_set_string_member(object, "matrix", matrix->dir);
    json_object_set_string_member(object, "verdict", xr_verdict_name(xr_matrix_worst(rows)));
    json_object_set_array_member(object, "cells", cells);
    return object;
}

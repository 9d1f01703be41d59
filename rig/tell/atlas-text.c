/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: an atlas as text. */
#include "tell/atlas.h"
#include "tell/format.h"
#include "tell/functions.h"
#include <math.h>

enum {
    SAFE_MAX = 600,
    WIDTH = 80,
    TAG = 16,
    BOOTS = 5,
    VERDICT = 7,
    COUNT = 11,
    LOCKS = 11,
    TICKS = 5
};

static void add_cell(GString *out, const char *text, guint columns)
{
    g_autofree char *safe = xr_tell_safe(text, SAFE_MAX);
    g_autofree char *cell = xr_tell_fit(safe, columns, TRUE);

    g_string_append_printf(out, "%s ", cell);
}

static void end_line(GString *out)
{
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

/* What was left out is told once, below. */
static void add_verdict(GString *out, const XrAtlasCell *cell)
{
    add_cell(out, cell->left_out && cell->run == NULL ? "-" : xr_atlas_word(cell), VERDICT);
}

static void add_figure(GString *out, const XrAtlasRow *row, XrAtlasMeasure measure, guint columns)
{
    g_autofree char *figure = xr_atlas_figure(row, measure);

    add_cell(out, figure != NULL ? figure : "-", columns);
}

/* A tag that is too long has a line of its own. */
static void add_row(GString *out, const XrAtlasRow *row)
{
    g_autofree char *tag = xr_tell_safe(row->tag, SAFE_MAX);

    if (xr_tell_columns(tag) > TAG) {
        xr_tell_fold(out, tag, "", WIDTH);
        tag[0] = '\0';
    }
    add_cell(out, tag, TAG);
    add_cell(out, xr_atlas_boots_word(row), BOOTS);
    add_verdict(out, &row->cells[XR_ATLAS_SMOKE_PV]);
    add_verdict(out, &row->cells[XR_ATLAS_SMOKE_PVH]);
    add_figure(out, row, XR_ATLAS_COUNT, COUNT);
    add_figure(out, row, XR_ATLAS_LOCKS, LOCKS);
    for (guint m = XR_ATLAS_LOCKSTEP_1; m <= XR_ATLAS_LOCKSTEP_8; m++)
        add_figure(out, row, m, TICKS);
    end_line(out);
}

static void add_head(GString *out, const char *variant)
{
    g_autofree char *title = g_strdup_printf("variant %s", variant);
    g_autofree char *safe = xr_tell_safe(title, SAFE_MAX);

    xr_tell_fold(out, safe, "", WIDTH);
    g_string_append_printf(out, "%*s%-*s%s\n", TAG + BOOTS + 2, "", 2 * VERDICT + 2, "smoke",
                           "instruct./  locks       bytes a tick");
    add_cell(out, "release", TAG);
    add_cell(out, "boots", BOOTS);
    add_cell(out, "PV", VERDICT);
    add_cell(out, "PVH", VERDICT);
    add_cell(out, "MiB", COUNT);
    add_cell(out, "a pair", LOCKS);
    for (guint m = XR_ATLAS_LOCKSTEP_1; m <= XR_ATLAS_LOCKSTEP_8; m++) {
        g_autofree char *vcpus = g_strdup_printf("%uvCPU", xr_atlas_measure_vcpus(m));
        add_cell(out, vcpus, TICKS);
    }
    end_line(out);
}

static void add_table(GString *out, const XrAtlasTable *table)
{
    const char *variant = NULL;

    for (guint i = 0; i < table->rows->len; i++) {
        const XrAtlasRow *row = table->rows->pdata[i];

        if (variant != row->variant) {
            if (variant != NULL)
                g_string_append_c(out, '\n');
            add_head(out, row->variant);
        }
        variant = row->variant;
        add_row(out, row);
    }
}

static void add_missing(GString *out, const XrAtlasRow *row)
{
    for (guint m = 0; m < XR_ATLAS_MEASURES; m++) {
        const XrAtlasCell *cell = &row->cells[m];
        g_autofree char *text = NULL;
        g_autofree char *safe = NULL;

        if (cell->why == NULL || (cell->left_out && cell->run == NULL))
            continue;
        text = g_strdup_printf("%s+%s, %s: %s: %s", row->tag, row->variant,
                               xr_atlas_measure_name(m), xr_atlas_word(cell), cell->why);
        safe = xr_tell_safe(text, 2 * SAFE_MAX);
        xr_tell_fold(out, safe, "  ", WIDTH);
    }
}

static void add_change(GString *out, const XrAtlasChange *change)
{
    g_autofree char *title = g_strdup_printf("%s to %s, variant %s", change->base->tag,
                                             change->head->tag, change->head->variant);
    g_autofree char *safe = xr_tell_safe(title, SAFE_MAX);
    g_autofree char *sentence = xr_atlas_change_sentence(change);
    g_autofree char *root = xr_atlas_root_sentence(change);
    const XrFunctionsNames names = {change->base->tag, change->head->tag};

    g_string_append_c(out, '\n');
    xr_tell_fold(out, safe, "", WIDTH);
    xr_tell_fold(out, sentence, "  ", WIDTH);
    if (root != NULL)
        xr_tell_fold(out, root, "  ", WIDTH);
    if (change->diff != NULL)
        xr_tell_functions_diff_text(out, change->diff, &names);
    else
        g_string_append(out, "  by function: not known, for a run told no functions\n");
}

static gboolean has_missing(const XrAtlasTable *table)
{
    for (guint i = 0; i < table->rows->len; i++) {
        const XrAtlasRow *row = table->rows->pdata[i];

        for (guint m = 0; m < XR_ATLAS_MEASURES; m++) {
            if (row->cells[m].why != NULL && !(row->cells[m].left_out && row->cells[m].run == NULL))
                return TRUE;
        }
    }
    return FALSE;
}

static void add_sum(GString *out, const XrAtlasTable *table)
{
    g_autofree char *word = g_ascii_strup(xr_verdict_name(xr_atlas_worst(table)), -1);
    g_autofree char *dir = xr_tell_safe(table->atlas->dir, SAFE_MAX);
    guint left_out = 0;

    for (guint m = 0; m < XR_ATLAS_MEASURES; m++) {
        if (!xr_atlas_leaves_out(table->atlas, m))
            continue;
        g_string_append_printf(out, "%s%s", left_out++ == 0 ? "\nleft out by --without: " : ", ",
                               xr_atlas_measure_name(m));
    }
    g_string_append_printf(out, "%s\n%s: %u release%s\natlas: %s\n", left_out > 0 ? "\n" : "", word,
                           table->rows->len, table->rows->len == 1 ? "" : "s", dir);
}

char *xr_tell_atlas(const XrAtlasTable *table)
{
    GString *out = g_string_new(NULL);

    add_table(out, table);
    if (has_missing(table)) {
        g_string_append(out, "\nmissing, or not passed:\n");
        for (guint i = 0; i < table->rows->len; i++)
            add_missing(out, table->rows->pdata[i]);
    }
    for (guint i = 0; i < table->changes->len; i++)
        add_change(out, table->changes->pdata[i]);
    add_sum(out, table);
    return g_string_free(out, FALSE);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: an atlas' table, from the records of its cells.
 *
 * Method. A change is told between neighbours that both have a count of instructions: a release without one is passed over, and
 * listed as missing. Locks a pair are the sum of lock_per_pair over the locks of grant tables; what event channels
 * take for a pair is left out, for it hangs on how often is notified.
 * Limits. The build root is that which releases of a version get by default (build/build-root.h), or the one that was asked for. */
#include "tell/atlas.h"

#include "build/build-root.h"
#include "keep/functions.h"
#include "tell/functions.h"
#include <math.h>
#include <string.h>

enum { MOST_FUNCTIONS = 4 };

const char xr_atlas_legend[] =
    "Boots: dom0 came up in a run of this release. PV, PVH: the plan smoke, two domUs that stream "
    "by the host's clock. Instructions: of Xen, dom0 and the domU for each MiB written (plan "
    "count), the "
    "same to the last digit each time. Locks: acquisitions of grant-table locks for each grant "
    "mapped and unmapped, dom0's table / the domUs', of a build with lock-profile. "
    "Bytes a tick: tick_throughput of the plan lockstep with 1, 4 and 8 vCPUs of dom0; more is "
    "faster.";

static void row_free(gpointer data)
{
    XrAtlasRow *row = data;

    for (guint m = 0; m < XR_ATLAS_MEASURES; m++) {
        xr_history_run_free(row->cells[m].run);
        g_free(row->cells[m].why);
        g_free(row->cells[m].record);
    }
    g_free(row->build);
    g_free(row->version);
    g_free(row);
}

static void change_free(gpointer data)
{
    XrAtlasChange *change = data;

    xr_functions_diff_free(change->diff);
    g_free(change);
}

void xr_atlas_table_free(XrAtlasTable *table)
{
    if (table == NULL)
        return;
    g_ptr_array_unref(table->changes);
    g_ptr_array_unref(table->rows);
    g_ptr_array_unref(table->hosts);
    g_free(table);
}

/* --- a cell --- */

static double metric_of(const XrHistoryRun *run, const char *name)
{
    for (guint i = 0; i < run->metrics->len; i++) {
        const XrHistoryMetric *metric = run->metrics->pdata[i];

        if (g_str_equal(metric->name, name))
            return metric->value;
    }
    return NAN;
}

/* Acquisitions of that domain's grant-table locks for a pair, in sum; NaN: none is told. */
static double locks_of(const XrHistoryRun *run, const char *domain)
{
    static const char *const locks[] = {"grant_lock",   "grant_read",    "grant_write",
                                        "active_entry", "maptrack_lock", "freelist"};
    double sum = NAN;

    for (gsize i = 0; i < G_N_ELEMENTS(locks); i++) {
        g_autofree char *name = g_strdup_printf("lock_per_pair.%s/%s", domain, locks[i]);
        const double value = metric_of(run, name);

        if (isfinite(value))
            sum = isfinite(sum) ? sum + value : value;
    }
    return sum;
}

static gboolean has_value(XrAtlasMeasure measure)
{
    return measure != XR_ATLAS_SMOKE_PV && measure != XR_ATLAS_SMOKE_PVH;
}

static void read_values(XrAtlasCell *cell, XrAtlasMeasure measure)
{
    if (measure == XR_ATLAS_COUNT) {
        cell->value = metric_of(cell->run, "instructions");
    } else if (measure == XR_ATLAS_LOCKS) {
        cell->value = locks_of(cell->run, "dom0");
        cell->domus = locks_of(cell->run, "domUs");
    } else if (has_value(measure)) {
        cell->value = metric_of(cell->run, "tick_throughput");
    }
}

static char *why_of(const XrAtlasCell *cell, XrAtlasMeasure measure)
{
    const gboolean passed = g_str_equal(cell->run->verdict, "pass");

    if (!passed)
        return g_strdup(cell->run->reason);
    if (has_value(measure) && !isfinite(cell->value) && !isfinite(cell->domus))
        return g_strdup("it passed, and its record has no such figure");
    return NULL;
}

/* Of a cell that was never run, or whose rig ended without a verdict. */
static char *why_missing(const XrMatrix *matrix)
{
    g_autofree char *line =
        matrix != NULL ? xr_matrix_cell_last_line(matrix->cells->pdata[0]) : NULL;

    if (line != NULL)
        return g_strdup_printf("came to no verdict: %s", line);
    return g_strdup("not run yet");
}

static void read_cell(const XrAtlas *atlas, const XrAtlasRow *row, XrAtlasMeasure measure,
                      XrAtlasCell *cell)
{
    g_autofree char *dir = xr_atlas_cell_dir(atlas, row->tag, row->variant, measure);
    g_autoptr(XrMatrix) matrix = xr_matrix_is(dir) ? xr_matrix_open(dir, NULL) : NULL;

    cell->value = cell->domus = NAN;
    cell->left_out = xr_atlas_leaves_out(atlas, measure);
    if (matrix != NULL)
        cell->run = xr_matrix_cell_run(matrix->cells->pdata[0]);
    if (cell->run != NULL) {
        cell->record = xr_matrix_cell_record(matrix->cells->pdata[0]);
        read_values(cell, measure);
        cell->why = why_of(cell, measure);
        return;
    }
    cell->why = cell->left_out ? g_strdup("left out by --without") : why_missing(matrix);
}

/* --- a row --- */

static gboolean is_first_skipped(const XrAtlasRow *row, guint *first)
{
    for (guint m = 0; m < XR_ATLAS_MEASURES; m++) {
        if (row->cells[m].left_out)
            continue;
        *first = m;
        return row->cells[m].run != NULL && g_str_equal(row->cells[m].run->verdict, "skip");
    }
    return FALSE;
}

/* What was not run for the first measure was skipped. */
static void explain_skipped(XrAtlasRow *row)
{
    guint first = 0;

    if (!is_first_skipped(row, &first))
        return;
    for (guint m = first + 1; m < XR_ATLAS_MEASURES; m++) {
        XrAtlasCell *cell = &row->cells[m];

        if (cell->run != NULL || cell->left_out)
            continue;
        g_free(cell->why);
        cell->why = g_strdup_printf("not run, for %s was skipped: %s", xr_atlas_measure_name(first),
                                    row->cells[first].why);
    }
}

static void take_run(XrAtlasRow *row, const XrHistoryRun *run)
{
    if (isfinite(metric_of(run, "boot_time")))
        row->boots = XR_ATLAS_BOOTS;
    else if (row->boots == XR_ATLAS_BOOTS_UNKNOWN && g_str_equal(run->verdict, "fail"))
        row->boots = XR_ATLAS_BOOTS_NOT;
    if (row->version[0] != '\0' || run->xen_version[0] == '\0')
        return;
    g_free(row->version);
    row->version = g_strdup(run->xen_version);
}

static XrAtlasRow *read_row(const XrAtlas *atlas, const char *tag, const char *variant)
{
    XrAtlasRow *row = g_new0(XrAtlasRow, 1);

    row->tag = tag;
    row->variant = variant;
    row->version = g_strdup("");
    row->build = xr_atlas_build(atlas, tag, variant, XR_ATLAS_COUNT);
    for (guint m = 0; m < XR_ATLAS_MEASURES; m++) {
        read_cell(atlas, row, m, &row->cells[m]);
        if (row->cells[m].run != NULL)
            take_run(row, row->cells[m].run);
    }
    explain_skipped(row);
    if (atlas->shape.root != NULL)
        row->root = atlas->shape.root;
    else if (row->version[0] != '\0')
        row->root = xr_build_root_for(row->version);
    return row;
}

/* --- all --- */

static void add_host(XrAtlasTable *table, const XrHistoryRun *run)
{
    g_autofree char *text = g_strdup_printf("%s, %" G_GINT64_FORMAT " cores, kernel %s, %s, id %s",
                                            run->host->cpu, run->host->cores, run->host->kernel,
                                            run->host->distribution, run->host->id);
    const double wait = metric_of(run, "host_wait");

    if (!g_ptr_array_find_with_equal_func(table->hosts, text, g_str_equal, NULL))
        g_ptr_array_add(table->hosts, g_steal_pointer(&text));
    if (table->first_us == 0 || run->started_us < table->first_us)
        table->first_us = run->started_us;
    table->last_us = MAX(table->last_us, run->started_us);
    if (!isfinite(wait))
        return;
    table->wait_low = isfinite(table->wait_low) ? MIN(table->wait_low, wait) : wait;
    table->wait_high = isfinite(table->wait_high) ? MAX(table->wait_high, wait) : wait;
}

static XrFunctionsDiff *diff_of(const XrAtlasRow *base, const XrAtlasRow *head)
{
    g_autoptr(GPtrArray) before = g_ptr_array_new();
    g_autoptr(GPtrArray) after = g_ptr_array_new();

    g_ptr_array_add(before, base->cells[XR_ATLAS_COUNT].record);
    g_ptr_array_add(after, head->cells[XR_ATLAS_COUNT].record);
    return xr_functions_diff_runs(before, after);
}

static void add_change(XrAtlasTable *table, const XrAtlasRow *base, const XrAtlasRow *head)
{
    XrAtlasChange *change = g_new0(XrAtlasChange, 1);

    change->base = base;
    change->head = head;
    change->diff = diff_of(base, head);
    change->other_root =
        base->root != NULL && head->root != NULL && !g_str_equal(base->root, head->root);
    g_ptr_array_add(table->changes, change);
}

static void add_variant(XrAtlasTable *table, const char *variant)
{
    const XrAtlasRow *before = NULL;

    for (char **tag = table->atlas->shape.tags; *tag != NULL; tag++) {
        XrAtlasRow *row = read_row(table->atlas, *tag, variant);

        g_ptr_array_add(table->rows, row);
        for (guint m = 0; m < XR_ATLAS_MEASURES; m++) {
            if (row->cells[m].run != NULL)
                add_host(table, row->cells[m].run);
        }
        if (!isfinite(row->cells[XR_ATLAS_COUNT].value))
            continue;
        if (before != NULL)
            add_change(table, before, row);
        before = row;
    }
}

XrAtlasTable *xr_atlas_table(const XrAtlas *atlas)
{
    XrAtlasTable *table = g_new0(XrAtlasTable, 1);

    table->atlas = atlas;
    table->rows = g_ptr_array_new_with_free_func(row_free);
    table->changes = g_ptr_array_new_with_free_func(change_free);
    table->hosts = g_ptr_array_new_with_free_func(g_free);
    table->wait_low = table->wait_high = NAN;
    for (char **variant = atlas->shape.variants; *variant != NULL; variant++)
        add_variant(table, *variant);
    return table;
}

/* --- words --- */

static XrVerdictKind kind_of(const XrAtlasCell *cell)
{
    for (XrVerdictKind kind = XR_PASS; cell->run != NULL && kind <= XR_ERROR_VERDICT; kind++) {
        if (g_str_equal(cell->run->verdict, xr_verdict_name(kind)))
            return kind;
    }
    return XR_ERROR_VERDICT;
}

/* What is not run for another measure was skipped is no worse than that. */
XrVerdictKind xr_atlas_worst(const XrAtlasTable *table)
{
    XrVerdictKind worst = XR_PASS;

    for (guint i = 0; i < table->rows->len; i++) {
        const XrAtlasRow *row = table->rows->pdata[i];
        guint first = 0;
        const gboolean skipped = is_first_skipped(row, &first);

        for (guint m = 0; m < XR_ATLAS_MEASURES; m++) {
            if (row->cells[m].left_out || (skipped && row->cells[m].run == NULL))
                continue;
            worst = MAX(worst, kind_of(&row->cells[m]));
        }
    }
    return worst;
}

const char *xr_atlas_word(const XrAtlasCell *cell)
{
    if (cell->run != NULL)
        return cell->run->verdict;
    return cell->left_out ? "left out" : "missing";
}

const char *xr_atlas_boots_word(const XrAtlasRow *row)
{
    static const char *const words[] = {
        [XR_ATLAS_BOOTS_UNKNOWN] = "?", [XR_ATLAS_BOOTS] = "yes", [XR_ATLAS_BOOTS_NOT] = "no"};

    return words[row->boots];
}

char *xr_atlas_figure(const XrAtlasRow *row, XrAtlasMeasure measure)
{
    const XrAtlasCell *cell = &row->cells[measure];

    if (measure == XR_ATLAS_LOCKS) {
        g_autofree char *dom0 =
            isfinite(cell->value) ? g_strdup_printf("%.2f", cell->value) : g_strdup("-");
        g_autofree char *domus =
            isfinite(cell->domus) ? g_strdup_printf("%.2f", cell->domus) : g_strdup("-");

        return isfinite(cell->value) || isfinite(cell->domus)
                   ? g_strdup_printf("%s / %s", dom0, domus)
                   : NULL;
    }
    return isfinite(cell->value) ? g_strdup_printf("%.2f", cell->value) : NULL;
}

char *xr_atlas_change_sentence(const XrAtlasChange *change)
{
    const double base = change->base->cells[XR_ATLAS_COUNT].value;
    const double head = change->head->cells[XR_ATLAS_COUNT].value;

    return g_strdup_printf("instructions a MiB %.2f to %.2f: %+.2f, %+.2f %%", base, head,
                           head - base, base != 0 ? (head - base) / base * 100 : 0);
}

char *xr_atlas_functions_sentence(const XrAtlasChange *change)
{
    g_autoptr(GString) text = g_string_new("most of it: ");
    const guint known = change->diff != NULL ? change->diff->changed->len : 0;

    for (guint i = 0; i < MIN(known, MOST_FUNCTIONS); i++) {
        const XrFunctionChange *function = change->diff->changed->pdata[i];
        const gboolean named = !g_str_equal(function->name, XR_FUNCTION_ALL);

        g_string_append_printf(text, "%s%s%s%s %+.2f", i > 0 ? ", " : "",
                               xr_tell_layer(function->layer), named ? " " : "",
                               named ? function->name : "", function->head - function->base);
    }
    return known > 0 ? g_strdup(text->str) : NULL;
}

char *xr_atlas_root_sentence(const XrAtlasChange *change)
{
    if (!change->other_root)
        return NULL;
    return g_strdup_printf("They were built by compilers of different Debian releases (%s, %s): a "
                           "change may be the compiler's. `--root RELEASE` builds all in one.",
                           change->base->root, change->head->root);
}

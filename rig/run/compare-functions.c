/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which functions changed between the builds of a comparison.
 *
 * The tables of all runs of a build that are samples are added up. Each run has a seed of its own, so that counts of a build
 * differ a little between its runs: what the window's borders cut is another part of a MiB. */
#include "run/compare-stored.h"

#include "keep/functions.h"

static void diff_free(gpointer diff)
{
    xr_functions_diff_free(diff);
}

/* The folder of the run's record; NULL: it is not known. Free with g_free. */
static char *folder_of(const XrCompareResult *result, const XrRunFigure *figure)
{
    if (figure->dir[0] != '\0')
        return g_strdup(figure->dir);
    return result->dir != NULL && figure->record[0] != '\0'
               ? g_build_filename(result->dir, figure->record, NULL)
               : NULL;
}

static GPtrArray *folders_of(const XrCompareResult *result, guint build)
{
    GPtrArray *folders = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < result->runs->len; i++) {
        const XrRunFigure *figure = result->runs->pdata[i];
        g_autofree char *folder = folder_of(result, figure);

        if (figure->index == build && figure->counted && folder != NULL)
            g_ptr_array_add(folders, g_steal_pointer(&folder));
    }
    return folders;
}

void xr_compare_read_functions(XrCompareResult *result)
{
    g_autoptr(GPtrArray) base = NULL;

    if (!g_str_has_prefix(result->plan->compare.metric, "instructions"))
        return;
    base = folders_of(result, 0);
    result->functions = g_ptr_array_new_with_free_func(diff_free);
    for (guint i = 1; result->builds[i] != NULL; i++) {
        g_autoptr(GPtrArray) head = folders_of(result, i);

        g_ptr_array_add(result->functions, xr_functions_diff_runs(base, head));
    }
}

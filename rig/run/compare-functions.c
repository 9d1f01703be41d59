/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which functions changed between the builds of a comparison.
 *
 * One run of each build is asked, the first that is a sample: in count mode runs of a build are the same to the last
 * instruction. */
#include "run/compare-stored.h"

#include "keep/functions.h"

static void diff_free(gpointer diff)
{
    xr_functions_diff_free(diff);
}

/* The folder of the first run of that build that is a sample; NULL: there is none. Free with g_free. */
static char *folder_of(const XrCompareResult *result, guint build)
{
    for (guint i = 0; i < result->runs->len; i++) {
        const XrRunFigure *figure = result->runs->pdata[i];

        if (figure->index != build || !figure->counted)
            continue;
        if (figure->dir[0] != '\0')
            return g_strdup(figure->dir);
        return result->dir != NULL && figure->record[0] != '\0'
                   ? g_build_filename(result->dir, figure->record, NULL)
                   : NULL;
    }
    return NULL;
}

void xr_compare_read_functions(XrCompareResult *result)
{
    g_autofree char *base = NULL;

    if (!g_str_has_prefix(result->plan->compare.metric, "instructions"))
        return;
    base = folder_of(result, 0);
    result->functions = g_ptr_array_new_with_free_func(diff_free);
    for (guint i = 1; result->builds[i] != NULL; i++) {
        g_autofree char *head = folder_of(result, i);

        g_ptr_array_add(result->functions,
                        base != NULL && head != NULL ? xr_functions_diff_runs(base, head) : NULL);
    }
}

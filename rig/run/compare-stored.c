/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: stored runs compared. */
#include "run/compare-stored.h"

#include "base/error.h"
#include <math.h>
#include <string.h>

enum { MOST = 200 }; /* figures that judge/ranks.h takes of a side */

/* Whether runs of two records can be compared: what differs is the build alone. */
static gboolean check_setup(const XrRunFigure *first, const XrRunFigure *figure, GError **error)
{
    if (g_str_equal(first->setup, figure->setup))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "the runs %s (plan %s) and %s (plan %s) were made with other settings than the "
                "build, so their figures cannot be compared; see the file \"plan\" of each record",
                first->run, first->plan, figure->run, figure->plan);
    return FALSE;
}

static gboolean check_build(const XrRunFigure *first, const XrRunFigure *figure, GError **error)
{
    if (g_str_equal(first->build_id, figure->build_id))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "the runs %s (%s, id %s) and %s (%s, id %s) are of two builds, and stand on one "
                "side of the comparison",
                first->run, first->build, first->build_id, figure->run, figure->build,
                figure->build_id);
    return FALSE;
}

static gboolean has_figure(const XrRunFigure *figure)
{
    return !g_str_equal(figure->verdict, "error") && !g_str_equal(figure->verdict, "skip") &&
           isfinite(figure->value) && figure->value > 0;
}

/* All runs that the paths name, marked as of that side. */
static gboolean load_side(XrCompareResult *result, const char *const *paths, guint side,
                          GError **error)
{
    GArray *samples = result->samples->pdata[side];
    const XrRunFigure *first = NULL;

    for (gsize i = 0; paths[i] != NULL; i++) {
        g_autoptr(GPtrArray) figures =
            xr_run_figures_load(paths[i], result->plan->compare.metric, error);

        if (figures == NULL)
            return FALSE;
        while (figures->len > 0) {
            XrRunFigure *figure = g_ptr_array_steal_index(figures, 0);

            g_ptr_array_add(result->runs, figure);
            figure->index = side;
            figure->counted = has_figure(figure);
            if (!figure->counted)
                continue;
            first = first != NULL ? first : figure;
            g_array_append_val(samples, figure->value);
            if (!check_build(first, figure, error))
                return FALSE;
        }
    }
    if (samples->len > 0 && samples->len <= MOST)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "--%s: %u runs have a figure \"%s\" above zero; 1 to %d can be compared",
                side == 0 ? "against" : "from", samples->len, result->plan->compare.metric, MOST);
    return FALSE;
}

static gboolean check_setups(const XrCompareResult *result, GError **error)
{
    const XrRunFigure *first = NULL;

    for (guint i = 0; i < result->runs->len; i++) {
        const XrRunFigure *figure = result->runs->pdata[i];

        if (!figure->counted)
            continue;
        first = first != NULL ? first : figure;
        if (!check_setup(first, figure, error))
            return FALSE;
    }
    return TRUE;
}

static const XrRunFigure *sample_of(const XrCompareResult *result, guint side)
{
    guint i = 0;

    while (!((XrRunFigure *)result->runs->pdata[i])->counted ||
           ((XrRunFigure *)result->runs->pdata[i])->index != side)
        i++;
    return result->runs->pdata[i];
}

/* Names of builds; told apart where they are one. */
static char **name_builds(const XrCompareResult *result)
{
    const char *against = sample_of(result, 0)->build, *from = sample_of(result, 1)->build;
    char **names = g_new0(char *, 3);
    const gboolean one = g_str_equal(against, from);

    names[0] = g_strconcat(against, one ? " of --against" : "", NULL);
    names[1] = g_strconcat(from, one ? " of --from" : "", NULL);
    return names;
}

XrCompareResult *xr_compare_stored(const char *plan_name, const char *const *overrides,
                                   const char *const *from, const char *const *against,
                                   GError **error)
{
    g_autoptr(XrCompareResult) result = g_new0(XrCompareResult, 1);

    result->plan = xr_plan_load(plan_name, overrides, error);
    if (result->plan == NULL)
        return NULL;
    result->rules = xr_compare_rules(result->plan);
    result->end = XR_END_STORED;
    result->seed = -1;
    result->runs = g_ptr_array_new_with_free_func((GDestroyNotify)xr_run_figure_free);
    result->samples = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    for (guint i = 0; i < 2; i++)
        g_ptr_array_add(result->samples, g_array_new(FALSE, FALSE, sizeof(double)));
    if (!load_side(result, against, 0, error) || !load_side(result, from, 1, error) ||
        !check_setups(result, error))
        return NULL;
    result->builds = name_builds(result);
    result->unit = g_strdup(sample_of(result, 0)->unit);
    result->comparison =
        xr_compare_once(&result->rules, (GArray *const *)result->samples->pdata, 2);
    xr_compare_read_functions(result);
    return g_steal_pointer(&result);
}

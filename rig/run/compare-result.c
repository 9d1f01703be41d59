/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: comparisons from beginning to end: new ones, and ones gone on with. */
#include "run/compare-stored.h"

#include "base/error.h"
#include "build/build.h"
#include "build/describe.h"
#include "build/kernel-name.h"
#include "judge/metric-names.h"
#include <string.h>

void xr_compare_result_free(XrCompareResult *result)
{
    if (result == NULL)
        return;
    xr_plan_free(result->plan);
    xr_comparison_free(result->comparison);
    g_strfreev(result->builds);
    g_clear_pointer(&result->samples, g_ptr_array_unref);
    g_clear_pointer(&result->runs, g_ptr_array_unref);
    g_clear_pointer(&result->functions, g_ptr_array_unref);
    g_free(result->unit);
    g_free(result->dir);
    g_free(result);
}

XrCompareReport xr_compare_report(const XrCompareResult *result)
{
    const XrRunFigure *first = result->runs->len > 0 ? result->runs->pdata[0] : NULL;

    /* Stored runs were not made by this plan, which tells only how they are compared. */
    return (XrCompareReport){.rules = &result->rules,
                             .comparison = result->comparison,
                             .end = result->end,
                             .builds = (const char *const *)result->builds,
                             .samples = (GArray *const *)result->samples->pdata,
                             .runs = result->runs,
                             .plan = first != NULL ? first->plan : result->plan->plan.name,
                             .metric = result->plan->compare.metric,
                             .unit = result->unit,
                             .seed = result->seed,
                             .record_dir = result->dir,
                             .functions = result->functions};
}

static const char *unit_of(const GPtrArray *runs)
{
    for (guint i = 0; i < runs->len; i++) {
        const XrRunFigure *figure = runs->pdata[i];

        if (figure->counted)
            return figure->unit;
    }
    return "";
}

/* Takes the comparison; the record and the plan keep their own. */
static XrCompareResult *result_new(const XrCompareRecord *record, XrPlan *plan,
                                   XrComparison *comparison, XrCompareEnd end)
{
    XrCompareResult *result = g_new0(XrCompareResult, 1);

    result->plan = plan;
    result->rules = xr_compare_rules(plan);
    result->comparison = comparison;
    result->end = end;
    result->builds = g_strdupv(record->builds);
    result->samples = xr_compare_record_samples(record);
    result->runs = g_ptr_array_ref(record->runs);
    result->unit = g_strdup(unit_of(record->runs));
    result->seed = record->seed;
    result->dir = g_strdup(record->dir);
    xr_compare_read_functions(result);
    return result;
}

static void say(const char *sentence, gpointer user_data)
{
    if (!GPOINTER_TO_INT(user_data))
        g_printerr("%s\n", sentence);
}

/* What should be known before hours are spent on it. */
static void tell_pair(const XrBuild *a, const XrBuild *b, gboolean quiet)
{
    g_autoptr(GPtrArray) differences = xr_builds_list_differences(a, b);

    if (strcmp(a->name, b->name) != 0 && xr_builds_are_identical(a, b)) {
        g_autofree char *same =
            g_strdup_printf("%s and %s: their hypervisors are the same code, so "
                            "this comparison measures it twice",
                            a->name, b->name);
        say(same, GINT_TO_POINTER(quiet));
    }
    for (guint i = 0; i < differences->len; i++) {
        g_autofree char *line = g_strdup_printf("%s and %s were not made alike: %s", a->name,
                                                b->name, (char *)differences->pdata[i]);
        say(line, GINT_TO_POINTER(quiet));
    }
}

/* Before the first run: a build that cannot be made is told at once, and no compiler runs beside a run. */
static gboolean prepare_builds(const XrPlan *plan, const char *const *builds, gboolean quiet,
                               GError **error)
{
    g_autoptr(XrBuild) first = NULL;

    for (gsize i = 0; builds[i] != NULL; i++) {
        g_autofree char *name =
            xr_kernel_words_add(builds[i], plan->dom0.kernel, plan->guests.kernel);
        g_autoptr(XrBuild) build = xr_build_prepare(name, say, GINT_TO_POINTER(quiet), NULL, error);

        if (build == NULL) {
            g_prefix_error(error, "%s: ", builds[i]);
            return FALSE;
        }
        if (first == NULL)
            first = g_steal_pointer(&build);
        else
            tell_pair(first, build, quiet);
    }
    return TRUE;
}

static gboolean check_enough(const XrPlan *plan, guint builds, GError **error)
{
    const XrCompareRules rules = xr_compare_rules(plan);
    const guint needed = xr_compare_runs_needed(&rules, builds);

    if (plan->compare.runs_max >= needed)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "compare.runs_max %u: with %u builds the error rates are shared by %u comparisons, "
                "and fewer than %u runs of each cannot tell any of them; raise compare.runs_max",
                plan->compare.runs_max, builds, builds - 1, needed);
    return FALSE;
}

/* Takes the plan. */
static XrCompareResult *go_on(XrCompareRecord *record, XrPlan *plan,
                              const XrCompareOptions *options, GError **error)
{
    XrComparison *comparison = NULL;
    XrCompareEnd end;
    g_autoptr(XrCompareResult) result = NULL;
    g_autoptr(JsonObject) verdict = NULL;
    XrCompareReport report;

    if (!xr_compare_runs(record, plan, options, &comparison, &end, error)) {
        xr_plan_free(plan);
        g_prefix_error(error, "%s: ", record->dir);
        return NULL;
    }
    result = result_new(record, plan, comparison, end);
    report = xr_compare_report(result);
    verdict = xr_tell_compare_json(&report);
    if (!xr_compare_record_verdict(record, verdict, error))
        return NULL;
    return g_steal_pointer(&result);
}

XrCompareResult *xr_compare_new(const char *plan_name, const char *const *overrides,
                                const char *const *builds, gint64 seed, const char *dir,
                                const XrCompareOptions *options, GError **error)
{
    g_autoptr(XrPlan) plan =
        xr_plan_load(plan_name != NULL ? plan_name : "default", overrides, error);
    const guint32 order = seed >= 0 ? (guint32)seed : g_random_int();
    g_autofree char *shown = NULL;
    g_autoptr(XrCompareRecord) record = NULL;

    if (plan == NULL || !xr_metric_check(plan, plan->compare.metric, error) ||
        !check_enough(plan, g_strv_length((char **)builds), error) ||
        !prepare_builds(plan, builds, options->quiet, error))
        return NULL;
    g_free(plan->hypervisor.build);
    plan->hypervisor.build = g_strdup(builds[0]);
    shown = xr_plan_show(plan, FALSE);
    record =
        xr_compare_record_new(dir, plan->plan.name, shown, builds, order, options->argv, error);
    if (record == NULL)
        return NULL;
    return go_on(record, g_steal_pointer(&plan), options, error);
}

XrCompareResult *xr_compare_resume(const char *dir, const char *const *overrides,
                                   const XrCompareOptions *options, GError **error)
{
    g_autoptr(XrCompareRecord) record = xr_compare_record_open(dir, error);
    g_autofree char *path = NULL;
    XrPlan *plan;

    if (record == NULL)
        return NULL;
    for (gsize i = 0; overrides[i] != NULL; i++) {
        if (g_str_has_prefix(overrides[i], "compare.budget=") ||
            g_str_has_prefix(overrides[i], "compare.repeats="))
            continue;
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "--set %s: a comparison is gone on with by the plan that it began with; only "
                    "compare.budget and compare.repeats may change",
                    overrides[i]);
        return NULL;
    }
    path = g_build_filename(record->dir, "plan", NULL);
    plan = xr_plan_load(path, overrides, error);
    if (plan == NULL ||
        !prepare_builds(plan, (const char *const *)record->builds, options->quiet, error)) {
        xr_plan_free(plan);
        return NULL;
    }
    return go_on(record, plan, options, error);
}

/* --- judging again --- */

static gboolean read_metric(XrCompareRecord *record, const char *metric, GError **error)
{
    for (guint i = 0; i < record->runs->len; i++) {
        XrRunFigure *old = record->runs->pdata[i];
        g_autofree char *dir = g_build_filename(record->dir, old->record, NULL);
        g_autoptr(XrRunFigure) figure = NULL;

        if (g_str_equal(old->metric, metric) || !old->counted)
            continue;
        figure = xr_run_figure_read(dir, metric, error);
        if (figure == NULL)
            return FALSE;
        if (!(figure->value > 0)) {
            g_autofree char *names = xr_run_figure_names(dir);

            g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                        "compare.metric: the run %s has no figure \"%s\" above zero; it has: %s",
                        dir, metric, names);
            return FALSE;
        }
        figure->round = old->round;
        figure->index = old->index;
        figure->seconds = old->seconds;
        figure->counted = TRUE;
        g_free(figure->record);
        figure->record = g_strdup(old->record);
        xr_run_figure_free(old);
        record->runs->pdata[i] = g_steal_pointer(&figure);
    }
    return TRUE;
}

XrCompareResult *xr_compare_replay(const char *dir, const char *const *overrides, GError **error)
{
    g_autoptr(XrCompareRecord) record = xr_compare_record_open(dir, error);
    g_autofree char *path = NULL;
    g_autoptr(XrPlan) plan = NULL;
    g_autoptr(XrSequential) looks = NULL;
    g_autoptr(GPtrArray) samples = NULL;
    XrComparison *comparison;
    XrCompareRules rules;

    if (record == NULL)
        return NULL;
    path = g_build_filename(record->dir, "plan", NULL);
    plan = xr_plan_load(path, overrides, error);
    if (plan == NULL || !read_metric(record, plan->compare.metric, error))
        return NULL;
    rules = xr_compare_rules(plan);
    looks = xr_sequential_new(rules.runs_min, rules.runs_max);
    samples = xr_compare_record_samples(record);
    comparison =
        xr_compare(&rules, looks, (GArray *const *)samples->pdata, g_strv_length(record->builds));
    return result_new(record, g_steal_pointer(&plan), comparison,
                      comparison->undecided > 0 ? XR_END_STORED : XR_END_DECIDED);
}

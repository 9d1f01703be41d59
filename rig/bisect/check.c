/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: one commit told good or bad, for `git bisect run`. */
#include "bisect/check.h"

#include "base/error.h"
#include "bisect/scratch.h"
#include "build/build.h"
#include "build/describe.h"
#include "judge/metric-names.h"
#include "run/run.h"
#include "watch/classes.h"
#include <math.h>
#include <string.h>

static void say(const char *sentence, gpointer quiet)
{
    if (!GPOINTER_TO_INT(quiet))
        g_printerr("%s\n", sentence);
}

static char *name_commit(const XrCheckTask *task, GError **error)
{
    g_autofree char *repo = task->build == NULL ? xr_git_find(task->repo, error) : NULL;
    g_autofree char *commit = NULL;

    if (task->build != NULL)
        return g_strdup(task->build);
    if (repo == NULL)
        return NULL;
    commit = xr_git_commit(repo, "BISECT_HEAD", NULL);
    if (commit == NULL)
        commit = xr_git_commit(repo, "HEAD", error);
    return commit != NULL ? g_strdup_printf("git:%s@%s%s", repo, commit, task->with) : NULL;
}

/* --- by a kind of finding --- */

static gboolean was_interrupted(const XrVerdict *verdict)
{
    for (guint i = 0; i < verdict->findings->len; i++) {
        if (g_str_equal(((XrFinding *)verdict->findings->pdata[i])->kind, "interrupted"))
            return TRUE;
    }
    return FALSE;
}

static gboolean is_failure(const char *told)
{
    return told != NULL && g_str_has_prefix(told, "fail: ");
}

XrCheckCode xr_check_ran(const XrRunFigure *figure, gboolean interrupted, const char *record,
                         char **told, GError **error)
{
    g_autofree char *outcome = xr_run_figure_outcome(figure);
    g_autofree char *before = g_steal_pointer(told);

    /* Another failure than is looked for is told though later runs pass. */
    *told = g_strdup_printf("%s%s%s (record %s)", is_failure(before) ? before : "",
                            is_failure(before) ? "; then " : "", outcome, record);
    if (interrupted) {
        const gboolean failed = xr_run_figure_failed(figure);

        g_set_error(error, XR_ERROR, XR_ERROR_STOPPED, "interrupted by a signal%s%s",
                    failed ? "; before that, the run had come to " : "", failed ? *told : "");
        return XR_CHECK_ERROR;
    }
    if (isnan(figure->value))
        return XR_CHECK_SKIP;
    return figure->value > 0 ? XR_CHECK_BAD : XR_CHECK_GOOD;
}

static XrCheckCode run_once(const XrPlan *plan, const XrCompareOptions *options, char **told,
                            GError **error)
{
    const XrRunOptions run_options = {
        .connect_uri = options->connect_uri, .qemu = options->qemu, .argv = options->argv};
    g_autoptr(XrRunResult) result = xr_run(plan, &run_options, error);
    g_autoptr(XrRunFigure) figure =
        result != NULL ? xr_run_figure_read(result->record_dir, plan->compare.metric, error) : NULL;

    if (figure == NULL)
        return XR_CHECK_ERROR;
    return xr_check_ran(figure, was_interrupted(result->verdict), result->record_dir, told, error);
}

/* compare.runs_min runs without it are taken for good. */
static XrCheckCode check_kind(const XrCheckTask *task, const char *name,
                              const XrCompareOptions *options, char **told, GError **error)
{
    g_auto(GStrv) overrides = xr_plan_overrides(task->overrides, "hypervisor.build", name);
    g_autoptr(XrPlan) plan = xr_plan_load(task->plan != NULL ? task->plan : "default",
                                          (const char *const *)overrides, error);
    XrCheckCode code = XR_CHECK_GOOD;

    if (plan == NULL)
        return XR_CHECK_ERROR;
    for (guint i = 0; i < plan->compare.runs_min && code == XR_CHECK_GOOD; i++)
        code = run_once(plan, options, told, error);
    return code;
}

/* --- by a figure --- */

static XrCheckCode judge(const XrCheckTask *task, const XrCompareResult *result, char **told)
{
    const XrCompareReport report = xr_compare_report(result);
    const XrPair *pair = &g_array_index(result->comparison->pairs, XrPair, 0);
    g_autofree char *sentence = xr_tell_pair(&report, 1);
    g_autofree char *failure = xr_tell_compare_failure(&report);

    *told = g_strdup_printf("%s%s%s (record %s)", sentence, failure != NULL ? "; " : "",
                            failure != NULL ? failure : "", result->dir);
    if (pair->kind == XR_LIKE_UNSURE)
        return XR_CHECK_SKIP;
    if (pair->kind == XR_LIKE_SAME)
        return XR_CHECK_GOOD;
    return xr_is_worse(task->worse, report.metric, result->unit, pair->effect.ratio)
               ? XR_CHECK_BAD
               : XR_CHECK_GOOD;
}

XrCheckCode xr_check_compared(const XrCheckTask *task, const XrCompareResult *result, GError *ended,
                              char **told, GError **error)
{
    if (g_error_matches(ended, XR_ERROR, XR_ERROR_BUILD)) {
        *told = g_strdup(ended->message);
        g_error_free(ended);
        return XR_CHECK_SKIP;
    }
    if (ended != NULL) {
        g_propagate_error(error, ended);
        return XR_CHECK_ERROR;
    }
    if (result->end == XR_END_INTERRUPTED) {
        g_set_error(error, XR_ERROR, XR_ERROR_STOPPED,
                    "interrupted by a signal; the comparison's record is %s", result->dir);
        return XR_CHECK_ERROR;
    }
    return judge(task, result, told);
}

static XrCheckCode check_figure(const XrCheckTask *task, const char *name,
                                const XrCompareOptions *options, char **told, GError **error)
{
    const char *const builds[] = {task->good, name, NULL};
    GError *ended = NULL;
    g_autoptr(XrCompareResult) result =
        xr_compare_new(task->plan, task->overrides, builds, -1, NULL, options, &ended);

    return xr_check_compared(task, result, ended, told, error);
}

/* --- both --- */

/* Whether the commit can be built; and whether that makes it the good build's code. */
static XrCheckCode build(const XrCheckTask *task, const char *name, gboolean with_good,
                         const XrCompareOptions *options, gboolean *same, char **told,
                         GError **error)
{
    const gpointer quiet = GINT_TO_POINTER(options->quiet);
    g_autoptr(XrBuild) good =
        with_good ? xr_build_prepare(task->good, say, quiet, NULL, error) : NULL;
    g_autoptr(XrBuild) own = NULL;
    g_autoptr(GError) local = NULL;

    if (with_good && good == NULL) {
        g_prefix_error(error, "--good %s: ", task->good);
        return XR_CHECK_ERROR;
    }
    own = xr_build_prepare(name, say, quiet, NULL, &local);
    *same = good != NULL && own != NULL && xr_builds_are_identical(good, own) &&
            g_str_equal(good->toolstack_identity, own->toolstack_identity);
    if (own != NULL)
        return XR_CHECK_GOOD;
    if (g_error_matches(local, XR_ERROR, XR_ERROR_BUILD)) {
        *told = g_strdup(local->message);
        return XR_CHECK_SKIP;
    }
    g_propagate_error(error, g_steal_pointer(&local));
    return XR_CHECK_ERROR;
}

XrCheckCode xr_check(const XrCheckTask *task, const XrCompareOptions *options, char **told,
                     GError **error)
{
    g_autoptr(XrPlan) plan =
        xr_plan_load(task->plan != NULL ? task->plan : "default", task->overrides, error);
    g_autofree char *name = plan != NULL && xr_metric_check(plan, plan->compare.metric, error)
                                ? name_commit(task, error)
                                : NULL;
    gboolean is_kind, same = FALSE;
    XrCheckCode code;

    if (name == NULL)
        return XR_CHECK_ERROR;
    is_kind = g_str_has_prefix(plan->compare.metric, XR_CLASS_PREFIX);
    code = build(task, name, !is_kind, options, &same, told, error);
    if (code != XR_CHECK_GOOD)
        return code;
    if (same) {
        *told = g_strdup_printf("%s is the same code as %s: not measured", name, task->good);
        return XR_CHECK_GOOD;
    }
    return is_kind ? check_kind(task, name, options, told, error)
                   : check_figure(task, name, options, told, error);
}

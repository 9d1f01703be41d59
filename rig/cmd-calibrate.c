/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "calibrate". */
#include "base/error.h"
#include "base/units.h"
#include "commands.h"
#include "keep/run-figure.h"
#include "tell/compare.h"
#include <math.h>
#include <stdio.h>

enum { SETS = 2000, SETS_MAX = 1000000, FEWEST = 20 };

typedef struct {
    char **sets;
    char *plan, *metric;
    gint count;
    gint64 seed;
    char **effects, **against;
    gboolean json;
    char **rest;
} Options;

static void options_clear(Options *o)
{
    g_strfreev(o->sets);
    g_free(o->plan);
    g_free(o->metric);
    g_strfreev(o->effects);
    g_strfreev(o->against);
    g_strfreev(o->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static const char summary[] =
    "Draws comparisons from stored runs of one build, of the build with itself and with a\n"
    "build slower by a known effect, and tells how often `xenrig compare` would have called\n"
    "them different, the same, or would have been unsure; with --against, of the build and\n"
    "another one that was run as often. Boots nothing.\n\n"
    "SOURCE: a run's record, a folder of records, or a file of figures, a JSON object a line,\n"
    "as a comparison's runs.jsonl. At least 20 runs, by the same plan.";

static gboolean parse(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"plan", 'p', 0, G_OPTION_ARG_FILENAME, &o->plan,
         "Plan whose [compare] is tried out (default: all its defaults)", "PLAN"},
        {"metric", 'm', 0, G_OPTION_ARG_STRING, &o->metric, "The figure to compare by", "NAME"},
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &o->sets, "Override a key of the plan",
         "SECTION.KEY=VALUE"},
        {"sets", 0, 0, G_OPTION_ARG_INT, &o->count, "Comparisons drawn for a row (default: 2000)",
         "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &o->seed, "Of the drawing (default: 1)", "N"},
        {"effect", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->effects,
         "A row for a build that is slower by this (default: 2%, 5%, 10%, 20%)", "RATIO"},
        {"against", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->against,
         "A row for another build, by its own runs", "SOURCE"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "Print one JSON object", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, "SOURCE…"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    o->count = SETS;
    o->seed = 1;
    if (!cmd_parse(entries, summary, argc, argv, error))
        return FALSE;
    if (o->rest == NULL)
        g_set_error_literal(error, XR_ERROR, XR_ERROR_INPUT,
                            "name the records of at least 20 runs of one build, a folder that "
                            "holds them, or a file of figures");
    else if (o->count < 1 || o->count > SETS_MAX)
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "--sets %d: write 1 to %d", o->count,
                    SETS_MAX);
    else if (o->seed < 0 || o->seed > G_MAXUINT32)
        g_set_error_literal(error, XR_ERROR, XR_ERROR_INPUT,
                            "--seed: write a whole number from 0 to 4294967295");
    else
        return TRUE;
    return FALSE;
}

/* --- the runs --- */

static gboolean is_one_build(const XrRunFigure *first, const XrRunFigure *figure, GError **error)
{
    if (g_str_equal(first->build_id, figure->build_id) && g_str_equal(first->setup, figure->setup))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "the runs %s (plan %s, build %s, id %s) and %s (plan %s, build %s, id %s) are not "
                "of one build by one plan: there is no comparing one with itself",
                first->run, first->plan, first->build, first->build_id, figure->run, figure->plan,
                figure->build, figure->build_id);
    return FALSE;
}

static gboolean is_sample(const XrRunFigure *figure)
{
    return !g_str_equal(figure->verdict, "error") && !g_str_equal(figure->verdict, "skip") &&
           isfinite(figure->value) && figure->value > 0;
}

static GPtrArray *load_runs(const char *const *paths, const char *metric, GError **error)
{
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func((GDestroyNotify)xr_run_figure_free);

    for (; *paths != NULL; paths++) {
        g_autoptr(GPtrArray) figures = xr_run_figures_load(*paths, metric, error);

        if (figures == NULL)
            return NULL;
        while (figures->len > 0) {
            g_autoptr(XrRunFigure) figure = g_ptr_array_steal_index(figures, 0);

            if (!is_sample(figure))
                continue;
            if (runs->len > 0 && !is_one_build(runs->pdata[0], figure, error))
                return NULL;
            g_ptr_array_add(runs, g_steal_pointer(&figure));
        }
    }
    if (runs->len >= FEWEST)
        return g_steal_pointer(&runs);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%u runs have a figure \"%s\" above zero; at least %d are needed to know what runs "
                "of one build look like",
                runs->len, metric, FEWEST);
    return NULL;
}

/* --- the table --- */

static GArray *parse_effects(const Options *o, GError **error)
{
    static const char *const usual[] = {"2%", "5%", "10%", "20%", NULL};
    const char *const *texts = o->effects != NULL ? (const char *const *)o->effects : usual;
    g_autoptr(GArray) effects = g_array_new(FALSE, TRUE, sizeof(double));
    double effect = 0;

    g_array_append_val(effects, effect);
    for (; *texts != NULL; texts++) {
        if (!xr_units_parse_ratio(*texts, &effect, error)) {
            g_prefix_error(error, "--effect: ");
            return NULL;
        }
        if (effect <= 0 || effect >= 1) {
            g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                        "--effect %s: a build can be slower by more than 0 and less than 100%%",
                        *texts);
            return NULL;
        }
        g_array_append_val(effects, effect);
    }
    return g_steal_pointer(&effects);
}

static GArray *try_all(const Options *o, const XrCompareRules *rules, XrSequential *looks,
                       const GArray *values, const GArray *effects)
{
    const double *figures = (const double *)(gconstpointer)values->data;
    GArray *trials = g_array_new(FALSE, FALSE, sizeof(XrTrial));

    for (guint i = 0; i < effects->len; i++) {
        for (XrDraw draw = XR_DRAW_SINGLY; draw <= XR_DRAW_NEIGHBOURS; draw++) {
            const XrTrial trial =
                xr_calibrate(figures, values->len, rules, looks, g_array_index(effects, double, i),
                             draw, (guint)o->count, (guint32)o->seed);

            g_array_append_val(trials, trial);
        }
    }
    return trials;
}

static gboolean is_alike(const XrRunFigure *first, const XrRunFigure *other, GError **error)
{
    if (g_str_equal(first->setup, other->setup))
        return TRUE;
    g_set_error(
        error, XR_ERROR, XR_ERROR_INPUT,
        "--against: the runs %s (plan %s) and %s (plan %s) differ in more than their builds: "
        "they are of different plans",
        first->run, first->plan, other->run, other->plan);
    return FALSE;
}

/* The other builds' runs come to others, which the trials borrow names from. */
static gboolean try_others(const Options *o, const XrCompareRules *rules, XrSequential *looks,
                           const GPtrArray *runs, GPtrArray *others, GArray *trials, GError **error)
{
    const XrRunFigure *first = runs->pdata[0];
    g_autoptr(GArray) values = xr_run_figures_values(runs);

    for (guint i = 0; o->against != NULL && o->against[i] != NULL; i++) {
        const char *const path[] = {o->against[i], NULL};
        GPtrArray *other = load_runs(path, first->metric, error);

        if (other == NULL)
            return FALSE;
        g_ptr_array_add(others, other);
        if (!is_alike(first, other->pdata[0], error))
            return FALSE;
        g_autoptr(GArray) second = xr_run_figures_values(other);
        XrTrial trial = xr_calibrate_pair((const double *)(gpointer)values->data, values->len,
                                          (const double *)(gpointer)second->data, second->len,
                                          rules, looks, (guint)o->count, (guint32)o->seed);

        trial.against = ((const XrRunFigure *)other->pdata[0])->build;
        g_array_append_val(trials, trial);
    }
    return TRUE;
}

static void print(const XrCalibrateReport *report, gboolean json)
{
    if (json)
        cmd_print_json(xr_tell_calibrate_json(report));
    else
        xr_tell_calibrate_text(report, stdout);
}

static gboolean calibrate(const Options *o, GError **error)
{
    g_autoptr(XrPlan) plan = xr_plan_load(o->plan, (const char *const *)o->sets, error);
    g_autoptr(GPtrArray) runs = NULL;
    g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GArray) effects = NULL, values = NULL, trials = NULL;
    g_autoptr(XrSequential) looks = NULL;
    XrCalibrateReport report;
    XrCompareRules rules;

    if (plan == NULL)
        return FALSE;
    rules = xr_compare_rules(plan);
    effects = parse_effects(o, error);
    if (effects == NULL)
        return FALSE;
    runs = load_runs((const char *const *)o->rest,
                     o->metric != NULL ? o->metric : plan->compare.metric, error);
    if (runs == NULL)
        return FALSE;
    looks = xr_sequential_new(rules.runs_min, rules.runs_max);
    values = xr_run_figures_values(runs);
    trials = try_all(o, &rules, looks, values, effects);
    if (!try_others(o, &rules, looks, runs, others, trials, error))
        return FALSE;
    report = (XrCalibrateReport){&rules, runs, (const XrTrial *)(gpointer)trials->data, trials->len,
                                 (guint32)o->seed};
    print(&report, o->json);
    return TRUE;
}

int cmd_calibrate(int argc, char **argv)
{
    g_auto(Options) o = {0};
    GError *error = NULL;

    if (!parse(&o, &argc, &argv, &error) || !calibrate(&o, &error))
        return cmd_fail("calibrate", error);
    return 0;
}

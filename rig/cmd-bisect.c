/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "bisect". */
#include "base/error.h"
#include "bisect/bisect.h"
#include "build/build-root.h"
#include "commands.h"
#include "judge/metric-names.h"
#include <stdio.h>
#include <unistd.h>

typedef struct {
    char *repo, *good, *bad;
    char *plan, *metric, *with, *command, *search, *state;
    double confidence;
    gint64 seed;
    char **sets;
    char *connect_uri, *qemu;
    gboolean resume, json, quiet;
    char **rest;
} Options;

static void options_clear(Options *o)
{
    g_free(o->repo);
    g_free(o->good);
    g_free(o->bad);
    g_free(o->plan);
    g_free(o->metric);
    g_free(o->with);
    g_free(o->command);
    g_free(o->search);
    g_free(o->state);
    g_strfreev(o->sets);
    g_free(o->connect_uri);
    g_free(o->qemu);
    g_strfreev(o->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static const char summary[] =
    "Finds the commit that made it worse: builds commits between a good and a bad one, runs a\n"
    "plan on each, and compares with the good one, in git's own bisection in a clone of its\n"
    "own. The repository, its work tree and a bisection of yours in it are not touched.\n\n"
    "  xenrig bisect --repo DIR --good REV --bad REV [--plan P] [--metric M]\n"
    "  xenrig bisect --resume [STATE]     go on with one that was interrupted\n"
    "  xenrig bisect list                 those there are\n\n"
    "The metric is any figure of a run's report, or verdict:crash, verdict:hang, verdict:leak or\n"
    "verdict:corruption: whether a run shows such a finding.";
static const char description[] =
    "Exit codes: 0 a commit was found; 1 the ends do not differ; 2 a range of commits, or not "
    "sure,\n"
    "or interrupted; 99 error. The other way round: `git bisect run xenrig check --good BUILD`.";

static gboolean parse_options(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"repo", 'r', 0, G_OPTION_ARG_FILENAME, &o->repo, "A checkout of xen.git (default: .)",
         "DIR"},
        {"good", 'g', 0, G_OPTION_ARG_STRING, &o->good, "A commit that is as wanted", "REV"},
        {"bad", 'b', 0, G_OPTION_ARG_STRING, &o->bad, "A later one that is worse", "REV"},
        {"plan", 'p', 0, G_OPTION_ARG_FILENAME, &o->plan,
         "What each run is (default: \"default\"); its [compare] tells when a step is decided",
         "PLAN"},
        {"metric", 'm', 0, G_OPTION_ARG_STRING, &o->metric,
         "What decides, as --set compare.metric=NAME", "NAME"},
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &o->sets, "Override a key of the plan",
         "SECTION.KEY=VALUE"},
        {"with", 'w', 0, G_OPTION_ARG_STRING, &o->with,
         "Variant and options of all builds, as \"+split-lock,lock-profile\"", "WORDS"},
        {"run", 0, 0, G_OPTION_ARG_STRING, &o->command,
         "Decide by a command, run in the commit's files: 0 good, 125 skip, up to 127 bad",
         "COMMAND"},
        {"search", 0, 0, G_OPTION_ARG_STRING, &o->search,
         "git (default), or noisy: by probabilities, where single runs do not decide", "WAY"},
        {"confidence", 0, 0, G_OPTION_ARG_DOUBLE, &o->confidence,
         "Of --search noisy, in %, to end with (default: 95)", "PERCENT"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &o->seed, "Of the order of runs (default: random)", "N"},
        {"state", 0, 0, G_OPTION_ARG_FILENAME, &o->state,
         "Folder of the bisection (default: a new one in the state folder)", "DIR"},
        {"resume", 0, 0, G_OPTION_ARG_NONE, &o->resume,
         "Go on with STATE, or with the last that has not ended", NULL},
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &o->connect_uri, "As for `xenrig run`", "URI"},
        {"qemu", 0, 0, G_OPTION_ARG_FILENAME, &o->qemu, "QEMU to use", "PATH"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "Print the result as one JSON object", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "No progress", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, "[STATE | list]"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    o->seed = -1;
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, error);
}

static gboolean check_resume(const Options *o, GError **error)
{
    if (o->rest != NULL && g_strv_length(o->rest) > 1)
        return cmd_refuse(error, "--resume goes on with one bisection: name one folder, or none "
                                 "for the last that has not ended");
    if (o->good != NULL || o->bad != NULL || o->repo != NULL || o->plan != NULL ||
        o->metric != NULL || o->sets != NULL || o->with != NULL || o->command != NULL ||
        o->search != NULL || o->state != NULL || o->seed != -1 || o->confidence != 0)
        return cmd_refuse(error, "--resume goes on with what the bisection began with: leave all "
                                 "out that says what is sought and how");
    return TRUE;
}

static gboolean check_search(const Options *o, GError **error)
{
    const gboolean noisy = g_strcmp0(o->search, "noisy") == 0;

    if (o->search != NULL && !noisy && !g_str_equal(o->search, "git")) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "--search %s: say git or noisy", o->search);
        return FALSE;
    }
    if (o->confidence != 0 && !noisy)
        return cmd_refuse(error, "--confidence is for --search noisy: git's search asks each step "
                                 "for the error rates of the plan's [compare]");
    if (o->confidence < 0 || o->confidence >= 100 || (o->confidence > 0 && o->confidence < 50))
        return cmd_refuse(error, "--confidence: write percents from 50 to below 100, as 95");
    if (noisy && o->command != NULL)
        return cmd_refuse(error, "--search noisy weighs figures of runs; a command's exit codes "
                                 "are taken at their word: leave one of the two out");
    return TRUE;
}

static gboolean check_options(const Options *o, GError **error)
{
    if (o->resume)
        return check_resume(o, error);
    if (o->rest != NULL) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "\"%s\" is not understood; a folder is for --resume", o->rest[0]);
        return FALSE;
    }
    if (o->good == NULL || o->bad == NULL)
        return cmd_refuse(error, "--good REV and --bad REV are needed: between which commits is "
                                 "the culprit?");
    if (o->command != NULL && (o->plan != NULL || o->metric != NULL || o->with != NULL))
        return cmd_refuse(error, "--run decides by a command alone: leave --plan, --metric and "
                                 "--with out");
    if (o->with != NULL && o->with[0] != '+' && o->with[0] != ',') {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "--with %s: what is put behind the name of each build begins with \"+\" or "
                    "\",\", as +split-lock or ,lock-profile",
                    o->with);
        return FALSE;
    }
    if (o->seed < -1 || o->seed > G_MAXUINT32)
        return cmd_refuse(error, "--seed: write a whole number from 0 to 4294967295");
    return check_search(o, error);
}

/* --- a new one --- */

static XrPlan *load_plan(const Options *o, GError **error)
{
    g_auto(GStrv) overrides =
        xr_plan_overrides((const char *const *)o->sets, "compare.metric", o->metric);
    g_autoptr(XrPlan) plan =
        xr_plan_load(o->plan != NULL ? o->plan : "default", (const char *const *)overrides, error);

    if (plan == NULL || !xr_metric_check(plan, plan->compare.metric, error))
        return NULL;
    return g_steal_pointer(&plan);
}

static XrBisectState *begin(const Options *o, char *const *argv, GError **error)
{
    static const double usual = 0.95;
    g_autoptr(XrPlan) plan = load_plan(o, error);
    g_auto(XrBisectTask) task = {.noisy = g_strcmp0(o->search, "noisy") == 0,
                                 .confidence = o->confidence > 0 ? o->confidence / 100 : usual,
                                 .seed = o->seed >= 0 ? (guint32)o->seed : g_random_int()};

    if (plan == NULL)
        return NULL;
    task.repo = xr_git_find(o->repo != NULL ? o->repo : ".", error);
    task.good = task.repo != NULL ? xr_git_commit(task.repo, o->good, error) : NULL;
    task.bad = task.good != NULL ? xr_git_commit(task.repo, o->bad, error) : NULL;
    if (task.bad == NULL)
        return NULL;
    task.good_name = g_strdup(o->good);
    task.bad_name = g_strdup(o->bad);
    task.with = xr_build_root_pin(task.repo, task.good, task.bad, o->with);
    task.command = g_strdup(o->command);
    return xr_bisect_state_new(o->state, &task, g_steal_pointer(&plan), argv, error);
}

static int print(const XrBisectState *state, const XrBisectResult *result, gboolean json)
{
    if (json) {
        cmd_print_json(xr_bisect_json(state, result));
    } else {
        g_autofree char *text = xr_bisect_tell(state, result);

        fputs(text, stdout);
    }
    return xr_bisect_exit_code(result);
}

static int list(void)
{
    g_autofree char *text = xr_bisect_state_list();

    fputs(text, stdout);
    return 0;
}

int cmd_bisect(int argc, char **argv)
{
    g_auto(GStrv) given = g_strdupv(argv);
    g_auto(Options) o = {0};
    g_autoptr(XrBisectState) state = NULL;
    g_autoptr(XrBisectResult) result = NULL;
    XrCompareOptions options = {.argv = given};
    GError *error = NULL;

    if (!parse_options(&o, &argc, &argv, &error))
        return cmd_fail("bisect", error);
    if (!o.resume && o.rest != NULL && g_strv_length(o.rest) == 1 && g_str_equal(o.rest[0], "list"))
        return list();
    if (!check_options(&o, &error))
        return cmd_fail("bisect", error);
    xr_git_forget_environment();
    state = o.resume ? xr_bisect_state_open(o.rest != NULL ? o.rest[0] : NULL, &error)
                     : begin(&o, given, &error);
    if (state == NULL)
        return cmd_fail("bisect", error);
    options.connect_uri = o.connect_uri;
    options.qemu = o.qemu;
    options.quiet = o.quiet;
    options.progress = isatty(STDERR_FILENO);
    if (!o.quiet)
        fprintf(stderr, "state: %s\n", state->dir);
    result = xr_bisect_really(state, &options, &error);
    if (result == NULL) {
        g_prefix_error(&error, "%s: ", state->dir);
        return cmd_fail("bisect", error);
    }
    return print(state, result, o.json);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the command "check". */
#include "base/error.h"
#include "bisect/check.h"
#include "bisect/scratch.h"
#include "commands.h"
#include <stdio.h>
#include <unistd.h>

typedef struct {
    char *repo, *build, *good, *plan, *metric, *with, *worse;
    char **sets;
    char *connect_uri, *qemu;
    gboolean quiet;
    char **rest;
} Options;

static void options_clear(Options *o)
{
    g_free(o->repo);
    g_free(o->build);
    g_free(o->good);
    g_free(o->plan);
    g_free(o->metric);
    g_free(o->with);
    g_free(o->worse);
    g_strfreev(o->sets);
    g_free(o->connect_uri);
    g_free(o->qemu);
    g_strfreev(o->rest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static const char summary[] =
    "Compares the commit that git has come to with a good build, for\n\n"
    "  git bisect run xenrig check --good BUILD [--plan P] [--metric M]\n\n"
    "The metric is any figure of a run's report, or verdict:crash, verdict:hang, verdict:leak or\n"
    "verdict:corruption, for which no good build is needed.\n\n"
    "Of a checkout of Linux, name the build that has it, made by you before:\n\n"
    "  git bisect run sh -c 'make -j2 || exit 125\n"
    "    xenrig check --build debian:bookworm,kernel=dir:$PWD --good debian:bookworm'";
static const char description[] =
    "Exit codes are git's: 0 good; 1 bad; 125 skip: it does not build, its runs come to nothing\n"
    "or lack the figure, or more would be needed to decide; 128, which ends `git bisect run`,\n"
    "where the commit is not why.";

static gboolean parse_options(Options *o, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"repo", 'r', 0, G_OPTION_ARG_FILENAME, &o->repo, "The checkout (default: .)", "DIR"},
        {"build", 'b', 0, G_OPTION_ARG_STRING, &o->build,
         "What is tested, as hypervisor.build takes it (default: the commit, as a source of Xen)",
         "BUILD"},
        {"good", 'g', 0, G_OPTION_ARG_STRING, &o->good,
         "What it is compared with, as hypervisor.build takes it", "BUILD"},
        {"plan", 'p', 0, G_OPTION_ARG_FILENAME, &o->plan,
         "What each run is (default: \"default\"); its [compare] tells when to stop", "PLAN"},
        {"metric", 'm', 0, G_OPTION_ARG_STRING, &o->metric,
         "What decides, as --set compare.metric=NAME", "NAME"},
        {"worse", 0, 0, G_OPTION_ARG_STRING, &o->worse,
         "lower or higher figures (default: lower for rates, else higher)", "WAY"},
        {"with", 'w', 0, G_OPTION_ARG_STRING, &o->with,
         "Variant and options of the commit's build, as \"+split-lock,debug\"", "WORDS"},
        {"set", 's', 0, G_OPTION_ARG_STRING_ARRAY, &o->sets, "Override a key of the plan",
         "SECTION.KEY=VALUE"},
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &o->connect_uri, "As for `xenrig run`", "URI"},
        {"qemu", 0, 0, G_OPTION_ARG_FILENAME, &o->qemu, "QEMU to use", "PATH"},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "No progress", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->rest, NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, error);
}

static gboolean check_options(const Options *o, XrWorse *worse, GError **error)
{
    const gboolean is_kind = o->metric != NULL && g_str_has_prefix(o->metric, "verdict:");

    *worse = XR_WORSE_AS_USUAL;
    if (o->rest != NULL)
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "\"%s\" is not understood", o->rest[0]);
    else if (o->build != NULL && (o->repo != NULL || o->with != NULL))
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "--build %s names all that is tested: --repo and --with do not go with it",
                    o->build);
    else if (o->good == NULL && !is_kind)
        g_set_error_literal(error, XR_ERROR, XR_ERROR_INPUT,
                            "--good BUILD is needed: what is the commit to be compared with?");
    else if (g_strcmp0(o->worse, "lower") == 0)
        *worse = XR_WORSE_LOWER;
    else if (g_strcmp0(o->worse, "higher") == 0)
        *worse = XR_WORSE_HIGHER;
    else if (o->worse != NULL)
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "--worse %s: say lower or higher", o->worse);
    return *error == NULL;
}

static int fail(GError *error)
{
    cmd_fail("check", error);
    return XR_CHECK_ERROR;
}

int cmd_check(int argc, char **argv)
{
    g_auto(GStrv) given = g_strdupv(argv);
    g_auto(Options) o = {0};
    g_auto(GStrv) overrides = NULL;
    g_autofree char *told = NULL;
    XrCheckTask task = {0};
    XrCompareOptions options = {.argv = given};
    GError *error = NULL;
    XrCheckCode code;

    if (!parse_options(&o, &argc, &argv, &error) || !check_options(&o, &task.worse, &error))
        return fail(error);
    xr_git_forget_environment();
    overrides = xr_plan_overrides((const char *const *)o.sets, "compare.metric", o.metric);
    task.repo = o.repo != NULL ? o.repo : ".";
    task.build = o.build;
    task.good = o.good;
    task.with = o.with != NULL ? o.with : "";
    task.plan = o.plan;
    task.overrides = (const char *const *)overrides;
    options.connect_uri = o.connect_uri;
    options.qemu = o.qemu;
    options.quiet = o.quiet;
    options.progress = isatty(STDERR_FILENO);
    code = xr_check(&task, &options, &told, &error);
    if (error != NULL)
        return fail(error);
    printf("%s: %s\n",
           code == XR_CHECK_GOOD  ? "good"
           : code == XR_CHECK_BAD ? "bad"
                                  : "skip",
           told);
    return code;
}

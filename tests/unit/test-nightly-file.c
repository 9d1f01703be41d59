/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nights' files: what they hold, and how wrong ones are refused. */
#include "base/error.h"
#include "plan/night.h"
#include "run/nightly.h"

#include <glib/gstdio.h>
#include <string.h>

#define WHOLE "baseline=debian:bookworm\nbuilds=a b\nplans=smoke\n"

static XrNight *load(const char *text, const char *const *changes, GError **error)
{
    g_autofree char *whole = g_strconcat("[nightly]\n", text, NULL);
    XrNight *night;

    g_assert_true(g_file_set_contents("a.night", whole, -1, NULL));
    night = xr_night_load("a.night", changes, error);
    g_assert_cmpint(g_unlink("a.night"), ==, 0);
    return night;
}

static void test_defaults(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrNight) night = load(WHOLE, NULL, &error);
    g_autofree char *builds = NULL;

    g_assert_no_error(error);
    builds = g_strjoinv(",", night->builds);
    g_assert_cmpstr(night->name, ==, "a");
    g_assert_cmpstr(night->baseline, ==, "debian:bookworm");
    g_assert_cmpstr(builds, ==, "a,b");
    g_assert_cmpstr(night->plans[0], ==, "smoke");
    g_assert_null(night->metrics[0]);
    g_assert_cmpuint(night->runs, ==, 10);
    g_assert_cmpuint(night->budget, ==, 0);
    g_assert_cmpfloat(night->false_alarm, ==, 0.001);
}

/* What is shown is read again as the same. */
static void test_show(void)
{
    static const char *const changes[] = {
        "builds=c", "runs=7", "metrics=throughput boot_time", "budget=90m", "false_alarm=2%", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrNight) night = load(WHOLE "description=as \xc3\xa4 test\n", changes, &error);
    g_autofree char *shown = NULL;
    g_autofree char *again = NULL;
    g_autoptr(XrNight) second = NULL;

    g_assert_no_error(error);
    g_assert_cmpstr(night->builds[0], ==, "c");
    g_assert_cmpuint(night->runs, ==, 7);
    g_assert_cmpuint(night->budget, ==, (guint64)90 * 60 * 1000000000);
    shown = xr_night_show(night);
    second = load(strchr(shown, '\n') + 1, NULL, &error);
    g_assert_no_error(error);
    again = xr_night_show(second);
    g_assert_cmpstr(shown, ==, again);
}

typedef struct {
    const char *text, *message;
} Wrong;

static void test_wrong(void)
{
    static const Wrong wrong[] = {
        {"builds=a\nplans=smoke\n", "a.night: nightly.baseline is missing; a night needs "
                                    "baseline=BUILD, builds=BUILD… and plans=PLAN…"},
        {"baseline=a\nplans=smoke\n", "a.night: nightly.builds is missing;"},
        {"baseline=a\nbuilds=b\n", "a.night: nightly.plans is missing;"},
        {WHOLE "baselin=x\n", "a.night:5: nightly.baselin: no such key in [nightly]; did you mean "
                              "\"baseline\"? known: description, baseline, builds, plans, metrics, "
                              "runs, budget, false_alarm"},
        {WHOLE "[compare]\nruns_min=3\n", "a.night:5: [compare]: no such section; a night has one, "
                                          "[nightly]"},
        {"baseline=a b\n",
         "a.night:2: nightly.baseline: \"a b\" is not one build; name the one that"},
        {"builds=\n", "a.night:2: nightly.builds: \"\" names 0 builds; name 1 to 16"},
        {"builds=a b a\n",
         "a.night:2: nightly.builds: \"a b a\" names a twice; name each build once"},
        {WHOLE "runs=2\n",
         "a.night:5: nightly.runs: \"2\" is not a whole number from 3 to 100; fewer "
         "than 3 runs"},
        {WHOLE "runs=many\n", "a.night:5: nightly.runs: \"many\" is not a whole number"},
        {WHOLE "budget=3\n", "a.night:5: nightly.budget: \"3\""},
        {WHOLE "budget=9999h\n", "a.night:5: nightly.budget: \"9999h\" is more than 240h"},
        {WHOLE "false_alarm=50%\n",
         "a.night:5: nightly.false_alarm: \"50%\" is not from 0.01% to 20%"},
        {WHOLE "plans=smoke\n", "a.night:5: nightly.plans: is there twice, first on line 4"},
        {"runs\n", "a.night:2: \"runs\" is neither a section nor a key"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(load(wrong[i].text, NULL, &error));
        g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
        if (!g_str_has_prefix(error->message, wrong[i].message))
            g_error("\"%s\" begins not with \"%s\"", error->message, wrong[i].message);
    }
}

static void test_wrong_option(void)
{
    static const char *const changes[] = {"builds=a a", NULL};
    g_autoptr(GError) error = NULL;

    g_assert_null(load(WHOLE, changes, &error));
    g_assert_cmpstr(error->message, ==, "--build: \"a a\" names a twice; name each build once");
}

static void test_names(void)
{
    g_autoptr(GError) error = NULL, missing = NULL;
    g_autoptr(XrNight) shipped = xr_night_load("smoke", NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(shipped->name, ==, "smoke");
    g_assert_cmpuint(shipped->runs, ==, 3);
    g_assert_null(xr_night_load("smoek", NULL, &missing));
    g_assert_cmpstr(
        missing->message, ==,
        "\"smoek\": no such night; did you mean \"smoke\"? shipped: lockstep, nightly, smoke; for "
        "a file of yours write its path, e.g. ./my.night");
}

/* Plans get the overrides and the baseline; series span builds of their own. */
static void test_plans(void)
{
    static const char *const sets[] = {"workload.window=4s", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrNight) night =
        load("baseline=debian:trixie\nbuilds=b\nplans=smoke default\n", NULL, &error);
    g_autoptr(XrNight) series = load("baseline=a\nbuilds=b\nplans=bof\n", NULL, &error);
    g_autoptr(GPtrArray) plans = xr_night_plans(night, sets, &error);
    const XrPlan *plan;

    g_assert_no_error(error);
    g_assert_cmpuint(plans->len, ==, 2);
    plan = plans->pdata[1];
    g_assert_cmpstr(plan->plan.name, ==, "default");
    g_assert_cmpstr(plan->hypervisor.build, ==, "debian:trixie");
    g_assert_cmpuint(plan->workload.window, ==, (guint64)4 * 1000000000);
    g_autoptr(XrNight) twice =
        load("baseline=a\nbuilds=b\nplans=smoke " XR_SOURCE_DIR "/tests/plans/smoke.plan\n", NULL,
             &error);
    g_autoptr(GError) same = NULL;
    g_assert_null(xr_night_plans(twice, NULL, &same));
    g_assert_cmpstr(same->message, ==,
                    "two plans of the night are called smoke; give one of them "
                    "another plan.name");
    g_assert_null(xr_night_plans(series, NULL, &error));
    g_assert_true(g_str_has_prefix(error->message,
                                   "plan bof is a series, which spans builds of its "
                                   "own; "));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nightly-file/defaults", test_defaults);
    g_test_add_func("/nightly-file/show", test_show);
    g_test_add_func("/nightly-file/wrong", test_wrong);
    g_test_add_func("/nightly-file/wrong-option", test_wrong_option);
    g_test_add_func("/nightly-file/names", test_names);
    g_test_add_func("/nightly-file/plans", test_plans);
    return g_test_run();
}

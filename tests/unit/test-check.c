/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `xenrig check` makes of comparisons: which way is worse, what is passed over, what ends a bisection. */
#include "bisect/check.h"
#include "compare-fixture.h"

static const char *const none[] = {NULL};
static const char *const by_boot_time[] = {"compare.metric=boot_time", NULL};

/* The code for the good build's runs beside the commit's ("file:/bad"), whose figures are second per cent of theirs. */
static XrCheckCode check(XrWorse worse, double second, const char *const *overrides, char **told)
{
    const XrCheckTask task = {.worse = worse};
    Fixture f = {.second = second};
    g_autoptr(GError) error = NULL;
    XrCheckCode code;

    begin(&f, two, none);
    go_on(&f);
    g_autoptr(XrCompareResult) result = xr_compare_replay(f.record->dir, overrides, &error);
    g_assert_no_error(error);
    code = xr_check_compared(&task, result, NULL, told, &error);
    g_assert_no_error(error);
    end(&f);
    return code;
}

static void assert_check(XrWorse worse, double second, const char *const *overrides,
                         XrCheckCode code, const char *told)
{
    g_autofree char *sentence = NULL;

    g_assert_cmpint(check(worse, second, overrides, &sentence), ==, code);
    if (strstr(sentence, told) == NULL)
        g_error("not said: %s\n%s", told, sentence);
    g_assert_nonnull(strstr(sentence, "(record /"));
}

/* Of throughput less is worse. */
static void test_more_is_better(void)
{
    assert_check(XR_WORSE_AS_USUAL, 80, none, XR_CHECK_BAD, "slower");
    assert_check(XR_WORSE_AS_USUAL, 125, none, XR_CHECK_GOOD, "faster");
    assert_check(XR_WORSE_AS_USUAL, 100.01, none, XR_CHECK_GOOD, "no difference larger than");
    assert_check(XR_WORSE_HIGHER, 80, none, XR_CHECK_GOOD, "slower");
    assert_check(XR_WORSE_HIGHER, 125, none, XR_CHECK_BAD, "faster");
}

/* Of a time more is: the same runs, whose boot takes as long as they are slow. */
static void test_less_is_better(void)
{
    assert_check(XR_WORSE_AS_USUAL, 80, by_boot_time, XR_CHECK_BAD, "longer");
    assert_check(XR_WORSE_AS_USUAL, 125, by_boot_time, XR_CHECK_GOOD, "shorter");
    assert_check(XR_WORSE_AS_USUAL, 100.01, by_boot_time, XR_CHECK_GOOD,
                 "no difference larger than");
    assert_check(XR_WORSE_LOWER, 80, by_boot_time, XR_CHECK_GOOD, "longer");
    assert_check(XR_WORSE_LOWER, 125, by_boot_time, XR_CHECK_BAD, "shorter");
}

/* --- commits that give no figure --- */

/* The commit's runs have that verdict and no figure. builds: as for begin. */
static XrCheckCode check_without(const char *verdict, const char *const *builds, char **told,
                                 GError **error)
{
    const XrCheckTask task = {0};
    Fixture f = {.second = 100, .broken_from = 1, .broken = verdict};
    g_autoptr(XrCompareResult) result = NULL;
    GError *ended = NULL;
    XrCheckCode code;

    begin(&f, builds, none);
    xr_compare_go_on(f.record, f.plan, &funcs, &f, &f.comparison, &f.end, &ended);
    if (ended == NULL) {
        g_assert_cmpint(f.end, ==, g_str_equal(verdict, "fail") ? XR_END_FAILED : XR_END_REPEATS);
        result = xr_compare_replay(f.record->dir, none, error);
        g_assert_no_error(*error);
    }
    code = xr_check_compared(&task, result, ended, told, error);
    end(&f);
    return code;
}

/* It may come to nothing, be it for the host's sake, or lack what the good build has: no other commit does for that. */
static void test_no_figure(void)
{
    static const char *const verdicts[] = {"error", "skip", "unsure", "fail", "pass"};

    for (gsize i = 0; i < G_N_ELEMENTS(verdicts); i++) {
        g_autofree char *told = NULL;
        g_autoptr(GError) error = NULL;

        g_test_message("%s", verdicts[i]);
        g_assert_cmpint(check_without(verdicts[i], two, &told, &error), ==, XR_CHECK_SKIP);
        g_assert_no_error(error);
        g_assert_nonnull(told);
        if (g_str_equal(verdicts[i], "fail"))
            g_assert_nonnull(strstr(told, "; 2 of 4 runs failed; the first is of file:/bad: it was "
                                          "so; that run is incomplete: rig could not go on "));
        if (g_str_equal(verdicts[i], "pass"))
            g_assert_nonnull(strstr(told, " has no figure \"throughput\"; it has: "));
    }
}

/* The good build has none: no commit will do. */
static void test_good_without_figure(void)
{
    static const char *const turned[] = {"file:/bad", "debian:bookworm", NULL};
    g_autofree char *told = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(check_without("pass", turned, &told, &error), ==, XR_CHECK_ERROR);
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, " has no figure \"throughput\"; it has: "));
    g_assert_null(told);
}

/* --- by a kind of finding --- */

static XrRunFigure *kind_figure(const char *verdict, double value)
{
    XrRunFigure *figure = make_figure("file:/bad", verdict, 1);

    figure->value = value;
    figure->complete = FALSE;
    g_free(figure->incomplete);
    figure->incomplete = g_strdup("rig could not go on");
    return figure;
}

static void assert_ran(const char *verdict, double value, gboolean interrupted, XrCheckCode code,
                       char **told, const char *wanted)
{
    g_autoptr(XrRunFigure) figure = kind_figure(verdict, value);
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(xr_check_ran(figure, interrupted, "/r", told, &error), ==, code);
    g_assert_cmpint(error != NULL, ==, interrupted);
    g_assert_cmpstr(error != NULL ? error->message : *told, ==, wanted);
}

/* The failure that is looked for is bad, be the run cut short by an error or not; another one is not known to be good, and
 * told; an error is passed over. */
static void test_failure_then_error(void)
{
    g_autofree char *told = NULL, *other = NULL, *alone = NULL, *later = NULL;

    assert_ran("fail", 1, FALSE, XR_CHECK_BAD, &told,
               "fail: it was so; the run is incomplete: rig could not go on (record /r)");
    assert_ran("fail", NAN, FALSE, XR_CHECK_SKIP, &other,
               "fail: it was so; the run is incomplete: rig could not go on (record /r)");
    assert_ran("error", NAN, FALSE, XR_CHECK_SKIP, &alone, "error: it was so (record /r)");
    assert_ran("fail", 0, FALSE, XR_CHECK_GOOD, &later,
               "fail: it was so; the run is incomplete: rig could not go on (record /r)");
    assert_ran(
        "pass", 0, FALSE, XR_CHECK_GOOD, &later,
        "fail: it was so; the run is incomplete: rig could not go on (record /r); then pass: "
        "it was so (record /r)");
}

/* The bisection ends with the signal, and what was found before is told. */
static void test_failure_then_signal(void)
{
    g_autofree char *told = NULL, *error = NULL;

    assert_ran("fail", 1, TRUE, XR_CHECK_ERROR, &told,
               "interrupted by a signal; before that, the run had come to fail: it was so; the run "
               "is incomplete: rig could not go on (record /r)");
    assert_ran("error", NAN, TRUE, XR_CHECK_ERROR, &error, "interrupted by a signal");
}

static void test_interrupted(void)
{
    const XrCheckTask task = {0};
    Fixture f = {.second = 50, .stop_after = 5};
    g_autofree char *told = NULL;
    g_autoptr(GError) error = NULL;

    begin(&f, two, none);
    go_on(&f);
    g_autoptr(XrCompareResult) result = xr_compare_replay(f.record->dir, none, &error);
    g_assert_no_error(error);
    result->end = f.end;
    g_assert_cmpint(xr_check_compared(&task, result, NULL, &told, &error), ==, XR_CHECK_ERROR);
    g_assert_error(error, XR_ERROR, XR_ERROR_STOPPED);
    g_assert_nonnull(strstr(error->message, "interrupted by a signal"));
    end(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/more-is-better", test_more_is_better);
    g_test_add_func("/check/less-is-better", test_less_is_better);
    g_test_add_func("/check/no-figure", test_no_figure);
    g_test_add_func("/check/good-without-figure", test_good_without_figure);
    g_test_add_func("/check/failure-then-error", test_failure_then_error);
    g_test_add_func("/check/failure-then-signal", test_failure_then_signal);
    g_test_add_func("/check/interrupted", test_interrupted);
    return run_with_state();
}

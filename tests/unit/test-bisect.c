/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bisections: of real git repositories of 64 commits, with made-up builds and runs. */
#include "bisect-fixture.h"
#include "recorded.h"

/* Two that do not build, in a row; one that changes the toolstack; a third that changes no code. */
static const History step = {.culprit = 41, .speed = 0.5, .broken = {32, 33}, .headers = 20};
static const History slow = {.culprit = 23, .speed = 0.9, .broken = {32, 33}, .headers = 20};
static const History behind = {.culprit = 34, .speed = 0.5, .broken = {32, 33}};
static const History harmless = {.culprit = 0, .broken = {10}};
static const Wish usual = {0};

static const XrBisectStep *step_of(const XrBisectResult *result, guint i)
{
    return result->steps->pdata[i];
}

/* Figures as good as counted: one run decides a step. */
static void test_counted(void)
{
    World w = {.spread = 0.0003, .seed = 5};
    g_autoptr(XrBisectResult) result = NULL;
    guint skipped = 0, taken_over = 0;

    make_repository(&w, &step);
    result = bisect(&w, &usual);
    assert_found(&w, result);
    g_assert_cmpuint(result->steps->len, <=, 10);
    for (guint i = 0; i < result->steps->len; i++) {
        skipped += step_of(result, i)->mark == XR_BISECT_MARK_SKIP;
        taken_over += step_of(result, i)->taken_over;
    }
    /* The middle does not build, nor what is next to it. */
    g_assert_cmpuint(skipped, >=, 1);
    /* The last one changes notes alone. */
    g_assert_cmpuint(taken_over, >=, 1);
    assert_has(step_of(result, result->steps->len - 1)->why, "the same code as ");
    assert_has(step_of(result, 0)->why, "grant_table.c:7: error: made up\nThe whole log: fake.log");
    g_assert_cmpuint(w.runs, <=, 6 + 2 * result->steps->len + 7);
    g_assert_cmpfloat(result->confidence, >, 0.99);
    assert_has(result->ends, "single runs tell them apart");
    g_assert_cmpuint(result->checks->len, ==, 3);
    assert_has(result->checks->pdata[0], "3 of 3 on the bad end's side");
    assert_has(result->checks->pdata[1], "3 of 3 on the good end's side");
    assert_has(result->checks->pdata[2], "the bad end without the culprit (");
    assert_has(result->checks->pdata[2], "1 of 1 on the good end's side");
    assert_has(w.notes->str, "step 1, about ");
    world_clear(&w);
}

/* Counted by function: what the culprit made longer is named. */
static void test_functions(void)
{
    static const char *const overrides[] = {"compare.metric=instructions", NULL};
    const Wish wish = {.overrides = overrides};
    World w = {.spread = 0.0003, .seed = 5};
    g_autoptr(GError) error = NULL;

    make_repository(&w, &step);
    g_autoptr(XrBisectState) own = begin(&w, &wish);
    g_autoptr(XrBisectResult) result = xr_bisect(own, &fakes, &w, &error);
    g_assert_no_error(error);
    assert_found(&w, result);
    g_autofree char *text = xr_bisect_tell(own, result);
    g_autofree char *row = g_strdup_printf(
        "\nfunctions that changed, instructions for each MiB: base %.12s, head\n%.12s\n",
        w.ids[step.culprit - 1], w.ids[step.culprit]);
    assert_has(text, row);
    assert_has(text,
               "  Xen map_grant_ref                     1000.00     2000.00    +1000.00  100.00 "
               "%\n  all   ");
    g_autoptr(JsonObject) object = xr_bisect_json(own, result);
    JsonArray *changed = xr_json_array(xr_json_object(object, "functions"), "changed");
    g_assert_cmpuint(json_array_get_length(changed), ==, 1);
    world_clear(&w);
}

/* Ten per cent, with runs that vary by 2 %: no run decides alone. */
static void test_slow(void)
{
    World w = {.spread = 0.02, .seed = 11};
    g_autoptr(XrBisectResult) result = NULL;

    make_repository(&w, &slow);
    result = bisect(&w, &usual);
    assert_found(&w, result);
    g_assert_cmpuint(result->steps->len, <=, 10);
    assert_has(result->ends, "slower than the good end");
    g_assert_cmpuint(w.runs, >, 2 * 5 * result->steps->len / 2);
    g_assert_cmpfloat(result->confidence, <, 0.9999);
    g_assert_cmpfloat(result->confidence, >, 0.5);
    world_clear(&w);
}

/* Figures of 20 recorded runs, as factors of their median. */
static double *load_recorded(guint *count)
{
    g_autoptr(GArray) figures = recorded("default");
    double *factors = g_new(double, figures->len);

    for (guint i = 0; i < figures->len; i++)
        factors[i] = log(g_array_index(figures, double, i) / 4.36e8);
    *count = figures->len;
    return factors;
}

/* Over recorded runs, which vary by 10 %, with a culprit that takes a third: no wrong commit is ever named. */
static void test_recorded(void)
{
    static const History third = {.culprit = 49, .speed = 0.66, .broken = {32, 33}, .headers = 20};
    World w = {.spread = 1};
    g_autofree double *recorded = load_recorded(&w.recorded_count);
    guint named = 0;

    w.recorded = recorded;
    make_repository(&w, &third);
    for (w.seed = 1; w.seed <= 10; w.seed++) {
        g_autoptr(XrBisectResult) result = bisect(&w, &usual);

        /* A step that is not decided leaves a range, and the culprit is in it. */
        if (result->outcome == XR_BISECT_FOUND) {
            assert_found(&w, result);
            named++;
        }
        g_assert_cmpint(result->outcome, <=, XR_BISECT_RANGE);
        g_assert_true(
            g_ptr_array_find_with_equal_func(result->suspects, w.ids[49], g_str_equal, NULL));
        g_assert_cmpuint(result->steps->len, <=, 10);
    }
    g_assert_cmpuint(named, >=, 8);
    world_clear(&w);
}

static void test_alike(void)
{
    const Wish same_code = {.from = 2, .to = 3};
    World w = {.spread = 0.01, .seed = 3};
    g_autoptr(XrBisectResult) result = NULL;
    g_autofree char *told = NULL;

    make_repository(&w, &harmless);
    result = bisect(&w, &usual);
    g_assert_cmpint(result->outcome, ==, XR_BISECT_ALIKE);
    g_assert_cmpint(xr_bisect_exit_code(result), ==, 1);
    g_assert_cmpuint(result->steps->len, ==, 0);
    assert_has(result->ends, "no difference larger than 5 %");
    xr_bisect_result_free(g_steal_pointer(&result));
    w.runs = 0;
    result = bisect(&w, &same_code);
    g_assert_cmpint(result->outcome, ==, XR_BISECT_ALIKE);
    g_assert_cmpstr(result->ends, ==, "both ends are the same code");
    g_assert_cmpuint(w.runs, ==, 0);
    world_clear(&w);
}

/* Right behind two that do not build: all three may be it, and the one that could be tested is not blamed alone. */
static void test_behind_broken(void)
{
    World w = {.spread = 0.0003, .seed = 7};
    g_autoptr(XrBisectState) own = NULL;
    g_autoptr(XrBisectResult) result = NULL;
    g_autofree char *told = NULL;

    make_repository(&w, &behind);
    own = begin(&w, &usual);
    result = xr_bisect(own, &fakes, &w, NULL);
    g_assert_cmpint(result->outcome, ==, XR_BISECT_RANGE);
    g_assert_cmpint(xr_bisect_exit_code(result), ==, 2);
    g_assert_cmpuint(result->suspects->len, ==, 3);
    for (guint i = 0; i < 3; i++)
        g_assert_cmpstr(result->suspects->pdata[i], ==, w.ids[34 - i]);
    g_assert_cmpstr(result->parent, ==, w.ids[31]);
    told = xr_bisect_tell(own, result);
    assert_has(told, "RANGE: the first bad commit is one of 3, between which nothing could be");
    assert_has(told, "change number 33");
    world_clear(&w);
}

static void test_kinds(void)
{
    static const char *const overrides[] = {"compare.metric=verdict:crash", NULL};
    static const History crash = {.culprit = 50, .crashes = TRUE, .broken = {32, 33}};
    const Wish wish = {.overrides = overrides};
    World w = {.seed = 2};
    g_autoptr(XrBisectResult) result = NULL;

    make_repository(&w, &crash);
    result = bisect(&w, &wish);
    assert_found(&w, result);
    assert_has(result->ends, "a crash showed in ");
    assert_has(result->ends, " of the bad end, and in 0 of ");
    assert_has(result->checks->pdata[0], "a crash, a crash, a crash; 3 of 3 on the bad end's side");
    g_assert_cmpfloat(result->confidence, <, 1);
    world_clear(&w);
}

static guint count_skipped(const XrBisectResult *result)
{
    guint skipped = 0;

    for (guint i = 0; i < result->steps->len; i++)
        skipped += g_strcmp0(step_of(result, i)->why, "its runs told nothing") == 0;
    return skipped;
}

/* A run that fails otherwise than is looked for, cut short by an error, is told and not repeated; its commit is passed over. */
static void test_other_failure(void)
{
    static const char *const overrides[] = {"compare.metric=verdict:crash", NULL};
    static const History crash = {.culprit = 50, .crashes = TRUE};
    const Wish wish = {.overrides = overrides};
    guint skipped = 0;

    for (guint odd = 1; odd <= 24; odd++) {
        World w = {.seed = 2, .odd_run = odd};
        g_autoptr(XrBisectResult) result = NULL;

        make_repository(&w, &crash);
        result = bisect(&w, &wish);
        assert_has(w.notes->str, ": fail: it was so; the run is incomplete: rig could not go on "
                                 "(record ");
        g_assert_null(strstr(w.notes->str, "to be repeated"));
        skipped += count_skipped(result);
        if (result->outcome <= XR_BISECT_RANGE)
            g_assert_true(
                g_ptr_array_find_with_equal_func(result->suspects, w.ids[50], g_str_equal, NULL));
        else
            assert_has(result->ends, "; the last run told nothing");
        world_clear(&w);
    }
    g_assert_cmpuint(skipped, >, 0);
}

/* By a figure: a failure without one leaves a gap, which nothing fills, and the rest decides. */
static void test_failure_without_figure(void)
{
    World w = {.spread = 0.02, .seed = 11, .odd_run = 5};
    g_autoptr(XrBisectResult) result = NULL;

    make_repository(&w, &slow);
    result = bisect(&w, &usual);
    assert_found(&w, result);
    assert_has(w.notes->str,
               ": fail: it was so; the run is incomplete: rig could not go on (it gave no "
               "figure; record runs/");
    assert_has(result->ends, " runs failed; it is of ");
    world_clear(&w);
}

static void test_command(void)
{
    const Wish wish = {.command = "look"}, abort = {.command = "abort"};
    World w = {.seed = 2};
    g_autoptr(XrBisectState) own = NULL;
    g_autoptr(XrBisectResult) result = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *told = NULL;

    make_repository(&w, &step);
    own = begin(&w, &wish);
    result = xr_bisect(own, &fakes, &w, NULL);
    assert_found(&w, result);
    g_assert_cmpuint(w.builds, ==, 0);
    told = xr_bisect_tell(own, result);
    assert_has(told, "not known: the command's exit codes are taken at their word");
    xr_bisect_state_free(g_steal_pointer(&own));
    own = begin(&w, &abort);
    g_assert_null(xr_bisect(own, &fakes, &w, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    assert_has(error->message, "exit code 130 at commit ");
    world_clear(&w);
}

static void test_broken_end(void)
{
    const Wish wish = {.to = 33};
    World w = {.spread = 0.01, .seed = 2};
    g_autoptr(XrBisectState) own = NULL;
    g_autoptr(GError) error = NULL;

    make_repository(&w, &step);
    own = begin(&w, &wish);
    g_assert_null(xr_bisect(own, &fakes, &w, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_BUILD);
    assert_has(error->message, "the bad end cannot be tested, name another commit: ");
    world_clear(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bisect/counted", test_counted);
    g_test_add_func("/bisect/functions", test_functions);
    g_test_add_func("/bisect/slow", test_slow);
    g_test_add_func("/bisect/recorded", test_recorded);
    g_test_add_func("/bisect/alike", test_alike);
    g_test_add_func("/bisect/behind-broken", test_behind_broken);
    g_test_add_func("/bisect/kinds", test_kinds);
    g_test_add_func("/bisect/other-failure", test_other_failure);
    g_test_add_func("/bisect/failure-without-figure", test_failure_without_figure);
    g_test_add_func("/bisect/command", test_command);
    g_test_add_func("/bisect/broken-end", test_broken_end);
    return run_with_state();
}

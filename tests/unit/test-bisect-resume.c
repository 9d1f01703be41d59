/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bisections interrupted and gone on with, what is left of the user's repository, and logs for git. */
#include "bisect-fixture.h"

static const History step = {.culprit = 41, .speed = 0.5, .broken = {32, 33}, .headers = 20};
static const Wish usual = {0};

static char *json_of(const XrBisectState *own, const XrBisectResult *result)
{
    g_autoptr(JsonObject) object = xr_bisect_json(own, result);
    JsonArray *steps = json_object_get_array_member(object, "steps");
    static const char *const own_to_each[] = {"id", "started", "state", "seconds", "repo"};

    for (gsize i = 0; i < G_N_ELEMENTS(own_to_each); i++)
        json_object_remove_member(object, own_to_each[i]);
    for (guint i = 0; i < json_array_get_length(steps); i++)
        json_object_remove_member(json_array_get_object_element(steps, i), "seconds");
    return xr_json_line(object);
}

static XrBisectResult *go_on(World *w, XrBisectState **own, guint stop_after)
{
    g_autofree char *dir = g_strdup((*own)->dir);
    g_autoptr(GError) error = NULL;
    XrBisectResult *result;

    xr_bisect_state_free(*own);
    *own = xr_bisect_state_open(dir, &error);
    g_assert_no_error(error);
    w->runs = 0;
    w->stop_after = stop_after;
    result = xr_bisect(*own, &fakes, w, &error);
    g_assert_no_error(error);
    return result;
}

/* A signal with each third run, from the first to the last: what comes out is what would have come out at once. */
static void test_interrupted(void)
{
    World w = {.spread = 0.0003, .seed = 5};
    g_autoptr(XrBisectState) whole = NULL;
    g_autoptr(XrBisectState) own = NULL;
    g_autoptr(XrBisectResult) at_once = NULL;
    g_autoptr(XrBisectResult) result = NULL;
    g_autofree char *wanted = NULL;
    g_autofree char *got = NULL;
    guint interrupts = 0, runs;

    make_repository(&w, &step);
    whole = begin(&w, &usual);
    at_once = xr_bisect(whole, &fakes, &w, NULL);
    assert_found(&w, at_once);
    wanted = json_of(whole, at_once);
    runs = w.runs;
    own = begin(&w, &usual);
    w.runs = 0;
    w.stop_after = 3;
    result = xr_bisect(own, &fakes, &w, NULL);
    while (result->outcome == XR_BISECT_INTERRUPTED && interrupts < runs + 5) {
        g_assert_cmpint(xr_bisect_exit_code(result), ==, 2);
        xr_bisect_result_free(result);
        interrupts++;
        result = go_on(&w, &own, 3);
    }
    g_assert_cmpuint(interrupts, >=, runs / 2 - 1);
    got = json_of(own, result);
    g_assert_cmpstr(got, ==, wanted);
    /* All there is to know is known: nothing is run again. */
    w.builds = 0;
    xr_bisect_result_free(g_steal_pointer(&result));
    result = go_on(&w, &own, 0);
    g_assert_cmpuint(w.runs + w.builds, ==, 0);
    world_clear(&w);
}

/* Everything in the repository, .git included, by content. */
static char *print_of(const char *repo)
{
    return shell("cd %s; find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum", repo);
}

/* With changes in work tree and index, and a bisection of the user's under way. */
static void test_untouched(void)
{
    World w = {.spread = 0.0003, .seed = 5};
    g_autoptr(XrBisectResult) result = NULL;
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;
    g_autofree char *log = NULL;

    make_repository(&w, &step);
    g_free(shell("cd %s; git bisect start HEAD HEAD~9 >/dev/null; echo mine >>notes; echo new "
                 ">staged; git add staged",
                 w.repo));
    before = print_of(w.repo);
    result = bisect(&w, &usual);
    assert_found(&w, result);
    after = print_of(w.repo);
    g_assert_cmpstr(before, ==, after);
    log = shell("cd %s; git bisect log | tail -n 1", w.repo);
    assert_has(log, "git bisect start");
    world_clear(&w);
}

/* The log is git's own: git comes to the same by it. */
static void test_replay(void)
{
    World w = {.spread = 0.0003, .seed = 5};
    g_autoptr(XrBisectState) own = NULL;
    g_autoptr(XrBisectResult) result = NULL;
    g_autofree char *told = NULL;
    g_autofree char *wanted = NULL;

    make_repository(&w, &step);
    own = begin(&w, &usual);
    result = xr_bisect(own, &fakes, &w, NULL);
    assert_found(&w, result);
    told = shell("git clone -q %s %s/again; cd %s/again; git bisect replay %s/bisect.log", w.repo,
                 own->dir, own->dir, own->dir);
    wanted = g_strdup_printf("%s is the first bad commit", w.ids[41]);
    assert_has(told, wanted);
    world_clear(&w);
}

/* A line that a killed rig left half written is as if it were not there; another rig at it is refused. */
static void test_state(void)
{
    World w = {.spread = 0.0003, .seed = 5, .stop_after = 5};
    g_autoptr(XrBisectState) own = NULL;
    g_autoptr(XrBisectState) second = NULL;
    g_autoptr(XrBisectResult) result = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *told = NULL;
    g_autofree char *list = NULL;

    make_repository(&w, &step);
    own = begin(&w, &usual);
    result = xr_bisect(own, &fakes, &w, NULL);
    told = xr_bisect_tell(own, result);
    assert_has(told, "INTERRUPTED: what was learnt until then is kept");
    assert_has(told, "go on: xenrig bisect --resume ");
    second = xr_bisect_state_open(own->dir, &error);
    g_assert_null(second);
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    assert_has(error->message, "another xenrig is at this bisection");
    g_clear_error(&error);
    g_free(shell("printf '{\"kind\":\"bu' >>%s/events.jsonl", own->dir));
    xr_bisect_result_free(g_steal_pointer(&result));
    result = go_on(&w, &own, 0);
    assert_found(&w, result);
    list = xr_bisect_state_list();
    assert_has(list, own->dir);
    assert_has(list, ": found ");
    world_clear(&w);
    second = xr_bisect_state_open("/nowhere", &error);
    g_assert_null(second);
    assert_has(error->message, "/nowhere is no folder of a bisection");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bisect/interrupted", test_interrupted);
    g_test_add_func("/bisect/untouched", test_untouched);
    g_test_add_func("/bisect/replay", test_replay);
    g_test_add_func("/bisect/state", test_state);
    return run_with_state();
}

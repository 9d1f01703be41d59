/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: bisections on the real thing: a history of Xen is made, and what is wrong in it found by building and running
 * it.
 *
 * The history has 64 commits (make-xen-history.py): two of them do not build, one makes the toolstack another, one takes a
 * lock for writing that was taken for reading, one makes maps and unmaps longer. Either of the last two is
 * looked for, as a user would: 10 steps and 45 minutes are what it may take. */
#include "base/json.h"
#include <gio/gio.h>

enum { STEPS_MAX = 10, MINUTES_MAX = 45 };

typedef struct {
    const char *good, *bad, *culprit; /* tags */
    const char *with;                 /* behind the commit in a build's name */
    const char *metric;
} Search;

static const Search searches[] = {
    /* Each pair takes it three times, or once. */
    {"good", "bad", "exclusive", ",lock-profile,toolstack=source",
     "lock_per_pair.domUs/grant_read"},
    /* Each pair takes some hundred instructions more. */
    {"good", "shared", "slow", ",toolstack=source", "instructions"},
};

static char *folder, *repo;

static char *ask(const char *const *argv, int *code)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
    char *out = NULL;

    g_assert_no_error(error);
    g_subprocess_communicate_utf8(process, NULL, NULL, &out, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_get_if_exited(process));
    *code = g_subprocess_get_exit_status(process);
    return g_strchomp(out);
}

static char *commit_of(const char *tag)
{
    const char *const argv[] = {"git", "-C", repo, "rev-parse", tag, NULL};
    int code = -1;
    char *id = ask(argv, &code);

    g_assert_cmpint(code, ==, 0);
    return id;
}

/* In count mode: one thread runs a machine, whatever the host's cores do, and single runs tell. */
static JsonObject *bisect(const Search *search)
{
    const char *const argv[] = {
        XR_COMMAND, "bisect",           "--json",       "--repo",           repo,
        "--good",   search->good,       "--bad",        search->bad,        "--plan",
        "count",    "--metric",         search->metric, "--with",           search->with,
        "--set",    "count.warmup=32M", "--set",        "count.window=64M", NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    JsonObject *result;
    int code = -1;

    text = g_strdelimit(ask(argv, &code), "\n", ' ');
    g_test_message("%s", text);
    g_assert_cmpint(code, ==, 0);
    result = xr_json_parse_line(text, -1, &error);
    g_assert_no_error(error);
    return result;
}

static void test_search(gconstpointer data)
{
    const Search *search = data;
    const gint64 begin_us = g_get_monotonic_time();
    g_autoptr(JsonObject) result = bisect(search);
    JsonArray *suspects = xr_json_array(result, "suspects"),
              *steps = xr_json_array(result, "steps");
    g_autofree char *culprit = commit_of(search->culprit);
    guint skipped = 0;

    g_assert_cmpuint(json_array_get_length(suspects), ==, 1);
    g_assert_cmpstr(json_array_get_string_element(suspects, 0), ==, culprit);
    g_assert_cmpuint(json_array_get_length(steps), <=, STEPS_MAX);
    for (guint i = 0; i < json_array_get_length(steps); i++)
        skipped += g_str_equal(xr_json_string(json_array_get_object_element(steps, i), "mark", ""),
                               "skip");
    /* The middle of the whole history does not build. */
    g_assert_cmpuint(skipped, ==, g_str_equal(search->bad, "bad") ? 1 : 0);
    g_assert_cmpint(g_get_monotonic_time() - begin_us, <,
                    (gint64)MINUTES_MAX * 60 * G_USEC_PER_SEC);
}

static void make_history(void)
{
    const char *const argv[] = {XR_SOURCE_DIR "/tests/boot/make-xen-history.py", repo, NULL};
    g_autofree char *state = g_build_filename(folder, "state", NULL);
    g_autofree char *runtime = g_build_filename(folder, "run", NULL);
    int code = -1;

    g_free(ask(argv, &code));
    g_assert_cmpint(code, ==, 0);
    g_setenv("XENRIG_STATE", state, TRUE);
    g_setenv("XENRIG_RUNTIME", runtime, TRUE);
}

int main(int argc, char **argv)
{
    g_autofree char *remove = NULL;
    int result;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("xrb-XXXXXX", NULL);
    g_assert_nonnull(folder);
    repo = g_build_filename(folder, "xen", NULL);
    make_history();
    for (gsize i = 0; i < G_N_ELEMENTS(searches); i++) {
        g_autofree char *name = g_strdup_printf("/bisect/%s", searches[i].culprit);

        g_test_add_data_func(name, &searches[i], test_search);
    }
    result = g_test_run();
    remove = g_strdup_printf("rm -rf -- %s", folder);
    if (result == 0 && !g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL))
        g_printerr("%s: cannot be removed\n", folder);
    g_free(folder);
    g_free(repo);
    return result;
}

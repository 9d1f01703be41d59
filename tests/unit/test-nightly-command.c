/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command itself, judging nights that are there: exit codes, what it prints, the files that it writes. */
#include "held-git.h"
#include "nightly-fixture.h"

typedef struct {
    int code;
    char *out, *err;
} Ended;

static void ended_clear(Ended *ended)
{
    g_free(ended->out);
    g_free(ended->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Ended, ended_clear)

/* words: of the command line, with spaces between. */
static Ended nightly(const char *words)
{
    g_autofree char *line = g_strconcat(XENRIG, " nightly ", words, NULL);
    g_auto(GStrv) argv = g_strsplit(line, " ", -1);
    g_autoptr(GError) error = NULL;
    Ended ended = {0};
    gint status = 0;

    g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &ended.out, &ended.err, &status,
                 &error);
    g_assert_no_error(error);
    g_assert_true(WIFEXITED(status));
    ended.code = WEXITSTATUS(status);
    return ended;
}

static Ended replay(const char *dir, const char *words)
{
    g_autofree char *all = g_strdup_printf("--replay %s%s", dir, words);

    return nightly(all);
}

/* The record of a night of three and three runs, the other build's at that figure. */
static char *make_night(double other, const char *verdict)
{
    Fixture f = {.other = other, .verdict = verdict};
    char *dir;

    begin_night(&f,
                "baseline=" PINNED "\nplans=smoke\nruns=3\nmetrics=throughput\nbuilds=" OTHER "\n");
    go_on(&f);
    dir = g_strdup(f.record->dir);
    end_night(&f);
    return dir;
}

static void test_codes(void)
{
    begin();
    add_past(PINNED, 0, 13, 4e8, 0.05);
    g_autofree char *same = make_night(4e8, NULL);
    g_autofree char *slower = make_night(3e8, NULL);
    g_autofree char *failed = make_night(4e8, "fail");
    g_autofree char *error = make_night(4e8, "error");
    g_auto(Ended) a = replay(same, ""), b = replay(slower, ""), c = replay(failed, ""),
                  d = replay(error, "");

    g_assert_cmpint(a.code, ==, 0);
    g_assert_true(g_str_has_prefix(a.out, "SAME: file:/other under plan smoke: no metric of 1 "));
    g_assert_cmpint(b.code, ==, 1);
    g_assert_true(g_str_has_prefix(b.out, "REGRESSED: file:/other under plan smoke: throughput "));
    assert_says(b.out, "of 13 earlier runs of");
    g_assert_cmpint(c.code, ==, 1);
    g_assert_true(g_str_has_prefix(c.out, "FAILED: file:/other under plan smoke: 3 of 3 runs "));
    g_assert_cmpint(d.code, ==, 99);
    g_assert_true(g_str_has_prefix(d.out, "ERROR: file:/other under plan smoke: 2 of 2 runs "));
}

/* A test that says nothing is skipped, not failed. */
static void test_unsure(void)
{
    begin();
    g_autofree char *dir = make_night(3e8, NULL);
    g_auto(Ended) text = replay(dir, ""), tap = replay(dir, " --tap"),
                  json = replay(dir, " --json");

    g_assert_cmpint(text.code, ==, 2);
    g_assert_cmpint(tap.code, ==, 0);
    assert_says(tap.out, "\nok 2 - smoke: file:/other # SKIP unsure: throughput ");
    g_assert_cmpint(json.code, ==, 2);
    assert_says(json.out, "\"verdict\" : \"unsure\"");
}

static void test_files(void)
{
    static const char *const names[] = {"night.txt", "night.tap", "night.json", "junit.xml"};
    g_autofree char *out = NULL;
    g_autofree char *words = NULL;

    begin();
    g_autofree char *dir = make_night(4e8, NULL);
    out = g_build_filename(state, "reports", NULL);
    words = g_strdup_printf(" -o %s --junit %s/other.xml", out, state);
    g_auto(Ended) ended = replay(dir, words);
    g_assert_cmpint(ended.code, ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(out, names[i], NULL);
        g_autofree char *text = NULL;

        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        assert_says(text, "file:/other");
    }
    g_autofree char *other = g_build_filename(state, "other.xml", NULL);
    g_assert_true(g_file_test(other, G_FILE_TEST_IS_REGULAR));
}

static void test_wrong(void)
{
    static const char *const wrong[][2] = {
        {"a b", "xenrig nightly: one night at a time: name one file, and builds by --build"},
        {"--resume x --replay y", "xenrig nightly: --resume goes on with a night, --replay only "},
        {"--replay x --runs 4", "xenrig nightly: --resume and --replay take the night as it began"},
        {"--seed -4", "xenrig nightly: --seed: write a whole number from 0 to 4294967295"},
        {"--tap --json", "xenrig nightly: --tap and --json both print the verdict"},
        {"smoke --runs 2", "xenrig nightly: --runs: \"2\" is not a whole number from 3 to 100"},
        {"smoke --plan smoek", "xenrig nightly: \"smoek\": no such plan; did you mean \"smoke\"?"},
        {"--replay /nowhere", "xenrig nightly: /nowhere is no record of a night"},
    };

    begin();
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_auto(Ended) ended = nightly(wrong[i][0]);

        g_assert_cmpint(ended.code, ==, 99);
        g_assert_cmpstr(ended.out, ==, "");
        if (!g_str_has_prefix(ended.err, wrong[i][1]))
            g_error("\"%s\" begins not with \"%s\"", ended.err, wrong[i][1]);
    }
}

static GSubprocess *start_night(const char *dir, const char *build)
{
    const char *const argv[] = {XENRIG,     "nightly",  "lockstep", "--baseline", build,
                                "--build",  build,      "--plan",   "smoke",      "--plan",
                                "lockstep", "--record", dir,        "--quiet",    NULL};
    g_autoptr(GError) error = NULL;
    GSubprocess *process = g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);

    g_assert_no_error(error);
    return process;
}

/* In lockstep a night keeps snapshots, for itself alone: killed, it leaves none behind, and can be gone on with. */
static void test_killed(void)
{
    g_autofree char *build = g_strdup_printf("git:%s@HEAD", state);
    g_autofree char *dir = NULL;
    g_autofree char *snapshots = NULL;
    g_autofree char *resume = NULL;
    g_autofree char *taken = NULL;
    g_autoptr(GSubprocess) process = NULL;
    HeldGit held;

    begin();
    dir = g_build_filename(state, "killed", NULL);
    snapshots = g_build_filename(dir, "snapshots", NULL);
    resume = g_strdup_printf("--resume %s --quiet", dir);
    taken = g_strdup_printf("xenrig nightly: %s: another xenrig has its snapshots there; wait "
                            "until it has ended\n",
                            snapshots);
    held = held_git_begin("rev-parse");
    process = start_night(dir, build);
    wait_until(snapshots, TRUE);
    g_auto(Ended) second = nightly(resume);
    g_assert_cmpint(second.code, ==, 99);
    g_assert_cmpstr(second.err, ==, taken);
    assert_killed_without_trace(process, dir);
    held_git_end(&held);
    g_auto(Ended) again = nightly(resume);
    g_assert_cmpint(again.code, ==, 99);
    assert_says(again.err, "@HEAD: there is no such commit: ");
    g_assert_false(g_file_test(snapshots, G_FILE_TEST_EXISTS));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (g_access("/dev/shm", W_OK) == 0)
        g_setenv("TMPDIR", "/dev/shm", TRUE);
    g_test_add_func("/nightly-command/codes", test_codes);
    g_test_add_func("/nightly-command/unsure", test_unsure);
    g_test_add_func("/nightly-command/files", test_files);
    g_test_add_func("/nightly-command/wrong", test_wrong);
    g_test_add_func("/nightly-command/killed", test_killed);
    return run_with_state();
}

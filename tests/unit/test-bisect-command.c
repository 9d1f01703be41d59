/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands bisect and check as users call them: a command decides, nothing is booted. */
#include "bisect-fixture.h"
#include "held-git.h"

static const History step = {.culprit = 41, .speed = 0.5, .broken = {32, 33}};

typedef struct {
    int code;
    char *out, *err;
} Said;

static void said_clear(Said *said)
{
    g_free(said->out);
    g_free(said->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Said, said_clear)

static Said finish(GSubprocess *process)
{
    Said said = {0};
    g_autoptr(GError) error = NULL;

    g_subprocess_communicate_utf8(process, NULL, NULL, &said.out, &said.err, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_get_if_exited(process));
    said.code = g_subprocess_get_exit_status(process);
    return said;
}

static GSubprocess *start(const char *line)
{
    g_autofree char *whole = g_strconcat(XENRIG " ", line, NULL);
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) error = NULL;
    GSubprocess *process;

    g_assert_true(g_shell_parse_argv(whole, NULL, &argv, &error));
    process =
        g_subprocess_newv((const char *const *)argv,
                          G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
    g_assert_no_error(error);
    return process;
}

static Said say(const char *format, ...) G_GNUC_PRINTF(1, 2);
static Said say(const char *format, ...)
{
    va_list arguments;
    g_autofree char *line = NULL;
    g_autoptr(GSubprocess) process = NULL;

    va_start(arguments, format);
    line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    process = start(line);
    return finish(process);
}

/* 0, 1 and 125, as commands for `git bisect run` say it. */
#define LOOK "--run '! grep -q broken=1 code || exit 125; grep -q speed=1 effect'"

static void test_found(void)
{
    World w = {0};
    g_auto(Said) said = {0};
    g_auto(Said) list = {0};
    g_autofree char *wanted = NULL;

    make_repository(&w, &step);
    said = say("bisect --repo %s --good %s --bad master " LOOK, w.repo, w.ids[0]);
    g_assert_cmpint(said.code, ==, 0);
    wanted = g_strdup_printf("FOUND: %.12s is the first bad commit: change number 41\n", w.ids[41]);
    assert_has(said.out, wanted);
    assert_has(said.out, "  again       the culprit (");
    assert_has(said.out, "for git: git bisect replay ");
    assert_has(said.err, "step 1, about ");
    assert_has(said.err, "  skip: the command ends with 125");
    list = say("bisect list");
    g_assert_cmpint(list.code, ==, 0);
    assert_has(list.out, ": found ");
    world_clear(&w);
}

/* SIGINT while a command runs: it is ended, and the bisection can be gone on with. */
static void test_signal(void)
{
    World w = {0};
    g_autoptr(GSubprocess) process = NULL;
    g_autofree char *line = NULL;
    g_autofree char *mark = NULL;
    g_autofree char *gone = NULL;
    g_auto(Said) said = {0};
    g_auto(Said) again = {0};

    make_repository(&w, &step);
    mark = g_build_filename(state, "waits", NULL);
    line = g_strdup_printf("bisect --repo %s --good %s --bad master --run 'test ! -e %s.on || "
                           "{ echo $$ >%s; sleep 1000; }; grep -q speed=1 effect'",
                           w.repo, w.ids[0], mark, mark);
    g_free(shell("touch %s.on", mark));
    process = start(line);
    for (guint i = 0; i < 3000 && !g_file_test(mark, G_FILE_TEST_EXISTS); i++)
        g_usleep(10000);
    g_subprocess_send_signal(process, SIGINT);
    said = finish(process);
    g_assert_cmpint(said.code, ==, 2);
    assert_has(said.out, "INTERRUPTED: ");
    assert_has(said.out, "go on: xenrig bisect --resume ");
    gone = shell("kill -0 $(cat %s) 2>/dev/null || echo gone", mark);
    g_assert_cmpstr(gone, ==, "gone");
    g_free(shell("rm %s.on", mark));
    again = say("bisect --resume");
    g_assert_cmpint(again.code, ==, 0);
    assert_has(again.out, "change number 41");
    world_clear(&w);
}

/* In lockstep a bisection keeps snapshots: killed, it leaves none behind, and can be gone on with. */
static void test_killed(void)
{
    World w = {0};
    g_autofree char *dir = NULL;
    g_autofree char *snapshots = NULL;
    g_autofree char *line = NULL;
    g_autoptr(GSubprocess) process = NULL;
    g_auto(Said) again = {0};
    HeldGit held;

    make_repository(&w, &step);
    dir = g_build_filename(state, "killed", NULL);
    snapshots = g_build_filename(dir, "snapshots", NULL);
    line = g_strdup_printf("bisect --repo %s --good %s --bad master --plan lockstep --state %s",
                           w.repo, w.ids[0], dir);
    held = held_git_begin("clone");
    process = start(line);
    wait_until(snapshots, TRUE);
    assert_killed_without_trace(process, dir);
    held_git_end(&held);
    again = say("bisect --resume %s", dir);
    g_assert_cmpint(again.code, ==, 99);
    assert_has(again.err, "is no Xen source tree");
    g_assert_false(g_file_test(snapshots, G_FILE_TEST_EXISTS));
    world_clear(&w);
}

static void test_refused(void)
{
    static const struct {
        const char *line;
        const char *told;
    } rows[] = {
        {"bisect --good a", "--good REV and --bad REV are needed"},
        {"bisect --good a --bad b --repo /nowhere", "--repo /nowhere: there is no such folder"},
        {"bisect --good a --bad b --run true --metric x", "--run decides by a command alone"},
        {"bisect --good a --bad b --search fast", "--search fast: say git or noisy"},
        {"bisect --good a --bad b --confidence 90", "--confidence is for --search noisy"},
        {"bisect --good a --bad b --search noisy --run true", "leave one of the two out"},
        {"bisect --good a --bad b --metric verdict:crashes",
         "no kind of findings \"crashes\"; there are: crash, hang, leak, corruption"},
        {"bisect --good a --bad b --metric speed",
         "compare.metric speed: a run by machine.time=real has no such figure; there are: "
         "throughput, "},
        {"compare --metric speed debian:bookworm debian:trixie",
         "compare.metric speed: a run by machine.time=real has no such figure; there are: "
         "throughput, "},
        {"bisect --good a --bad b --with lock-profile", "begins with \"+\" or \",\""},
        {"bisect --resume --good a", "--resume goes on with what the bisection began with"},
        {"bisect folder", "\"folder\" is not understood; a folder is for --resume"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(Said) said = say("%s", rows[i].line);

        g_assert_cmpint(said.code, ==, 99);
        assert_has(said.err, rows[i].told);
    }
}

static void test_wrong_commit(void)
{
    World w = {0};
    g_auto(Said) said = {0};

    make_repository(&w, &step);
    said = say("bisect --repo %s --good nothing --bad master --run true", w.repo);
    g_assert_cmpint(said.code, ==, 99);
    assert_has(said.err, "nothing: ");
    assert_has(said.err, " has no commit of this name");
    world_clear(&w);
}

/* What is no commit's business ends `git bisect run`; a source that cannot be built is passed over. */
static void test_check(void)
{
    World w = {0};
    g_auto(Said) none = {0};
    g_auto(Said) way = {0};
    g_auto(Said) skip = {0};
    g_auto(Said) figure = {0};
    g_auto(Said) kind = {0};

    make_repository(&w, &step);
    none = say("check --repo %s", w.repo);
    g_assert_cmpint(none.code, ==, 128);
    assert_has(none.err, "--good BUILD is needed");
    way = say("check --repo %s --good debian:bookworm --worse more", w.repo);
    g_assert_cmpint(way.code, ==, 128);
    assert_has(way.err, "--worse more: say lower or higher");
    figure =
        say("check --repo %s --good debian:bookworm --plan lockstep --metric throughput", w.repo);
    g_assert_cmpint(figure.code, ==, 128);
    assert_has(figure.err, "compare.metric throughput: a run by machine.time=lockstep has no such "
                           "figure; there are: tick_throughput, ");
    kind = say("check --repo %s --metric verdict:crashes", w.repo);
    g_assert_cmpint(kind.code, ==, 128);
    assert_has(kind.err,
               "no kind of findings \"crashes\"; there are: crash, hang, leak, corruption");
    skip = say("check --repo %s --metric verdict:crash", w.repo);
    g_assert_cmpint(skip.code, ==, 125);
    assert_has(skip.out, "skip: commit ");
    assert_has(skip.out, "is no Xen source tree");
    world_clear(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bisect-command/found", test_found);
    g_test_add_func("/bisect-command/signal", test_signal);
    g_test_add_func("/bisect-command/killed", test_killed);
    g_test_add_func("/bisect-command/refused", test_refused);
    g_test_add_func("/bisect-command/wrong-commit", test_wrong_commit);
    g_test_add_func("/bisect-command/check", test_check);
    return run_with_state();
}

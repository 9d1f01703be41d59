/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: tests that lockstep keeps its promise: the command lockcheck on the real QEMU.
 *
 * Lockstep may be wrong in these ways: vCPUs that get unequal shares; instructions counted that are not run, or
 * the other way round; hand-over of locks too quick or too slow for slices this short; figures that
 * hang on the host's load. Each has its test; and one shows that unequal shares would be seen. */
#include "base/json.h"
#include <gio/gio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

typedef struct {
    int status;
    char *out, *err;
} Said;

static void said_clear(Said *said)
{
    g_free(said->out);
    g_free(said->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Said, said_clear)

static void run(const char *words, Said *said)
{
    g_autofree char *line = g_strconcat(XR_COMMAND " lockcheck ", words, NULL);
    g_auto(GStrv) argv = g_strsplit(line, " ", -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_newv((const char *const *)argv,
                          G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);

    g_assert_no_error(error);
    g_subprocess_communicate_utf8(process, NULL, NULL, &said->out, &said->err, &error);
    g_assert_no_error(error);
    said->status = g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process) : -1;
    g_test_message("%s: exit code %d", words, said->status);
    g_test_message("%s%s", said->out, said->err);
}

static JsonObject *parse(const Said *said)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *line = g_strdelimit(g_strdup(said->out), "\n", ' ');
    JsonObject *report = xr_json_parse_line(line, -1, &error);

    g_assert_no_error(error);
    return report;
}

/* The i-th point's first run. */
static JsonObject *first_run(JsonObject *report, guint i)
{
    JsonObject *point = xr_json_element_object(xr_json_array(report, "points"), i);

    g_assert_nonnull(point);
    return xr_json_element_object(xr_json_array(point, "runs"), 0);
}

/* One worker: nothing to wait for, so slices do not matter and every instruction counts. */
static void test_one_cpu(void)
{
    g_auto(Said) said = {0};

    run("--json --cpus 1 --locks none,ticket,rwlock,two --times exponential --shares 50 --slices "
        "25 "
        "--sections 4000",
        &said);
    g_assert_cmpint(said.status, ==, 0);
    g_autoptr(JsonObject) report = parse(&said);
    for (guint i = 0; i < 4; i++) {
        JsonObject *one = first_run(report, i);
        g_assert_cmpint(xr_json_int(one, "sections", 0), >=, 3000);
        /* One critical section more or less. */
        g_assert_cmpfloat(
            fabs(xr_json_double(one, "off", 1)) * (double)xr_json_int(one, "sections", 0), <, 1.5);
    }
}

static void test_within_limit(void)
{
    g_auto(Said) random = {0}, fixed = {0};

    run("--json --cpus 2,8,16 --shares 10,50 --slices 12,50 --sections 2000", &random);
    g_assert_cmpint(random.status, ==, 0);
    /* Fixed times last whole slices: a convoy in step with the rounds is the worst there is. */
    run("--json --cpus 8 --shares 20 --slices 12 --hold 400 --times fixed,uniform --sections 2000",
        &fixed);
    g_assert_cmpint(fixed.status, ==, 0);
    g_autoptr(JsonObject) report = parse(&random);
    g_assert_cmpuint(json_array_get_length(xr_json_array(report, "points")), ==, 18);
    g_assert_cmpfloat(xr_json_double(report, "worst", 1), <=, 0.05);
    g_assert_cmpfloat(xr_json_double(report, "worst", 0), >, 0);
}

static void test_equal_shares(void)
{
    g_auto(Said) pushed = {0}, fires = {0};

    run("--json --cpus 9 --locks none --shares 50 --slices 100 --sections 20000", &pushed);
    g_assert_cmpint(pushed.status, ==, 0);
    g_autoptr(JsonObject) report = parse(&pushed);
    g_assert_cmpfloat(xr_json_double(report, "worst", 1), <, 0.001);
    run("--cpus 9 --locks none --shares 50 --slices 100 --sections 20000 --timer fires", &fires);
    g_assert_cmpint(fires.status, ==, 1);
    g_assert_nonnull(strstr(fires.out, "FAIL: at most "));
}

/* Runs between fork and exec. */
static void die_with_parent(gpointer unused)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocess *start(GSubprocessFlags flags, const char *const *argv)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(flags);
    g_autoptr(GError) error = NULL;

    g_subprocess_launcher_set_child_setup(launcher, die_with_parent, NULL, NULL);
    GSubprocess *process = g_subprocess_launcher_spawnv(launcher, argv, &error);
    g_assert_no_error(error);
    return process;
}

static void test_repeatable(void)
{
    static const char words[] =
        "--json --cpus 4,9 --shares 20 --slices 12,100 --sections 3000 --times exponential";
    static const char *const loop[] = {"sh", "-c", "while :; do :; done", NULL};
    g_auto(Said) quiet = {0}, busy = {0}, other = {0};

    run(words, &quiet);
    g_assert_cmpint(quiet.status, ==, 0);
    g_autoptr(GSubprocess) one = start(G_SUBPROCESS_FLAGS_NONE, loop);
    g_autoptr(GSubprocess) two = start(G_SUBPROCESS_FLAGS_NONE, loop);
    run(words, &busy);
    g_subprocess_force_exit(one);
    g_subprocess_force_exit(two);
    g_assert_cmpstr(busy.out, ==, quiet.out);
    g_autofree char *reseeded = g_strconcat(words, " --seed 2", NULL);
    run(reseeded, &other);
    g_assert_cmpint(other.status, ==, 0);
    g_assert_cmpstr(other.out, !=, quiet.out);
}

/* The child of a process that runs QEMU; 0 if it has none. */
static GPid find_qemu(const char *parent)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/task/%s/children", parent, parent);
    g_autofree char *children = NULL;
    g_autofree char *cmdline = NULL;

    if (!g_file_get_contents(path, &children, NULL, NULL) || atoi(children) <= 0)
        return 0;
    g_autofree char *file = g_strdup_printf("/proc/%d/cmdline", atoi(children));
    if (!g_file_get_contents(file, &cmdline, NULL, NULL) || !strstr(cmdline, "qemu-system"))
        return 0;
    return atoi(children);
}

static void test_killed(void)
{
    static const char *const argv[] = {XR_COMMAND, "lockcheck",  "--cpus",   "9",        "--shares",
                                       "50",       "--sections", "10000000", "--slices", "12,25,50",
                                       "--locks",  "none",       NULL};
    g_autoptr(GSubprocess) rig = start(G_SUBPROCESS_FLAGS_STDOUT_SILENCE, argv);
    GPid qemu = 0;

    for (guint i = 0; i < 600 && qemu == 0; i++) {
        g_usleep(50000);
        qemu = find_qemu(g_subprocess_get_identifier(rig));
    }
    g_assert_cmpint(qemu, >, 0);
    g_subprocess_force_exit(rig);
    for (guint i = 0; i < 200 && kill(qemu, 0) == 0; i++)
        g_usleep(50000);
    g_assert_cmpint(kill(qemu, 0), ==, -1);
}

static void test_refused(void)
{
    static const struct {
        const char *words, *message;
    } cases[] = {
        {"--locks spin",
         "xenrig lockcheck: --locks=spin: \"spin\" is one too many or wrong; up to 4 of none, "
         "ticket, rwlock, two will do, with commas\n"},
        {"--cpus 2,40",
         "xenrig lockcheck: --cpus=2,40: \"40\" is one too many or wrong; up to 16 of 1 to 31 will "
         "do, with commas\n"},
        {"--hold 1", "xenrig lockcheck: --hold=1: from 2 to 1000000 will do\n"},
        {"more", "xenrig lockcheck: takes no \"more\"; --help tells its options\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Said) said = {0};
        run(cases[i].words, &said);
        g_assert_cmpint(said.status, ==, 99);
        g_assert_cmpstr(said.err, ==, cases[i].message);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lockcheck/refused", test_refused);
    g_test_add_func("/lockcheck/one-cpu", test_one_cpu);
    g_test_add_func("/lockcheck/within-limit", test_within_limit);
    g_test_add_func("/lockcheck/equal-shares", test_equal_shares);
    g_test_add_func("/lockcheck/repeatable", test_repeatable);
    g_test_add_func("/lockcheck/killed", test_killed);
    return g_test_run();
}

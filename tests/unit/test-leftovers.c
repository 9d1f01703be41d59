/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a rig leaves behind when it ends, in order or not.
 *
 * This program is also the rig ("rig": holds a private root until its input ends) and, started by
 * that, the guard. What stands for QEMU is a shell with a QEMU's arguments. */
#include "boot/leftovers.h"
#include "boot/machine.h"
#include "boot/root.h"
#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *self;

typedef struct {
    char *runtime;
    char *root; /* runtime/r-0123abcd, made */
} Fixture;

static void set_up(Fixture *f, gconstpointer unused)
{
    f->runtime = g_dir_make_tmp("xr-XXXXXX", NULL);
    f->root = g_build_filename(f->runtime, "r-0123abcd", NULL);
    g_assert_cmpint(g_mkdir(f->root, 0700), ==, 0);
    g_setenv("XENRIG_RUNTIME", f->runtime, TRUE);
    g_setenv("XENRIG_CACHE", f->runtime, TRUE);
}

static void tear_down(Fixture *f, gconstpointer unused)
{
    xr_leftovers_remove_tree(f->runtime);
    g_free(f->runtime);
    g_free(f->root);
}

static gboolean exists(const char *root, const char *suffix)
{
    g_autofree char *path = g_strconcat(root, suffix, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* A process that looks like the QEMU of a machine in root and lives until it is ended; input is
 * the pipe that keeps it alive. */
static GPid start_machine(const char *root, int *input)
{
    g_autofree char *secret =
        g_strdup_printf("{\"qom-type\":\"secret\",\"file\":\"%s/lib/key\"}", root);
    const char *argv[] = {"/bin/sh",  "-c",   "read line; :", "qemu", "-name", "guest=xenrig-t1,x",
                          "-machine", "none", "-object",      secret, NULL};
    g_autoptr(GError) error = NULL;
    GPid pid = 0;

    g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                             input, NULL, NULL, &error);
    g_assert_no_error(error);
    return pid;
}

/* Waits for the end of pid; its status. */
static int status_of(GPid pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static void test_recognises(Fixture *f, gconstpointer unused)
{
    static const char machine[] = "q\0-name\0guest=xenrig-a,debug=on\0-machine\0pc\0/run/r-1/lib";
    static const char probe[] = "q\0-machine\0none\0-qmp\0unix:/run/r-1/lib/q,server=on";
    static const char longer[] = "q\0-machine\0none\0-qmp\0unix:/run/r-12/lib/q,server=on";
    static const char pager[] = "less\0/run/r-1/log/qemu/xenrig.log";
    static const char guard[] = "xenrig\0guard\0/run/r-1";
    g_autofree char *domain = NULL;
    g_autofree char *none = NULL;

    g_assert_true(xr_leftovers_is_ours(machine, sizeof machine, "/run/r-1", &domain));
    g_assert_cmpstr(domain, ==, "xenrig-a");
    g_assert_true(xr_leftovers_is_ours(probe, sizeof probe, "/run/r-1", &none));
    g_assert_null(none);
    g_assert_false(xr_leftovers_is_ours(longer, sizeof longer, "/run/r-1", NULL));
    g_assert_false(xr_leftovers_is_ours(pager, sizeof pager, "/run/r-1", NULL));
    g_assert_false(xr_leftovers_is_ours(guard, sizeof guard, "/run/r-1", NULL));
    g_assert_false(xr_leftovers_is_ours("", 0, "/run/r-1", NULL));
    /* A process may write any bytes over its arguments. */
    g_assert_false(xr_leftovers_is_ours("-name", 5, "/run/r-1", NULL));
    g_assert_false(xr_leftovers_is_ours("-name\0guest=", 12, "/run/r-1", NULL));
}

static void test_sweeps_machine(Fixture *f, gconstpointer unused)
{
    int input = -1;
    GPid pid = start_machine(f->root, &input);
    g_autofree char *expected =
        g_strdup_printf("a rig that died left %s behind: ended QEMU process "
                        "%d (xenrig-t1) and removed the folder",
                        f->root, (int)pid);
    g_autoptr(GPtrArray) said = xr_leftovers_sweep(f->runtime);

    g_assert_cmpuint(said->len, ==, 1);
    g_assert_cmpstr(said->pdata[0], ==, expected);
    g_assert_true(WIFSIGNALED(status_of(pid)));
    g_assert_false(exists(f->root, ""));
    g_assert_false(exists(f->root, ".lock"));
    close(input);

    g_autoptr(GPtrArray) again = xr_leftovers_sweep(f->runtime);
    g_assert_cmpuint(again->len, ==, 0);
}

static void test_leaves_living(Fixture *f, gconstpointer unused)
{
    int lock = xr_leftovers_lock(f->root, FALSE);
    g_assert_cmpint(lock, >=, 0);
    g_autoptr(GPtrArray) said = xr_leftovers_sweep(f->runtime);

    g_assert_cmpuint(said->len, ==, 0);
    g_assert_true(exists(f->root, ""));
    g_assert_cmpint(xr_leftovers_lock(f->root, FALSE), ==, -1);
    g_assert_cmpint(errno, ==, EWOULDBLOCK);

    xr_leftovers_unlock(f->root, lock);
    g_autoptr(GPtrArray) after = xr_leftovers_sweep(f->runtime);
    g_assert_cmpuint(after->len, ==, 1);
    g_assert_nonnull(strstr(after->pdata[0], "removed; no machine ran in it"));
}

static void test_touches_nothing_else(Fixture *f, gconstpointer unused)
{
    g_autofree char *other = g_build_filename(f->runtime, "r-notours", NULL);
    g_autofree char *precious = g_build_filename(f->runtime, "precious", NULL);
    g_autofree char *file = g_build_filename(precious, "file", NULL);
    g_autofree char *link = g_build_filename(f->root, "link", NULL);

    g_mkdir(other, 0700);
    g_mkdir(precious, 0700);
    g_assert_true(g_file_set_contents(file, "x", 1, NULL));
    g_assert_cmpint(symlink(precious, link), ==, 0);
    g_autoptr(GPtrArray) said = xr_leftovers_sweep(f->runtime);

    g_assert_cmpuint(said->len, ==, 1);
    g_assert_false(exists(f->root, ""));
    g_assert_true(exists(other, ""));
    g_assert_true(exists(file, ""));

    g_autoptr(GPtrArray) nowhere = xr_leftovers_sweep("/nonexistent/xenrig");
    g_assert_cmpuint(nowhere->len, ==, 0);
}

/* Starts this program as a rig that takes a file of that path with it (NULL: none); its root. */
static char *start_rig_with(const char *file, GPid *pid, int *input)
{
    const char *argv[] = {self, "rig", file, NULL};
    g_autoptr(GError) error = NULL;
    char line[256] = "";
    int output = -1;

    g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, pid,
                             input, &output, NULL, &error);
    g_assert_no_error(error);
    FILE *stream = fdopen(output, "r");
    g_assert_nonnull(fgets(line, sizeof line, stream));
    fclose(stream);
    return g_strdup(g_strchomp(line));
}

static char *start_rig(GPid *pid, int *input)
{
    return start_rig_with(NULL, pid, input);
}

static void test_orderly_end(Fixture *f, gconstpointer unused)
{
    GPid pid = 0;
    int input = -1;
    g_autofree char *root = start_rig(&pid, &input);

    g_assert_true(g_str_has_prefix(root, f->runtime));
    g_assert_true(exists(root, "/etc/qemu.conf"));
    close(input);
    g_assert_cmpint(status_of(pid), ==, 0);
    /* At once: nothing is left to do for anybody when the rig has ended. */
    g_assert_false(exists(root, ""));
    g_assert_false(exists(root, ".lock"));
}

/* The runtime folder that the rig made for itself goes with the last of its runs. */
static void test_empty_runtime(Fixture *f, gconstpointer unused)
{
    g_autofree char *runtime = g_build_filename(f->runtime, "xenrig", NULL);
    GPid pid = 0, second = 0;
    int input = -1, second_input = -1;

    g_unsetenv("XENRIG_RUNTIME");
    g_setenv("XDG_RUNTIME_DIR", f->runtime, TRUE);
    g_autofree char *root = start_rig(&pid, &input);
    g_autofree char *second_root = start_rig(&second, &second_input);
    g_assert_true(g_str_has_prefix(root, runtime));
    close(input);
    g_assert_cmpint(status_of(pid), ==, 0);
    g_assert_true(exists(second_root, ""));
    close(second_input);
    g_assert_cmpint(status_of(second), ==, 0);
    g_assert_false(exists(runtime, ""));
}

static void test_killed(Fixture *f, gconstpointer unused)
{
    GPid rig = 0;
    int rig_input = -1, input = -1, other_input = -1;
    g_autofree char *root = start_rig(&rig, &rig_input);
    GPid machine = start_machine(root, &input);
    GPid other = start_machine(f->root, &other_input);

    kill(rig, SIGKILL);
    g_assert_true(WIFSIGNALED(status_of(rig)));
    /* Comes to an end only if the guard ends it. */
    g_assert_true(WIFSIGNALED(status_of(machine)));
    while (exists(root, ".lock"))
        g_usleep(1000);
    g_assert_false(exists(root, ""));
    /* The machine of another root lives on. */
    g_assert_cmpint(waitpid(other, NULL, WNOHANG), ==, 0);
    kill(other, SIGKILL);
    status_of(other);
    close(input);
    close(rig_input);
    close(other_input);
}

/* A file in a folder of another's; beside it one that is not the rig's. */
static char *make_file(const Fixture *f, char **beside)
{
    g_autofree char *folder = g_build_filename(f->runtime, "record", NULL);
    char *file = g_build_filename(folder, "snapshot", NULL);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    *beside = g_build_filename(folder, "plan", NULL);
    g_assert_true(g_file_set_contents(*beside, "x", 1, NULL));
    g_assert_true(g_file_set_contents(file, "x", 1, NULL));
    return file;
}

/* A rig that ends without a word of it, and one that is killed while a machine runs. */
static void test_file(Fixture *f, gconstpointer unused)
{
    g_autofree char *beside = NULL;
    g_autofree char *file = make_file(f, &beside);
    int input = -1, machine_input = -1;
    GPid pid = 0;
    g_autofree char *ended = start_rig_with(file, &pid, &input);

    g_assert_true(exists(file, ""));
    close(input);
    g_assert_cmpint(status_of(pid), ==, 0);
    g_assert_false(exists(file, ""));
    g_assert_true(exists(beside, ""));

    g_assert_true(g_file_set_contents(file, "x", 1, NULL));
    g_autofree char *root = start_rig_with(file, &pid, &input);
    GPid machine = start_machine(root, &machine_input);
    kill(pid, SIGKILL);
    g_assert_true(WIFSIGNALED(status_of(pid)));
    g_assert_true(WIFSIGNALED(status_of(machine)));
    while (exists(root, ".lock"))
        g_usleep(1000);
    g_assert_false(exists(file, ""));
    g_assert_true(exists(beside, ""));
    close(input);
    close(machine_input);
}

/* Rig and guard died together, as at the end of a job: the next run puts it away. */
static void test_sweeps_file(Fixture *f, gconstpointer unused)
{
    g_autofree char *beside = NULL;
    g_autofree char *file = make_file(f, &beside);
    g_autofree char *link = g_build_filename(f->root, XR_ROOT_FILE, NULL);
    g_autofree char *expected = g_strdup_printf(
        "a rig that died left %s behind: removed, and %s; no machine ran in it", f->root, file);

    g_assert_cmpint(symlink(file, link), ==, 0);
    g_autoptr(GPtrArray) said = xr_leftovers_sweep(f->runtime);
    g_assert_cmpuint(said->len, ==, 1);
    g_assert_cmpstr(said->pdata[0], ==, expected);
    g_assert_false(exists(file, ""));
    g_assert_true(exists(beside, ""));
}

static void test_long_runtime(Fixture *f, gconstpointer unused)
{
    g_autofree char *deep = g_strnfill(80, 'd');
    g_autofree char *path = g_build_filename(f->runtime, deep, NULL);
    g_autoptr(GError) error = NULL;

    g_setenv("XENRIG_RUNTIME", path, TRUE);
    g_assert_null(xr_root_get(&error));
    g_assert_nonnull(strstr(error->message, "too long a path for Unix sockets below it"));
    g_assert_nonnull(strstr(error->message, "set XENRIG_RUNTIME to a shorter one"));
    g_assert_false(exists(path, ""));
}

static int be_rig(const char *file)
{
    g_autoptr(GError) error = NULL;
    const char *root = xr_root_get(&error);

    g_assert_no_error(error);
    /* The last one counts. */
    if (file != NULL)
        g_assert_true(xr_root_take_file("/nowhere/snapshot", &error) &&
                      xr_root_take_file(file, &error));
    g_assert_no_error(error);
    puts(root);
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(Fixture *f, gconstpointer unused);
    } tests[] = {
        {"/leftovers/recognises", test_recognises},
        {"/leftovers/machine", test_sweeps_machine},
        {"/leftovers/living", test_leaves_living},
        {"/leftovers/nothing-else", test_touches_nothing_else},
        {"/private-root/orderly", test_orderly_end},
        {"/private-root/empty-runtime", test_empty_runtime},
        {"/private-root/killed", test_killed},
        {"/private-root/file", test_file},
        {"/leftovers/file", test_sweeps_file},
        {"/private-root/long-runtime", test_long_runtime},
    };

    if (argc == 3 && g_str_equal(argv[1], "guard"))
        return xr_guard_main(argv[2], STDIN_FILENO);
    if (argc >= 2 && g_str_equal(argv[1], "rig"))
        return be_rig(argv[2]);
    self = argv[0];
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}

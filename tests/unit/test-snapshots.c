/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders for snapshots, which go with their owner: in order, killed, with its guard killed, and asked for twice.
 *
 * This program is also the owner ("owner DIR": has the folder until its input ends) and, started by that, the guard. */
#include "base/error.h"
#include "boot/leftovers.h"
#include "boot/machine.h"
#include "boot/snapshots.h"
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
    char *top;
    char *dir;     /* top/snapshots */
    char *lock;    /* beside it */
    char *machine; /* a file in a folder in it */
} Fixture;

static void set_up(Fixture *f, gconstpointer unused)
{
    f->top = g_dir_make_tmp("xr-XXXXXX", NULL);
    f->dir = g_build_filename(f->top, "snapshots", NULL);
    f->lock = g_strconcat(f->dir, ".lock", NULL);
    f->machine = g_build_filename(f->dir, "good", "machine", NULL);
}

static void tear_down(Fixture *f, gconstpointer unused)
{
    xr_leftovers_remove_tree(f->top);
    g_free(f->top);
    g_free(f->dir);
    g_free(f->lock);
    g_free(f->machine);
}

static gboolean exists(const char *path)
{
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void put_machine(const Fixture *f)
{
    g_autofree char *folder = g_path_get_dirname(f->machine);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(f->machine, "memory", -1, NULL));
}

static XrSnapshots *open_folder(const Fixture *f)
{
    g_autoptr(GError) error = NULL;
    XrSnapshots *snapshots = xr_snapshots_new(f->dir, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(xr_snapshots_dir(snapshots), ==, f->dir);
    return snapshots;
}

/* Has the folder when this returns; input keeps it alive. */
static GPid start_owner(const Fixture *f, int *input)
{
    const char *argv[] = {self, "owner", f->dir, NULL};
    g_autoptr(GError) error = NULL;
    int output = -1;
    GPid pid = 0;
    char byte;

    g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                             input, &output, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(read(output, &byte, 1), ==, 1);
    close(output);
    return pid;
}

static int status_of(GPid pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static void assert_nothing_left(const Fixture *f)
{
    g_assert_false(exists(f->dir));
    g_assert_false(exists(f->lock));
    g_assert_true(exists(f->top));
}

/* Nothing of it is there when its owner goes on. */
static void test_orderly(Fixture *f, gconstpointer unused)
{
    XrSnapshots *snapshots = open_folder(f);
    struct stat info;

    g_assert_cmpint(g_stat(f->dir, &info), ==, 0);
    g_assert_cmpuint(info.st_mode & 0777, ==, 0700);
    put_machine(f);
    xr_snapshots_free(snapshots);
    assert_nothing_left(f);
    /* And again, as for the next run. */
    xr_snapshots_free(open_folder(f));
    assert_nothing_left(f);
    xr_snapshots_free(NULL);
}

static void test_killed(Fixture *f, gconstpointer unused)
{
    int input = -1;
    const GPid owner = start_owner(f, &input);

    put_machine(f);
    kill(owner, SIGKILL);
    g_assert_true(WIFSIGNALED(status_of(owner)));
    while (exists(f->dir) || exists(f->lock))
        g_usleep(1000);
    assert_nothing_left(f);
    close(input);
}

/* Whoever goes on at once with what was killed has not to think of the guard. */
static void test_at_once(Fixture *f, gconstpointer unused)
{
    int input = -1;
    const GPid owner = start_owner(f, &input);
    XrSnapshots *snapshots;

    put_machine(f);
    kill(owner, SIGKILL);
    status_of(owner);
    snapshots = open_folder(f);
    g_assert_false(exists(f->machine));
    put_machine(f);
    /* Whatever the guard of the killed one does: this is another's now. */
    g_usleep(20 * 1000);
    g_assert_true(exists(f->machine));
    xr_snapshots_free(snapshots);
    assert_nothing_left(f);
    close(input);
}

/* Owner and guard died together: half a machine is of no use to the next. */
static void test_leftovers(Fixture *f, gconstpointer unused)
{
    XrSnapshots *snapshots;

    put_machine(f);
    g_assert_true(g_file_set_contents(f->lock, "", 0, NULL));
    snapshots = open_folder(f);
    g_assert_true(exists(f->dir));
    g_assert_false(exists(f->machine));
    xr_snapshots_free(snapshots);
    assert_nothing_left(f);
}

static void test_second(Fixture *f, gconstpointer unused)
{
    int input = -1;
    const GPid owner = start_owner(f, &input);
    g_autofree char *wanted = g_strdup_printf(
        "%s: another xenrig has its snapshots there; wait until it has ended", f->dir);
    g_autoptr(GError) error = NULL;

    put_machine(f);
    g_assert_null(xr_snapshots_new(f->dir, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    g_assert_cmpstr(error->message, ==, wanted);
    /* The first one's are not touched, and go with it. */
    g_assert_true(exists(f->machine));
    close(input);
    g_assert_cmpint(status_of(owner), ==, 0);
    assert_nothing_left(f);
}

static void test_errors(Fixture *f, gconstpointer unused)
{
    g_autofree char *nowhere = g_build_filename(f->top, "nowhere", "snapshots", NULL);
    g_autofree char *wanted =
        g_strdup_printf("%s: cannot be had for snapshots: No such file or directory", nowhere);
    g_autoptr(GError) error = NULL;

    g_assert_null(xr_snapshots_new(nowhere, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    g_assert_cmpstr(error->message, ==, wanted);
}

static int be_owner(const char *dir)
{
    g_autoptr(GError) error = NULL;
    XrSnapshots *snapshots = xr_snapshots_new(dir, &error);

    g_assert_no_error(error);
    putchar('.');
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    xr_snapshots_free(snapshots);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(Fixture *f, gconstpointer unused);
    } tests[] = {
        {"/snapshots/orderly", test_orderly},     {"/snapshots/killed", test_killed},
        {"/snapshots/at-once", test_at_once},     {"/snapshots/leftovers", test_leftovers},
        {"/snapshots/second-owner", test_second}, {"/snapshots/errors", test_errors},
    };

    if (argc == 3 && g_str_equal(argv[1], "guard"))
        return xr_guard_main(argv[2], STDIN_FILENO);
    if (argc == 3 && g_str_equal(argv[1], "owner"))
        return be_owner(argv[2]);
    self = argv[0];
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}

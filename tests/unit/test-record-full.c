/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of a record whose disk fills up: what was written stays readable, the failure is told. */
#include "base/error.h"
#include "record-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

/* Writes until it fails; what was written before must be readable, and the failure told once. */
static void fill(XrRecord *record, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) seen = g_string_new(NULL);
    guint written = 0;
    guint torn = 0;
    g_autoptr(JsonObject) obj = event("console", 1);
    json_object_set_string_member(obj, "line", "a line that is long enough to be cut in its midst");
    while (written < 100000 && xr_record_event(record, obj, &error))
        written++;
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    g_assert_nonnull(strstr(error->message, "events.jsonl: cannot be written"));
    g_assert_nonnull(strstr(error->message, words));
    g_assert_true(xr_record_failed(record));
    g_clear_error(&error);
    g_assert_true(xr_record_event(record, obj, &error));
    g_assert_true(xr_record_console(record, "xen", "x", 1, &error));
    g_assert_true(xr_record_read_events(xr_record_dir(record), take_number, seen, &torn, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(torn, ==, 0);
    g_assert_cmpuint(seen->len, ==, 2 * written);
    g_assert_cmpuint(written, >, 0);
}

static void test_full_disk(void)
{
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", NULL);
    struct rlimit old, small;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &old), ==, 0);
    small = old;
    small.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
    fill(record, g_strerror(EFBIG));
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &old), ==, 0);
}

/* A file system that is really full; in a mount namespace of its own, so that nothing is left. */
static gboolean mount_small(const char *dir)
{
    return g_mkdir_with_parents(dir, 0700) == 0 && unshare(CLONE_NEWNS) == 0 &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", dir, "tmpfs", 0, "size=64k") == 0;
}

/* Ends without an abort, so that nothing is left where mounting is not allowed. */
static void test_may_mount(void)
{
    gboolean may = mount_small(state) && umount2(state, MNT_DETACH) == 0;
    if (!may) {
        g_rmdir(state);
        _exit(1);
    }
}

static void test_fill_file_system(void)
{
    g_autofree char *dir = g_build_filename(state, "full", NULL);
    g_autofree char *inside = g_build_filename(dir, "record", NULL);
    g_assert_true(mount_small(dir));
    g_autoptr(XrRecord) record = xr_record_new(inside, "smoke", NULL);
    fill(record, "record elsewhere with --record DIR");
    g_assert_cmpint(umount2(dir, MNT_DETACH), ==, 0);
}

static void test_full_file_system(void)
{
    g_test_trap_subprocess("/record-full/file-system/subprocess/may-mount", 0,
                           G_TEST_SUBPROCESS_DEFAULT);
    if (!g_test_trap_has_passed()) {
        g_test_skip("only root may mount");
        return;
    }
    g_test_trap_subprocess("/record-full/file-system/subprocess/fill", 0,
                           G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/record-full/disk", test_full_disk);
    g_test_add_func("/record-full/file-system", test_full_file_system);
    g_test_add_func("/record-full/file-system/subprocess/may-mount", test_may_mount);
    g_test_add_func("/record-full/file-system/subprocess/fill", test_fill_file_system);
    return run_with_state();
}

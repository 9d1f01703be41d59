/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cache entries: whole or not there, made once, whoever else comes at the same time. */
#include "base/error.h"
#include "build-fixture.h"
#include <fcntl.h>
#include <sys/file.h>

static char *cache;
static gint fills;

static gboolean fill_well(const char *dest, const char *log, int lock_fd, gpointer user_data,
                          GCancellable *cancellable, GError **error)
{
    g_atomic_int_inc(&fills);
    fixture_put(dest, "sub/file", "whole");
    return TRUE;
}

/* Leaves behind what an interrupted fetch does, with a folder nobody may write to. */
static gboolean fill_badly(const char *dest, const char *log, int lock_fd, gpointer user_data,
                           GCancellable *cancellable, GError **error)
{
    g_autofree char *folder = fixture_path(dest, "sub");
    fixture_put(dest, "sub/file", "half");
    g_assert_cmpint(g_chmod(folder, 0500), ==, 0);
    g_set_error(error, XR_ERROR, XR_ERROR_FETCH, "no network");
    return FALSE;
}

static gboolean exists(const char *name)
{
    g_autofree char *path = g_build_filename(cache, name, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void test_made_once(void)
{
    g_autoptr(GError) error = NULL;
    char *path = NULL;

    fills = 0;
    g_assert_false(xr_cache_lookup("trees", "a-1", &path));
    g_autofree char *first = xr_cache_entry("trees", "a-1", fill_well, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autofree char *second = xr_cache_entry("trees", "a-1", fill_badly, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(fills, ==, 1);
    g_assert_cmpstr(first, ==, second);
    g_assert_true(exists("trees/a-1/sub/file"));
    g_assert_true(xr_cache_lookup("trees", "a-1", &path));
    g_assert_cmpstr(path, ==, first);
    g_free(path);
}

static void test_failure_leaves_nothing(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(xr_cache_entry("trees", "bad-1", fill_badly, NULL, NULL, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_FETCH);
    g_assert_cmpstr(error->message, ==, "no network");
    g_assert_false(exists("trees/bad-1"));
    g_assert_false(exists("trees/bad-1.tmp"));
    g_clear_error(&error);

    /* And stands in nobody's way. */
    g_autofree char *path = xr_cache_entry("trees", "bad-1", fill_well, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_nonnull(path);
}

/* Rigs were killed while they fetched; what a living one is at is not touched. */
static void test_leftovers_of_the_dead(void)
{
    g_autoptr(GError) error = NULL;

    fixture_put(cache, "trees/dead-1.tmp/sub/file", "half");
    fixture_put(cache, "trees/dead-1.tmp.tmp.4711/tree/sub/file", "half");
    fixture_put(cache, "trees/other-1.tmp/file", "of another dead one");
    fixture_put(cache, "trees/dead-12.tmp/file", "somebody else's");
    g_autofree char *lock = fixture_path(cache, "trees/dead-12.lock");
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint(flock(fd, LOCK_EX), ==, 0);
    g_autofree char *path = xr_cache_entry("trees", "dead-1", fill_well, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_false(exists("trees/dead-1.tmp"));
    g_assert_false(exists("trees/dead-1.tmp.tmp.4711"));
    g_assert_false(exists("trees/other-1.tmp"));
    g_assert_true(exists("trees/dead-12.tmp/file"));
    close(fd);
}

static gpointer fill_in_thread(gpointer unused)
{
    g_autoptr(GError) error = NULL;
    char *path = xr_cache_entry("trees", "both-1", fill_well, NULL, NULL, &error);
    g_assert_no_error(error);
    return path;
}

/* Who filled it goes on using it, and nobody waits for the end of that. */
static void test_two_at_once(void)
{
    GThread *threads[4];

    fills = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("filler", fill_in_thread, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_autofree char *path = g_thread_join(threads[i]);
        g_assert_true(g_str_has_suffix(path, "/trees/both-1"));
    }
    g_assert_cmpint(fills, ==, 1);
}

static void test_stopped_while_waiting(void)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *lock = fixture_path(cache, "trees/busy-1.lock");
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    g_assert_cmpint(flock(fd, LOCK_EX), ==, 0);
    g_cancellable_cancel(cancellable);
    g_assert_null(xr_cache_entry("trees", "busy-1", fill_well, NULL, cancellable, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_STOPPED);
    g_autofree char *expected = g_strdup_printf("stopped while waiting for %s", lock);
    g_assert_cmpstr(error->message, ==, expected);
    g_assert_false(exists("trees/busy-1"));
    close(fd);
}

/* Removing does not follow links. */
static void test_remove(void)
{
    char *folder = fixture_new();
    char *outside = fixture_new();

    fixture_put(outside, "kept", "x");
    fixture_put(folder, "a/b/c", "x");
    fixture_link(folder, "a/link", outside);
    fixture_free(folder);
    g_autofree char *kept = g_build_filename(outside, "kept", NULL);
    g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
    fixture_free(outside);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    cache = fixture_new();
    g_setenv("XENRIG_CACHE", cache, TRUE);
    g_test_add_func("/build/cache/once", test_made_once);
    g_test_add_func("/build/cache/failure", test_failure_leaves_nothing);
    g_test_add_func("/build/cache/leftovers", test_leftovers_of_the_dead);
    g_test_add_func("/build/cache/two", test_two_at_once);
    g_test_add_func("/build/cache/stopped", test_stopped_while_waiting);
    g_test_add_func("/build/cache/remove", test_remove);
    int status = g_test_run();
    fixture_free(cache);
    return status;
}

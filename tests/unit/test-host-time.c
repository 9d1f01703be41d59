/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host gave to a process, read from a made-up /proc and from the real one. */
#include "boot/host-time.h"
#include "boot/leftovers.h"

#include <glib/gstdio.h>
#include <unistd.h>

static void put_thread(const char *proc, const char *thread, const char *text)
{
    g_autofree char *folder = g_build_filename(proc, "42", "task", thread, NULL);
    g_autofree char *path = g_build_filename(folder, "schedstat", NULL);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void test_sum_of_threads(void)
{
    g_autofree char *proc = g_dir_make_tmp("xr-XXXXXX", NULL);
    XrHostTime time;

    put_thread(proc, "42", "1000 30 7\n");
    put_thread(proc, "43", "5000000000000 4 1\n");
    put_thread(proc, "44", "nonsense\n");
    g_assert_true(xr_host_time_read(proc, 42, &time));
    g_assert_cmpuint(time.run_ns, ==, 5000000001000);
    g_assert_cmpuint(time.wait_ns, ==, 34);
    xr_leftovers_remove_tree(proc);
}

static void test_unknown(void)
{
    XrHostTime time;

    g_assert_false(xr_host_time_read("/proc", 0, &time));
    g_assert_false(xr_host_time_read("/nonexistent", 42, &time));
}

static void test_own(void)
{
    XrHostTime time;

    if (!g_file_test("/proc/self/schedstat", G_FILE_TEST_EXISTS)) {
        g_test_skip("this kernel counts no waiting (CONFIG_SCHED_INFO)");
        return;
    }
    g_assert_true(xr_host_time_read("/proc", getpid(), &time));
    g_assert_cmpuint(time.run_ns, >, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-time/sum", test_sum_of_threads);
    g_test_add_func("/host-time/unknown", test_unknown);
    g_test_add_func("/host-time/own", test_own);
    return g_test_run();
}

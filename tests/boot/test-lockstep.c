/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: lockstep on the real thing, with a busy host beside it. */
#include "base/json.h"
#include <gio/gio.h>

/* Small and quick: two vCPUs of dom0, four VBDs, some ten million instructions a window. */
static const char plan[] =
    "[machine]\ntime=lockstep\npcpus=4\nmemory=2G\n"
    "[dom0]\nvcpus=2\nmemory=768M\n"
    "[guests]\ncount=1\nvbds=4\n"
    "[evtchn]\nbinding=spread\n"
    "[lockstep]\nslice=250\nseeds=2\nlengths=1\nwarmup=2000000\nwindow=5000000\n";

static gint stop;

static gpointer be_busy(gpointer data)
{
    while (!g_atomic_int_get(&stop))
        continue;
    return NULL;
}

static JsonObject *run(const char *folder, const char *path)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autofree char *state = g_build_filename(folder, "state", NULL);
    g_autofree char *runtime = g_build_filename(folder, "run", NULL);
    g_autofree char *out = NULL, *err = NULL;
    g_autoptr(GError) error = NULL;

    g_subprocess_launcher_setenv(launcher, "XENRIG_STATE", state, TRUE);
    g_subprocess_launcher_setenv(launcher, "XENRIG_RUNTIME", runtime, TRUE);
    g_autoptr(GSubprocess) process = g_subprocess_launcher_spawn(
        launcher, &error, XR_COMMAND, "run", "--quiet", "--json", path, NULL);
    g_assert_no_error(error);
    g_subprocess_communicate_utf8(process, NULL, NULL, &out, &err, &error);
    g_assert_no_error(error);
    g_test_message("%s", err);
    g_strdelimit(out, "\n", ' ');
    JsonObject *verdict = xr_json_parse_line(out, -1, &error);
    g_assert_no_error(error);
    return verdict;
}

/* The rig itself measures the first window twice: to the last digit the same, the host's load notwithstanding. */
static void test_busy_host(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("xrt-XXXXXX", &error);
    g_autofree char *path = g_build_filename(folder, "small.plan", NULL);
    GThread *threads[2];

    g_assert_no_error(error);
    g_assert_true(g_file_set_contents(path, plan, -1, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("busy", be_busy, NULL);
    g_autoptr(JsonObject) verdict = run(folder, path);
    g_atomic_int_set(&stop, 1);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);

    g_test_message("%s", xr_json_string(verdict, "reason", "?"));
    g_assert_cmpstr(xr_json_string(verdict, "verdict", "?"), ==, "pass");
    JsonObject *figure = xr_json_object(xr_json_object(verdict, "metrics"), "tick_throughput");
    g_assert_nonnull(figure);
    g_assert_cmpstr(xr_json_string(figure, "unit", "?"), ==, "B/tick");
    g_assert_cmpfloat(xr_json_double(figure, "value", 0), >, 0);
    JsonArray *samples = xr_json_array(figure, "samples");
    g_assert_cmpuint(json_array_get_length(samples), ==, 2);
    /* Seeds do disturb. */
    g_assert_cmpfloat(json_array_get_double_element(samples, 0), !=,
                      json_array_get_double_element(samples, 1));
    JsonObject *repeat = xr_json_object(xr_json_object(verdict, "metrics"), "repeat_difference");
    g_assert_nonnull(repeat);
    g_assert_cmpfloat(xr_json_double(repeat, "value", 1), ==, 0);
    const char *const remove[] = {"rm", "-rf", folder, NULL};
    g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/boot/lockstep/busy-host", test_busy_host);
    return g_test_run();
}

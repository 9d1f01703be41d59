/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: lockstep on the real thing, with a busy host beside it. */
#include "command.h"
#include <signal.h>
#include <string.h>

/* Small and quick: two vCPUs of dom0, four VBDs, some ten million instructions a window. */
static const char plan[] =
    "[machine]\ntime=lockstep\npcpus=4\nmemory=2G\n"
    "[dom0]\nvcpus=2\nmemory=768M\n"
    "[guests]\ncount=1\nvbds=4\n"
    "[evtchn]\nbinding=spread\n"
    "[lockstep]\nslice=250\nseeds=4\nlengths=1\nwarmup=2000000\nwindow=5000000\n";

static gint stop;

static gpointer be_busy(gpointer data)
{
    while (!g_atomic_int_get(&stop))
        continue;
    return NULL;
}

/* The rig itself measures the first window twice: to the last digit the same, the host's load notwithstanding. */
static void test_busy_host(void)
{
    Command c = {0};
    GThread *threads[2];

    command_init(&c);
    g_autofree char *path = g_build_filename(c.folder, "small.plan", NULL);
    char *words[] = {"run", "--quiet", "--json", path, NULL};
    g_assert_true(g_file_set_contents(path, plan, -1, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("busy", be_busy, NULL);
    command_run(&c, words);
    g_atomic_int_set(&stop, 1);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);

    g_autoptr(JsonObject) verdict = command_verdict(&c);
    g_test_message("%s", xr_json_string(verdict, "reason", "?"));
    g_assert_cmpstr(xr_json_string(verdict, "verdict", "?"), ==, "pass");
    JsonObject *figure = xr_json_object(xr_json_object(verdict, "metrics"), "tick_throughput");
    g_assert_nonnull(figure);
    g_assert_cmpstr(xr_json_string(figure, "unit", "?"), ==, "B/tick");
    g_assert_cmpfloat(xr_json_double(figure, "value", 0), >, 0);
    JsonArray *samples = xr_json_array(figure, "samples");
    g_assert_cmpuint(json_array_get_length(samples), ==, 4);
    /* Seeds do disturb. */
    g_assert_cmpfloat(json_array_get_double_element(samples, 0), !=,
                      json_array_get_double_element(samples, 1));
    JsonObject *repeat = xr_json_object(xr_json_object(verdict, "metrics"), "repeat_difference");
    g_assert_nonnull(repeat);
    g_assert_cmpfloat(xr_json_double(repeat, "value", 1), ==, 0);
    /* Nor did any window begin at another tick. */
    g_assert_cmpuint(json_array_get_length(xr_json_array(verdict, "findings")), ==, 0);
    command_clear(&c);
}

/* --- a series --- */

static const char series[] =
    "[machine]\ntime=lockstep\npcpus=4\nmemory=2G\n"
    "[dom0]\nvcpus=2\nmemory=768M\n"
    "[guests]\ncount=1\nvbds=2\n"
    "[lockstep]\nslice=250\nseeds=1\nlengths=1\ncheck=no\nwarmup=500000\nwindow=1000000\n"
    "[series]\ntuned=debian:bookworm\nvcpus=1 2\nmachines=1\n"
    "[limits]\nboot=30m\nsilence=10m\n";

/* Lines of its standard error, until one holds that text. */
static void await_line(GDataInputStream *lines, const char *text)
{
    g_autofree char *line = NULL;

    do {
        g_free(line);
        line = g_data_input_stream_read_line(lines, NULL, NULL, NULL);
        g_assert_nonnull(line);
        g_test_message("%s", line);
    } while (strstr(line, text) == NULL);
}

/* Interrupted after its first point; the second call measures the other one alone. */
static void test_series(void)
{
    Command c = {0};

    command_init(&c);
    g_autofree char *path = g_build_filename(c.folder, "small.plan", NULL);
    g_autofree char *record = g_build_filename(c.folder, "record", NULL);
    char *words[] = {"run", "--json", "--record", record, path, NULL};
    g_assert_true(g_file_set_contents(path, series, -1, NULL));
    g_autoptr(GSubprocess) first = command_start(&c, words);
    g_autoptr(GDataInputStream) lines =
        g_data_input_stream_new(g_subprocess_get_stderr_pipe(first));
    await_line(lines, "small: 2 points, 0 of them there; record: ");
    await_line(lines, "1 of 2 points: stock, tuned, 2 vCPUs: ");
    g_subprocess_send_signal(first, SIGINT);
    await_line(lines, "ended by a signal; the same command goes on with it");
    g_subprocess_wait(first, NULL, NULL);
    g_assert_cmpint(g_subprocess_get_exit_status(first), ==, 99);

    command_run(&c, words);
    g_assert_nonnull(strstr(c.err, "small: 2 points, 1 of them there; record: "));
    g_assert_null(strstr(c.err, "2 vCPUs"));
    g_assert_cmpint(c.status, ==, 0);
    g_autoptr(JsonObject) told = command_verdict(&c);
    JsonArray *points = xr_json_array(told, "points");
    g_assert_cmpuint(json_array_get_length(points), ==, 2);
    for (guint i = 0; i < 2; i++)
        g_assert_cmpfloat(xr_json_double(xr_json_element_object(points, i), "bytes_per_tick", 0), >,
                          0);
    command_clear(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/boot/lockstep/series", test_series);
    g_test_add_func("/boot/lockstep/busy-host", test_busy_host);
    return g_test_run();
}

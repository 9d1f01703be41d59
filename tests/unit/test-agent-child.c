/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests: programs the agent starts on the side, one and several at a time; its loop. */
#include "batch.h"
#include "child.h"

#include <glib.h>
#include <stdlib.h>

static const int64_t SECOND = 1000000000;

typedef struct {
    AgLoop *loop;
    char *error; /* "" when it went well */
    char *output;
} Run;

static void on_end(const AgChildResult *result, void *data)
{
    Run *run = data;
    char *error = ag_child_error("prog", result);

    run->error = g_strdup(result->ok ? "" : error);
    run->output = g_strndup(result->output, result->len);
    free(error);
    ag_loop_quit(run->loop);
}

static void check(const char *script, size_t keep, int64_t timeout_ns, const char *error,
                  const char *output)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    Run run = {.loop = ag_loop_new()};

    ag_child_start(run.loop, argv, 0, keep, timeout_ns, on_end, &run);
    ag_loop_run(run.loop);
    g_assert_cmpstr(run.error, ==, error);
    g_assert_cmpstr(run.output, ==, output);
    g_free(run.error);
    g_free(run.output);
    ag_loop_free(run.loop);
}

static void test_ends(void)
{
    check("echo out; echo err >&2", 100, 60 * SECOND, "", "out\nerr\n");
    check("exit 3", 100, 60 * SECOND, "prog: exit status 3", "");
    check("echo no such domain >&2; exit 1", 100, 60 * SECOND,
          "prog: exit status 1: no such domain", "no such domain\n");
    check("kill -SEGV $$", 100, 60 * SECOND, "prog: signal 11", "");
}

static void test_timeout(void)
{
    check("echo begun; exec sleep 1000", 100, SECOND, "prog: no end after 1 s: begun", "begun\n");
}

/* The end of the output is kept, and no more than asked for. */
static void test_output(void)
{
    check("printf 0123456789", 4, 60 * SECOND, "", "6789");
    check("i=0; while [ $i -lt 20000 ]; do echo line$i; i=$((i+1)); done", 20, 60 * SECOND, "",
          "\nline19998\nline19999\n" + 1);
}

/* A grandchild that keeps the output open does not keep the agent waiting. */
static void test_output_held(void)
{
    check("sleep 5 & echo done", 100, 60 * SECOND, "", "done\n");
}

static void test_not_there(void)
{
    const char *const argv[] = {"/no/such/program", NULL};
    Run run = {.loop = ag_loop_new()};

    ag_child_start(run.loop, argv, 0, 200, 60 * SECOND, on_end, &run);
    ag_loop_run(run.loop);
    g_assert_cmpstr(run.error, ==,
                    "prog: exit status 127: /no/such/program cannot be started: No such file or "
                    "directory");
    g_free(run.error);
    g_free(run.output);
    ag_loop_free(run.loop);
}

/* --- batch --- */

enum { ITEMS = 7 };

typedef struct {
    AgLoop *loop;
    const char *argv[4];
    size_t running, most, done, stop_after;
    gboolean ended;
} Job;

static const char *const *command(size_t i, void *data)
{
    Job *job = data;

    if (i == 1)
        return NULL;
    job->running++;
    job->most = MAX(job->most, job->running);
    job->argv[0] = "/bin/true";
    job->argv[1] = NULL;
    return job->argv;
}

static bool done(size_t i, const AgChildResult *result, void *data)
{
    Job *job = data;

    g_assert_true(result->ok);
    job->running--;
    job->done++;
    return job->done < job->stop_after;
}

static void all_done(void *data)
{
    Job *job = data;

    g_assert_false(job->ended);
    g_assert_cmpuint(job->running, ==, 0);
    job->ended = TRUE;
    ag_loop_quit(job->loop);
}

static Job run_batch(size_t count, size_t parallel, size_t stop_after)
{
    Job job = {.loop = ag_loop_new(), .stop_after = stop_after};
    AgBatch batch = {.command = command,
                     .done = done,
                     .all_done = all_done,
                     .count = count,
                     .parallel = parallel,
                     .timeout_ns = 60 * SECOND};

    ag_batch_start(job.loop, &batch, &job);
    g_assert_false(job.ended);
    ag_loop_run(job.loop);
    ag_loop_free(job.loop);
    return job;
}

static void test_batch(void)
{
    Job job = run_batch(ITEMS, 3, 1000);

    g_assert_cmpuint(job.done, ==, ITEMS - 1); /* one was passed over */
    g_assert_cmpuint(job.most, ==, 3);
}

static void test_batch_stops(void)
{
    g_assert_cmpuint(run_batch(ITEMS, 1, 2).done, ==, 2);
    /* Those that run already are waited for. */
    g_assert_cmpuint(run_batch(ITEMS, 3, 1).done, ==, 3);
}

static void test_batch_empty(void)
{
    g_assert_cmpuint(run_batch(0, 4, 1000).done, ==, 0);
}

/* --- timers --- */

typedef struct {
    AgLoop *loop;
    GString *order;
    AgTimer *doomed;
} Timers;

static void on_first(void *data)
{
    Timers *timers = data;

    g_string_append_c(timers->order, '1');
    ag_timer_cancel(timers->doomed);
}

static void on_doomed(void *data)
{
    Timers *timers = data;

    g_string_append_c(timers->order, 'x');
}

static void on_last(void *data)
{
    Timers *timers = data;

    g_string_append_c(timers->order, '2');
    ag_loop_quit(timers->loop);
}

static void test_timers(void)
{
    g_autoptr(GString) order = g_string_new(NULL);
    Timers timers = {.loop = ag_loop_new(), .order = order};
    int64_t now = ag_now();

    ag_loop_at(timers.loop, now + 3000000, on_last, &timers);
    timers.doomed = ag_loop_at(timers.loop, now + 2000000, on_doomed, &timers);
    ag_loop_at(timers.loop, now + 1000000, on_first, &timers);
    ag_loop_run(timers.loop);
    g_assert_cmpstr(order->str, ==, "12");
    ag_loop_free(timers.loop);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/child/ends", test_ends);
    g_test_add_func("/agent/child/timeout", test_timeout);
    g_test_add_func("/agent/child/output", test_output);
    g_test_add_func("/agent/child/output-held", test_output_held);
    g_test_add_func("/agent/child/not-there", test_not_there);
    g_test_add_func("/agent/batch/some-at-a-time", test_batch);
    g_test_add_func("/agent/batch/stops", test_batch_stops);
    g_test_add_func("/agent/batch/empty", test_batch_empty);
    g_test_add_func("/agent/loop/timers", test_timers);
    return g_test_run();
}

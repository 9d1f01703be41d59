/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits: figures against the plan's, and what was not measured. */
#include "judge-run.h"

#include <string.h>

static void test_missing_window(Run *run, gconstpointer data)
{
    start(run);
    window(run, 0);
    window(run, 1);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_ERROR_VERDICT);
    g_assert_cmpstr(meaning_of(run, "incomplete"), ==,
                    "The run lacks what it should have measured: 2 of 3 windows were measured.");
}

static void test_unknown_grants(Run *run, gconstpointer data)
{
    start(run);
    windows(run);
    finish(run, "\"when\":\"after\",\"free_bytes\":1000000000,\"grants_active\":-1");
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_ERROR_VERDICT);
    g_assert_nonnull(strstr(meaning_of(run, "incomplete"), "active grants are not known"));
}

static void test_leaks(Run *run, gconstpointer data)
{
    start(run);
    windows(run);
    finish(run, "\"when\":\"after\",\"free_bytes\":998951424,\"grants_active\":0");
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_PASS);
    counters(run, "\"when\":\"after\",\"free_bytes\":997902848,\"grants_active\":3");
    assert_verdict(
        run, XR_FAIL, "fail memory-leak@xen; fail grant-leak@xen",
        "xen: Xen has 2.0 MiB less free memory after the last domU was gone "
        "than before the first; limits.memory_leak allows 1M. (and 1 more finding of this "
        "weight)");
    g_assert_cmpstr(meaning_of(run, "grant-leak"), ==,
                    "3 more grants are active after the last domU was gone than before the first; "
                    "limits.grant_leak allows 0.");
}

/* What still exists has its memory: no leak. A host that held the machine up may be why. */
static void test_left(Run *run, gconstpointer data)
{
    start(run);
    windows(run);
    finish(run, "\"when\":\"after\",\"free_bytes\":900000000,\"grants_active\":3");
    feed(run->obs, run->t,
         "\"kind\":\"domain\",\"name\":\"w01\",\"what\":\"left\",\"seconds\":120");
    assert_verdict(run, XR_FAIL, "fail not-destroyed@w01",
                   "w01 was not destroyed: xl was told to destroy the domU and did not come to an "
                   "end: it waits for the domU's backends first. The domU still has its memory and "
                   "grants, so nothing is known of leaks.");
    for (guint i = 0; i < 2; i++)
        feed(run->obs, run->t,
             "\"kind\":\"host\",\"when\":\"%s\",\"index\":0,\"run_ns\":%u,\"wait_ns\":%u",
             i == 0 ? "begin" : "end", i, i);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_UNSURE);
    g_assert_nonnull(strstr(meaning_of(run, "not-destroyed"), "up to 50 % of the time"));
}

static void test_unfair(Run *run, gconstpointer data)
{
    run->rate[1] = 20e6;
    start(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_FAIL);
    g_assert_cmpstr(feed_find(run->verdict->findings, "fairness")->where, ==, "w01/vbd0");
    g_assert_cmpstr(meaning_of(run, "fairness"), ==,
                    "The slowest VBD got 0.333 of what the median VBD got (median over windows); "
                    "limits.fairness asks for 0.500.");
}

/* Longer than the limit, though in no window alone. */
static void test_stall_across_windows(Run *run, gconstpointer data)
{
    start(run);
    feed_window(run->obs, run->t, 0, "begin");
    stream(run, 2);
    run->rate[1] = 0;
    stream(run, 2);
    feed_window(run->obs, run->t, 0, "end");
    feed_window(run->obs, run->t, 1, "begin");
    stream(run, 2);
    run->rate[1] = 80e6;
    stream(run, 2);
    feed_window(run->obs, run->t, 1, "end");
    window(run, 2);
    finish(run, clean);
    assert_verdict(
        run, XR_FAIL, "fail stall@w01/vbd0",
        "w01/vbd0 stood still 2.0 s into window 1 of 3: The VBD completed nothing for 4.0 "
        "s while it should have streamed; limits.stall allows 3.0 s.");
    assert_metric(run, "longest_stall", "ns", 4e9, 4e9, 4e9, 1);
}

/* A VBD that is read back stands not still, and what is read then is no throughput. */
static void test_reading_back(Run *run, gconstpointer data)
{
    start(run);
    feed_window(run->obs, run->t, 0, "begin");
    run->rate[1] = 0;
    run->read_rate = 50e6;
    stream(run, 4);
    feed_window(run->obs, run->t, 0, "end");
    run->read_rate = 0;
    run->rate[1] = 80e6;
    window(run, 1);
    window(run, 2);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_PASS);
    assert_metric(run, "throughput.w01/vbd0", "B/s", 80e6, 0, 80e6, 3);
}

/* Where the plan has reads, they are what the stream is made of. */
static void test_reads_count(Run *run, gconstpointer data)
{
    run->plan->workload.read_share = 0.5;
    xr_observation_free(run->obs);
    run->obs = xr_observation_new(run->plan);
    run->read_rate = 40e6;
    run->rate[1] = 40e6;
    start(run);
    windows(run);
    finish(run, clean);
    judge(run);
    assert_metric(run, "throughput.w01/vbd0", "B/s", 80e6, 80e6, 80e6, 3);
}

static void host(Run *run, const char *when, guint index, double run_s, double wait_s)
{
    feed(run->obs, run->t,
         "\"kind\":\"host\",\"when\":\"%s\",\"index\":%u,\"run_ns\":%" G_GINT64_FORMAT
         ",\"wait_ns\":%" G_GINT64_FORMAT,
         when, index, (gint64)(run_s * 1e9), (gint64)(wait_s * 1e9));
}

/* The same standstill, on a host that had no time for the machine in one of three windows. */
static void test_host_was_busy(Run *run, gconstpointer data)
{
    run->rate[1] = 20e6;
    start(run);
    for (guint i = 0; i < 3; i++) {
        host(run, "begin", i, 10 + 8 * i, 1);
        window(run, i);
        host(run, "end", i, 16 + 8 * i, i == 1 ? 5 : 1);
    }
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_UNSURE);
    assert_metric(run, "host_wait", "ratio", 0, 0, 0.4, 3);
    g_assert_cmpstr(meaning_of(run, "fairness"), ==,
                    "The slowest VBD got 0.333 of what the median VBD got (median over windows); "
                    "limits.fairness asks for 0.500. But the host let the machine wait for its "
                    "CPUs in up to 40 % of the time that it could have run (limits.host_wait "
                    "allows 25 %), which may be all the reason: run again when nothing else runs.");
    run->plan->limits.host_wait = 0.5;
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_FAIL);
}

static void test_host_makes_no_sense(Run *run, gconstpointer data)
{
    start(run);
    windows(run);
    host(run, "begin", 99, 1, 1);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_ERROR_VERDICT);
    g_assert_cmpstr(feed_find(run->verdict->findings, "rig-event")->line, ==,
                    "host: its index, run_ns or wait_ns makes no sense");
}

static void test_throughput_limit(Run *run, gconstpointer data)
{
    start(run);
    window(run, 0);
    run->rate[0] = 120e6;
    window(run, 1);
    run->rate[0] = 110e6;
    window(run, 2);
    finish(run, clean);
    run->plan->limits.throughput = 189000000;
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_PASS);
    run->plan->limits.throughput = 195000000;
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_UNSURE);
    run->plan->limits.throughput = 201000000;
    assert_verdict(run, XR_FAIL, "fail throughput@sum",
                   "sum: The VBDs wrote 190.0 MB/s in sum (180.0 to 200.0 over windows); "
                   "limits.throughput asks for 201.0 MB/s.");
}

static void test_unsteady(Run *run, gconstpointer data)
{
    boot(run);
    create(run);
    warm_up(run, "\"steady\":false,\"cov\":0.4");
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_PASS);
    g_assert_cmpstr(
        meaning_of(run, "unsteady"), ==,
        "The rate was not steady when workload.warmup_max had passed (it varied by 40 % "
        "of its mean at the end): the windows were measured all the same.");
    run->plan->limits.throughput = 1;
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_UNSURE);
}

#define ADD(path, func) g_test_add("/limits/" path, Run, NULL, set_up, func, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("missing-window", test_missing_window);
    ADD("unknown-grants", test_unknown_grants);
    ADD("leaks", test_leaks);
    ADD("left", test_left);
    ADD("unfair", test_unfair);
    ADD("stall-across-windows", test_stall_across_windows);
    ADD("reading-back", test_reading_back);
    ADD("reads-count", test_reads_count);
    ADD("host-was-busy", test_host_was_busy);
    ADD("host-makes-no-sense", test_host_makes_no_sense);
    ADD("throughput-limit", test_throughput_limit);
    ADD("unsteady", test_unsteady);
    return g_test_run();
}

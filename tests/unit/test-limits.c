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
        "s while it should have streamed; limits.stall allows 3.0 s. Others went on "
        "meanwhile: a busy host would have slowed them as well.");
    assert_metric(run, "longest_stall", "ns", 4e9, 4e9, 4e9, 1);
}

/* --- a busy host --- */

/* It let the machine wait for half of its time. */
static void busy_host(Run *run)
{
    for (guint i = 0; i < 2; i++)
        feed(run->obs, run->t,
             "\"kind\":\"host\",\"when\":\"%s\",\"index\":0,\"run_ns\":%u,\"wait_ns\":%u",
             i == 0 ? "begin" : "end", i, i);
}

/* It slows all alike: who gets nothing while others go on is not excused. */
static void test_stall_alone(Run *run, gconstpointer data)
{
    run->rate[1] = 0;
    start(run);
    busy_host(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_FAIL);
    g_assert_cmpstr(feed_find(run->verdict->findings, "stall")->where, ==, "w01/vbd0");
    g_assert_cmpstr(meaning_of(run, "stall"), ==,
                    "The VBD completed nothing for 12.0 s while it should have streamed; "
                    "limits.stall allows 3.0 s. Others went on meanwhile: a busy host would have "
                    "slowed them as well.");
    g_assert_cmpint(feed_find(run->verdict->findings, "fairness")->weight, ==, XR_FAIL);
    g_assert_nonnull(strstr(meaning_of(run, "fairness"), "Others went on meanwhile"));
}

static void test_stall_of_all(Run *run, gconstpointer data)
{
    run->rate[0] = run->rate[1] = 0;
    start(run);
    busy_host(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_UNSURE);
    g_assert_nonnull(strstr(meaning_of(run, "stall"), "1 more VBDs did so, too. But the host let"));
}

/* Others that hardly move are no witnesses: 2 MiB in 12 s, of which a VBD has twice as much in flight. */
static void test_stall_beside_slow(Run *run, gconstpointer data)
{
    run->rate[0] = 2097152 / 12.0;
    run->rate[1] = 0;
    start(run);
    busy_host(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_UNSURE);
    g_assert_cmpint(feed_find(run->verdict->findings, "stall")->weight, ==, XR_UNSURE);
    g_assert_cmpint(feed_find(run->verdict->findings, "fairness")->weight, ==, XR_UNSURE);
}

/* Slower than others, but not still: the host may be why. */
static void test_slow_beside_others(Run *run, gconstpointer data)
{
    run->rate[1] = 10e6;
    start(run);
    busy_host(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_UNSURE);
    g_assert_cmpint(feed_find(run->verdict->findings, "fairness")->weight, ==, XR_UNSURE);
}

/* Two domUs of which one has no grant left: its console says so, and that is named. */
static void test_grants_exhausted(Run *run, gconstpointer data)
{
    static const char line[] = "[   35.672978] xen:grant_table: xen/grant-table: max_grant_frames "
                               "reached cur=8 extra=1 limit=8 gnttab_free_count=25 req_entries=8";

    run->rate[1] = 0;
    start(run);
    busy_host(run);
    feed_line(run->obs, run->t, "w01", line);
    windows(run);
    finish(run, clean);
    assert_verdict(
        run, XR_FAIL, "fail stall@w01/vbd0; fail fairness@w01/vbd0; unsure domu-grant-limit@w01",
        "w01/vbd0 stood still 0.0 s into window 1 of 3: The VBD completed nothing for "
        "12.0 s while it should have streamed; limits.stall allows 3.0 s. Others went on "
        "meanwhile: a busy host would have slowed them as well. The console of w01 names "
        "what may be the cause: \"xen:grant_table: xen/grant-table: max_grant_frames "
        "reached cur=8 extra=1 limit=8 gnttab_free_count=25 req_entries=8\". (and 1 more "
        "finding of this weight)");
}

/* What another domU lacks is not why; what dom0 lacks may be. */
static void test_cause_of_another(Run *run, gconstpointer data)
{
    run->rate[1] = 0;
    start(run);
    feed_line(run->obs, run->t, "w00", "xen/grant-table: max_grant_frames reached cur=8");
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_null(strstr(meaning_of(run, "stall"), "names what"));
    feed_line(run->obs, run->t, "dom0", "xen/grant-table: max_grant_frames reached cur=64");
    judge(run);
    g_assert_nonnull(strstr(meaning_of(run, "stall"), "The console of dom0 names what"));
}

/* dom0 does not answer between two windows, and no VBD moves then: that is what is found. */
static void test_stall_between_windows(Run *run, gconstpointer data)
{
    start(run);
    window(run, 0);
    run->rate[0] = run->rate[1] = 0;
    stream(run, 60);
    feed(run->obs, run->t,
         "\"kind\":\"rig\",\"what\":\"error\",\"stage\":\"window\",\"text\":\"late\"");
    feed_stage(run->obs, run->t, "drain", "begin");
    stream(run, 60);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_FAIL);
    g_assert_nonnull(strstr(meaning_of(run, "stall"), "nothing for 60.0 s"));
}

static void test_stall_before_windows(Run *run, gconstpointer data)
{
    start(run);
    run->rate[0] = run->rate[1] = 0;
    stream(run, 60);
    feed(run->obs, run->t,
         "\"kind\":\"rig\",\"what\":\"error\",\"stage\":\"warmup\",\"text\":\"late\"");
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_FAIL);
    g_assert_nonnull(strstr(meaning_of(run, "stall"), "nothing for 60.0 s"));
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
    ADD("stall-alone", test_stall_alone);
    ADD("stall-of-all", test_stall_of_all);
    ADD("stall-beside-slow", test_stall_beside_slow);
    ADD("slow-beside-others", test_slow_beside_others);
    ADD("grants-exhausted", test_grants_exhausted);
    ADD("cause-of-another", test_cause_of_another);
    ADD("stall-between-windows", test_stall_between_windows);
    ADD("stall-before-windows", test_stall_before_windows);
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

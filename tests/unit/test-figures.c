/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What domUs count themselves, and grant operations: from events to figures of a verdict. */
#include "judge-run.h"

#include "judge/judge-priv.h"

#include <string.h>

static void figures(Run *run, const char *domain, guint vbd, gint64 gap_ns, const char *latency)
{
    feed(run->obs, run->t,
         "\"kind\":\"figures\",\"name\":\"%s\",\"vbd\":%u,\"guest_ns\":1,\"writes\":1,"
         "\"gap_ns\":%" G_GINT64_FORMAT ",\"latency\":[%s]",
         domain, vbd, gap_ns, latency);
}

static void set_up_stream(Run *run, gconstpointer data)
{
    set_up(run, data);
    run->plan->guests.kind = XR_GUEST_STREAM;
}

/* --- quantiles --- */

static void test_quantiles(void)
{
    const double one[] = {0, 0, 4};
    const double two[] = {0, 10, 0, 30};
    const double none[] = {0, 0};

    /* 4 requests of 4 to 7 ns. */
    g_assert_cmpfloat(xr_latency_quantile(one, 3, 0), ==, 4);
    g_assert_cmpfloat(xr_latency_quantile(one, 3, 0.5), ==, 6);
    g_assert_cmpfloat(xr_latency_quantile(one, 3, 1), ==, 8);
    g_assert_cmpfloat(xr_latency_bound(one, 3), ==, 8);
    /* 10 of 2 to 3, 30 of 8 to 15. */
    g_assert_cmpfloat(xr_latency_quantile(two, 4, 0.25), ==, 4);
    g_assert_cmpfloat_with_epsilon(xr_latency_quantile(two, 4, 0.5), 8 + 8.0 / 3, 1e-9);
    g_assert_cmpfloat_with_epsilon(xr_latency_quantile(two, 4, 0.99), 8 + 8 * 29.6 / 30, 1e-9);
    g_assert_cmpfloat(xr_latency_bound(two, 4), ==, 16);
    g_assert_true(isnan(xr_latency_quantile(none, 2, 0.5)));
    g_assert_true(isnan(xr_latency_bound(none, 2)));
    g_assert_true(isnan(xr_latency_quantile(none, 0, 0.5)));
}

/* --- figures --- */

static void test_last_of_each_vbd(Run *run, gconstpointer data)
{
    const XrFigures *first;

    figures(run, "w01", 0, 7, "[3,1]");
    figures(run, "w00", 0, 5, "[2,1]");
    figures(run, "w00", 0, 9, "[2,8],[63,9223372036854775807]");
    g_assert_cmpuint(run->obs->findings->len, ==, 0);
    g_assert_cmpuint(xr_priv(run->obs)->figures->len, ==, 2);
    first = g_ptr_array_index(xr_priv(run->obs)->figures, 0);
    g_assert_cmpstr(first->domain, ==, "w00");
    g_assert_cmpint(first->gap_ns, ==, 9);
    g_assert_cmpint(first->latency[2], ==, 8);
    g_assert_cmpint(first->latency[3], ==, 0);
    g_assert_cmpint(first->latency[63], ==, G_MAXINT64);
}

static void test_more_than_the_plan(Run *run, gconstpointer data)
{
    for (guint i = 0; i < 300; i++)
        figures(run, "w00", i, 0, "");
    g_assert_cmpuint(xr_priv(run->obs)->figures->len, ==, 2);
    g_assert_cmpstr(feed_find(run->obs->findings, "rig-event")->line, ==,
                    "figures: they are of more VBDs than the plan has");
}

static void test_bad_events(Run *run, gconstpointer data)
{
    static const char *const bad[] = {
        "\"kind\":\"figures\"",
        "\"kind\":\"figures\",\"name\":\"w00\",\"vbd\":1024,\"gap_ns\":0,\"latency\":[]",
        "\"kind\":\"figures\",\"name\":\"w00\",\"vbd\":0,\"latency\":[]",
        "\"kind\":\"figures\",\"name\":\"w00\",\"vbd\":0,\"gap_ns\":-1,\"latency\":[]",
        "\"kind\":\"figures\",\"name\":\"w00\",\"vbd\":0,\"gap_ns\":0",
        "\"kind\":\"figures\",\"name\":\"w00\",\"vbd\":0,\"gap_ns\":0,\"latency\":[5]",
        "\"kind\":\"figures\",\"name\":\"w00\",\"vbd\":0,\"gap_ns\":0,\"latency\":[[64,1]]",
        "\"kind\":\"figures\",\"name\":\"w00\",\"vbd\":0,\"gap_ns\":0,\"latency\":[[1,-1]]",
        "\"kind\":\"figures\",\"name\":\"w00\",\"vbd\":0,\"gap_ns\":0,\"latency\":[[1,2,3]]",
        "\"kind\":\"figures\",\"name\":\"w00\",\"vbd\":0,\"gap_ns\":0,\"latency\":[[\"1\",2]]",
        "\"kind\":\"grants\"",
        "\"kind\":\"grants\",\"maps\":1,\"unmaps\":1,\"bytes\":-1",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(XrObservation) obs = xr_observation_new(run->plan);
        g_autofree char *text = NULL;

        g_test_message("%s", bad[i]);
        feed(obs, 1, "%s", bad[i]);
        text = feed_findings(obs->findings);
        g_assert_cmpstr(text, ==, "error rig-event@rig");
        g_assert_cmpuint(xr_priv(obs)->figures->len, ==, 0);
    }
}

static void test_latencies(Run *run, gconstpointer data)
{
    start(run);
    windows(run);
    figures(run, "w00", 0, 250000000, "[20,10]");
    figures(run, "w01", 0, 900000000, "[20,20],[21,10]");
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_PASS);
    assert_metric(run, "latency_p50", "ns", 1048576 * (1 + 20 / 30.0), 1048576 * (1 + 20 / 30.0),
                  1048576 * (1 + 20 / 30.0), 1);
    assert_metric(run, "latency_p99", "ns", 2097152 * 1.96, 2097152 * 1.96, 2097152 * 1.96, 1);
    assert_metric(run, "latency_max", "ns", 4194304, 4194304, 4194304, 1);
    assert_metric(run, "longest_gap", "ns", 9e8, 9e8, 9e8, 1);
}

/* Linux domUs have none, and nobody misses them. */
static void test_none(Run *run, gconstpointer data)
{
    start(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_PASS);
    g_assert_null(xr_verdict_metric(run->verdict, "latency_p50"));
    g_assert_null(xr_verdict_metric(run->verdict, "longest_gap"));
    g_assert_null(xr_verdict_metric(run->verdict, "grant_maps"));
    g_assert_null(xr_verdict_metric(run->verdict, "guest_share"));
}

static void test_missing(Run *run, gconstpointer data)
{
    run->plan->workload.count_grants = 1;
    start(run);
    windows(run);
    figures(run, "w00", 0, 1, "");
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_ERROR_VERDICT);
    g_assert_cmpstr(meaning_of(run, "incomplete"), ==,
                    "The run lacks what it should have measured: 1 of 2 VBDs have figures of their "
                    "domU; grant operations were not counted.");
}

/* --- grant operations, and who used the CPUs --- */

static void test_grants(Run *run, gconstpointer data)
{
    run->plan->workload.count_grants = 1;
    start(run);
    windows(run);
    feed_stage(run->obs, run->t, "count", "begin");
    feed(run->obs, run->t,
         "\"kind\":\"grants\",\"maps\":1030,\"unmaps\":1026,\"bytes\":4194304,"
         "\"duration_ns\":2000000000");
    feed_stage(run->obs, run->t, "count", "end");
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_PASS);
    assert_metric(run, "grant_maps", "per MiB", 257.5, 257.5, 257.5, 1);
    assert_metric(run, "grant_unmaps", "per MiB", 256.5, 256.5, 256.5, 1);
}

static void test_nothing_was_moved(Run *run, gconstpointer data)
{
    feed(run->obs, 1, "\"kind\":\"grants\",\"maps\":5,\"unmaps\":5,\"bytes\":0");
    judge(run);
    g_assert_null(xr_verdict_metric(run->verdict, "grant_maps"));
}

static void cpu(Run *run, const char *when, guint index, gint64 dom0, gint64 w00, gint64 w01)
{
    feed(run->obs, run->t,
         "\"kind\":\"counters\",\"when\":\"%s\",\"index\":%u,\"domains\":["
         "{\"name\":\"Domain-0\",\"cpu_ns\":%" G_GINT64_FORMAT "},"
         "{\"name\":\"w00\",\"cpu_ns\":%" G_GINT64_FORMAT "},"
         "{\"name\":\"w01\",\"cpu_ns\":%" G_GINT64_FORMAT "}]",
         when, index, dom0 * 1000000000, w00 * 1000000000, w01 * 1000000000);
}

static void test_guest_share(Run *run, gconstpointer data)
{
    start(run);
    cpu(run, "begin", 0, 10, 0, 0);
    window(run, 0);
    cpu(run, "end", 0, 16, 1, 1);
    cpu(run, "begin", 1, 16, 1, 1);
    window(run, 1);
    cpu(run, "end", 1, 19, 2, 1);
    cpu(run, "begin", 2, 19, 2, 1); /* and no end */
    judge(run);
    assert_metric(run, "guest_share", "ratio", 0.25, 0.25, 0.25, 1);
}

/* --- what a stream guest says before it crashes --- */

static void test_panic_of_a_stream_guest(Run *run, gconstpointer data)
{
    start(run);
    window(run, 0);
    feed_window(run->obs, run->t, 1, "begin");
    feed_line(run->obs, run->t + 1, "w01", "xenrig-stream: panic: told to crash");
    feed(run->obs, run->t + 1.1,
         "\"kind\":\"domain\",\"name\":\"w01\",\"what\":\"exited\",\"reason\":\"crash\"");
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_FAIL);
    g_assert_nonnull(feed_find(run->verdict->findings, "domu-panic"));
    g_assert_nonnull(feed_find(run->verdict->findings, "domu-crashed"));
    g_assert_cmpstr(run->verdict->reason, ==,
                    "w01 panicked 1.0 s into window 2 of 3: xenrig-stream: panic: told to crash "
                    "(and 1 more finding of this weight)");
    g_assert_false(run->obs->fatal);
}

static void test_paranoid_counts_mismatches(Run *run, gconstpointer data)
{
    run->plan->workload.paranoid = TRUE;
    start(run);
    feed(run->obs, run->t,
         "\"kind\":\"guest\",\"name\":\"w00\",\"state\":\"streaming\",\"mismatches\":3");
    judge(run);
    assert_metric(run, "mismatches", "count", 3, 3, 3, 1);
}

/* The last that was told counts; a file without code makes no share. */
static void test_coverage(Run *run, gconstpointer data)
{
    feed(run->obs, 1,
         "\"kind\":\"coverage\",\"files\":[{\"file\":\"old.c\",\"lines\":1,\"hit\":1}]");
    feed(run->obs, 2,
         "\"kind\":\"coverage\",\"files\":[{\"file\":\"xen/common/grant_table.c\",\"lines\":800,"
         "\"hit\":200},{\"file\":\"none.c\",\"lines\":0,\"hit\":0}]");
    judge(run);
    assert_metric(run, "coverage.xen/common/grant_table.c", "ratio", 0.25, 0.25, 0.25, 1);
    g_assert_null(xr_verdict_metric(run->verdict, "coverage.old.c"));
    g_assert_null(xr_verdict_metric(run->verdict, "coverage.none.c"));
}

static void test_bad_coverage(Run *run, gconstpointer data)
{
    static const char *const bad[] = {"{\"lines\":1,\"hit\":1}", "{\"file\":\"a\",\"lines\":1}",
                                      "{\"file\":\"a\",\"lines\":1,\"hit\":2}",
                                      "{\"file\":\"a\",\"lines\":1,\"hit\":-1}", "1"};

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        feed(run->obs, 1, "\"kind\":\"coverage\",\"files\":[%s]", bad[i]);
        g_assert_cmpuint(xr_priv(run->obs)->coverage->len, ==, 0);
    }
    g_assert_cmpstr(feed_find(run->obs->findings, "rig-event")->line, ==,
                    "coverage: a file has no name, no lines or more hit than it has");
}

/* A build that counts its lines, and none were told of. */
static void test_missing_coverage(Run *run, gconstpointer data)
{
    g_free(run->plan->hypervisor.build);
    run->plan->hypervisor.build = g_strdup("debsrc:bookworm,coverage");
    start(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_ERROR_VERDICT);
    g_assert_nonnull(strstr(run->verdict->reason, "the lines of Xen that ran were not read"));
}

#define ADD(path, func) g_test_add("/figures/" path, Run, NULL, set_up, func, tear_down)
#define ADD_STREAM(path, func)                                                                     \
    g_test_add("/figures/" path, Run, NULL, set_up_stream, func, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/figures/quantiles", test_quantiles);
    ADD("last-of-each-vbd", test_last_of_each_vbd);
    ADD("more-than-the-plan", test_more_than_the_plan);
    ADD("bad-events", test_bad_events);
    ADD_STREAM("latencies", test_latencies);
    ADD("none", test_none);
    ADD_STREAM("missing", test_missing);
    ADD("grants", test_grants);
    ADD("nothing-was-moved", test_nothing_was_moved);
    ADD("guest-share", test_guest_share);
    ADD("panic-of-a-stream-guest", test_panic_of_a_stream_guest);
    ADD("paranoid-counts-mismatches", test_paranoid_counts_mismatches);
    ADD("coverage", test_coverage);
    ADD("bad-coverage", test_bad_coverage);
    ADD("missing-coverage", test_missing_coverage);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judging counted instructions, and figures against limits by name. */
#include "feed.h"
#include "judge/judge.h"
#include "tell/counts.h"

#include <string.h>

typedef struct {
    XrPlan *plan;
    XrObservation *obs;
    XrVerdict *verdict;
} Case;

static void begin(Case *c, const char *limit)
{
    const char *const settings[] = {
        "machine.time=count", "machine.pcpus=1", "dom0.vcpus=1", "guests.count=2", limit, NULL};

    c->plan = feed_plan(settings);
    c->obs = xr_observation_new(c->plan);
    for (guint i = 0; i < 2; i++) {
        feed(c->obs, i, "\"kind\":\"domain\",\"name\":\"w0%u\",\"what\":\"created\"", i);
        feed(c->obs, i, "\"kind\":\"guest\",\"name\":\"w0%u\",\"state\":\"streaming\"", i);
    }
}

static void count(Case *c, guint unsettled)
{
    feed(c->obs, 3,
         "\"kind\":\"count\",\"xen\":4000000,\"dom0_kernel\":2000000,\"dom0_user\":1000,"
         "\"others\":0,\"pause_xen\":6,\"maps\":1056,\"unmaps\":1052,\"copies\":0,"
         "\"unsettled\":%u,\"guests\":[30000,50000],\"bytes\":[1048576,3145728],"
         "\"dom0_hypercalls\":{\"20\":64,\"62\":4},\"guest_hypercalls\":{\"32\":8}",
         unsettled);
}

static void judge(Case *c)
{
    c->verdict = xr_judge(c->obs, c->plan);
    feed_assert_names(c->plan, c->verdict);
}

static void tear_down(Case *c, gconstpointer data)
{
    xr_verdict_free(c->verdict);
    xr_observation_free(c->obs);
    xr_plan_free(c->plan);
}

static void assert_figure(const Case *c, const char *name, double value)
{
    const XrMetric *metric = xr_verdict_metric(c->verdict, name);

    g_assert_nonnull(metric);
    g_assert_cmpfloat(metric->value, ==, value);
    g_assert_cmpstr(metric->unit, ==, "/MiB");
}

static void test_figures(Case *c, gconstpointer data)
{
    begin(c, NULL);
    count(c, 0);
    judge(c);
    g_assert_cmpstr(c->verdict->reason, ==,
                    "2 of 2 domUs streamed; a MiB takes 1520250 instructions, 1000000 of them "
                    "Xen's; nothing complained.");
    g_assert_cmpint(c->verdict->kind, ==, XR_PASS);
    assert_figure(c, "instructions", 1520250);
    assert_figure(c, "instructions.xen", 1000000);
    assert_figure(c, "instructions.dom0_kernel", 500000);
    assert_figure(c, "instructions.dom0_user", 250);
    assert_figure(c, "instructions.w01", 12500);
    assert_figure(c, "pause.xen", 1.5);
    assert_figure(c, "hypercalls.dom0", 17);
    assert_figure(c, "hypercalls.dom0/grant_table_op", 16);
    assert_figure(c, "hypercalls.dom0/62", 1);
    assert_figure(c, "hypercalls.domUs/event_channel_op", 2);
    assert_figure(c, "grant_maps", 264);
    assert_figure(c, "grant_unmaps", 263);
}

static void test_table(Case *c, gconstpointer data)
{
    g_autoptr(GString) out = g_string_new(NULL);

    begin(c, NULL);
    count(c, 0);
    judge(c);
    xr_tell_counts_text(out, c->verdict, c->plan);
    g_assert_nonnull(strstr(out->str, "instructions for each MiB, of 4.00 MiB moved\n"));
    g_assert_nonnull(strstr(out->str, "  Xen                         1000000.00   65.78 %\n"));
    g_assert_nonnull(strstr(out->str, "  w01                           12500.00    0.82 %\n"));
    g_assert_nonnull(strstr(out->str, "    grant_table_op                 16.00\n"));
    g_assert_nonnull(
        strstr(out->str, "locks taken: those of a build with option lock-profile are told\n"));
}

/* A reading of Xen's lock profile: dom0's lock taken five times a pair of 1000, three of a map to which two unmaps belong. */
static void read_locks(Case *c, const char *when, guint pairs)
{
    feed(c->obs, 2,
         "\"kind\":\"locks\",\"when\":\"%s\",\"index\":0,\"guest_ns\":%u,\"domains\":["
         "{\"name\":\"dom0\",\"locks\":{\"grant_lock\":[%u,0,0,0],\"granted_map\":[%u,0,0,0],"
         "\"granted_unmap\":[%u,0,0,0]}},"
         "{\"name\":\"w01\",\"locks\":{\"active_entry\":[%u,0,0,0],\"granted_map\":[%u,0,0,0],"
         "\"granted_unmap\":[%u,0,0,0]}}]",
         when, 1000 + pairs, 5 * pairs, pairs, pairs, 3 * pairs, pairs, pairs);
}

/* Per pair over all that was moved, and by the grants of a MiB for that; no rates, as there is no time. */
static void test_locks(Case *c, gconstpointer data)
{
    g_autoptr(GString) out = g_string_new(NULL);

    begin(c, "hypervisor.build=debsrc:bookworm+single-lock,lock-profile");
    read_locks(c, "begin", 10);
    count(c, 0);
    read_locks(c, "end", 1010);
    judge(c);
    g_assert_cmpint(c->verdict->kind, ==, XR_PASS);
    assert_figure(c, "lock_per_mib.dom0/grant_lock", 5 * 264);
    assert_figure(c, "lock_per_mib.domUs/active_entry", 3 * 264);
    g_assert_cmpfloat(xr_verdict_metric(c->verdict, "lock_per_pair.dom0/grant_lock")->value, ==, 5);
    g_assert_null(xr_verdict_metric(c->verdict, "lock_acquired.dom0/grant_lock"));
    xr_tell_counts_text(out, c->verdict, c->plan);
    g_assert_nonnull(strstr(out->str, "  locks taken\n    dom0/grant_lock              1320.00\n"));
}

static void test_locks_not_read(Case *c, gconstpointer data)
{
    begin(c, "hypervisor.build=debsrc:bookworm+single-lock,lock-profile");
    count(c, 0);
    judge(c);
    g_assert_cmpint(c->verdict->kind, ==, XR_ERROR_VERDICT);
}

/* In lockstep what no domU is known by is the metronome: ticks, and no part of the sum. */
static void test_lockstep(Case *c, gconstpointer data)
{
    const char *const settings[] = {"machine.time=lockstep", "machine.pcpus=4",
                                    "dom0.vcpus=2",          "guests.count=1",
                                    "guests.vbds=1",         "lockstep.seeds=1",
                                    "lockstep.lengths=1",    "lockstep.check=no",
                                    "lockstep.layers=yes",   NULL};
    g_autoptr(GString) out = g_string_new(NULL);

    c->plan = feed_plan(settings);
    c->obs = xr_observation_new(c->plan);
    feed(c->obs, 0, "\"kind\":\"domain\",\"name\":\"w00\",\"what\":\"created\"");
    feed(c->obs, 0, "\"kind\":\"guest\",\"name\":\"w00\",\"state\":\"streaming\"");
    for (guint i = 0; i < 2; i++) {
        feed(c->obs, 1,
             "\"kind\":\"stage\",\"name\":\"lockstep\",\"state\":\"begin\",\"index\":%u,"
             "\"slice\":100,\"seed\":1,\"layers\":%s",
             i, i == 1 ? "true" : "false");
        feed(c->obs, 2,
             "\"kind\":\"tally\",\"seed\":1,\"domains\":[{\"name\":\"w00\",\"begin\":5,"
             "\"ticks\":1000000,\"bytes\":[%u]}]",
             1048576 + i * 4096);
    }
    feed(c->obs, 3,
         "\"kind\":\"count\",\"xen\":500000,\"dom0_kernel\":300000,\"dom0_user\":0,"
         "\"others\":1000000,\"pause_xen\":5000,\"maps\":264,\"unmaps\":264,\"copies\":0,"
         "\"unsettled\":0,\"guests\":[200000],\"bytes\":[1048576],"
         "\"dom0_hypercalls\":{\"20\":64},\"guest_hypercalls\":{}");
    judge(c);
    g_assert_cmpint(c->verdict->kind, ==, XR_PASS);
    assert_figure(c, "instructions", 1000000);
    g_assert_null(xr_verdict_metric(c->verdict, "instructions.others"));
    /* 5000 slices of 100, of a million ticks of two vCPUs each. */
    g_assert_cmpfloat(xr_verdict_metric(c->verdict, "xen_wait")->value, ==, 0.25);
    xr_tell_counts_text(out, c->verdict, c->plan);
    g_assert_nonnull(
        strstr(out->str, "  dom0's vCPUs: 40.0 % at work, 25.0 % waiting in Xen, 35.0 % idle\n"));
    g_assert_null(strstr(out->str, "locks taken"));
    /* Not the same as the window that was timed, nor a sample beside it. */
    g_assert_null(feed_find(c->verdict->findings, "not-repeatable"));
    g_assert_cmpuint(xr_verdict_metric(c->verdict, "tick_throughput.slice100")->samples->len, ==,
                     1);
}

static void assert_finding(const Case *c, const char *kind, XrVerdictKind weight,
                           const char *meaning)
{
    const XrFinding *finding = feed_find(c->verdict->findings, kind);

    g_assert_nonnull(finding);
    g_assert_cmpint(finding->weight, ==, weight);
    g_assert_cmpstr(finding->meaning, ==, meaning);
}

static void test_limit(Case *c, gconstpointer data)
{
    begin(c, "limits.metric.instructions.xen=800000");
    count(c, 0);
    judge(c);
    g_assert_cmpint(c->verdict->kind, ==, XR_FAIL);
    assert_finding(
        c, "metric", XR_FAIL,
        "instructions.xen is 1000000 /MiB, limits.metric.instructions.xen allows 800000: "
        "25.00 % too much.");
}

static void test_limit_kept(Case *c, gconstpointer data)
{
    begin(c, "limits.metric.grant_maps=264");
    count(c, 0);
    judge(c);
    g_assert_cmpint(c->verdict->kind, ==, XR_PASS);
}

static void test_limit_unknown(Case *c, gconstpointer data)
{
    begin(c, "limits.metric.grant_mops=264");
    count(c, 0);
    judge(c);
    g_assert_cmpint(c->verdict->kind, ==, XR_ERROR_VERDICT);
    const XrFinding *finding = feed_find(c->verdict->findings, "limit-unknown");
    g_assert_nonnull(finding);
    g_assert_true(g_str_has_prefix(
        finding->meaning, "limits.metric.grant_mops: this run has no such figure; it has "));
    g_assert_nonnull(strstr(finding->meaning, "grant_maps"));
}

static void test_nothing(Case *c, gconstpointer data)
{
    begin(c, NULL);
    judge(c);
    g_assert_cmpint(c->verdict->kind, ==, XR_ERROR_VERDICT);
    assert_finding(c, "incomplete", XR_ERROR_VERDICT,
                   "The run lacks what it should have measured: no instructions were counted.");
}

/* What is not of both domUs, or has a number that is none. */
static void test_broken(Case *c, gconstpointer data)
{
    begin(c, NULL);
    feed(c->obs, 3, "\"kind\":\"count\",\"xen\":4000000");
    judge(c);
    g_assert_nonnull(feed_find(c->verdict->findings, "rig-event"));
    g_assert_null(xr_verdict_metric(c->verdict, "instructions"));
}

static void test_unsettled(Case *c, gconstpointer data)
{
    begin(c, NULL);
    count(c, 2);
    judge(c);
    g_assert_cmpint(c->verdict->kind, ==, XR_UNSURE);
    const XrFinding *finding = feed_find(c->verdict->findings, "not-repeatable");
    g_assert_nonnull(finding);
    g_assert_true(
        g_str_has_prefix(finding->meaning, "2 times QEMU's main thread did not come to rest"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add("/judge-count/" path, Case, NULL, NULL, test, tear_down)
    ADD("figures", test_figures);
    ADD("table", test_table);
    ADD("locks", test_locks);
    ADD("locks-not-read", test_locks_not_read);
    ADD("lockstep", test_lockstep);
    ADD("limit", test_limit);
    ADD("limit-kept", test_limit_kept);
    ADD("limit-unknown", test_limit_unknown);
    ADD("nothing", test_nothing);
    ADD("broken", test_broken);
    ADD("unsettled", test_unsettled);
    return g_test_run();
}

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
    g_assert_nonnull(strstr(out->str, "locks taken: not counted, for reading Xen's lock profile"));
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
    ADD("limit", test_limit);
    ADD("limit-kept", test_limit_kept);
    ADD("limit-unknown", test_limit_unknown);
    ADD("nothing", test_nothing);
    ADD("broken", test_broken);
    ADD("unsettled", test_unsettled);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events that cannot be understood, or that are made to do harm. */
#include "watch-run.h"

static void test_unknown_kinds_are_passed_over(Run *run, gconstpointer data)
{
    feed(run->obs, 1, "\"kind\":\"log\",\"text\":\"words\"");
    feed(run->obs, 1, "\"kind\":\"console-dropped\",\"domain\":\"w00\",\"lines\":7");
    assert_findings(run, "");
}

static void test_bad_events(Run *run, gconstpointer data)
{
    static const char *const bad[] = {
        "\"kind\":7",
        "\"no\":\"kind\"",
        "\"kind\":\"stage\"",
        "\"kind\":\"stage\",\"name\":\"lunch\",\"state\":\"begin\"",
        "\"kind\":\"stage\",\"name\":\"boot\",\"state\":\"end\"",
        "\"kind\":\"console\",\"source\":\"xen\"",
        "\"kind\":\"console\",\"source\":[],\"line\":\"x\"",
        "\"kind\":\"sample\"",
        "\"kind\":\"sample\",\"guest_ns\":-1,\"vbds\":[]",
        "\"kind\":\"sample\",\"guest_ns\":1,\"vbds\":[7]",
        "\"kind\":\"sample\",\"guest_ns\":1,\"vbds\":[{\"domain\":\"w00\",\"vbd\":0,\"bytes\":-1}]",
        "\"kind\":\"sample\",\"guest_ns\":1,\"vbds\":[{\"domain\":7,\"vbd\":0,\"bytes\":1}]",
        "\"kind\":\"sample\",\"guest_ns\":1,\"vbds\":[{\"domain\":\"w00\",\"vbd\":99999,\"bytes\":"
        "1}]",
        "\"kind\":\"counters\",\"when\":\"lunch\"",
        "\"kind\":\"counters\",\"when\":\"begin\",\"index\":-4",
        "\"kind\":\"domain\",\"what\":\"created\"",
        "\"kind\":\"domain\",\"name\":\"w00\",\"what\":\"eaten\"",
        "\"kind\":\"guest\",\"name\":\"w00\",\"state\":\"asleep\"",
        "\"kind\":\"guest\",\"name\":\"w00\",\"state\":\"done\",\"errors\":-1",
        "\"kind\":\"agent\",\"what\":\"sang\"",
        "\"kind\":\"machine\",\"what\":\"sang\"",
        "\"kind\":\"rig\",\"what\":\"sang\"",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(XrObservation) obs = xr_observation_new(run->plan);
        g_autofree char *text = NULL;

        g_test_message("%s", bad[i]);
        feed(obs, 1, "%s", bad[i]);
        text = feed_findings(obs->findings);
        g_assert_cmpstr(text, ==, "error rig-event@rig");
    }
}

static void test_counters_that_go_back(Run *run, gconstpointer data)
{
    XrSeries *s;

    sample(run, 1, 10, 100, 100);
    sample(run, 2, 11, 50, 200);
    assert_findings(run, "error rig-event@rig");
    s = g_ptr_array_index(run->obs->series, 0);
    g_assert_cmpuint(s->bytes->len, ==, 1);
    sample(run, 5, 9, 300, 300);
    g_assert_cmpint(run->obs->guest_ns, ==, 11000000000);
    sample(run, 6, 12, G_MAXINT64, G_MAXINT64);
    g_assert_cmpfloat(xr_observation_rate_now(run->obs, NULL), >, 1e18);
}

static void test_more_than_the_plan(Run *run, gconstpointer data)
{
    for (guint i = 0; i < 500; i++) {
        g_autofree char *name = g_strdup_printf("x%03u", i);

        domain(run, 1, name, "created", "");
        feed(run->obs, 1,
             "\"kind\":\"sample\",\"guest_ns\":%u,\"vbds\":[{\"domain\":\"%s\",\"vbd\":0,"
             "\"bytes\":1}]",
             i, name);
    }
    g_assert_cmpuint(run->obs->series->len, ==, 2);
    g_assert_cmpuint(g_hash_table_size(run->obs->domains), ==, 2);
    g_assert_cmpuint(run->obs->guests_created, ==, 2);
    g_assert_cmpint(feed_find(run->obs->findings, "rig-event")->weight, ==, XR_ERROR_VERDICT);
}

#define ADD(path, func) g_test_add("/events/" path, Run, NULL, set_up, func, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("unknown-kinds-are-passed-over", test_unknown_kinds_are_passed_over);
    ADD("bad-events", test_bad_events);
    ADD("counters-that-go-back", test_counters_that_go_back);
    ADD("more-than-the-plan", test_more_than_the_plan);
    return g_test_run();
}

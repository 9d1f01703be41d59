/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judging windows measured in lockstep. */
#include "feed.h"
#include "judge/judge.h"

#include <string.h>

static const char *const settings[] = {"machine.time=lockstep",
                                       "machine.pcpus=4",
                                       "guests.count=2",
                                       "guests.vbds=2",
                                       "lockstep.seeds=2",
                                       "lockstep.lengths=2",
                                       NULL};

typedef struct {
    XrPlan *plan;
    XrObservation *obs;
    XrVerdict *verdict;
    double t;
    guint ordered; /* tick of the next windows' orders, of each domU */
} Case;

static void set_up(Case *c, gconstpointer data)
{
    c->plan = feed_plan(settings);
    c->obs = xr_observation_new(c->plan);
    for (guint i = 0; i < 2; i++) {
        feed(c->obs, c->t++, "\"kind\":\"domain\",\"name\":\"w0%u\",\"what\":\"created\"", i);
        feed(c->obs, c->t++, "\"kind\":\"guest\",\"name\":\"w0%u\",\"state\":\"streaming\"", i);
    }
    feed(c->obs, c->t++, "\"kind\":\"domain\",\"name\":\"metronome\",\"what\":\"created\"");
}

static void tear_down(Case *c, gconstpointer data)
{
    if (c->verdict != NULL)
        feed_assert_names(c->plan, c->verdict);
    xr_verdict_free(c->verdict);
    xr_observation_free(c->obs);
    xr_plan_free(c->plan);
}

/* All four VBDs move bytes each, but the last, which moves half. */
static void window(Case *c, guint index, guint slice, guint seed, guint bytes)
{
    feed(c->obs, c->t++,
         "\"kind\":\"stage\",\"name\":\"lockstep\",\"state\":\"begin\",\"index\":%u,\"slice\":%u,"
         "\"seed\":%u",
         index, slice, seed);
    feed(c->obs, c->t++,
         "\"kind\":\"tally\",\"seed\":%u,\"domains\":["
         "{\"name\":\"w00\",\"ordered\":%u,\"begin\":5,\"ticks\":1000,\"bytes\":[%u,%u]},"
         "{\"name\":\"w01\",\"ordered\":%u,\"begin\":9,\"ticks\":1000,\"bytes\":[%u,%u]}]",
         seed, c->ordered, bytes, bytes, c->ordered, bytes, bytes / 2);
    feed(c->obs, c->t++, "\"kind\":\"stage\",\"name\":\"lockstep\",\"state\":\"end\",\"index\":%u",
         index);
}

/* 100 and 200 instructions; the check repeats the first. */
static void all_windows(Case *c, guint repeated)
{
    window(c, 0, 100, 1, 1000);
    window(c, 1, 100, 2, 1200);
    window(c, 2, 200, 1, 800);
    window(c, 3, 200, 2, 1000);
    window(c, 4, 100, 1, repeated);
}

static void assert_metric(const Case *c, const char *name, double low, double high, guint samples)
{
    const XrMetric *metric = xr_verdict_metric(c->verdict, name);

    g_assert_nonnull(metric);
    g_assert_cmpfloat_with_epsilon(metric->low, low, 1e-9);
    g_assert_cmpfloat_with_epsilon(metric->high, high, 1e-9);
    g_assert_cmpuint(metric->samples->len, ==, samples);
}

static void test_pass(Case *c, gconstpointer data)
{
    all_windows(c, 1000);
    c->verdict = xr_judge(c->obs, c->plan);
    g_assert_cmpstr(c->verdict->reason, ==,
                    "2 of 2 domUs streamed 4550 MB in 10^9 ticks (4200 to 4900 over 2 seeds); "
                    "nothing complained.");
    g_assert_cmpint(c->verdict->kind, ==, XR_PASS);
    assert_metric(c, "tick_throughput.slice100", 3.5, 4.2, 2);
    assert_metric(c, "tick_throughput.slice200", 2.8, 3.5, 2);
    assert_metric(c, "tick_throughput", 4.2, 4.9, 2);
    assert_metric(c, "fairness", 0.5, 0.5, 5);
}

static void test_not_repeatable(Case *c, gconstpointer data)
{
    all_windows(c, 1002);
    c->verdict = xr_judge(c->obs, c->plan);
    g_assert_cmpint(c->verdict->kind, ==, XR_PASS);
    g_assert_cmpstr(
        feed_find(c->verdict->findings, "not-repeatable")->meaning, ==,
        "Seed 1 at slices of 100 instructions gave 3500 bytes in 2000 ticks, and 3507 in "
        "2000 when it was measured again, 0.2 % apart: something came in from the host. It "
        "counts like another seed; the seeds' spread tells how much that is.");
    assert_metric(c, "repeat_difference", 0.002, 0.002, 1);
}

static void test_far_apart(Case *c, gconstpointer data)
{
    all_windows(c, 1100);
    c->verdict = xr_judge(c->obs, c->plan);
    g_assert_cmpint(c->verdict->kind, ==, XR_ERROR_VERDICT);
    g_assert_nonnull(
        strstr(feed_find(c->verdict->findings, "not-repeatable")->meaning,
               "10.0 % apart: something came in from the host. No figure of this run can "
               "be relied on."));
}

/* Each window tells, not only the one that is measured twice. */
static void test_disturbed(Case *c, gconstpointer data)
{
    c->ordered = 500;
    window(c, 0, 100, 1, 1000);
    c->ordered = 530;
    window(c, 1, 100, 2, 1200);
    c->ordered = 500;
    window(c, 4, 100, 1, 1000);
    c->ordered = 620; /* slices of another length begin elsewhere */
    window(c, 2, 200, 1, 800);
    window(c, 3, 200, 2, 1000);
    c->verdict = xr_judge(c->obs, c->plan);
    g_assert_cmpint(c->verdict->kind, ==, XR_PASS);
    g_assert_cmpuint(c->verdict->findings->len, ==, 1);
    g_assert_cmpstr(
        feed_find(c->verdict->findings, "disturbed")->meaning, ==,
        "Seed 2 at slices of 100 instructions was told to measure at tick 1060, others at "
        "1000: something came in from the host before. It counts like another seed; the "
        "seeds' spread tells how much that is.");
}

/* Records of a rig that did not tell of orders. */
static void test_not_told(Case *c, gconstpointer data)
{
    all_windows(c, 1000);
    c->verdict = xr_judge(c->obs, c->plan);
    g_assert_cmpuint(c->verdict->findings->len, ==, 0);
}

static void test_missing(Case *c, gconstpointer data)
{
    window(c, 0, 100, 1, 1000);
    c->verdict = xr_judge(c->obs, c->plan);
    g_assert_cmpint(c->verdict->kind, ==, XR_ERROR_VERDICT);
    g_assert_cmpstr(feed_find(c->verdict->findings, "incomplete")->meaning, ==,
                    "The run lacks what it should have measured: 1 of 5 windows were measured.");
}

static void test_metronome_gone(Case *c, gconstpointer data)
{
    feed(c->obs, c->t++, "\"kind\":\"domain\",\"name\":\"metronome\",\"what\":\"exited\"");
    all_windows(c, 1000);
    c->verdict = xr_judge(c->obs, c->plan);
    g_assert_cmpint(c->verdict->kind, ==, XR_ERROR_VERDICT);
    g_assert_nonnull(feed_find(c->verdict->findings, "metronome-gone"));
}

static void test_bad_tally(Case *c, gconstpointer data)
{
    feed(c->obs, c->t++, "\"kind\":\"tally\",\"seed\":1,\"domains\":[]");
    feed(
        c->obs, c->t++,
        "\"kind\":\"tally\",\"seed\":1,\"domains\":[{\"name\":\"w00\",\"ticks\":0,\"bytes\":[1,2]},"
        "{\"name\":\"w01\",\"ticks\":5,\"bytes\":[1,2]}]");
    g_assert_cmpuint(c->obs->tallies->len, ==, 0);
    g_assert_cmpstr(feed_find(c->obs->findings, "rig-event")->line, ==,
                    "tally: it is not of all domUs and their VBDs");
}

#define ADD(name, function)                                                                        \
    g_test_add("/judge/lockstep/" name, Case, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("pass", test_pass);
    ADD("not-repeatable", test_not_repeatable);
    ADD("far-apart", test_far_apart);
    ADD("disturbed", test_disturbed);
    ADD("not-told", test_not_told);
    ADD("missing", test_missing);
    ADD("metronome-gone", test_metronome_gone);
    ADD("bad-tally", test_bad_tally);
    return g_test_run();
}

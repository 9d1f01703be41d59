/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many VBDs of one domU of which some stand still, on a host that let the machine wait for most of its time. */
#include "feed.h"

#include <string.h>

enum { VBDS = 24, SECONDS = 15 };

static const char *const settings[] = {"guests.kind=linux", "guests.count=1", "guests.vbds=24",
                                       "workload.windows=3", NULL};

static void take_sample(XrObservation *obs, double t, guint standing, double rate)
{
    g_autoptr(GString) vbds = g_string_new(NULL);

    for (guint v = 0; v < VBDS; v++)
        g_string_append_printf(vbds,
                               "%s{\"domain\":\"w00\",\"vbd\":%u,\"bytes\":%.0f,\"requests\":0}",
                               v > 0 ? "," : "", v, v < VBDS - standing ? rate * t : 0);
    feed(obs, t, "\"kind\":\"sample\",\"guest_ns\":%.0f,\"vbds\":[%s]", t * 1e9, vbds->str);
}

/* The weight of the stall that is found where so many VBDs stand, and the others do rate, bytes a second. */
static const char *weight_of(guint standing, double rate)
{
    g_autoptr(XrPlan) plan = feed_plan(settings);
    g_autoptr(XrObservation) obs = xr_observation_new(plan);
    g_autoptr(XrVerdict) verdict = NULL;
    const XrFinding *stall;

    take_sample(obs, 0, standing, rate);
    feed(obs, 0,
         "\"kind\":\"host\",\"when\":\"begin\",\"index\":0,\"run_ns\":1000,\"wait_ns\":1000");
    for (guint second = 1; second <= SECONDS; second++) {
        if (second % 5 == 1)
            feed_window(obs, second - 1, second / 5, "begin");
        take_sample(obs, second, standing, rate);
        if (second % 5 == 0)
            feed_window(obs, second, second / 5 - 1, "end");
    }
    feed(obs, SECONDS,
         "\"kind\":\"host\",\"when\":\"end\",\"index\":0,\"run_ns\":2000,\"wait_ns\":5000");
    verdict = xr_judge(obs, plan);
    stall = feed_find(verdict->findings, "stall");
    return stall != NULL ? xr_verdict_name(stall->weight) : "none";
}

/* As it was seen with a grant table that was full: 13 of 24, or 2, while the others did some 8 MB/s each. */
static void test_some(void)
{
    g_assert_cmpstr(weight_of(13, 8e6), ==, "fail");
    g_assert_cmpstr(weight_of(2, 8e6), ==, "fail");
    g_assert_cmpstr(weight_of(0, 8e6), ==, "none");
}

/* All, nearly all, or some beside others that hardly move themselves: the host may be why. */
static void test_host(void)
{
    g_assert_cmpstr(weight_of(24, 8e6), ==, "unsure");
    g_assert_cmpstr(weight_of(22, 8e6), ==, "unsure");
    g_assert_cmpstr(weight_of(2, 1e6), ==, "unsure");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stalls/some", test_some);
    g_test_add_func("/stalls/host", test_host);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run of two domUs with a VBD each, observed, for the tests of watch. */
#pragma once

#include "feed.h"

typedef struct {
    XrPlan *plan;
    XrObservation *obs;
} Run;

static inline void set_up(Run *run, gconstpointer data)
{
    static const char *const settings[] = {"guests.count=2", "guests.vbds=1", NULL};

    run->plan = feed_plan(settings);
    run->obs = xr_observation_new(run->plan);
}

static inline void tear_down(Run *run, gconstpointer data)
{
    xr_observation_free(run->obs);
    xr_plan_free(run->plan);
}

static inline void assert_findings(const Run *run, const char *expected)
{
    g_autofree char *text = feed_findings(run->obs->findings);

    g_assert_cmpstr(text, ==, expected);
}

static inline void domain(Run *run, double t, const char *name, const char *what, const char *more)
{
    feed(run->obs, t, "\"kind\":\"domain\",\"name\":\"%s\",\"what\":\"%s\"%s", name, what, more);
}

static inline void sample(Run *run, double t, double guest_s, gint64 bytes0, gint64 bytes1)
{
    feed(run->obs, t,
         "\"kind\":\"sample\",\"guest_ns\":%" G_GINT64_FORMAT
         ",\"vbds\":[{\"domain\":\"w00\",\"vbd\":0,\"bytes\":%" G_GINT64_FORMAT
         ",\"requests\":1},{\"domain\":\"w01\",\"vbd\":0,\"bytes\":%" G_GINT64_FORMAT "}]",
         (gint64)(guest_s * 1e9), bytes0, bytes1);
}

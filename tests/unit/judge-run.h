/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run to be judged, told stage by stage. */
#pragma once

#include "feed.h"
#include "judge/judge.h"

#include <math.h>

G_GNUC_UNUSED static const char *const settings[] = {
    "guests.kind=linux",   "guests.count=2",        "guests.vbds=1",
    "workload.windows=3",  "workload.window=4s",    "limits.stall=3s",
    "limits.fairness=0.5", "limits.memory_leak=1M", NULL};

typedef struct {
    XrPlan *plan;
    XrObservation *obs;
    XrVerdict *verdict;
    double t;        /* rig clock, seconds; dom0's is 100 s ahead */
    gint64 bytes[2]; /* of w00 and w01 */
    double rate[2];  /* bytes per second */
    gint64 read;     /* by w01, and: */
    double read_rate;
} Run;

G_GNUC_UNUSED static void set_up(Run *run, gconstpointer data)
{
    run->plan = feed_plan(settings);
    run->obs = xr_observation_new(run->plan);
    run->rate[0] = 100e6;
    run->rate[1] = 80e6;
}

G_GNUC_UNUSED static void tear_down(Run *run, gconstpointer data)
{
    xr_verdict_free(run->verdict);
    xr_observation_free(run->obs);
    xr_plan_free(run->plan);
}

G_GNUC_UNUSED static void judge(Run *run)
{
    g_clear_pointer(&run->verdict, xr_verdict_free);
    run->verdict = xr_judge(run->obs, run->plan);
    feed_assert_names(run->plan, run->verdict);
}

G_GNUC_UNUSED static void assert_verdict(Run *run, XrVerdictKind kind, const char *findings,
                                         const char *reason)
{
    g_autofree char *text = NULL;

    judge(run);
    text = feed_findings(run->verdict->findings);
    g_assert_cmpstr(text, ==, findings);
    g_assert_cmpstr(run->verdict->reason, ==, reason);
    g_assert_cmpstr(xr_verdict_name(run->verdict->kind), ==, xr_verdict_name(kind));
}

G_GNUC_UNUSED static void assert_metric(const Run *run, const char *name, const char *unit,
                                        double value, double low, double high, guint samples)
{
    const XrMetric *metric = xr_verdict_metric(run->verdict, name);

    g_test_message("%s", name);
    g_assert_nonnull(metric);
    g_assert_cmpstr(metric->unit, ==, unit);
    g_assert_cmpfloat_with_epsilon(metric->value, value, fabs(value) * 1e-9 + 1e-9);
    g_assert_cmpfloat_with_epsilon(metric->low, low, fabs(low) * 1e-9 + 1e-9);
    g_assert_cmpfloat_with_epsilon(metric->high, high, fabs(high) * 1e-9 + 1e-9);
    g_assert_cmpuint(metric->samples->len, ==, samples);
}

G_GNUC_UNUSED static const char *meaning_of(const Run *run, const char *kind)
{
    return feed_find(run->verdict->findings, kind)->meaning;
}

/* --- a run, stage by stage --- */

G_GNUC_UNUSED static void take_sample(Run *run)
{
    feed(run->obs, run->t,
         "\"kind\":\"sample\",\"guest_ns\":%" G_GINT64_FORMAT
         ",\"vbds\":[{\"domain\":\"w00\",\"vbd\":0,\"bytes\":%" G_GINT64_FORMAT
         ",\"requests\":%" G_GINT64_FORMAT
         "},{\"domain\":\"w01\",\"vbd\":0,\"bytes\":%" G_GINT64_FORMAT
         ",\"requests\":0,\"read_bytes\":%" G_GINT64_FORMAT ",\"read_requests\":0}]",
         (gint64)((run->t + 100) * 1e9), run->bytes[0], run->bytes[0] / 1000000, run->bytes[1],
         run->read);
}

G_GNUC_UNUSED static void stream(Run *run, guint seconds)
{
    for (guint step = 0; step < 2 * seconds; step++) {
        run->t += 0.5;
        for (guint i = 0; i < 2; i++)
            run->bytes[i] += (gint64)(run->rate[i] * 0.5);
        run->read += (gint64)(run->read_rate * 0.5);
        take_sample(run);
    }
}

G_GNUC_UNUSED static void counters(Run *run, const char *members)
{
    feed(run->obs, run->t, "\"kind\":\"counters\",%s", members);
}

G_GNUC_UNUSED static void both(Run *run, const char *format)
{
    for (guint i = 0; i < 2; i++) {
        g_autofree char *name = g_strdup_printf("w%02u", i);
        g_auto(GStrv) parts = g_strsplit(format, "@", 2);
        g_autofree char *members = g_strjoinv(name, parts);

        feed(run->obs, run->t, "%s", members);
    }
}

G_GNUC_UNUSED static void boot(Run *run)
{
    feed_stage(run->obs, 1, "boot", "begin");
    feed(run->obs, 1, "\"kind\":\"machine\",\"what\":\"started\"");
    feed(run->obs, 16, "\"kind\":\"agent\",\"what\":\"ready\",\"text\":\"\"");
    feed_stage(run->obs, 16, "boot", "end");
    run->t = 16;
}

G_GNUC_UNUSED static void create(Run *run)
{
    feed_stage(run->obs, 17, "create", "begin");
    counters(run, "\"when\":\"before\",\"free_bytes\":1000000000,\"grants_active\":0");
    run->t = 20;
    both(run, "\"kind\":\"domain\",\"name\":\"@\",\"what\":\"created\",\"seconds\":2.5");
    run->t = 27;
    both(run, "\"kind\":\"guest\",\"name\":\"@\",\"state\":\"ready\"");
    feed_stage(run->obs, 28, "create", "end");
    run->t = 28;
}

G_GNUC_UNUSED static void warm_up(Run *run, const char *how)
{
    feed_stage(run->obs, run->t, "warmup", "begin");
    both(run, "\"kind\":\"guest\",\"name\":\"@\",\"state\":\"streaming\"");
    stream(run, 3);
    feed(run->obs, run->t, "\"kind\":\"stage\",\"name\":\"warmup\",\"state\":\"end\",%s", how);
}

G_GNUC_UNUSED static void window(Run *run, guint index)
{
    feed_window(run->obs, run->t, index, "begin");
    stream(run, 4);
    feed_window(run->obs, run->t, index, "end");
}

G_GNUC_UNUSED static void start(Run *run)
{
    boot(run);
    create(run);
    warm_up(run, "\"steady\":true,\"cov\":0.02,\"guest_duration_ns\":3000000000");
}

G_GNUC_UNUSED static void finish(Run *run, const char *after)
{
    run->t += 1;
    feed_stage(run->obs, run->t, "drain", "begin");
    both(run, "\"kind\":\"guest\",\"name\":\"@\",\"state\":\"done\"");
    both(run, "\"kind\":\"domain\",\"name\":\"@\",\"what\":\"exited\",\"reason\":\"shutdown\"");
    feed_stage(run->obs, run->t, "drain", "end");
    feed_stage(run->obs, run->t, "destroy", "begin");
    counters(run, after);
    feed_stage(run->obs, run->t, "destroy", "end");
    feed_stage(run->obs, run->t, "stop", "begin");
    feed(run->obs, run->t, "\"kind\":\"machine\",\"what\":\"shutdown\"");
    feed_stage(run->obs, run->t, "stop", "end");
}

G_GNUC_UNUSED static const char *const clean =
    "\"when\":\"after\",\"free_bytes\":999500000,\"grants_active\":0";

G_GNUC_UNUSED static void windows(Run *run)
{
    for (guint i = 0; i < 3; i++)
        window(run, i);
}

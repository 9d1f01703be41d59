/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests: Xen's lock profile, from its readings to metrics, the table's rows and what is missing. */
#include "judge-run.h"

#include <string.h>

/* One lock profile: counts so far of dom0, and of w00 and w01 each. */
typedef struct {
    gint64 pairs;     /* mapped and unmapped by dom0; half of them of each domU */
    gint64 waited;    /* of dom0's acquisitions */
    gint64 time_ms;   /* of dom0's clock */
    gboolean freshly; /* the domUs are not in the profile yet */
} Profile;

static void set_up_locks(Run *run, gconstpointer data)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    for (guint i = 0; settings[i] != NULL; i++)
        g_ptr_array_add(all, (char *)settings[i]);
    g_ptr_array_add(all, (char *)"hypervisor.build=debsrc:bookworm+single-lock,lock-profile");
    g_ptr_array_add(all, NULL);
    run->plan = feed_plan((const char *const *)all->pdata);
    run->obs = xr_observation_new(run->plan);
    run->rate[0] = 100e6;
    run->rate[1] = 80e6;
}

/* dom0 takes its lock five times a pair, each domU's is taken four times; a pair holds 10 us. */
static void profile(Run *run, const char *when, guint index, Profile p)
{
    g_autoptr(GString) domains = g_string_new(NULL);
    const gint64 half = p.pairs / 2;

    g_string_append_printf(
        domains,
        "{\"name\":\"dom0\",\"locks\":{\"grant_lock\":[%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
        ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "],\"granted_map\":[%" G_GINT64_FORMAT
        ",0,0,0],\"granted_unmap\":[%" G_GINT64_FORMAT ",0,0,0]}}",
        5 * p.pairs, p.waited, p.pairs * 10000, p.waited * 1000, p.pairs, p.pairs);
    for (guint i = 0; i < 2 && !p.freshly; i++)
        g_string_append_printf(domains,
                               ",{\"name\":\"w0%u\",\"locks\":{\"grant_lock\":[%" G_GINT64_FORMAT
                               ",0,0,0],\"granted_map\":[%" G_GINT64_FORMAT
                               ",0,0,0],\"granted_unmap\":[%" G_GINT64_FORMAT ",0,0,0]}}",
                               i, 4 * half, half, half);
    g_string_append_printf(
        domains, ",{\"name\":\"xen\",\"locks\":{\"heap_lock\":[%" G_GINT64_FORMAT ",0,0,0]}}",
        p.time_ms);
    feed(run->obs, run->t,
         "\"kind\":\"locks\",\"when\":\"%s\",\"index\":%u,\"guest_ns\":%" G_GINT64_FORMAT
         ",\"domains\":[%s]",
         when, index, p.time_ms * 1000000, domains->str);
}

/* Three windows of 5 s by dom0's clock: 1000, 2000 and 4000 pairs. */
static void run_with_profile(Run *run)
{
    Profile p = {.time_ms = 20000, .freshly = TRUE};

    start(run);
    for (guint i = 0; i < 3; i++) {
        profile(run, "begin", i, p);
        window(run, i);
        p.freshly = FALSE;
        p.pairs += 1000 << i;
        p.waited += 500 << i;
        p.time_ms += 5000;
        profile(run, "end", i, p);
        p.time_ms += 700;
    }
    finish(run, clean);
}

static void test_metrics(Run *run, gconstpointer data)
{
    run_with_profile(run);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_PASS);
    assert_metric(run, "lock_acquired.dom0/grant_lock", "/s", 2000, 1000, 4000, 3);
    assert_metric(run, "lock_per_pair.dom0/grant_lock", "count", 5, 5, 5, 3);
    assert_metric(run, "lock_contended.dom0/grant_lock", "ratio", 0.1, 0.1, 0.1, 3);
    assert_metric(run, "lock_hold.dom0/grant_lock", "ratio", 0.004, 0.002, 0.008, 3);
    assert_metric(run, "lock_wait.dom0/grant_lock", "ratio", 2e-4, 1e-4, 4e-4, 3);
    assert_metric(run, "grant_pairs.dom0", "/s", 400, 200, 800, 3);
    assert_metric(run, "lock_per_pair.domUs/grant_lock", "count", 4, 4, 4, 3);
    assert_metric(run, "lock_acquired.domUs/grant_lock", "/s", 1600, 800, 3200, 3);
    assert_metric(run, "lock_acquired.w01/grant_lock", "/s", 800, 400, 1600, 3);
    assert_metric(run, "lock_per_pair.w01/grant_lock", "count", 4, 4, 4, 3);
    assert_metric(run, "lock_acquired.xen/heap_lock", "/s", 1000, 1000, 1000, 3);
    g_assert_null(xr_verdict_metric(run->verdict, "lock_per_pair.xen/heap_lock"));
    g_assert_null(xr_verdict_metric(run->verdict, "lock_acquired.dom0/granted_map"));
}

static void test_rows(Run *run, gconstpointer data)
{
    static const char *const expected[] = {"dom0/grant_lock", "domUs/grant_lock", "xen/heap_lock"};

    run_with_profile(run);
    judge(run);
    g_assert_nonnull(run->verdict->locks);
    g_assert_cmpuint(run->verdict->locks->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        const XrLockRow *row = g_ptr_array_index(run->verdict->locks, i);
        g_autofree char *name = g_strdup_printf("%s/%s", row->domain, row->lock);

        g_assert_cmpstr(name, ==, expected[i]);
    }
}

/* Known locks stand in the order in which a grant meets them, others behind, by name. */
static void test_order(Run *run, gconstpointer data)
{
    static const char *const reading =
        "\"kind\":\"locks\",\"when\":\"%s\",\"index\":0,\"guest_ns\":%u,\"domains\":[{\"name\":"
        "\"dom0\","
        "\"locks\":{\"a_new_lock\":[%u,0,0,0],\"domain_lock\":[%u,0,0,0],\"grant_read\":[%u,0,0,0],"
        "\"idle_lock\":[7,0,0,0],\"maptrack_lock\":[%u,0,0,0]}}]";
    static const char *const expected[] = {"grant_read", "maptrack_lock", "domain_lock",
                                           "a_new_lock"};

    for (guint i = 0; i < 2; i++)
        feed(run->obs, i + 1.0, reading, i == 0 ? "begin" : "end", 1000 + i, i, i, i, i);
    judge(run);
    g_assert_cmpuint(run->verdict->locks->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpstr(((XrLockRow *)g_ptr_array_index(run->verdict->locks, i))->lock, ==,
                        expected[i]);
}

static void test_missing(Run *run, gconstpointer data)
{
    start(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_null(run->verdict->locks);
    assert_verdict(run, XR_ERROR_VERDICT, "error incomplete@rig",
                   "rig: The run lacks what it should have measured: 0 of 3 windows have a lock "
                   "profile.");
}

/* A build without the option is not asked for it. */
static void test_not_wanted(Run *run, gconstpointer data)
{
    start(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_PASS);
    g_assert_null(run->verdict->locks);
}

static void test_refused(Run *run, gconstpointer data)
{
    static const char *const senseless = "its index, guest_ns or domains make no sense";
    static const struct {
        const char *event, *error;
    } bad[] = {
        {"\"when\":\"begin\",\"index\":0,\"guest_ns\":5", senseless},
        {"\"when\":\"begin\",\"index\":1,\"guest_ns\":5,\"domains\":[]", senseless},
        {"\"when\":\"begin\",\"index\":0,\"domains\":[]", senseless},
        {"\"when\":\"begin\",\"index\":0,\"guest_ns\":5,\"domains\":[1]", senseless},
        {"\"when\":\"begin\",\"index\":0,\"guest_ns\":5,\"domains\":[{\"name\":\"dom0\"}]",
         senseless},
        {"\"when\":\"begin\",\"index\":0,\"guest_ns\":5,\"domains\":[{\"name\":\"dom0\",\"locks\":{"
         "\"a\":"
         "[1,2,3]}}]",
         senseless},
        {"\"when\":\"begin\",\"index\":0,\"guest_ns\":5,\"domains\":[{\"name\":\"dom0\",\"locks\":{"
         "\"a\":"
         "[1,2,3,-1]}}]",
         senseless},
        {"\"when\":\"end\",\"index\":0,\"guest_ns\":5,\"domains\":[]",
         "a reading has none of the window's begin before it"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(XrObservation) obs = xr_observation_new(run->plan);

        g_test_message("%s", bad[i].event);
        feed(obs, 1, "\"kind\":\"locks\",%s", bad[i].event);
        g_assert_cmpuint(obs->findings->len, ==, 1);
        g_assert_nonnull(strstr(feed_find(obs->findings, "rig-event")->line, bad[i].error));
    }
}

static void test_backwards(Run *run, gconstpointer data)
{
    static const char *const reading =
        "\"kind\":\"locks\",\"when\":\"%s\",\"index\":0,\"guest_ns\":"
        "%u,\"domains\":[{\"name\":\"dom0\","
        "\"locks\":{\"grant_read\":[%u,0,0,0]}}]";

    feed(run->obs, 1, reading, "begin", 5, 10);
    feed(run->obs, 2, reading, "end", 6, 9);
    judge(run);
    g_assert_cmpstr(feed_find(run->verdict->findings, "rig-event")->line, ==,
                    "locks: a lock's counts went backwards");
    g_assert_null(xr_verdict_metric(run->verdict, "lock_acquired.dom0/grant_read"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, up, function) g_test_add("/locks/" name, Run, NULL, up, function, tear_down)
    ADD("metrics", set_up_locks, test_metrics);
    ADD("rows", set_up_locks, test_rows);
    ADD("order", set_up_locks, test_order);
    ADD("missing", set_up_locks, test_missing);
    ADD("not-wanted", set_up, test_not_wanted);
    ADD("refused", set_up_locks, test_refused);
    ADD("backwards", set_up_locks, test_backwards);
    return g_test_run();
}

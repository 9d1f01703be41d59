/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stream guest's whole life, on backends that do as they should. */
#include "fake-machine.h"

#include "grant.h"

#include <stdlib.h>
#include <string.h>

#define KIB   1024u
#define MIB   (1024u * KIB)
#define BLOCK (64u * KIB)

/* A number out of "… key=N …". */
static guint64 number_in(const char *text, const char *key)
{
    g_autofree char *pattern = g_strconcat(key, "=", NULL);
    const char *at = strstr(text, pattern);
    while (at != NULL && at != text && at[-1] != ' ')
        at = strstr(at + 1, pattern);
    g_assert_nonnull(at);
    return strtoull(at + strlen(pattern), NULL, 10);
}

static guint64 figure(Machine *m, guint vbd, const char *key)
{
    g_autofree char *name = g_strdup_printf("figures/%u", vbd);
    return number_in(machine_said(m, name), key);
}

static void assert_states(Machine *m, guint vbd, const char *states)
{
    g_autofree char *path = g_strconcat(m->backends[vbd].frontend, "/state", NULL);
    g_autofree char *history = fake_store_history(&m->store, path);
    g_assert_cmpstr(history, ==, states);
}

/* What all good ends have in common. */
static void assert_done(Machine *m, guint64 blocks)
{
    g_autofree char *bytes = g_strdup_printf("bytes=%" G_GUINT64_FORMAT, blocks * BLOCK);
    assert_status(m, "state=done");
    assert_status(m, "errors=0");
    assert_status(m, "mismatches=0");
    assert_status(m, bytes);
    assert_said(m, "error", "");
    assert_nothing_left(m);
    for (guint i = 0; i < m->count; i++)
        assert_states(m, i, "3,4,5,6");
}

static void test_life(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    m.stop_after = 100;
    g_assert_false(machine_run(&m, ""));
    FakeBackend *b = &m.backends[0];
    assert_done(&m, b->seen[FAKE_WRITE]);
    g_assert_cmpuint(b->seen[FAKE_WRITE], ==, b->requests);
    g_autofree char *statuses = fake_store_history(&m.store, "data/xenrig/status");
    g_assert_true(g_str_has_prefix(
        statuses, "v=1 state=ready bytes=0 errors=0 mismatches=0 passes=0,v=1 state=streaming "
                  "bytes=0 errors=0 mismatches=0 passes=0,v=1 state=draining bytes="));
    g_assert_cmpuint(figure(&m, 0, "writes"), ==, b->requests);
    g_assert_cmpuint(figure(&m, 0, "write_bytes"), ==, (guint64)b->requests * BLOCK);
    g_assert_cmpuint(figure(&m, 0, "reads"), ==, 0);
    g_assert_cmpuint(number_in(machine_said(&m, "status"), "passes"), ==, b->requests / 16);
}

static void test_figures_at_interval(void)
{
    g_auto(Machine) m;
    machine_init(&m, 2, MIB);
    m.stop_after = G_MAXUINT;
    m.stop_at_ns = fake_xen.now_ns + 1650 * 1000 * 1000ull;
    for (guint i = 0; i < 2; i++)
        m.backends[i].delay_ns = 5 * 1000 * 1000;
    g_assert_false(machine_run(&m, "xenrig.figures=250"));
    assert_done(&m, m.backends[0].requests + m.backends[1].requests);
    for (guint i = 0; i < 2; i++) {
        g_autofree char *path = g_strdup_printf("data/xenrig/figures/%u", i);
        g_autofree char *history = fake_store_history(&m.store, path);
        g_auto(GStrv) lines = g_strsplit(history, "v=1 ", 0); /* one more than there are */
        g_assert_cmpuint(g_strv_length(lines), ==, 1 + 6 + 1);
        for (guint k = 2; k < 7; k++) {
            g_assert_cmpuint(number_in(lines[k], "t") - number_in(lines[k - 1], "t"), <, 260000000);
            g_assert_cmpuint(number_in(lines[k], "writes"), >, number_in(lines[k - 1], "writes"));
        }
        g_assert_cmpuint(figure(&m, i, "writes"), ==, m.backends[i].requests);
        g_assert_cmpuint(figure(&m, i, "gap"), <, 6 * 1000 * 1000);
    }
}

/* Figures only at the end: nothing but events wakes it, and none may be lost. */
static void test_no_figures(void)
{
    g_auto(Machine) m;
    machine_init(&m, 8, MIB);
    m.stop_after = 2000;
    m.store.chunk = 7;
    for (guint i = 0; i < m.count; i++) {
        m.backends[i].shuffle = TRUE;
        m.backends[i].delay_ns = 3000 * (i + 1);
    }
    g_assert_false(machine_run(&m, "xenrig.figures=0 xenrig.in_flight=4"));
    guint64 blocks = 0;
    for (guint i = 0; i < m.count; i++) {
        g_autofree char *path = g_strdup_printf("data/xenrig/figures/%u", i);
        g_autofree char *history = fake_store_history(&m.store, path);
        g_assert_true(g_str_has_prefix(history, "v=1 "));
        g_assert_null(strstr(history + 1, "v=1 "));
        blocks += m.backends[i].requests;
        g_assert_cmpuint(m.backends[i].requests, >, 1);
    }
    assert_done(&m, blocks);
}

/* Replies that come while the guest waits for xenstore are taken at once, not at the next event. */
static void test_no_event_is_lost(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    m.stop_after = 5000;
    m.store.chunk = 1;
    g_assert_false(machine_run(&m, "xenrig.figures=1 xenrig.in_flight=1"));
    assert_done(&m, m.backends[0].requests);
    g_assert_cmpuint(fake_xen.idle_waits, ==, 0);
}

static void test_many_vbds(void)
{
    g_auto(Machine) m;
    guint64 blocks = 0;
    machine_init(&m, 24, MIB);
    m.stop_after = 24 * 20;
    g_assert_false(machine_run(&m, "xenrig.in_flight=1"));
    for (guint i = 0; i < 24; i++) {
        blocks += m.backends[i].requests;
        g_assert_cmpuint(m.backends[i].requests, >=, 15);
        g_assert_cmpuint(figure(&m, i, "writes"), ==, m.backends[i].requests);
    }
    assert_done(&m, blocks);
}

/* VBD 0 is the one with the lowest number, in whatever order xenstore names them. */
static void test_order_of_vbds(void)
{
    g_auto(Machine) m;
    machine_init(&m, 18, MIB);
    m.stop_after = 50;
    g_assert_false(machine_run(&m, "xenrig.verify=1 xenrig.in_flight=1"));
    for (guint i = 0; i < 18; i++) {
        struct xg_block block;
        g_assert_cmpuint(m.domain->vbds[i].handle, ==, m.backends[i].handle);
        g_assert_true(xg_pattern_decode(m.backends[i].disk, &block));
        g_assert_cmpuint(block.vbd, ==, i);
        g_assert_cmpstr(block.domain, ==, "w03");
    }
}

static void test_stop_before_start(void)
{
    g_auto(Machine) m;
    machine_init(&m, 2, MIB);
    m.first_command = "stop";
    g_assert_false(machine_run(&m, "xenrig.fsync=1 xenrig.verify=1"));
    assert_done(&m, 0);
    g_assert_cmpuint(m.backends[0].requests + m.backends[1].requests, ==, 0);
}

/* Ordered before the domain is ready, and only read then. */
static void test_started_early(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    m.started = TRUE;
    m.stop_after = 10;
    fake_store_set(&m.store, "data/xenrig/command", "start");
    g_assert_false(machine_run(&m, ""));
    assert_done(&m, m.backends[0].requests);
    g_assert_cmpuint(m.backends[0].requests, >=, 10);
}

static void test_crash(void)
{
    static const char *const orders[][2] = {{"crash", NULL}, {NULL, "crash"}};
    for (guint i = 0; i < 2; i++) {
        g_auto(Machine) m;
        machine_init(&m, 2, MIB);
        m.first_command = orders[i][0];
        m.last_command = orders[i][1];
        m.stop_after = 10;
        g_assert_true(machine_run(&m, ""));
        assert_status(&m, i == 0 ? "state=ready" : "state=streaming");
    }
}

static void test_crash_while_connecting(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    m.started = TRUE;
    m.backends[0].deaf = TRUE;
    fake_store_set(&m.store, "data/xenrig/command", "crash");
    g_assert_true(machine_run(&m, ""));
    assert_said(&m, "status", ""); /* it was never ready */
}

static void test_unknown_command(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    m.first_command = "starts";
    fake_store_set(&m.store, "data/xenrig/command", "");
    m.backends[0].user_data = &m;
    fake_xen.hang = NULL;
    m.stop_at_ns = 0;
    if (g_test_subprocess()) {
        machine_run(&m, "");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed(); /* it waits for a better one */
    g_test_trap_assert_stderr("*" FAKE_HANG_TEXT "*");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/domain/life", test_life);
    g_test_add_func("/stream/domain/figures-at-interval", test_figures_at_interval);
    g_test_add_func("/stream/domain/no-figures", test_no_figures);
    g_test_add_func("/stream/domain/no-event-is-lost", test_no_event_is_lost);
    g_test_add_func("/stream/domain/many-vbds", test_many_vbds);
    g_test_add_func("/stream/domain/order-of-vbds", test_order_of_vbds);
    g_test_add_func("/stream/domain/stop-before-start", test_stop_before_start);
    g_test_add_func("/stream/domain/started-early", test_started_early);
    g_test_add_func("/stream/domain/crash", test_crash);
    g_test_add_func("/stream/domain/crash-while-connecting", test_crash_while_connecting);
    g_test_add_func("/stream/domain/unknown-command", test_unknown_command);
    return g_test_run();
}

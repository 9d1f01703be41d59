/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stream guest on backends that do not as they should: each is told, and none hangs it. */
#include "fake-machine.h"

#include <string.h>

#define KIB 1024u
#define MIB (1024u * KIB)

enum { CONNECTED = 4, CLOSING = 5, CLOSED = 6 };

/* Runs it to its end and compares the last error; the domain must have failed. */
static void assert_fails(Machine *m, const char *words, const char *error)
{
    g_assert_false(machine_run(m, words));
    assert_status(m, "state=failed");
    assert_said(m, "error", error);
}

/* The same, for an error that matches. */
static void assert_fails_like(Machine *m, const char *words, const char *pattern)
{
    g_assert_false(machine_run(m, words));
    assert_status(m, "state=failed");
    if (!g_pattern_match_simple(pattern, machine_said(m, "error")))
        g_error("\"%s\" is not like \"%s\"", machine_said(m, "error"), pattern);
}

/* --- replies --- */

static void reply_error(FakeBackend *backend, FakeRequest *request)
{
    if (request->number == 3)
        request->status = GPOINTER_TO_INT(backend->user_data) == 2 ? -2 : -1;
}

static void test_one_error(void)
{
    for (gint status = 1; status <= 2; status++) {
        g_auto(Machine) m;
        machine_init(&m, 1, MIB);
        m.stop_after = 10;
        m.backends[0].on_reply = reply_error;
        m.backends[0].user_data = GINT_TO_POINTER(status);
        g_assert_false(machine_run(&m, "xenrig.in_flight=1"));
        assert_status(&m, "state=done");
        assert_status(&m, "errors=1");
        g_autofree char *error = g_strdup_printf(
            "domain w03 vbd 0: write of 65536 bytes at offset 131072 failed: blkback says %s",
            status == 1 ? "-1 (I/O error)" : "-2 (not supported)");
        assert_said(&m, "error", error);
        assert_nothing_left(&m);
    }
}

static void reply_only_errors(FakeBackend *backend, FakeRequest *request)
{
    request->status = -1;
}

static void test_many_errors(void)
{
    static const char *const words[] = {"", "xenrig.verify=1 xenrig.fsync=1", "xenrig.paranoid=1",
                                        "xenrig.reads=1000"};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        g_auto(Machine) m;
        machine_init(&m, 1, MIB);
        m.stop_after = G_MAXUINT;
        m.backends[0].on_reply = reply_only_errors;
        assert_fails_like(&m, words[i],
                          "domain w03 vbd 0: given up after 1* errors, last: domain w03 vbd 0: * "
                          "failed: blkback says -1 (I/O error)");
        g_assert_cmpuint(m.backends[0].requests, <=, 18);
        assert_nothing_left(&m);
    }
}

/* What each does to the seventh request of VBD 0. */
static void reply_wrong_id(FakeBackend *backend, FakeRequest *request)
{
    request->reply_id ^= request->number == 7 ? 0x1000000000 : 0;
}

static void reply_no_slot(FakeBackend *backend, FakeRequest *request)
{
    if (request->number == 7)
        request->reply_id = 0xffff;
}

static void reply_stale_id(FakeBackend *backend, FakeRequest *request)
{
    if (request->number == 7)
        request->reply_id -= 0x10000; /* the request before in that slot */
}

static void reply_twice(FakeBackend *backend, FakeRequest *request)
{
    request->twice = request->number == 7;
}

static void reply_too_many(FakeBackend *backend, FakeRequest *request)
{
    request->overrun = request->number == 7 ? 3 : 0;
}

static void reply_far_too_many(FakeBackend *backend, FakeRequest *request)
{
    request->overrun = request->number == 7 ? 0x80000000 : 0;
}

static void reply_mapped(FakeBackend *backend, FakeRequest *request)
{
    request->keep_mapped = request->number == 7;
}

static const struct {
    void (*on_reply)(FakeBackend *backend, FakeRequest *request);
    const char *pattern;
} wrong_replies[] = {
    {reply_wrong_id, "the backend replied to id 10000?000?, which is no request in flight"},
    {reply_no_slot, "the backend replied to id ffff, which is no request in flight"},
    {reply_stale_id, "the backend replied to id ?000?, which is no request in flight"},
    {reply_twice, "the backend *"},
    {reply_too_many, "the backend put ? replies on the ring to ? requests"},
    {reply_far_too_many, "the backend put 21474836?? replies on the ring to ? requests"},
    {reply_mapped, "the backend still has grant * mapped, although it has replied"},
};

/* One VBD is broken; the other one goes on until it is stopped. */
static void test_wrong_replies(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(wrong_replies); i++) {
        for (guint count = 1; count <= 2; count++) {
            g_auto(Machine) m;
            g_autofree char *pattern =
                g_strconcat("domain w03 vbd 0: ", wrong_replies[i].pattern, NULL);
            machine_init(&m, count, MIB);
            m.stop_after = G_MAXUINT;
            m.backends[0].on_reply = wrong_replies[i].on_reply;
            assert_fails_like(&m, "xenrig.verify=1", pattern);
            g_assert_cmpint(m.domain->vbds[0].state, ==, SG_VBD_BROKEN);
            g_assert_cmpuint(m.backends[0].requests, <, 20);
            if (count == 2)
                g_assert_cmpint(m.domain->vbds[1].state, ==, SG_VBD_CLOSED);
            assert_status(&m, "mismatches=0");
        }
    }
}

/* --- states --- */

static void test_closed_while_connecting(void)
{
    for (guint state = CLOSING; state <= CLOSED; state++) {
        g_auto(Machine) m;
        g_autofree char *error =
            g_strdup_printf("domain w03 vbd 1: the backend has closed it (state %u)", state);
        machine_init(&m, 2, MIB);
        fake_backend_enter(&m.backends[1], state);
        assert_fails(&m, "", error);
        g_assert_cmpuint(m.backends[0].requests, ==, 0); /* it was never ready */
    }
}

static gboolean close_later(Machine *m)
{
    FakeBackend *b = &m->backends[1];
    if (b->requests < 50 || b->state != CONNECTED)
        return FALSE;
    b->hold = TRUE;
    fake_backend_enter(b, GPOINTER_TO_UINT(m->user_data));
    return TRUE;
}

static void test_closed_while_streaming(void)
{
    for (guint state = CLOSING; state <= CLOSED; state++) {
        g_auto(Machine) m;
        g_autofree char *error = g_strdup_printf(
            "domain w03 vbd 1: the backend has closed it (state %u), although it is in use", state);
        machine_init(&m, 2, MIB);
        m.stop_after = G_MAXUINT;
        m.on_step = close_later;
        m.user_data = GUINT_TO_POINTER(state);
        assert_fails(&m, "", error);
        g_assert_cmpint(m.domain->vbds[0].state, ==, SG_VBD_CLOSED);
    }
}

/* The VBD closes while the domain is ready and nothing has begun. */
static gboolean close_ready(Machine *m)
{
    FakeBackend *b = &m->backends[1];
    if (b->state != CONNECTED || !machine_status_has(m, "state=ready"))
        return FALSE;
    fake_backend_enter(b, CLOSING);
    if (m->user_data != NULL)
        fake_store_set(&m->store, "data/xenrig/command", "start"); /* both are seen at once */
    return TRUE;
}

static void test_closed_while_ready(void)
{
    for (guint i = 0; i < 2; i++) {
        g_auto(Machine) m;
        machine_init(&m, 2, MIB);
        m.started = TRUE;
        m.on_step = close_ready;
        m.user_data = i ? &m : NULL;
        assert_fails(
            &m, "", "domain w03 vbd 1: the backend has closed it (state 5), although it is in use");
        g_assert_cmpuint(m.backends[0].requests, ==, 0);
        g_assert_cmpint(m.domain->vbds[0].state, ==, SG_VBD_CLOSED);
    }
}

static void test_never_connects(void)
{
    static const struct {
        guint state;
        const char *words;
    } cases[] = {{1, "waits for its backend (state of the frontend 1, of the backend 1)"},
                 {2, "waits to be connected (state of the frontend 3, of the backend 2)"}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Machine) m;
        machine_init(&m, 1, MIB);
        fake_backend_enter(&m.backends[0], cases[i].state);
        m.backends[0].deaf = TRUE;
        guint64 begin = fake_xen.now_ns;
        g_assert_false(machine_run(&m, ""));
        assert_status(&m, "state=failed");
        g_autofree char *sentence =
            g_strdup_printf("domain w03 vbd 0: its frontend 51712 %s after 120 s", cases[i].words);
        g_autofree char *errors = fake_store_history(&m.store, "data/xenrig/error");
        g_assert_true(g_str_has_prefix(errors, sentence));
        g_assert_cmpuint(fake_xen.now_ns - begin, >=, 120 * SG_SECOND_NS);
        g_assert_cmpuint(fake_xen.now_ns - begin, <, 152 * SG_SECOND_NS);
        /* Where nothing was offered there is nothing to be closed, nor waited for. */
        if (cases[i].state == 1)
            assert_said(&m, "error", sentence);
    }
}

static void test_never_replies(void)
{
    for (guint count = 1; count <= 2; count++) {
        g_auto(Machine) m;
        machine_init(&m, count, MIB);
        m.backends[0].hold = TRUE;
        m.stop_after = count == 1 ? 0 : 50;
        m.stop_at_ns = fake_xen.now_ns + SG_SECOND_NS;
        guint64 begin = fake_xen.now_ns;
        assert_fails(&m, "",
                     "domain w03 vbd 0: 2 requests are in flight and none was replied to for 60 s");
        g_assert_cmpuint(fake_xen.now_ns - begin, <, 65 * SG_SECOND_NS);
    }
}

/* --- the end --- */

static void test_never_closes(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    m.stop_after = 10;
    m.backends[0].silent_at_state = CONNECTED;
    assert_fails(&m, "",
                 "domain w03 vbd 0: its frontend 51712 waits to be closed (state of the frontend "
                 "5, of the backend 4) after 30 s");
}

static void test_closes_with_rings_mapped(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    m.stop_after = 10;
    m.backends[0].keep_rings = TRUE;
    assert_fails_like(&m, "",
                      "domain w03 vbd 0: the backend still has grant * mapped, a page of the ring, "
                      "although it has closed");
}

/* It goes at once when all is done, before the frontend has said a word. */
static gboolean vanish(Machine *m)
{
    FakeBackend *b = &m->backends[0];
    if (!machine_status_has(m, "state=draining") || b->pending->len > 0 || b->state != CONNECTED)
        return FALSE;
    g_autofree char *path = g_strconcat(b->path, "/state", NULL);
    b->state = CLOSED;
    b->deaf = TRUE;
    g_hash_table_remove(m->store.nodes, path);
    return TRUE;
}

static void test_is_gone_with_rings_mapped(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    m.stop_after = 10;
    m.on_step = vanish;
    assert_fails_like(&m, "",
                      "domain w03 vbd 0: the backend still has grant * mapped, a page of the ring, "
                      "although it has closed");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/frontend/one-error", test_one_error);
    g_test_add_func("/stream/frontend/many-errors", test_many_errors);
    g_test_add_func("/stream/frontend/wrong-replies", test_wrong_replies);
    g_test_add_func("/stream/frontend/closed-while-connecting", test_closed_while_connecting);
    g_test_add_func("/stream/frontend/closed-while-streaming", test_closed_while_streaming);
    g_test_add_func("/stream/frontend/closed-while-ready", test_closed_while_ready);
    g_test_add_func("/stream/frontend/never-connects", test_never_connects);
    g_test_add_func("/stream/frontend/never-replies", test_never_replies);
    g_test_add_func("/stream/frontend/never-closes", test_never_closes);
    g_test_add_func("/stream/frontend/closes-with-rings-mapped", test_closes_with_rings_mapped);
    g_test_add_func("/stream/frontend/is-gone-with-rings-mapped", test_is_gone_with_rings_mapped);
    return g_test_run();
}

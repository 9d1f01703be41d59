/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: data that goes wrong below the stream guest: verify and paranoid see it, nothing else does.
 *
 * Each fault is also run without them and must stay unseen then: so it is known that it is these that
 * see it, and that the fault harms nothing else. */
#include "fake-machine.h"

#include <string.h>

#define KIB   1024u
#define MIB   (1024u * KIB)
#define BLOCK (64u * KIB)

typedef void (*Fault)(FakeBackend *backend, FakeRequest *request);

/* The write that is to go wrong: of block 3, at the pass that user_data says. */
static gboolean is_victim(FakeBackend *backend, const FakeRequest *request)
{
    struct xg_block block;

    return request->op == FAKE_WRITE && request->sector * 512 == 3 * BLOCK &&
           (!xg_pattern_decode(request->pages[0], &block) ||
            block.pass == GPOINTER_TO_UINT(backend->user_data));
}

/* Two VBDs; the fault is in VBD 1. */
static void run(Machine *m, const char *words, Fault on_request, Fault on_reply, guint pass)
{
    machine_init(m, 2, MIB);
    m->stop_after = 200;
    m->backends[1].on_request = on_request;
    m->backends[1].on_reply = on_reply;
    m->backends[1].user_data = GUINT_TO_POINTER(pass);
    g_assert_false(machine_run(m, words));
    assert_status(m, "state=done");
    assert_status(m, "errors=0");
    assert_nothing_left(m);
}

static void assert_unseen(const char *words, Fault on_request, Fault on_reply)
{
    g_auto(Machine) m;
    run(&m, words, on_request, on_reply, 1);
    assert_status(&m, "mismatches=0");
    assert_said(&m, "mismatch/0", "");
}

static void lose(FakeBackend *backend, FakeRequest *request)
{
    request->lose = is_victim(backend, request);
}

static void test_lost_write(void)
{
    static const char *const found[] = {"zeros", "block of w03 vbd 1 offset 196608 pass 1"};
    assert_unseen("", NULL, lose);
    for (guint pass = 1; pass <= 2; pass++) {
        g_auto(Machine) m;
        run(&m, "xenrig.verify=1", NULL, lose, pass);
        g_autofree char *sentence =
            g_strdup_printf("domain w03 vbd 1 offset 196608 pass %u: expected block of w03 vbd 1 "
                            "offset 196608 pass %u, found %s; 65536 bytes are so",
                            pass, pass, found[pass - 1]);
        assert_status(&m, "mismatches=1");
        assert_said(&m, "mismatch/0", sentence);
        assert_said(&m, "mismatch/1", "");
    }
}

static gboolean flip_later(Machine *m)
{
    FakeBackend *b = &m->backends[1];
    if (m->user_data != NULL || b->seen[FAKE_READ] == 0)
        return FALSE;
    m->user_data = m;
    b->disk[3 * BLOCK + 1024 + 100] ^= 0xff;
    return FALSE;
}

static void test_flipped_byte(void)
{
    for (guint verify = 0; verify <= 1; verify++) {
        g_auto(Machine) m;
        machine_init(&m, 2, MIB);
        m.stop_after = 100;
        m.on_step = flip_later; /* while the pass is read back, before block 3 is */
        g_assert_false(machine_run(&m, verify ? "xenrig.verify=1 xenrig.in_flight=1"
                                              : "xenrig.reads=500 xenrig.in_flight=1"));
        assert_status(&m, "state=done");
        if (!verify) {
            assert_status(&m, "mismatches=0");
            continue;
        }
        assert_status(&m, "mismatches=1");
        g_assert_true(g_pattern_match_simple("domain w03 vbd 1 offset 197632 pass 1: expected 0x?? "
                                             "at byte 100, found 0x??; 1 of 512 bytes differ",
                                             machine_said(&m, "mismatch/0")));
    }
}

static void go_astray(FakeBackend *backend, FakeRequest *request)
{
    Machine *m = (Machine *)((char *)(backend - 1) - offsetof(Machine, backends));
    if (is_victim(backend, request))
        request->other = &m->backends[0];
}

/* Both VBDs show it: one has lost its block, the other has got it. */
static void test_write_to_other_vbd(void)
{
    assert_unseen("", NULL, go_astray);
    g_auto(Machine) m;
    run(&m, "xenrig.verify=1", NULL, go_astray, 2);
    g_autofree char *all =
        g_strjoin("\n", machine_said(&m, "mismatch/0"), machine_said(&m, "mismatch/1"), NULL);
    g_assert_nonnull(strstr(all, "domain w03 vbd 1 offset 196608 pass 2: expected block of w03 vbd "
                                 "1 offset 196608 pass 2, found block of w03 vbd 1 offset 196608 "
                                 "pass 1; 65536 bytes are so"));
    g_assert_nonnull(strstr(all, "domain w03 vbd 0 offset 196608 pass 2: expected block of w03 vbd "
                                 "0 offset 196608 pass 2, found block of w03 vbd 1 offset 196608 "
                                 "pass 2; 65536 bytes are so"));
}

/* Reads of the stream itself are compared, too, where it is known what a block holds. */
static void test_seen_by_reads(void)
{
    g_auto(Machine) m;
    machine_init(&m, 2, MIB);
    m.stop_after = 1500;
    m.backends[1].on_reply = lose;
    m.backends[1].user_data = GUINT_TO_POINTER(1);
    g_assert_false(machine_run(&m, "xenrig.paranoid=1 xenrig.reads=500 xenrig.in_flight=1"));
    g_assert_true(g_pattern_match_simple("domain w03 vbd 1 offset 196608 pass 1: *, found zeros; "
                                         "65536 bytes are so, read back at once",
                                         machine_said(&m, "mismatch/0")));
}

/* The backend replies and uses the page afterwards: the grant was given back too early. */
static void be_late(FakeBackend *backend, FakeRequest *request)
{
    request->late = is_victim(backend, request);
}

static void test_page_used_after_reply(void)
{
    assert_unseen("", NULL, be_late);
    g_auto(Machine) m;
    run(&m, "xenrig.paranoid=1", NULL, be_late, 1);
    assert_said(&m, "mismatch/0",
                "domain w03 vbd 1 offset 196608 pass 1: expected block of w03 vbd 1 offset 196608 "
                "pass 1, found nothing a stream wrote, beginning with a5 a5 a5 a5 a5 a5 a5 a5; "
                "65536 bytes are so, read back at once");
    assert_status(&m, "mismatches=1");
}

/* Somebody else writes to a page that is in flight. */
static void scribble(FakeBackend *backend, FakeRequest *request)
{
    if (is_victim(backend, request))
        memset(request->pages[2] + 512 + 64, 0x77, 100);
}

static void test_page_written_to_in_flight(void)
{
    assert_unseen("", scribble, NULL);
    g_auto(Machine) m;
    run(&m, "xenrig.paranoid=1", scribble, NULL, 1);
    g_assert_true(g_pattern_match_simple(
        "domain w03 vbd 1 offset 205312 pass 1: expected 0x?? at byte 64, found 0x77; * of 512 "
        "bytes differ, in the domU's own page when the write was done",
        machine_said(&m, "mismatch/0")));
    g_assert_true(g_str_has_suffix(machine_said(&m, "mismatch/1"), ", read back at once"));
    assert_status(&m, "mismatches=2");
}

/* What was discarded, or could not be written, may hold anything. */
static void fail_victim(FakeBackend *backend, FakeRequest *request)
{
    if (is_victim(backend, request))
        request->status = -1;
}

static void test_unknown_contents(void)
{
    g_auto(Machine) m;
    machine_init(&m, 2, MIB);
    m.stop_after = 1000;
    m.backends[1].on_reply = fail_victim;
    m.backends[1].user_data = GUINT_TO_POINTER(2);
    g_assert_false(machine_run(&m, "xenrig.verify=1 xenrig.reads=300 xenrig.discard_every=5"));
    assert_status(&m, "mismatches=0");
    assert_status(&m, "state=done");
}

static void lose_all(FakeBackend *backend, FakeRequest *request)
{
    request->lose = request->op == FAKE_WRITE;
}

/* The first eight are kept, all are counted. */
static void test_many(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    m.stop_after = 64;
    m.backends[0].on_reply = lose_all;
    g_assert_false(machine_run(&m, "xenrig.verify=1 xenrig.in_flight=1"));
    assert_status(&m, "state=done");
    g_assert_true(machine_status_has(&m, "mismatches=32") ||
                  machine_status_has(&m, "mismatches=33"));
    for (guint i = 0; i < 8; i++) {
        g_autofree char *name = g_strdup_printf("mismatch/%u", i);
        g_autofree char *begin =
            g_strdup_printf("domain w03 vbd 0 offset %u pass 1: expected", i * BLOCK);
        g_assert_true(g_str_has_prefix(machine_said(&m, name), begin));
    }
    assert_said(&m, "mismatch/8", "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/verify/lost-write", test_lost_write);
    g_test_add_func("/stream/verify/flipped-byte", test_flipped_byte);
    g_test_add_func("/stream/verify/write-to-other-vbd", test_write_to_other_vbd);
    g_test_add_func("/stream/verify/seen-by-reads", test_seen_by_reads);
    g_test_add_func("/stream/verify/page-used-after-reply", test_page_used_after_reply);
    g_test_add_func("/stream/verify/page-written-to-in-flight", test_page_written_to_in_flight);
    g_test_add_func("/stream/verify/unknown-contents", test_unknown_contents);
    g_test_add_func("/stream/verify/many", test_many);
    return g_test_run();
}

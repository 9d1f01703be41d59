/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the stream guest streams: reads, writes, flushes and discards by number and place. */
#include "fake-machine.h"

#include <string.h>

#define KIB    1024u
#define MIB    (1024u * KIB)
#define BLOCK  (64u * KIB)
#define BLOCKS 16u /* of a VBD of 1 MiB */

/* What a backend was asked, in order. */
typedef struct {
    GArray *ops, *sectors;
    guint64 last_sector;
} Record;

static void record(FakeBackend *backend, FakeRequest *request)
{
    Record *r = backend->user_data;
    guint op = request->op;

    g_array_append_val(r->ops, op);
    g_array_append_val(r->sectors, request->sector);
    /* A block is not asked for twice at a time; the request itself is the last one. */
    for (guint i = 0; i + 1 < backend->pending->len; i++) {
        const FakeRequest *other = g_ptr_array_index(backend->pending, i);
        g_assert_true(request->sectors == 0 || other->sectors == 0 ||
                      other->sector != request->sector);
    }
}

static void record_clear(Record *r)
{
    g_array_unref(r->ops);
    g_array_unref(r->sectors);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Record, record_clear)

/* Runs a domain of one VBD with these words until it has had so many replies. */
static void run(Machine *m, Record *r, guint64 size, guint replies, const char *words)
{
    machine_init(m, 1, size);
    *r = (Record){g_array_new(FALSE, FALSE, sizeof(guint)),
                  g_array_new(FALSE, FALSE, sizeof(guint64)), 0};
    m->stop_after = replies;
    m->backends[0].on_request = record;
    m->backends[0].user_data = r;
    g_assert_false(machine_run(m, words));
    assert_status(m, "state=done");
    assert_status(m, "errors=0");
    assert_status(m, "mismatches=0");
    assert_nothing_left(m);
}

static void assert_bytes(Machine *m, guint64 bytes)
{
    g_autofree char *word = g_strdup_printf("bytes=%" G_GUINT64_FORMAT, bytes);
    assert_status(m, word);
}

#define seen(m, op)       ((m)->backends[0].seen[op])
#define place(r, i)       (g_array_index((r)->sectors, guint64, (i)) * 512 / BLOCK)
#define operation(r, i)   (g_array_index((r)->ops, guint, (i)))
#define is_about(n, goal) (((n) > (goal)*9 / 10) && ((n) < (goal)*11 / 10))

static void test_sequential(void)
{
    g_auto(Machine) m;
    g_auto(Record) r;
    run(&m, &r, MIB, 100, "xenrig.in_flight=5");
    for (guint i = 0; i < r.ops->len; i++) {
        g_assert_cmpuint(operation(&r, i), ==, FAKE_WRITE);
        g_assert_cmpuint(place(&r, i), ==, i % BLOCKS);
    }
    assert_bytes(&m, (guint64)r.ops->len * BLOCK);
}

static void test_in_flight(void)
{
    static const guint depths[] = {1, 2, 7, 16, 64};
    for (guint i = 0; i < G_N_ELEMENTS(depths); i++) {
        g_auto(Machine) m;
        g_auto(Record) r;
        g_autofree char *words =
            g_strdup_printf("xenrig.in_flight=%u xenrig.ring_pages=4", depths[i]);
        run(&m, &r, MIB, 300, words);
        /* A block that is in flight is waited for. */
        g_assert_cmpuint(m.backends[0].queues[0].most_in_flight, ==, MIN(depths[i], BLOCKS));
    }
}

static void test_only_reads(void)
{
    g_auto(Machine) m;
    g_auto(Record) r;
    run(&m, &r, MIB, 100, "xenrig.reads=1000");
    g_assert_cmpuint(seen(&m, FAKE_READ), ==, r.ops->len);
    assert_bytes(&m, (guint64)r.ops->len * BLOCK);
}

static void test_some_reads(void)
{
    g_auto(Machine) m;
    g_auto(Record) r;
    run(&m, &r, MIB, 5000, "xenrig.reads=300");
    g_assert_true(is_about(seen(&m, FAKE_READ), 1500));
    g_assert_cmpuint(seen(&m, FAKE_READ) + seen(&m, FAKE_WRITE), ==, r.ops->len);
    assert_bytes(&m, (guint64)r.ops->len * BLOCK);
}

static void test_random(void)
{
    g_auto(Machine) m;
    g_auto(Record) r;
    guint counts[BLOCKS] = {0}, neighbours = 0;
    run(&m, &r, MIB, 8000, "xenrig.random=1 xenrig.in_flight=4");
    for (guint i = 0; i < r.ops->len; i++) {
        counts[place(&r, i)]++;
        neighbours += i > 0 && place(&r, i) == place(&r, i - 1) + 1;
    }
    for (guint i = 0; i < BLOCKS; i++)
        g_assert_cmpuint(counts[i], >, 400); /* of 500 */
    g_assert_cmpuint(neighbours, <, 1000);
}

/* The same seed gives the same, another one something else; so with reads. */
static void test_seed(void)
{
    static const char *const words[] = {"xenrig.random=1 xenrig.reads=500 xenrig.seed=1",
                                        "xenrig.random=1 xenrig.reads=500 xenrig.seed=1",
                                        "xenrig.random=1 xenrig.reads=500 xenrig.seed=2"};
    Machine m[3];
    Record r[3];
    for (guint i = 0; i < 3; i++) {
        run(&m[i], &r[i], MIB, 100, words[i]);
        machine_clear(&m[i]);
    }
    g_assert_cmpmem(r[0].sectors->data, 100 * 8, r[1].sectors->data, 100 * 8);
    g_assert_cmpmem(r[0].ops->data, 100 * 4, r[1].ops->data, 100 * 4);
    g_assert_true(memcmp(r[0].sectors->data, r[2].sectors->data, 100 * 8) != 0);
    g_assert_true(memcmp(r[0].ops->data, r[2].ops->data, 100 * 4) != 0);
    for (guint i = 0; i < 3; i++)
        record_clear(&r[i]);
}

static void test_flushes(void)
{
    g_auto(Machine) m;
    g_auto(Record) r;
    run(&m, &r, MIB, 500, "xenrig.flush_every=4");
    g_assert_cmpuint(seen(&m, FAKE_FLUSH), ==, seen(&m, FAKE_WRITE) / 4);
    assert_bytes(&m, (guint64)seen(&m, FAKE_WRITE) * BLOCK);
}

/* A backend that knows barriers only, and one that knows neither. */
static void test_flushes_otherwise(void)
{
    for (guint barrier = 0; barrier <= 1; barrier++) {
        g_auto(Machine) m;
        machine_init(&m, 1, MIB);
        fake_backend_node(&m.backends[0], "feature-flush-cache", 0);
        fake_backend_node(&m.backends[0], "feature-barrier", barrier);
        m.stop_after = 100;
        g_assert_false(machine_run(&m, "xenrig.flush_every=4 xenrig.fsync=1"));
        assert_status(&m, "state=done");
        g_assert_cmpuint(seen(&m, FAKE_FLUSH), ==, 0);
        g_assert_cmpuint(seen(&m, FAKE_BARRIER) > 0, ==, barrier);
        g_assert_cmpuint(seen(&m, FAKE_WRITE), >, 70);
    }
}

static void test_discards(void)
{
    g_auto(Machine) m;
    g_auto(Record) r;
    run(&m, &r, MIB, 500, "xenrig.discard_every=5");
    g_assert_cmpuint(seen(&m, FAKE_DISCARD), ==, r.ops->len / 5);
    g_assert_cmpuint(seen(&m, FAKE_WRITE), ==, r.ops->len - r.ops->len / 5);
    for (guint i = 0; i < r.ops->len; i++) {
        g_assert_cmpuint(operation(&r, i), ==, i % 5 == 4 ? FAKE_DISCARD : FAKE_WRITE);
        g_assert_cmpuint(place(&r, i), ==, i % BLOCKS);
    }
    assert_bytes(&m, (guint64)seen(&m, FAKE_WRITE) * BLOCK);
}

static void test_no_discards(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    fake_backend_node(&m.backends[0], "feature-discard", 0);
    m.stop_after = 100;
    g_assert_false(machine_run(&m, "xenrig.discard_every=5"));
    assert_status(&m, "state=done");
    g_assert_cmpuint(seen(&m, FAKE_DISCARD), ==, 0);
}

/* Each pass ends with one flush, when nothing else is in flight. */
static void test_fsync(void)
{
    g_auto(Machine) m;
    g_auto(Record) r;
    run(&m, &r, MIB, 5 * (BLOCKS + 1) + 3, "xenrig.fsync=1 xenrig.in_flight=3");
    for (guint i = 0; i + 1 < r.ops->len; i++)
        g_assert_cmpuint(operation(&r, i), ==, i % 17 == 16 ? FAKE_FLUSH : FAKE_WRITE);
    g_assert_cmpuint(operation(&r, r.ops->len - 1), ==, FAKE_FLUSH); /* the pass that was stopped */
    assert_status(&m, "passes=5");
}

/* A pass is written, then read from its start. */
static void test_verify(void)
{
    g_auto(Machine) m;
    g_auto(Record) r;
    run(&m, &r, MIB, 4 * BLOCKS + 3, "xenrig.verify=1 xenrig.in_flight=2");
    guint written = seen(&m, FAKE_WRITE) - 2 * BLOCKS;
    g_assert_cmpuint(written, >=, 3);
    g_assert_cmpuint(written, <, 8);
    g_assert_cmpuint(seen(&m, FAKE_READ), ==, 2 * BLOCKS + written); /* no more than was written */
    for (guint i = 0; i < 4 * BLOCKS; i++) {
        g_assert_cmpuint(operation(&r, i), ==, i / BLOCKS % 2 ? FAKE_READ : FAKE_WRITE);
        g_assert_cmpuint(place(&r, i), ==, i % BLOCKS);
    }
    assert_bytes(&m, (guint64)seen(&m, FAKE_WRITE) * BLOCK);
    assert_status(&m, "passes=2");
}

static void test_paranoid(void)
{
    g_auto(Machine) m;
    g_auto(Record) r;
    run(&m, &r, MIB, 100, "xenrig.paranoid=1 xenrig.in_flight=1");
    for (guint i = 0; i < r.ops->len; i++) {
        g_assert_cmpuint(operation(&r, i), ==, i % 2 ? FAKE_READ : FAKE_WRITE);
        g_assert_cmpuint(place(&r, i), ==, i / 2 % BLOCKS);
    }
    assert_bytes(&m, (guint64)seen(&m, FAKE_WRITE) * BLOCK);
}

/* Whatever is asked together, a good disk shows no mismatch, in any order of replies. */
static void test_all_together(void)
{
    for (guint bits = 0; bits < 256; bits++) {
        g_auto(Machine) m;
        g_autofree char *words = g_strdup_printf(
            "xenrig.verify=%u xenrig.paranoid=%u xenrig.random=%u xenrig.reads=%u "
            "xenrig.discard_every=%u xenrig.flush_every=%u xenrig.persistent=%u xenrig.fsync=%u "
            "xenrig.in_flight=5 xenrig.block=8192 xenrig.queues=2 xenrig.segments=1 xenrig.seed=%u",
            bits & 1, bits >> 1 & 1, bits >> 2 & 1, (bits >> 3 & 1) * 400, (bits >> 4 & 1) * 6,
            (bits >> 5 & 1) * 7, bits >> 6 & 1, bits >> 7 & 1, bits);
        machine_init(&m, 2, 10 * 8192 + 512);
        for (guint i = 0; i < 2; i++)
            m.backends[i].shuffle = TRUE;
        m.backends[1].delay_ns = 1000000;
        m.stop_after = 150;
        g_assert_false(machine_run(&m, words));
        if (!machine_status_has(&m, "mismatches=0"))
            g_error("%s: %s", words, machine_said(&m, "mismatch/0"));
        assert_status(&m, "state=done");
        assert_status(&m, "errors=0");
        assert_nothing_left(&m);
    }
}

static void test_odd_sizes(void)
{
    static const guint64 sizes[] = {512, 4096, 2 * BLOCK + 512, 3 * BLOCK - 4096};
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_auto(Machine) m;
        g_auto(Record) r;
        guint blocks = (guint)((sizes[i] + BLOCK - 1) / BLOCK);
        run(&m, &r, sizes[i], 2 * blocks * 4, "xenrig.verify=1 xenrig.in_flight=4");
        g_assert_cmpuint(seen(&m, FAKE_WRITE), ==, seen(&m, FAKE_READ));
        if (seen(&m, FAKE_WRITE) % blocks == 0)
            assert_bytes(&m, seen(&m, FAKE_WRITE) / blocks * sizes[i]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/modes/sequential", test_sequential);
    g_test_add_func("/stream/modes/in-flight", test_in_flight);
    g_test_add_func("/stream/modes/only-reads", test_only_reads);
    g_test_add_func("/stream/modes/some-reads", test_some_reads);
    g_test_add_func("/stream/modes/random", test_random);
    g_test_add_func("/stream/modes/seed", test_seed);
    g_test_add_func("/stream/modes/flushes", test_flushes);
    g_test_add_func("/stream/modes/flushes-otherwise", test_flushes_otherwise);
    g_test_add_func("/stream/modes/discards", test_discards);
    g_test_add_func("/stream/modes/no-discards", test_no_discards);
    g_test_add_func("/stream/modes/fsync", test_fsync);
    g_test_add_func("/stream/modes/verify", test_verify);
    g_test_add_func("/stream/modes/paranoid", test_paranoid);
    g_test_add_func("/stream/modes/all-together", test_all_together);
    g_test_add_func("/stream/modes/odd-sizes", test_odd_sizes);
    return g_test_run();
}

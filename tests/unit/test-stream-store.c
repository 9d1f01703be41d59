/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stream guest's end of xenstore's ring. */
#include "fake-store.h"
#include "fake-xen.h"

#include "event.h"
#include "memory.h"
#include "store.h"

#include <errno.h>
#include <string.h>

enum { TYPE_WATCH_EVENT = 15, AT_TYPE = 0, AT_ID = 4, AT_LENGTH = 12 };

/* A machine with nothing but xenstored. */
static gboolean step(gpointer user_data)
{
    return fake_store_step(user_data);
}

static void notified(gpointer user_data, guint port)
{
    fake_store_notified(user_data, port);
}

static void setup(FakeStore *store)
{
    fake_xen_init(64 * SG_PAGE, 1);
    fake_store_init(store);
    fake_xen.world = (FakeWorld){step, NULL, notified, store};
}

static void store_clear(FakeStore *store)
{
    fake_store_clear(store);
    fake_xen_clear();
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FakeStore, store_clear)

#define assert_read(path, text)                                                                    \
    do {                                                                                           \
        char is_[64];                                                                              \
        g_assert_cmpint(sg_store_read((path), is_, sizeof is_), ==, (int)strlen(text));            \
        g_assert_cmpstr(is_, ==, (text));                                                          \
    } while (0)

static void test_basics(void)
{
    g_auto(FakeStore) s;
    char names[64];
    setup(&s);
    fake_store_set(&s, "device/vbd/51712/state", "1");
    fake_store_set(&s, "device/vbd/51728/state", "");
    fake_store_set(&s, "/local/domain/0/x", "of dom0");
    assert_read("device/vbd/51712/state", "1");
    assert_read("device/vbd/51728/state", "");
    assert_read("/local/domain/0/x", "of dom0");
    g_assert_cmpint(sg_store_list("device/vbd", names, sizeof names), ==, 12);
    g_assert_cmpmem(names, 12, "51728\00051712", 12);
    g_assert_cmpint(sg_store_list("device/nothing", names, sizeof names), ==, 0);
    g_assert_cmpint(sg_store_write("data/xenrig/status", "v=1"), ==, 0);
    g_assert_cmpstr(fake_store_get(&s, FAKE_HOME "data/xenrig/status"), ==, "v=1");
    g_assert_cmpint(sg_store_write("empty", ""), ==, 0);
    g_assert_cmpstr(g_ptr_array_index(s.written, 1), ==, "empty ");
}

static void test_errors(void)
{
    static const struct {
        const char *name;
        int error;
    } errors[] = {{"ENOENT", -ENOENT}, {"ENOSPC", -ENOSPC}, {"EINVAL", -EINVAL},
                  {"EACCES", -EIO},    {"EQUOTA", -EIO},    {"", -EIO}};
    g_auto(FakeStore) s;
    char text[8] = "before";
    setup(&s);
    g_assert_cmpint(sg_store_read("none", text, sizeof text), ==, -ENOENT);
    g_assert_cmpstr(text, ==, "");
    for (guint i = 0; i < G_N_ELEMENTS(errors); i++) {
        s.fail_path = "some/path";
        s.fail_error = errors[i].name;
        g_assert_cmpint(sg_store_write("some/path", "x"), ==, errors[i].error);
        g_assert_cmpint(sg_store_list("some/path", text, sizeof text), ==, errors[i].error);
        g_assert_cmpint(sg_store_watch("some/path", 3), ==, errors[i].error);
    }
    g_assert_cmpint(sg_store_fired(), ==, 0);
}

static void test_sizes(void)
{
    g_auto(FakeStore) s;
    char text[9];
    setup(&s);
    fake_store_set(&s, "eight", "12345678");
    memset(text, 0x5a, sizeof text);
    g_assert_cmpint(sg_store_read("eight", text, 8), ==, -E2BIG);
    g_assert_cmpint(text[8], ==, 0x5a);
    g_assert_cmpint(sg_store_read("eight", text, 9), ==, 8);
    g_assert_cmpstr(text, ==, "12345678");
    g_assert_cmpint(sg_store_read("eight", text, 1), ==, -E2BIG);
    g_assert_cmpstr(text, ==, "");
}

/* Messages of the largest size, four times that of the ring, whole or in pieces, of which the last may be as short as one
 * byte: what is left of the buffer is then less than a header. */
static void test_largest(void)
{
    static const guint chunks[] = {0, 1, 3, 341, 682, 1023};

    for (gsize i = 0; i < G_N_ELEMENTS(chunks); i++) {
        const guint chunk = chunks[i];
        g_auto(FakeStore) s;
        g_autofree char *value = g_strnfill(4096 - 5, 'x'), *back = g_malloc(4097);
        setup(&s);
        s.chunk = chunk;
        g_assert_cmpint(sg_store_write("path", value), ==, 0);
        g_assert_cmpstr(fake_store_get(&s, "path"), ==, value);
        g_assert_cmpint(sg_store_read("path", back, 4097), ==, 4091);
        g_assert_cmpstr(back, ==, value);
        g_autofree char *whole = g_strnfill(4096, 'y');
        fake_store_set(&s, "path", whole);
        g_assert_cmpint(sg_store_read("path", back, 4097), ==, 4096);
        g_assert_cmpstr(back, ==, whole);
        /* One byte more is not sent. */
        guint requests = s.requests;
        g_autofree char *more = g_strnfill(4096 - 4, 'x');
        g_assert_cmpint(sg_store_write("path", more), ==, -E2BIG);
        g_assert_cmpuint(s.requests, ==, requests);
    }
}

/* Answers end and begin anywhere, indices pass 2^32, events come before and behind. */
static void test_pieces(void)
{
    for (guint chunk = 1; chunk < 40; chunk++) {
        g_auto(FakeStore) s;
        setup(&s);
        fake_store_shift(&s, G_MAXUINT32 - 3000);
        s.chunk = chunk;
        s.events_first = chunk % 2;
        g_assert_cmpint(sg_store_watch("watched", 7), ==, 0);
        g_assert_cmpuint(sg_store_fired() | sg_store_fired(), ==, s.events_first ? 1 << 7 : 0);
        for (guint i = 0; i < 60; i++) {
            g_autofree char *value = g_strdup_printf("%0*u", i, i);
            g_assert_cmpint(sg_store_write("watched/below", value), ==, 0);
            assert_read("watched/below", value);
        }
        while (s.out->len > 0)
            sg_event_wait(0);
        g_assert_cmpuint(sg_store_fired(), ==, 1 << 7);
        g_assert_cmpuint(sg_store_fired(), ==, 0);
    }
}

static void test_watches(void)
{
    g_auto(FakeStore) s;
    setup(&s);
    g_assert_cmpint(sg_store_watch("a", 64), ==, -EINVAL);
    g_assert_cmpuint(s.requests, ==, 0);
    for (guint i = 0; i < 64; i++) {
        g_autofree char *path = g_strdup_printf("node/%u", i);
        g_assert_cmpint(sg_store_watch(path, i), ==, 0);
    }
    while (s.out->len > 0)
        sg_event_wait(0);
    g_assert_cmpuint(sg_store_fired(), ==, G_MAXUINT64); /* each fires when it is set */
    g_assert_cmpuint(sg_store_fired(), ==, 0);
    fake_store_set(&s, "node/5", "x");
    fake_store_set(&s, "node/63/below", "x");
    fake_store_set(&s, "node/6x", "x");
    sg_event_wait(0);
    g_assert_cmpuint(sg_store_fired(), ==, 1ull << 5 | 1ull << 63);
}

/* Events that say nothing are passed over. */
static void test_strange_events(void)
{
    static const struct {
        const char *payload;
        guint size;
    } events[] = {{"", 0},
                  {"a", 1},
                  {"path", 5},
                  {"path", 4},
                  {"path\00099", 8},
                  {"path\00064", 8},
                  {"path\0", 6},
                  {"\0", 2},
                  {"path\000-1", 8},
                  {"\0\0\0\0", 4},
                  {"p\0009999999999999999999999", 25}};
    g_auto(FakeStore) s;
    setup(&s);
    fake_store_set(&s, "node", "value");
    for (guint i = 0; i < G_N_ELEMENTS(events); i++) {
        fake_store_send(&s, TYPE_WATCH_EVENT, 0, events[i].payload, events[i].size);
        assert_read("node", "value");
        g_assert_cmpuint(sg_store_fired() & ~1ull, ==, 0);
    }
    fake_store_send(&s, TYPE_WATCH_EVENT, 0, "path\00012", 8);
    fake_store_send(&s, TYPE_WATCH_EVENT, 0, "path\00013 without its 0", 20);
    assert_read("node", "value");
    g_assert_cmpuint(sg_store_fired(), ==, 1 << 12 | 1 << 13);
}

/* A reply to somebody else, then the right one. */
static gboolean wrong_id_first(FakeStore *store, GByteArray *reply)
{
    guint32 type, id;

    memcpy(&type, reply->data + AT_TYPE, sizeof type);
    memcpy(&id, reply->data + AT_ID, sizeof id);
    fake_store_send(store, type, id + 1, "wrong", 5);
    fake_store_send(store, type, id - 1, "wrong", 5);
    fake_store_send(store, 16, 0, "EIO", 4);
    return TRUE;
}

static void test_wrong_ids(void)
{
    for (guint chunk = 0; chunk < 3; chunk++) {
        g_auto(FakeStore) s;
        setup(&s);
        s.chunk = chunk;
        s.events_first = TRUE;
        s.tamper = wrong_id_first;
        fake_store_set(&s, "node", "value");
        for (guint i = 0; i < 5; i++)
            assert_read("node", "value");
    }
}

static gboolean too_long(FakeStore *store, GByteArray *reply)
{
    guint32 length = GPOINTER_TO_UINT(store->user_data);

    memcpy(reply->data + AT_LENGTH, &length, sizeof length);
    return TRUE;
}

/* What cannot be a message ends all that is to be had from xenstored; nothing waits for it. */
static void test_too_long(void)
{
    static const guint32 lengths[] = {4097, 65536, 0x80000000, G_MAXUINT32, G_MAXUINT32 - 15};
    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_auto(FakeStore) s;
        char text[16];
        setup(&s);
        s.user_data = GUINT_TO_POINTER(lengths[i]);
        fake_store_set(&s, "node", "value");
        g_assert_cmpint(sg_store_watch("node", 1), ==, 0);
        s.tamper = too_long;
        g_assert_cmpint(sg_store_read("node", text, sizeof text), ==, -EPROTO);
        g_assert_cmpstr(text, ==, "");
        s.tamper = NULL;
        g_assert_cmpint(sg_store_read("node", text, sizeof text), ==, -EPROTO);
        g_assert_cmpint(sg_store_write("node", "x"), ==, -EPROTO);
        g_assert_cmpint(sg_store_list("node", text, sizeof text), ==, -EPROTO);
        g_assert_cmpuint(sg_store_fired() & ~2ull, ==, 0);
        sg_store_init(s.page, s.port); /* begins anew */
    }
}

/* Replies that cannot all be in the ring: nothing of it is believed. */
static void test_impossible_index(void)
{
    static const guint32 indices[] = {1025, 0x4d4d4d4d, 0x80000000, G_MAXUINT32};
    for (guint i = 0; i < G_N_ELEMENTS(indices); i++) {
        g_auto(FakeStore) s;
        char text[16];
        setup(&s);
        s.silent = TRUE;
        memcpy(s.page + 2060, &indices[i], sizeof indices[i]); /* rsp_prod */
        g_assert_cmpint(sg_store_read("node", text, sizeof text), ==, -EPROTO);
        g_assert_cmpuint(sg_store_fired(), ==, 0);
        g_assert_cmpint(sg_store_write("node", "x"), ==, -EPROTO);
    }
}

/* xenstored reads nothing for a while: the request waits for room, and is not sent twice. */
static void test_waits_for_room(void)
{
    g_auto(FakeStore) s;
    setup(&s);
    s.chunk = 5;
    for (guint i = 0; i < 20; i++) {
        g_autofree char *value = g_strnfill(1500 + i, (char)('a' + i));
        g_assert_cmpint(sg_store_write("node", value), ==, 0);
        g_assert_cmpstr(fake_store_get(&s, "node"), ==, value);
    }
    g_assert_cmpuint(s.requests, ==, 20);
    g_assert_cmpuint(s.written->len, ==, 20);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/store/basics", test_basics);
    g_test_add_func("/stream/store/errors", test_errors);
    g_test_add_func("/stream/store/sizes", test_sizes);
    g_test_add_func("/stream/store/largest", test_largest);
    g_test_add_func("/stream/store/pieces", test_pieces);
    g_test_add_func("/stream/store/watches", test_watches);
    g_test_add_func("/stream/store/strange-events", test_strange_events);
    g_test_add_func("/stream/store/wrong-ids", test_wrong_ids);
    g_test_add_func("/stream/store/too-long", test_too_long);
    g_test_add_func("/stream/store/impossible-index", test_impossible_index);
    g_test_add_func("/stream/store/waits-for-room", test_waits_for_room);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stream guest's requests byte by byte, and its grants. */
#include "front-fixture.h"

static guint64 ring_field(Front *front, guint entry, guint at, guint size)
{
    guint64 value = 0;
    for (guint i = 0; i < size; i++)
        value |= (guint64)*fake_queue_byte(&front->backend->queues[0], 64 + entry * 112 + at + i)
                 << (8 * i);
    return value;
}

static void assert_grant(guint32 ref, const void *page, gboolean readonly)
{
    const struct grant_entry_v1 *entry = &fake_xen.grants[ref];
    g_assert_cmpuint(ref, >=, 8);
    g_assert_cmpuint(entry->flags, ==, readonly ? 5 : 1); /* permit_access, readonly */
    g_assert_cmpuint(entry->domid, ==, 0);
    g_assert_true(fake_xen_page(entry->frame) == page);
}

static void test_layout_direct(void)
{
    g_auto(Front) f;
    guint8 *data;
    front_init(&f, &(struct sg_vbd_config){.ring_pages = 1, .queues = 1, .segments = 11});
    f.backend->deaf = TRUE;
    data = make_data(3 * 4096, 1);
    struct sg_io write = make_io(SG_WRITE, 5 * MIB / 2, 2 * 4096 + 1536, data);
    struct sg_io read = make_io(SG_READ, 512, 4096, data);
    sg_vbd_submit(&f.vbd, &write);
    sg_vbd_submit(&f.vbd, &read);
    memset(fake_queue_byte(&f.backend->queues[0], 64), 0xee, 224);
    sg_vbd_push(&f.vbd, 1);
    g_assert_cmpuint(ring_field(&f, 0, 0, 1), ==, 1); /* write */
    g_assert_cmpuint(ring_field(&f, 0, 1, 1), ==, 3); /* segments */
    g_assert_cmpuint(ring_field(&f, 0, 2, 2), ==, 51712);
    g_assert_cmpuint(ring_field(&f, 0, 16, 8), ==, 5 * MIB / 2 / 512);
    for (guint s = 0; s < 3; s++) {
        assert_grant((guint32)ring_field(&f, 0, 24 + 8 * s, 4), data + s * 4096, TRUE);
        g_assert_cmpuint(ring_field(&f, 0, 28 + 8 * s, 1), ==, 0);
        g_assert_cmpuint(ring_field(&f, 0, 29 + 8 * s, 1), ==, s < 2 ? 7 : 2);
    }
    g_assert_cmpuint(ring_field(&f, 0, 48, 8), ==, 0xeeeeeeeeeeeeeeeeu); /* not one more */
    g_assert_cmpuint(ring_field(&f, 1, 0, 1), ==, 0);                    /* read */
    g_assert_cmpuint(ring_field(&f, 1, 1, 1), ==, 1);
    g_assert_cmpuint(ring_field(&f, 1, 16, 8), ==, 1);
    assert_grant((guint32)ring_field(&f, 1, 24, 4), data, FALSE);
    g_assert_cmpuint(ring_field(&f, 0, 8, 8), !=, ring_field(&f, 1, 8, 8));
    g_assert_cmpuint(*(guint32 *)fake_queue_byte(&f.backend->queues[0], 0), ==, 2);
}

static void test_layout_indirect(void)
{
    g_auto(Front) f;
    guint8 *data;
    front_init(&f, &(struct sg_vbd_config){.ring_pages = 1, .queues = 1, .segments = 256});
    f.backend->deaf = TRUE;
    data = make_data(200 * 4096, 1);
    struct sg_io write = make_io(SG_WRITE, MIB, 199 * 4096 + 512, data);
    memset(fake_queue_byte(&f.backend->queues[0], 64), 0xee, 112);
    sg_vbd_submit(&f.vbd, &write);
    sg_vbd_push(&f.vbd, 1);
    g_assert_cmpuint(ring_field(&f, 0, 0, 1), ==, 6); /* indirect */
    g_assert_cmpuint(ring_field(&f, 0, 1, 1), ==, 1); /* write */
    g_assert_cmpuint(ring_field(&f, 0, 2, 2), ==, 200);
    g_assert_cmpuint(ring_field(&f, 0, 16, 8), ==, MIB / 512);
    g_assert_cmpuint(ring_field(&f, 0, 24, 2), ==, 51712);
    guint32 ref = (guint32)ring_field(&f, 0, 28, 4);
    const guint8 *segments = fake_xen_page(fake_xen.grants[ref].frame);
    assert_grant(ref, segments, TRUE);
    for (guint s = 0; s < 200; s++, segments += 8) {
        guint32 page_ref;
        memcpy(&page_ref, segments, 4);
        assert_grant(page_ref, data + s * 4096, TRUE);
        g_assert_cmpuint(segments[4], ==, 0);
        g_assert_cmpuint(segments[5], ==, s < 199 ? 7 : 0);
    }
    g_assert_cmpuint(sg_grant_count(), ==, 1 + 200 + 1);
}

static void test_layout_others(void)
{
    g_auto(Front) f;
    front_init(&f, &(struct sg_vbd_config){.ring_pages = 1, .queues = 1, .segments = 32});
    f.backend->deaf = TRUE;
    struct sg_io flush = make_io(SG_FLUSH, 0, 0, NULL);
    struct sg_io barrier = flush;
    struct sg_io discard = make_io(SG_DISCARD, MIB, 2 * MIB + 512, NULL);
    memset(fake_queue_byte(&f.backend->queues[0], 64), 0xee, 336);
    sg_vbd_submit(&f.vbd, &flush);
    sg_vbd_submit(&f.vbd, &discard);
    sg_vbd_push(&f.vbd, 1);
    f.vbd.flush = false;
    sg_vbd_submit(&f.vbd, &barrier);
    sg_vbd_push(&f.vbd, 1);
    g_assert_cmpuint(ring_field(&f, 0, 0, 2), ==, 3); /* flush, no segments */
    g_assert_cmpuint(ring_field(&f, 0, 2, 2), ==, 51712);
    g_assert_cmpuint(ring_field(&f, 0, 16, 8), ==, 0);
    g_assert_cmpuint(ring_field(&f, 1, 0, 2), ==, 5); /* discard, no flag */
    g_assert_cmpuint(ring_field(&f, 1, 2, 2), ==, 51712);
    g_assert_cmpuint(ring_field(&f, 1, 16, 8), ==, MIB / 512);
    g_assert_cmpuint(ring_field(&f, 1, 24, 8), ==, 2 * MIB / 512 + 1);
    g_assert_cmpuint(ring_field(&f, 2, 0, 2), ==, 2); /* barrier */
    g_assert_cmpuint(sg_grant_count(), ==, 1);
}

/* All that is in flight is granted, nothing else, and each reply ends its own. */
static void test_grants_end_with_replies(void)
{
    g_auto(Front) f;
    struct sg_io ios[3];
    front_init(&f, &(struct sg_vbd_config){.ring_pages = 2, .queues = 1, .segments = 32});
    f.backend->per_step = 1;
    f.backend->delay_ns = 1000000;
    for (guint i = 0; i < 3; i++) {
        ios[i] = make_io(i == 1 ? SG_READ : SG_WRITE, i * MIB, 64 * KIB, make_data(64 * KIB, i));
        sg_vbd_submit(&f.vbd, &ios[i]);
    }
    sg_vbd_push(&f.vbd, fake_xen.now_ns);
    for (guint left = 3; left > 0; left--) {
        g_assert_cmpuint(sg_grant_count(), ==, 2 + left * (16 + 1)); /* and a page of segments */
        sg_event_wait(0);
        sg_vbd_reap(&f.vbd, fake_xen.now_ns);
    }
    assert_connected(&f);
    g_assert_cmpuint(sg_grant_count(), ==, 2);
}

/* Persistent: granted once for all; after the handshake no grant is taken, and none given back. */
static void test_persistent(void)
{
    static const guint segments[] = {11, 32};
    for (guint i = 0; i < 2; i++) {
        g_auto(Front) f;
        front_init(&f,
                   &(struct sg_vbd_config){
                       .ring_pages = 1, .queues = 2, .segments = segments[i], .persistent = true});
        guint all = 2 + 2 * 32 * (segments[i] + (segments[i] > 11));
        g_autofree struct grant_entry_v1 *before = NULL;
        g_assert_true(f.backend->persistent);
        g_assert_cmpuint(sg_grant_count(), ==, all);
        f.backend->shuffle = TRUE;
        for (guint k = 0; k < 30; k++)
            write_and_read(&f, k % 7 * 500 * KIB, 500 * KIB);
        g_assert_cmpuint(sg_grant_count(), ==, all);
        g_assert_cmpuint(g_hash_table_size(f.backend->kept), <=, all - 2);
        /* One map for each page that it has seen, and no more whatever comes. */
        g_assert_cmpuint(fake_xen.maps_made, ==, 2 + g_hash_table_size(f.backend->kept));
        sg_vbd_close(&f.vbd);
        while (f.vbd.state == SG_VBD_CLOSING) {
            sg_event_wait(0);
            if (sg_store_fired() & 1)
                sg_vbd_step(&f.vbd);
        }
        g_assert_cmpint(f.vbd.state, ==, SG_VBD_CLOSED);
        assert_nothing_left(&f.m);
    }
}

/* Nothing in flight: only the rings are granted, and they come back once the backend has closed. */
static void test_closing_gives_all_back(void)
{
    g_auto(Front) f;
    front_init(&f, &(struct sg_vbd_config){.ring_pages = 4, .queues = 4, .segments = 64});
    write_and_read(&f, 0, MIB);
    g_assert_cmpuint(sg_grant_count(), ==, 16);
    sg_vbd_close(&f.vbd);
    while (f.vbd.state == SG_VBD_CLOSING) {
        sg_event_wait(0);
        if (sg_store_fired() & 1)
            sg_vbd_step(&f.vbd);
    }
    g_assert_cmpint(f.vbd.state, ==, SG_VBD_CLOSED);
    assert_nothing_left(&f.m);
}

static void fail_second(FakeBackend *backend, FakeRequest *request)
{
    if (request->number == 2)
        request->status = -2;
    if (request->number == 3)
        request->status = -1;
}

/* The first bad status is the io's; the rest of it goes on. */
static void test_status(void)
{
    g_auto(Front) f;
    front_init(&f, &(struct sg_vbd_config){.ring_pages = 1, .queues = 1, .segments = 11});
    f.backend->on_reply = fail_second;
    struct sg_io write = make_io(SG_WRITE, 0, 4 * 44 * KIB, make_data(4 * 44 * KIB, 1));
    sg_vbd_submit(&f.vbd, &write);
    machine_drain(&f.vbd);
    assert_connected(&f);
    g_assert_cmpint(write.status, ==, -2);
    g_assert_cmpuint(f.done, ==, 1);
    g_assert_cmpuint(f.vbd.figures.writes, ==, 4);
    g_assert_cmpuint(f.vbd.figures.errors, ==, 2);
    g_assert_cmpuint(f.vbd.figures.write_bytes, ==, 2 * 44 * KIB);
    write_and_read(&f, 0, 44 * KIB);
}

static void test_latency_and_gap(void)
{
    g_auto(Front) f;
    front_init(&f, &(struct sg_vbd_config){.ring_pages = 1, .queues = 1, .segments = 11});
    struct sg_io write = make_io(SG_WRITE, 0, 4096, make_data(4096, 1));
    f.backend->delay_ns = 1000000;
    fake_xen.now_ns += 7000000000; /* idle: this is no gap */
    sg_vbd_submit(&f.vbd, &write);
    machine_drain(&f.vbd);
    g_assert_cmpuint(f.vbd.figures.gap_ns, >=, 1000000);
    g_assert_cmpuint(f.vbd.figures.gap_ns, <, 1020000);
    g_assert_cmpuint(f.vbd.figures.latency[19], ==, 1); /* 2^19 ns are half a millisecond */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/requests/layout-direct", test_layout_direct);
    g_test_add_func("/stream/requests/layout-indirect", test_layout_indirect);
    g_test_add_func("/stream/requests/layout-others", test_layout_others);
    g_test_add_func("/stream/requests/grants-end-with-replies", test_grants_end_with_replies);
    g_test_add_func("/stream/requests/persistent", test_persistent);
    g_test_add_func("/stream/requests/closing-gives-all-back", test_closing_gives_all_back);
    g_test_add_func("/stream/requests/status", test_status);
    g_test_add_func("/stream/requests/latency-and-gap", test_latency_and_gap);
    return g_test_run();
}

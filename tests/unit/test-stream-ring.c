/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stream guest's rings: handshake's outcome, splitting, indices, notifications. */
#include "front-fixture.h"

static void test_pages_and_queues(void)
{
    static const guint slots[] = {[1] = 32, [2] = 64, [4] = 128, [8] = 256, [16] = 512};
    for (guint pages = 1; pages <= 16; pages *= 2) {
        for (guint queues = 1; queues <= 4; queues++) {
            g_auto(Front) f;
            front_init(
                &f, &(struct sg_vbd_config){.ring_pages = pages, .queues = queues, .segments = 32});
            assert_connected(&f);
            g_assert_cmpuint(f.vbd.config.ring_pages, ==, pages);
            g_assert_cmpuint(f.backend->queue_count, ==, queues);
            g_assert_cmpuint(sg_grant_count(), ==, pages * queues);
            for (guint i = 0; i < 2 * queues; i++)
                write_and_read(&f, i * 300 * KIB, 300 * KIB);
            for (guint q = 0; q < queues; q++) {
                g_assert_cmpuint(f.backend->queues[q].page_count, ==, pages);
                g_assert_cmpuint(f.backend->queues[q].size, ==, slots[pages]);
                g_assert_cmpuint(f.vbd.queues[q].slot_count, ==, slots[pages]);
                /* 300 KiB are 3 requests of 128 KiB; the queues take turns. */
                g_assert_cmpuint(f.backend->queues[q].requests, ==, 2 * 2 * 3);
            }
        }
    }
}

/* What the backend has less of is taken as it is. */
static void test_modest_backend(void)
{
    g_auto(Front) f;
    memset(&f, 0, sizeof f);
    machine_init(&f.m, 1, DISK);
    f.backend = &f.m.backends[0];
    fake_backend_node(f.backend, "max-ring-page-order", 1);
    fake_backend_node(f.backend, "multi-queue-max-queues", 2);
    fake_backend_node(f.backend, "feature-max-indirect-segments", 16);
    fake_backend_node(f.backend, "feature-persistent", 0);
    machine_connect(&f.m, &f.vbd,
                    &(struct sg_vbd_config){
                        .ring_pages = 16, .queues = 4, .segments = 256, .persistent = true});
    assert_connected(&f);
    f.vbd.done = front_done;
    f.vbd.user = &f;
    g_assert_cmpuint(f.vbd.config.ring_pages, ==, 2);
    g_assert_cmpuint(f.vbd.config.queues, ==, 2);
    g_assert_cmpuint(f.vbd.config.segments, ==, 16);
    g_assert_false(f.vbd.config.persistent);
    /* What was granted for good in the hope of it is given back: the rings' pages are left. */
    g_assert_cmpuint(sg_grant_count(), ==, 2 * 2);
    write_and_read(&f, 0, 256 * KIB);
    g_assert_cmpuint(f.backend->indirect, ==, 2 * 4);
}

/* Linux's backend has no word of persistent grants until it connects. */
static void test_late_backend(void)
{
    g_auto(Front) f;
    memset(&f, 0, sizeof f);
    machine_init(&f.m, 1, DISK);
    f.backend = &f.m.backends[0];
    g_autofree char *path = g_strconcat(f.backend->path, "/feature-persistent", NULL);
    fake_store_set(&f.m.store, path, NULL);
    f.backend->late = TRUE;
    machine_connect(
        &f.m, &f.vbd,
        &(struct sg_vbd_config){.ring_pages = 1, .queues = 1, .segments = 32, .persistent = true});
    assert_connected(&f);
    f.vbd.done = front_done;
    f.vbd.user = &f;
    g_assert_true(f.vbd.config.persistent && f.backend->persistent);
    write_and_read(&f, 0, 256 * KIB);
}

/* A backend of old, without any of these nodes. */
static void test_old_backend(void)
{
    static const char *const nodes[] = {"max-ring-page-order", "multi-queue-max-queues",
                                        "feature-max-indirect-segments", "feature-persistent",
                                        "feature-flush-cache"};
    g_auto(Front) f;
    memset(&f, 0, sizeof f);
    machine_init(&f.m, 1, DISK);
    f.backend = &f.m.backends[0];
    for (guint i = 0; i < G_N_ELEMENTS(nodes); i++) {
        g_autofree char *path = g_strconcat(f.backend->path, "/", nodes[i], NULL);
        fake_store_set(&f.m.store, path, NULL);
    }
    machine_connect(&f.m, &f.vbd,
                    &(struct sg_vbd_config){
                        .ring_pages = 16, .queues = 4, .segments = 256, .persistent = true});
    assert_connected(&f);
    f.vbd.done = front_done;
    f.vbd.user = &f;
    g_assert_cmpuint(f.vbd.config.ring_pages * f.vbd.config.queues, ==, 1);
    g_assert_cmpuint(f.vbd.config.segments, ==, 11);
    g_assert_false(f.vbd.config.persistent || f.vbd.flush);
    write_and_read(&f, 0, 256 * KIB);
    g_assert_cmpuint(f.backend->indirect, ==, 0);
}

/* Indices pass 2^32, and ids of requests 2^16 of a slot. */
static void test_wrap_around(void)
{
    for (guint pages = 1; pages <= 4; pages *= 2) {
        g_auto(Front) f;
        front_init(&f, &(struct sg_vbd_config){.ring_pages = pages, .queues = 2, .segments = 11});
        machine_shift(&f.vbd, f.backend, G_MAXUINT32 - 20);
        f.backend->shuffle = TRUE;
        for (guint i = 0; i < 40; i++)
            write_and_read(&f, i % 4 * 256 * KIB, 256 * KIB);
        g_assert_cmpuint(f.backend->queues[0].req_cons, <, 1000);
        for (guint q = 0; q < 2; q++)
            for (guint i = 0; i < f.vbd.queues[q].slot_count; i++)
                f.vbd.queues[q].slots[i].sequence = 0xfffe;
        for (guint i = 0; i < 40; i++)
            write_and_read(&f, i % 4 * 256 * KIB, 256 * KIB);
    }
}

static void test_splitting(void)
{
    static const struct {
        guint segments, length, requests, indirect;
    } cases[] = {{32, 2 * MIB, 16, 16}, {11, 2 * MIB, 47, 0},       {0, 2 * MIB, 47, 0},
                 {256, 2 * MIB, 2, 2},  {12, 2 * MIB, 43, 42},      {32, 100 * KIB, 1, 1},
                 {11, 100 * KIB, 3, 0}, {32, 44 * KIB, 1, 0},       {32, 44 * KIB + 512, 1, 1},
                 {32, 512, 1, 0},       {32, 128 * KIB + 512, 2, 1}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Front) f;
        front_init(&f, &(struct sg_vbd_config){
                           .ring_pages = 1, .queues = 1, .segments = cases[i].segments});
        write_and_read(&f, 512, cases[i].length); /* not even the place is a multiple */
        g_assert_cmpuint(f.backend->requests, ==, 2 * cases[i].requests);
        g_assert_cmpuint(f.backend->seen[FAKE_WRITE], ==, cases[i].requests);
        g_assert_cmpuint(f.backend->indirect, ==, 2 * cases[i].indirect);
        g_assert_cmpuint(f.vbd.figures.writes, ==, cases[i].requests);
        g_assert_cmpuint(f.vbd.figures.write_bytes, ==, cases[i].length);
        g_assert_cmpuint(f.vbd.figures.read_bytes, ==, cases[i].length);
        g_assert_cmpuint(sg_grant_count(), ==, 1);
    }
}

static void test_never_more_than_the_ring(void)
{
    g_auto(Front) f;
    struct sg_io ios[10];
    front_init(&f, &(struct sg_vbd_config){.ring_pages = 1, .queues = 1, .segments = 11});
    f.backend->hold = TRUE;
    for (guint i = 0; i < 10; i++) {
        ios[i] = make_io(SG_WRITE, i * 352 * KIB, 352 * KIB, make_data(352 * KIB, i)); /* 8 each */
        sg_vbd_submit(&f.vbd, &ios[i]);
    }
    for (guint i = 0; i < 3; i++) {
        sg_vbd_push(&f.vbd, fake_xen.now_ns);
        g_assert_cmpuint(f.vbd.in_flight, ==, 32);
        sg_event_wait(fake_xen.now_ns + 1000000);
        g_assert_cmpuint(f.backend->requests, ==, 32);
    }
    g_assert_cmpuint(f.done, ==, 0);
    g_assert_cmpuint(sg_grant_count(), ==, 1 + 32 * 11);
    f.backend->hold = FALSE;
    f.backend->per_step = 3;
    machine_drain(&f.vbd);
    assert_connected(&f);
    g_assert_cmpuint(f.done, ==, 10);
    g_assert_cmpuint(f.backend->requests, ==, 80);
    g_assert_cmpuint(f.backend->queues[0].most_in_flight, ==, 32);
    for (guint i = 0; i < 10; i++)
        g_assert_cmpmem(f.backend->disk + i * 352 * KIB, 352 * KIB, ios[i].buffer, 352 * KIB);
    g_assert_cmpuint(sg_grant_count(), ==, 1);
}

static guint notified(const Front *front)
{
    return fake_xen.notified[front->vbd.queues[0].port];
}

static void test_notifies_where_asked(void)
{
    g_auto(Front) f;
    struct sg_io ios[6];
    front_init(&f, &(struct sg_vbd_config){.ring_pages = 1, .queues = 1, .segments = 11});
    for (guint i = 0; i < 6; i++)
        ios[i] = make_io(SG_WRITE, i * 4096, 4096, make_data(4096, i));
    sg_vbd_push(&f.vbd, 1); /* nothing to be seen */
    g_assert_cmpuint(notified(&f), ==, 0);
    sg_vbd_submit(&f.vbd, &ios[0]);
    sg_vbd_submit(&f.vbd, &ios[1]);
    g_assert_cmpuint(notified(&f), ==, 0);
    sg_vbd_push(&f.vbd, 1); /* the backend sleeps: once for both */
    g_assert_cmpuint(notified(&f), ==, 1);
    sg_vbd_submit(&f.vbd, &ios[2]);
    sg_vbd_push(&f.vbd, 1); /* it has been woken already, and has not said that it looked */
    g_assert_cmpuint(notified(&f), ==, 1);
    f.backend->hold = TRUE;
    sg_event_wait(fake_xen.now_ns +
                  100000); /* it takes all three and asks to be told of the next */
    g_assert_cmpuint(f.backend->requests, ==, 3);
    g_assert_cmpuint(f.backend->events, ==, 0);
    sg_vbd_submit(&f.vbd, &ios[3]);
    sg_vbd_push(&f.vbd, 1);
    g_assert_cmpuint(notified(&f), ==, 2);
    f.backend->hold = FALSE;
    sg_event_wait(0);
    /* Four replies, one event: the frontend had asked for the first only. */
    g_assert_cmpuint(f.backend->replies, ==, 4);
    g_assert_cmpuint(f.backend->events, ==, 1);
    sg_vbd_reap(&f.vbd, 2);
    g_assert_cmpuint(f.done, ==, 4);
    sg_vbd_submit(&f.vbd, &ios[4]);
    machine_drain(&f.vbd);
    g_assert_cmpuint(f.backend->events, ==, 2);
    g_assert_cmpuint(notified(&f), ==, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/ring/pages-and-queues", test_pages_and_queues);
    g_test_add_func("/stream/ring/modest-backend", test_modest_backend);
    g_test_add_func("/stream/ring/old-backend", test_old_backend);
    g_test_add_func("/stream/ring/late-backend", test_late_backend);
    g_test_add_func("/stream/ring/wrap-around", test_wrap_around);
    g_test_add_func("/stream/ring/splitting", test_splitting);
    g_test_add_func("/stream/ring/never-more-than-the-ring", test_never_more_than_the_ring);
    g_test_add_func("/stream/ring/notifies-where-asked", test_notifies_where_asked);
    return g_test_run();
}

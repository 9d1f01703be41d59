/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stream of one VBD, on disks that misbehave and on a real file. */
#include "aio.h"
#include "fake-disk.h"

#include <glib/gstdio.h>
#include <unistd.h>

#define BLOCK 4096u

/* An engine on a fake disk, what it said, and when it is to stop. */
typedef struct {
    FakeDisk disk;
    struct xg_engine engine;
    struct xg_engine_config config;
    GPtrArray *errors, *mismatches;
    guint stop_at; /* the write that is the last one */
} Rig;

static void keep_sentence(void *user, const char *sentence)
{
    g_ptr_array_add(user, g_strdup(sentence));
}

static void rig_error(void *user, const char *sentence)
{
    keep_sentence(((Rig *)user)->errors, sentence);
}

static void rig_mismatch(void *user, const char *sentence)
{
    keep_sentence(((Rig *)user)->mismatches, sentence);
}

static void stop_in_time(gpointer user_data)
{
    Rig *rig = user_data;
    if (rig->disk.writes == rig->stop_at)
        xg_engine_stop(&rig->engine);
}

static void rig_init(Rig *rig, guint64 size, guint in_flight, gboolean verify, guint stop_at)
{
    memset(rig, 0, sizeof *rig);
    fake_disk_init(&rig->disk, size);
    rig->disk.on_write = stop_in_time;
    rig->disk.user_data = rig;
    rig->errors = g_ptr_array_new_with_free_func(g_free);
    rig->mismatches = g_ptr_array_new_with_free_func(g_free);
    rig->stop_at = stop_at;
    rig->config = (struct xg_engine_config){.domain = "w03",
                                            .vbd = 1,
                                            .size = size,
                                            .block = BLOCK,
                                            .in_flight = in_flight,
                                            .verify = verify,
                                            .run = 5,
                                            .buffers = g_malloc0((gsize)in_flight * BLOCK)};
}

static bool rig_run(Rig *rig)
{
    struct xg_io io = fake_disk_io(&rig->disk);
    struct xg_engine_events events = {.user = rig, .error = rig_error, .mismatch = rig_mismatch};
    xg_engine_init(&rig->engine, &rig->config, &io, &events);
    bool stopped = xg_engine_run(&rig->engine);
    g_assert_cmpuint(atomic_load(&rig->engine.counters.errors), ==, rig->errors->len);
    g_assert_cmpuint(atomic_load(&rig->engine.counters.mismatches), ==, rig->mismatches->len);
    return stopped;
}

static void rig_clear(Rig *rig)
{
    fake_disk_clear(&rig->disk);
    g_free(rig->config.buffers);
    g_ptr_array_unref(rig->errors);
    g_ptr_array_unref(rig->mismatches);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Rig, rig_clear)

#define assert_counters(rig, bytes_, passes_)                                                      \
    do {                                                                                           \
        g_assert_cmpuint(atomic_load(&(rig)->engine.counters.bytes), ==, (bytes_));                \
        g_assert_cmpuint(atomic_load(&(rig)->engine.counters.passes), ==, (passes_));              \
    } while (0)
#define said(array, i) ((const char *)g_ptr_array_index((array), (i)))

static void test_wraps_around(void)
{
    g_auto(Rig) rig;
    rig_init(&rig, 4 * BLOCK, 2, FALSE, 10);
    g_assert_true(rig_run(&rig));
    assert_counters(&rig, 10 * BLOCK, 2);
    g_assert_cmpuint(rig.disk.last_offset, ==, 1 * BLOCK); /* the tenth write of 4 places */
    g_assert_cmpuint(rig.disk.reads, ==, 0);
    g_assert_cmpuint(rig.disk.flushes, ==, 0);
}

static void test_in_flight(void)
{
    const guint depths[] = {1, 2, 7, XG_IN_FLIGHT_MAX};
    for (guint i = 0; i < G_N_ELEMENTS(depths); i++) {
        g_auto(Rig) rig;
        rig_init(&rig, 100 * BLOCK, depths[i], i % 2, 150);
        rig.disk.newest_first = i % 2;
        g_assert_true(rig_run(&rig));
        g_assert_cmpuint(rig.disk.most_queued, ==, depths[i]);
        g_assert_cmpuint(rig.disk.queued, ==, 0);
        assert_counters(&rig, 150 * BLOCK, 1);
        g_assert_cmpuint(rig.mismatches->len, ==, 0);
    }
}

static void test_last_block_is_shorter(void)
{
    g_auto(Rig) rig;
    rig_init(&rig, 2 * BLOCK + 512, 3, TRUE, 6);
    g_assert_true(rig_run(&rig));
    g_assert_cmpuint(rig.disk.last_offset, ==, 2 * BLOCK);
    g_assert_cmpuint(rig.disk.last_length, ==, 512);
    assert_counters(&rig, 2 * (2 * BLOCK + 512), 2);
    g_assert_cmpuint(rig.mismatches->len, ==, 0);
}

static void test_vbd_smaller_than_a_block(void)
{
    g_auto(Rig) rig;
    rig_init(&rig, 1024, 4, TRUE, 3);
    g_assert_true(rig_run(&rig));
    assert_counters(&rig, 3 * 1024, 3);
    g_assert_cmpuint(rig.mismatches->len, ==, 0);
}

static void test_partial_pass_on_stop(void)
{
    g_auto(Rig) rig;
    rig_init(&rig, 8 * BLOCK, 2, TRUE, 8 + 3);
    rig.disk.corrupt = 2 * BLOCK + 600; /* in what the last pass has written … */
    g_assert_true(rig_run(&rig));
    g_assert_cmpuint(rig.disk.reads, ==, 8 + 3); /* … and no more than that is read back */
    g_assert_cmpuint(rig.mismatches->len, ==, 2);
    g_assert_nonnull(strstr(said(rig.mismatches, 1), "domain w03 vbd 1 offset 8704 pass 2: "));
    assert_counters(&rig, 11 * BLOCK, 1);
}

static void test_corrupt_byte(void)
{
    g_auto(Rig) rig;
    rig_init(&rig, 4 * BLOCK, 2, TRUE, 4);
    rig.disk.corrupt = BLOCK + 1024 + 100;
    g_assert_true(rig_run(&rig));
    guint8 is = rig.disk.data[rig.disk.corrupt];
    g_autofree char *expected =
        g_strdup_printf("domain w03 vbd 1 offset 5120 pass 1: expected 0x%02x at byte 100, found "
                        "0x%02x; 1 of 512 bytes differ",
                        is ^ 0xff, is);
    g_assert_cmpuint(rig.mismatches->len, ==, 1);
    g_assert_cmpstr(said(rig.mismatches, 0), ==, expected);
}

static void test_swapped_blocks(void)
{
    g_auto(Rig) rig;
    rig_init(&rig, 4 * BLOCK, 1, TRUE, 4);
    rig.disk.swap[0] = 0;
    rig.disk.swap[1] = 3 * BLOCK;
    g_assert_true(rig_run(&rig));
    g_assert_cmpuint(rig.mismatches->len, ==, 2);
    g_assert_cmpstr(said(rig.mismatches, 0), ==,
                    "domain w03 vbd 1 offset 0 pass 1: expected block of w03 vbd 1 offset 0 pass "
                    "1, found block of w03 vbd 1 offset 12288 pass 1; 4096 bytes are so");
    g_assert_nonnull(strstr(said(rig.mismatches, 1), "found block of w03 vbd 1 offset 0 pass 1;"));
}

static void test_lost_write(void)
{
    const char *const found[] = {"found zeros; 4096 bytes are so",
                                 "found block of w03 vbd 1 offset 8192 pass 1; 4096 bytes are so"};
    for (guint pass = 1; pass <= 2; pass++) {
        g_auto(Rig) rig;
        rig_init(&rig, 4 * BLOCK, 2, TRUE, 8);
        rig.disk.lose = 2 * BLOCK;
        rig.disk.lose_pass = pass;
        g_assert_true(rig_run(&rig));
        g_assert_cmpuint(rig.mismatches->len, ==, 1);
        g_assert_nonnull(strstr(said(rig.mismatches, 0), found[pass - 1]));
        assert_counters(&rig, 8 * BLOCK, 2);
    }
}

/* Failed writes are told, not counted as bytes, not compared, and end the stream after 16. */
static void test_write_error(void)
{
    g_auto(Rig) rig;
    rig_init(&rig, 4 * BLOCK, 2, TRUE, 12);
    rig.disk.fail_write = BLOCK;
    g_assert_true(rig_run(&rig));
    assert_counters(&rig, 9 * BLOCK, 3);
    g_assert_cmpuint(rig.errors->len, ==, 3);
    g_assert_cmpstr(said(rig.errors, 0), ==,
                    "domain w03 vbd 1: write of 4096 bytes at offset 4096 failed: Input/output "
                    "error");
    g_assert_cmpuint(rig.mismatches->len, ==, 0);
    g_assert_cmpuint(rig.disk.reads, ==, 9);
}

static void test_gives_up(void)
{
    for (guint verify = 0; verify <= 1; verify++) {
        g_auto(Rig) rig;
        rig_init(&rig, 4 * BLOCK, 1, verify, 0);
        rig.disk.fail_write = 0;
        g_assert_false(rig_run(&rig));
        g_assert_cmpuint(rig.errors->len, ==, XG_ERRORS_MAX);
        assert_counters(&rig, 15 * 3 * BLOCK, 15);
        g_assert_cmpuint(rig.disk.queued, ==, 0);
    }
}

/* Those in flight when the sixteenth fails are awaited all the same. */
static void test_gives_up_in_flight(void)
{
    g_auto(Rig) rig;
    rig_init(&rig, 64 * BLOCK, 32, TRUE, 0);
    rig.disk.fail_all = TRUE;
    g_assert_false(rig_run(&rig));
    g_assert_cmpuint(rig.errors->len, >=, XG_ERRORS_MAX);
    g_assert_cmpuint(rig.disk.queued, ==, 0);
    g_assert_cmpuint(rig.disk.reads, ==, 0);
}

static void test_other_errors(void)
{
    g_auto(Rig) rig;
    rig_init(&rig, 8 * BLOCK, 2, TRUE, 8);
    rig.config.fsync = true;
    rig.disk.shorten = 0;
    rig.disk.refuse = 2 * BLOCK; /* refuses the write; it is not read back then */
    rig.disk.fail_read = 5 * BLOCK;
    rig.disk.flush_result = -EIO;
    g_assert_true(rig_run(&rig));
    g_assert_cmpuint(rig.errors->len, ==, 4);
    g_assert_nonnull(strstr(said(rig.errors, 1), "write of 4096 bytes at offset 8192 failed: No"));
    g_assert_nonnull(strstr(said(rig.errors, 0), "at offset 0 ended after 512 bytes"));
    g_assert_cmpstr(said(rig.errors, 2), ==,
                    "domain w03 vbd 1: flush after pass 1 failed: Input/output error");
    g_assert_nonnull(strstr(said(rig.errors, 3), "read of 4096 bytes at offset 20480 failed: Inp"));
    assert_counters(&rig, 6 * BLOCK, 1);
}

static void test_fsync_after_each_pass(void)
{
    g_auto(Rig) rig;
    rig_init(&rig, 4 * BLOCK, 3, FALSE, 8);
    rig.config.fsync = true;
    g_assert_true(rig_run(&rig));
    g_assert_cmpuint(rig.disk.flushes, ==, 2);
    assert_counters(&rig, 8 * BLOCK, 2);
}

static void test_waiting_fails(void)
{
    g_auto(Rig) rig;
    rig_init(&rig, 4 * BLOCK, 2, FALSE, 0);
    rig.disk.wait_result = -EINVAL;
    g_assert_false(rig_run(&rig));
    g_assert_cmpuint(rig.errors->len, ==, 1);
    g_assert_cmpstr(said(rig.errors, 0), ==,
                    "domain w03 vbd 1: waiting for 2 requests failed: Invalid argument");
}

/* libaio on a sparse file, driven through the same counter of writes. */
typedef struct {
    Rig rig;
    struct xg_aio aio;
    struct xg_io io;
} Smoke;

static int smoke_submit(void *self, const struct xg_request *request)
{
    Smoke *smoke = self;
    smoke->rig.disk.writes += request->write;
    stop_in_time(&smoke->rig);
    return smoke->io.submit(smoke->io.self, request);
}

static int smoke_wait(void *self, struct xg_done *done, unsigned max)
{
    Smoke *smoke = self;
    return smoke->io.wait(smoke->io.self, done, max);
}

static int smoke_flush(void *self)
{
    Smoke *smoke = self;
    return smoke->io.flush(smoke->io.self);
}

static void test_libaio(void)
{
    Smoke smoke = {0};
    char error[XG_SENTENCE_SIZE];
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("xenrig-writer-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, 20 * BLOCK + 512), ==, 0);

    g_assert_true(xg_aio_open(&smoke.aio, path, false, 3, error));
    g_assert_cmpuint(smoke.aio.size, ==, 20 * BLOCK + 512);
    smoke.io = xg_aio_io(&smoke.aio);
    rig_init(&smoke.rig, smoke.aio.size, 3, TRUE, 21 + 5);
    smoke.rig.config.fsync = true;
    struct xg_io io = {
        .self = &smoke, .submit = smoke_submit, .wait = smoke_wait, .flush = smoke_flush};
    struct xg_engine_events events = {
        .user = &smoke.rig, .error = rig_error, .mismatch = rig_mismatch};
    xg_engine_init(&smoke.rig.engine, &smoke.rig.config, &io, &events);
    g_assert_true(xg_engine_run(&smoke.rig.engine));
    assert_counters(&smoke.rig, 25 * BLOCK + 512, 1);
    g_assert_cmpuint(smoke.rig.errors->len + smoke.rig.mismatches->len, ==, 0);
    xg_aio_close(&smoke.aio);

    unsigned char sector[XG_SECTOR];
    struct xg_block block;
    g_assert_cmpint(pread(fd, sector, sizeof sector, 5 * BLOCK), ==, sizeof sector);
    g_assert_true(xg_pattern_decode(sector, &block));
    g_assert_cmpuint(block.pass, ==, 1);
    g_assert_cmpuint(block.offset, ==, 5 * BLOCK);
    g_assert_cmpint(ftruncate(fd, 1000), ==, 0);
    g_assert_false(xg_aio_open(&smoke.aio, path, false, 3, error));
    g_assert_nonnull(strstr(error, "is 1000 bytes long"));
    rig_clear(&smoke.rig);
    close(fd);
    g_unlink(path);
    g_assert_false(xg_aio_open(&smoke.aio, path, true, 3, error));
    g_assert_nonnull(strstr(error, "cannot open it for direct writing: No such file"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/writer/engine/wraps-around", test_wraps_around);
    g_test_add_func("/writer/engine/in-flight", test_in_flight);
    g_test_add_func("/writer/engine/last-block-is-shorter", test_last_block_is_shorter);
    g_test_add_func("/writer/engine/vbd-smaller-than-a-block", test_vbd_smaller_than_a_block);
    g_test_add_func("/writer/engine/partial-pass-on-stop", test_partial_pass_on_stop);
    g_test_add_func("/writer/engine/corrupt-byte", test_corrupt_byte);
    g_test_add_func("/writer/engine/swapped-blocks", test_swapped_blocks);
    g_test_add_func("/writer/engine/lost-write", test_lost_write);
    g_test_add_func("/writer/engine/write-error", test_write_error);
    g_test_add_func("/writer/engine/gives-up", test_gives_up);
    g_test_add_func("/writer/engine/gives-up-in-flight", test_gives_up_in_flight);
    g_test_add_func("/writer/engine/other-errors", test_other_errors);
    g_test_add_func("/writer/engine/fsync-after-each-pass", test_fsync_after_each_pass);
    g_test_add_func("/writer/engine/waiting-fails", test_waiting_fails);
    g_test_add_func("/writer/engine/libaio", test_libaio);
    return g_test_run();
}

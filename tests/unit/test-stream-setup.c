/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a stream guest that cannot begin: what is missing is told, and it ends when it is told to. */
#include "fake-machine.h"

#include <string.h>

#define KIB 1024u
#define MIB (1024u * KIB)

/* Runs it to its end and compares the last error; the domain must have failed. */
static void assert_fails(Machine *m, const char *words, const char *error)
{
    g_assert_false(machine_run(m, words));
    assert_status(m, "state=failed");
    assert_said(m, "error", error);
    g_assert_cmpuint(m->backends[0].requests, ==, 0);
}

static void test_bad_word(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    assert_fails(&m, "xenrig.reads=many", "xenrig.reads=many: not a number from 0 to 1000");
}

static void test_count_of_vbds(void)
{
    g_auto(Machine) m;
    machine_init(&m, 2, MIB);
    assert_fails(&m, "xenrig.vbds=3", "2 VBDs are in xenstore below device/vbd, xenrig.vbds is 3");
}

static void test_no_grant_table(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    fake_xen.no_grant_table = TRUE;
    assert_fails(&m, "", "Xen gives it no grant table");
}

static void test_too_few_grants(void)
{
    g_auto(Machine) m;
    machine_init_small(&m, 1, MIB, 32 * MIB, 1);
    g_assert_false(machine_run(&m, "xenrig.persistent=1"));
    assert_status(&m, "state=failed");
    g_assert_true(g_pattern_match_simple(
        "domain w03 vbd 0: memory (* pages left) or grant entries (504 in use) are too few for 32 "
        "requests of 32 segments; give the domU more memory, or ask for fewer ring pages, queues "
        "or segments",
        machine_said(&m, "error")));
}

/* Enough for the rings, not for what is in flight. */
static void test_grants_run_out(void)
{
    g_auto(Machine) m;
    machine_init_small(&m, 1, 4 * MIB, 32 * MIB, 1);
    m.stop_after = G_MAXUINT;
    g_assert_false(machine_run(&m, "xenrig.in_flight=40"));
    assert_status(&m, "state=failed");
    assert_said(&m, "error",
                "domain w03 vbd 0: no grant entry is left (504 are in use); ask for less in "
                "flight");
}

static void test_too_little_memory(void)
{
    static const char *const words[] = {"xenrig.verify=1", "xenrig.paranoid=1",
                                        "xenrig.persistent=1"};
    static const char *const errors[] = {
        "memory is too small for 2 blocks of 65536 bytes (* pages are left); raise "
        "guests.memory, or lower workload.in_flight or workload.block_size",
        "memory is too small for 2 blocks of 65536 bytes (* pages are left); raise "
        "guests.memory, or lower workload.in_flight or workload.block_size",
        "domain w03 vbd 0: memory (* pages left) or grant entries (* in use) are too few *"};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        g_auto(Machine) m;
        machine_init_small(&m, 1, MIB, 256 * KIB, 8);
        g_assert_false(machine_run(&m, words[i]));
        assert_status(&m, "state=failed");
        if (!g_pattern_match_simple(errors[i], machine_said(&m, "error")))
            g_error("%s", machine_said(&m, "error"));
    }
}

/* Without verify one block does for all; not even that is there. */
static void test_no_memory_for_a_block(void)
{
    g_auto(Machine) m;
    machine_init_small(&m, 1, 32 * MIB, 4 * MIB, 8);
    g_assert_false(machine_run(&m, "xenrig.block=4194304"));
    assert_status(&m, "state=failed");
    g_assert_true(g_pattern_match_simple("memory is too small for 1 blocks of 4194304 bytes *",
                                         machine_said(&m, "error")));
}

static void test_shared_block(void)
{
    g_auto(Machine) m;
    machine_init_small(&m, 4, 4 * MIB, 4 * MIB, 16);
    m.stop_after = 100;
    g_assert_false(machine_run(&m, "xenrig.block=2097152"));
    assert_status(&m, "state=done");
    assert_nothing_left(&m);
}

static void test_no_port(void)
{
    g_auto(Machine) m;
    machine_init(&m, 2, MIB);
    fake_xen.ports_left = 1;
    assert_fails(&m, "", "domain w03 vbd 1: Xen gives it no event channel: error 28");
}

static void test_read_only(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    fake_backend_node(&m.backends[0], "info", 4);
    assert_fails(&m, "", "domain w03 vbd 0: it is read-only and the plan wants it written");
    assert_nothing_left(&m);
}

static void test_read_only_reads(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    m.stop_after = 20;
    fake_backend_node(&m.backends[0], "info", 4);
    g_assert_false(machine_run(&m, "xenrig.reads=1000"));
    assert_status(&m, "state=done");
}

static void test_no_disk(void)
{
    static const struct {
        const char *sectors, *sector_size, *says;
    } cases[] = {{"0", "512", "0 sectors of 512 bytes"},
                 {"many", "512", "0 sectors of 512 bytes"},
                 {"2048", "0", "2048 sectors of 0 bytes"},
                 {"2048", "8192", "2048 sectors of 8192 bytes"},
                 {"36028797018963967", "512", "36028797018963967 sectors of 512 bytes"},
                 {"36028797018963969", "512", "36028797018963969 sectors of 512 bytes"}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Machine) m;
        machine_init(&m, 1, MIB);
        g_autofree char *sectors = g_strconcat(m.backends[0].path, "/sectors", NULL);
        g_autofree char *sector_size = g_strconcat(m.backends[0].path, "/sector-size", NULL);
        g_autofree char *error = g_strdup_printf(
            "domain w03 vbd 0: the backend connected with %s, which is no disk", cases[i].says);
        fake_store_set(&m.store, sectors, cases[i].sectors);
        fake_store_set(&m.store, sector_size, cases[i].sector_size);
        assert_fails(&m, "", error);
    }
}

static void test_too_many_blocks(void)
{
    g_auto(Machine) m;
    machine_init(&m, 1, MIB);
    fake_backend_node(&m.backends[0], "sectors", 65537 * 8);
    assert_fails(&m, "xenrig.block=4096 xenrig.verify=1",
                 "domain w03 vbd 0: no memory to remember what 65537 blocks hold (at most 65536); "
                 "make workload.vbd_size smaller or workload.block_size larger");
}

static void test_no_backend_named(void)
{
    g_auto(Machine) m;
    machine_init(&m, 2, MIB);
    fake_store_set(&m.store, "device/vbd/51728/backend", NULL);
    assert_fails(&m, "", "domain w03 vbd 1: device/vbd/51728/backend names no backend");
}

static void test_store_refuses(void)
{
    static const struct {
        const char *path, *error, *says;
    } cases[] = {
        {"ring-ref", "ENOSPC", "xenstore does not take device/vbd/51712/ring-ref: error 28"},
        {"event-channel", "EACCES",
         "xenstore does not take device/vbd/51712/event-channel: error 5"},
        {"protocol", "EINVAL", "xenstore does not take device/vbd/51712/protocol: error 22"},
        {"51712/state", "ENOENT", "*51712/state*: error 2"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Machine) m;
        g_autofree char *pattern = g_strconcat("domain w03 vbd 0: ", cases[i].says, NULL);
        machine_init(&m, 1, MIB);
        m.store.fail_path = cases[i].path;
        m.store.fail_error = cases[i].error;
        g_assert_false(machine_run(&m, ""));
        assert_status(&m, "state=failed");
        if (!g_pattern_match_simple(pattern, machine_said(&m, "error")))
            g_error("%s", machine_said(&m, "error"));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/setup/bad-word", test_bad_word);
    g_test_add_func("/stream/setup/count-of-vbds", test_count_of_vbds);
    g_test_add_func("/stream/setup/no-grant-table", test_no_grant_table);
    g_test_add_func("/stream/setup/too-few-grants", test_too_few_grants);
    g_test_add_func("/stream/setup/grants-run-out", test_grants_run_out);
    g_test_add_func("/stream/setup/too-little-memory", test_too_little_memory);
    g_test_add_func("/stream/setup/no-memory-for-a-block", test_no_memory_for_a_block);
    g_test_add_func("/stream/setup/shared-block", test_shared_block);
    g_test_add_func("/stream/setup/no-port", test_no_port);
    g_test_add_func("/stream/setup/read-only", test_read_only);
    g_test_add_func("/stream/setup/read-only-reads", test_read_only_reads);
    g_test_add_func("/stream/setup/no-disk", test_no_disk);
    g_test_add_func("/stream/setup/too-many-blocks", test_too_many_blocks);
    g_test_add_func("/stream/setup/no-backend-named", test_no_backend_named);
    g_test_add_func("/stream/setup/store-refuses", test_store_refuses);
    return g_test_run();
}

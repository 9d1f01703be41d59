/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: another host that lacks something, or does not answer. No machine is started. */
#include "remote-fixture.h"

/* What a rig and its guard left that were both killed goes with the next run. */
static void test_left_by_others(Fixture *f, gconstpointer size)
{
    g_autofree char *folder = g_build_filename(f->c.state, "remotes", NULL);
    g_autofree char *note = g_build_filename(folder, "xenrig-0123456789abcdef", NULL);
    g_autofree char *text = g_strdup_printf(
        "[remote]\nuri=%s\npool=xenrig-0123456789abcdef\ndomain=xenrig-none\n", f->l.uri);
    char *words[] = {"run", "smoke", "--connect", f->l.uri, "--qemu", "/nowhere", "--quiet", NULL};
    const char *xml =
        "<pool type='dir'><name>xenrig-0123456789abcdef</name><target>"
        "<path>/var/lib/libvirt/images/xenrig-0123456789abcdef</path></target></pool>";

    if (skip(f))
        return;
    virConnectPtr conn = libvirtd_connect(&f->l);
    virStoragePoolPtr pool = virStoragePoolDefineXML(conn, xml, 0);
    g_assert_nonnull(pool);
    g_assert_cmpint(virStoragePoolBuild(pool, 0), ==, 0);
    g_assert_cmpint(virStoragePoolCreate(pool, 0), ==, 0);
    virStorageVolPtr volume = virStorageVolCreateXML(
        pool, "<volume><name>xen</name><capacity>4096</capacity></volume>", 0);
    g_assert_nonnull(volume);
    virStorageVolFree(volume);
    virStoragePoolFree(pool);
    virConnectClose(conn);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(note, text, -1, NULL));

    command_run(&f->c, words);
    g_assert_cmpint(f->c.status, ==, 77);
    assert_says(f->c.out, "Cannot check QEMU binary /nowhere");
    assert_says(f->c.out, "--qemu takes a path on that host");
    assert_nothing_left(f);
}

static void test_no_room(Fixture *f, gconstpointer size)
{
    g_autoptr(GSubprocess) process = NULL;
    g_autoptr(JsonObject) verdict = NULL;
    const char *line;

    if (skip(f))
        return;
    process = start(f, "guests.count=1");
    command_finish(&f->c, process);
    verdict = command_verdict(&f->c);
    g_assert_cmpint(f->c.status, ==, 77);
    line = xr_json_string(command_finding(verdict, "missing"), "line", "");
    assert_says(line, f->l.uri);
    assert_says(line, "No space left on device; make room there");
    assert_nothing_left(f);
}

static void test_nobody_there(Fixture *f, gconstpointer size)
{
    char *words[] = {"run", "smoke", "--connect", f->l.uri, "--quiet", NULL};

    if (skip(f))
        return;
    libvirtd_kill(&f->l, SIGTERM);
    command_run(&f->c, words);
    g_assert_cmpint(f->c.status, ==, 77);
    assert_says(f->c.out, "Connection refused");
    assert_says(f->c.out, "systemctl start libvirtd");
}

static void test_lockstep_refused(Fixture *f, gconstpointer size)
{
    char *words[] = {"run", "lockstep", "--connect", f->l.uri, "--quiet", NULL};

    if (skip(f))
        return;
    command_run(&f->c, words);
    g_assert_cmpint(f->c.status, ==, 99);
    assert_says(f->c.out, "only machines whose machine.time is real run on another host");
    assert_nothing_left(f);
}

/* A host that takes the connection and says nothing: a signal ends the run at once. */
static void test_no_answer(Fixture *f, gconstpointer size)
{
    g_autoptr(GSocketListener) listener = g_socket_listener_new();
    const guint16 port = g_socket_listener_add_any_inet_port(listener, NULL, NULL);
    g_autofree char *uri = g_strdup_printf("qemu+tcp://127.0.0.1:%u/system", port);
    char *words[] = {"run", "smoke", "--connect", uri, NULL};
    g_autoptr(GSubprocess) process = command_start(&f->c, words);
    const gint64 begin_us = g_get_monotonic_time();

    g_usleep(8 * G_USEC_PER_SEC);
    g_subprocess_send_signal(process, SIGTERM);
    command_finish(&f->c, process);
    g_assert_cmpint(f->c.status, ==, 99);
    assert_says(f->c.err, "uploading ");
    assert_says(f->c.out, "interrupted");
    g_assert_cmpint(g_get_monotonic_time() - begin_us, >=, 8 * G_USEC_PER_SEC);
    g_assert_cmpint(g_get_monotonic_time() - begin_us, <, 30 * G_USEC_PER_SEC);
    g_assert_cmpuint(count_notes(f), ==, 0);
}

int main(int argc, char **argv)
{
    static const Place elsewhere = {"1g", TRUE}, small = {"60m", TRUE};

    g_test_init(&argc, &argv, NULL);
    virSetErrorFunc(NULL, ignore_error);
    g_test_add("/remote/nobody-there", Fixture, &elsewhere, up, test_nobody_there, down);
    g_test_add("/remote/no-answer", Fixture, &elsewhere, up, test_no_answer, down);
    g_test_add("/remote/no-room", Fixture, &small, up, test_no_room, down);
    g_test_add("/remote/lockstep-refused", Fixture, &elsewhere, up, test_lockstep_refused, down);
    g_test_add("/remote/left-by-others", Fixture, &elsewhere, up, test_left_by_others, down);
    return g_test_run();
}

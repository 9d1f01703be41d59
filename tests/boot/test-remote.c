/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: machines on another host, for which a libvirtd on the loopback stands.
 *
 * What must not be: that the run needs a file of this host there, that anything of it stays there, however it ends, and that
 * a host out of reach is taken for a hypervisor that hangs. */
#include "remote-fixture.h"

/* --- runs --- */

static void test_pass(Fixture *f, gconstpointer size)
{
    g_autoptr(GSubprocess) process = NULL;
    g_autoptr(JsonObject) verdict = NULL;
    g_autoptr(JsonObject) run = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *here = NULL;
    g_autofree char *text = NULL;

    if (skip(f))
        return;
    process = start(f, "limits.host_wait=100%");
    command_finish(&f->c, process);
    verdict = command_verdict(&f->c);
    g_assert_cmpstr(xr_json_string(verdict, "verdict", ""), ==, "pass");
    g_assert_cmpint(f->c.status, ==, 0);
    assert_says(xr_json_string(command_finding(verdict, "host-wait-unknown"), "line", ""),
                f->l.uri);
    assert_nothing_left(f);
    here = g_build_filename(xr_json_string(verdict, "record", ""), "run.json", NULL);
    g_file_get_contents(here, &text, NULL, &error);
    g_assert_no_error(error);
    run = xr_json_parse_line(g_strdelimit(text, "\n", ' '), -1, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(xr_json_string(run, "connect", ""), ==, f->l.uri);
    g_assert_cmpstr(xr_json_string(run, "qemu", "unknown"), !=, "unknown");
    assert_says(xr_json_string(xr_json_object(run, "host"), "distribution", ""), "behind libvirt");
}

/* A daemon of this host's own, by its socket: nothing is uploaded. */
static void test_socket(Fixture *f, gconstpointer size)
{
    g_autofree char *uri = NULL;
    g_autoptr(JsonObject) verdict = NULL;

    if (skip(f))
        return;
    uri = g_strdup_printf("qemu+unix:///system?socket=%s/libvirt-sock", f->l.folder);
    char *words[] = {"run", "smoke", "--json", "--connect", uri, "--quiet", NULL};
    command_run(&f->c, words);
    verdict = command_verdict(&f->c);
    g_assert_cmpstr(xr_json_string(verdict, "verdict", ""), ==, "pass");
    g_assert_null(strstr(f->c.out, "host-wait-unknown"));
    assert_nothing_left(f);
}

/* A run with the host's own QEMU, which may be too old: it was started from what was uploaded, all the same, or its version
 * would not be known. */
static void run_with_hosts_qemu(Fixture *f, char *uri)
{
    char *words[] = {"run", "smoke", "--json", "--connect", uri, "--quiet", NULL};
    g_autoptr(JsonObject) verdict = NULL;

    command_run(&f->c, words);
    verdict = command_verdict(&f->c);
    if (f->c.status == 0)
        g_assert_cmpstr(xr_json_string(verdict, "verdict", ""), ==, "pass");
    else
        assert_says(xr_json_string(command_finding(verdict, "missing"), "line", ""),
                    " there is QEMU ");
    g_assert_cmpint(libvirtd_holds(&f->l, FALSE), ==, 0);
    g_assert_cmpint(libvirtd_holds(&f->l, TRUE), ==, 0);
    g_assert_cmpuint(count_notes(f), ==, 0);
}

/* A session daemon of another user's. */
static void test_session(Fixture *f, gconstpointer size)
{
    if (skip(f))
        return;
    libvirtd_kill(&f->l, SIGTERM);
    libvirtd_start_session(&f->l);
    run_with_hosts_qemu(f, f->l.uri);
}

/* libvirt's way through ssh; a script stands for ssh, and takes the command to where the daemon is. */
static void test_ssh(Fixture *f, gconstpointer size)
{
    g_autofree char *uri = NULL;

    if (skip(f))
        return;
    uri = libvirtd_ssh_uri(&f->l);
    run_with_hosts_qemu(f, uri);
    assert_nothing_left(f);
}

/* VBDs on volumes there, whose names go as soon as QEMU holds them. */
static void test_disks(Fixture *f, gconstpointer size)
{
    g_autoptr(GSubprocess) process = NULL;
    g_autoptr(JsonObject) verdict = NULL;

    if (skip(f))
        return;
    process = start(f, "workload.backing=disk");
    command_finish(&f->c, process);
    verdict = command_verdict(&f->c);
    g_assert_cmpstr(xr_json_string(verdict, "verdict", ""), ==, "pass");
    assert_nothing_left(f);
}

/* Waits until there is a machine, and it has run for some seconds. */
static void await_machine(const Fixture *f)
{
    for (guint i = 0; i < 600 && libvirtd_holds(&f->l, FALSE) == 0; i++)
        g_usleep(100 * 1000);
    g_assert_cmpint(libvirtd_holds(&f->l, FALSE), ==, 1);
    g_usleep(3 * 1000 * 1000);
    g_assert_cmpuint(libvirtd_count(f->images), ==, 1);
    g_assert_cmpuint(count_notes(f), ==, 2); /* the note and its lock */
}

static void test_interrupted(Fixture *f, gconstpointer size)
{
    g_autoptr(GSubprocess) process = NULL;
    g_autoptr(JsonObject) verdict = NULL;

    if (skip(f))
        return;
    process = start(f, "guests.count=1");
    await_machine(f);
    g_subprocess_send_signal(process, SIGTERM);
    command_finish(&f->c, process);
    verdict = command_verdict(&f->c);
    g_assert_cmpint(f->c.status, ==, 99);
    command_finding(verdict, "interrupted");
    g_assert_true(is_clean(f));
    assert_nothing_left(f);
}

static void test_killed(Fixture *f, gconstpointer size)
{
    g_autoptr(GSubprocess) process = NULL;

    if (skip(f))
        return;
    process = start(f, "guests.count=1");
    await_machine(f);
    g_subprocess_force_exit(process);
    command_finish(&f->c, process);
    g_assert_cmpint(f->c.status, ==, -1);
    assert_nothing_left(f);
}

/* --- the other host goes --- */

/* QEMU's process id: one that names the folder of the only pool. */
static pid_t find_machine(const Fixture *f)
{
    g_autoptr(GDir) images = g_dir_open(f->images, 0, NULL);
    const char *pool = g_dir_read_name(images);
    pid_t machine;

    g_assert_nonnull(pool);
    machine = find_process(pool, "-machine");
    g_assert_cmpint(machine, !=, 0);
    return machine;
}

/* The daemon is killed: no fault of the hypervisor's, and what is left there is said, and noted. */
static void test_lost(Fixture *f, gconstpointer size)
{
    g_autoptr(GSubprocess) process = NULL;
    g_autoptr(JsonObject) verdict = NULL;
    pid_t machine;

    if (skip(f))
        return;
    process = start(f, "guests.count=1");
    await_machine(f);
    machine = find_machine(f);
    libvirtd_kill(&f->l, SIGKILL);
    command_finish(&f->c, process);
    kill(machine, SIGKILL);
    verdict = command_verdict(&f->c);
    g_assert_cmpint(f->c.status, ==, 99);
    assert_says(xr_json_string(command_finding(verdict, "machine-stopped"), "line", ""),
                "lost: the connection to libvirt ended");
    assert_says(xr_json_string(command_finding(verdict, "left-behind"), "line", ""),
                "the next run with the same --connect removes it");
    g_assert_cmpuint(count_notes(f), >=, 1);
}

int main(int argc, char **argv)
{
    static const Place elsewhere = {"1g", TRUE}, here = {"1g", FALSE};

    g_test_init(&argc, &argv, NULL);
    virSetErrorFunc(NULL, ignore_error);
    g_test_add("/remote/pass", Fixture, &elsewhere, up, test_pass, down);
    g_test_add("/remote/socket", Fixture, &here, up, test_socket, down);
    g_test_add("/remote/session", Fixture, &elsewhere, up, test_session, down);
    g_test_add("/remote/ssh", Fixture, &elsewhere, up, test_ssh, down);
    g_test_add("/remote/disks", Fixture, &elsewhere, up, test_disks, down);
    g_test_add("/remote/interrupted", Fixture, &elsewhere, up, test_interrupted, down);
    g_test_add("/remote/killed", Fixture, &elsewhere, up, test_killed, down);
    g_test_add("/remote/lost", Fixture, &elsewhere, up, test_lost, down);
    return g_test_run();
}

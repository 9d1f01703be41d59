/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said to another host's libvirt, what its errors are answered with, and how a run there is judged. */
#include "base/error.h"
#include "boot/machine-xml.h"
#include "boot/remote-private.h"
#include "judge-run.h"
#include "run/remote.h"

#include <libvirt/virterror.h>
#include <string.h>

static void test_which_are_remote(void)
{
    static const struct {
        const char *uri;
        gboolean remote;
    } cases[] = {
        {NULL, FALSE},
        {"", FALSE},
        {"qemu:///system", FALSE},
        {"qemu:///session", FALSE},
        {"qemu:///embed?root=/x", FALSE},
        {"qemu+unix:///system?socket=/run/x", FALSE},
        {"not a uri", FALSE},
        {"qemu+ssh://node7/system", TRUE},
        {"qemu+ssh://me@node7:2222/session?keyfile=/k", TRUE},
        {"qemu+tcp://127.0.0.1:16509/system", TRUE},
        {"qemu+tls://[fe80::1]/system", TRUE},
        {"qemu://node7/system", TRUE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].uri != NULL ? cases[i].uri : "none");
        g_assert_cmpint(xr_remote_is(cases[i].uri), ==, cases[i].remote);
    }
}

/* Errors as libvirt 9.0 words them, and the way out. */
static void test_advice(void)
{
    static const struct {
        int code;
        const char *message, *advice;
    } cases[] = {
        {38, "unable to connect to server at 'n:16509': Connection refused",
         "systemctl start libvirtd"},
        {38,
         "Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
         "systemctl start libvirtd"},
        {38, "Failed to connect socket to '/run/libvirt/libvirt-sock': Permission denied",
         "group libvirt"},
        {38, "Cannot recv data: Host key verification failed.: Connection reset by peer",
         "`ssh HOST`"},
        {38, "Cannot recv data: me@n: Permission denied (publickey,password).",
         "without a question"},
        {38, "Cannot recv data: ssh: Could not resolve hostname n: Name or service not known",
         "check the host's name"},
        {38, "Cannot recv data: sh: 1: nc: command not found", "libvirt is not installed there"},
        {38, "Cannot recv data: sh: 1: nc: not found: Connection reset by peer", "virt-ssh-helper"},
        {VIR_ERR_AUTH_FAILED, "authentication failed: access denied by policy", "group libvirt"},
        {VIR_ERR_AUTH_UNAVAILABLE, "authentication unavailable: no polkit agent", "group libvirt"},
        {VIR_ERR_NO_SUPPORT,
         "this function is not supported by the connection driver: virStoragePoolDefineXML",
         "no storage driver"},
        {VIR_ERR_NO_CONNECT, "no connection driver available for qemu:///system",
         "libvirt-daemon-driver-qemu"},
        {38, "cannot allocate 50 bytes in file '/x': No space left on device", "make room there"},
        {1, "invalid argument: unable to find any emulator to serve 'x86_64' architecture",
         "apt-get install qemu-system-x86"},
        {38, "Cannot check QEMU binary /nowhere: No such file or directory", "a path on that host"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *advice = xr_remote_advice(cases[i].code, cases[i].message);

        if (strstr(advice, cases[i].advice) == NULL)
            g_error("%s: \"%s\" is answered with \"%s\"", cases[i].message, cases[i].advice,
                    advice);
    }
    g_assert_cmpstr(xr_remote_advice(1, "internal error: something new"), ==, "");
}

static void test_documents(void)
{
    g_autofree char *system = xr_remote_folder("qemu+ssh://n/system", "xenrig-1");
    g_autofree char *session = xr_remote_folder("qemu+ssh://n/session", "xenrig-1");
    g_autofree char *pool = xr_remote_pool_xml("a<b", "/x/a&b");
    g_autofree char *image = xr_remote_volume_xml("xen", 1000, FALSE);
    g_autofree char *disk = xr_remote_volume_xml("vbd00.img", 3221225472, TRUE);

    g_assert_cmpstr(system, ==, "/var/lib/libvirt/images/xenrig-1");
    g_assert_cmpstr(session, ==, "/var/tmp/xenrig-1");
    g_assert_nonnull(strstr(pool, "<name>a&lt;b</name>"));
    g_assert_nonnull(strstr(pool, "<path>/x/a&amp;b</path>"));
    /* All of an image's room is taken at once, so that a full disk is told; QEMU's user reads it, whoever that is. */
    g_assert_nonnull(strstr(image, "<allocation unit='bytes'>1000</allocation>"));
    g_assert_nonnull(strstr(image, "<mode>0644</mode>"));
    g_assert_nonnull(strstr(disk, "<capacity unit='bytes'>3221225472</capacity>"));
    g_assert_nonnull(strstr(disk, "<allocation unit='bytes'>0</allocation>"));
    g_assert_nonnull(strstr(disk, "<mode>0600</mode>"));
}

static void assert_element(const char *xml, const char *path, const char *wanted)
{
    g_autofree char *found = xr_remote_element(xml, path);

    g_assert_cmpstr(found, ==, wanted);
}

static void test_elements(void)
{
    static const char xml[] =
        "<capabilities><host><uuid>u-1</uuid><cpu><arch>x86_64</arch><model>EPYC</model>"
        "<feature name='a'/></cpu><secmodel><model>dac</model></secmodel></host>"
        "<guest><model>other</model></guest></capabilities>";
    g_autofree char *cpu = xr_remote_cpu(xml);
    g_autofree char *none = xr_remote_cpu("<capabilities/>");
    g_autofree char *open = xr_remote_cpu("<cpu><model>");
    g_autofree char *much = g_strnfill(100000, 'x');
    g_autofree char *large = g_strdup_printf("<a>%s</a>", much);
    g_autofree char *cut = xr_remote_element(large, "a");

    assert_element(xml, "capabilities/host/uuid", "u-1");
    assert_element(xml, "capabilities/host/cpu/model", "EPYC");
    assert_element(xml, "capabilities/host/cpu", "");
    assert_element(xml, "capabilities/host/none", NULL);
    assert_element(xml, "uuid", NULL);
    assert_element("<a><b>1</b><b>2</b></a>", "a/b", "1");
    assert_element("<a>1", "a", NULL);
    assert_element("", "a", NULL);
    assert_element("no XML at all", "a", NULL);
    assert_element("<a>&#27;[2J</a>", "a", "\\x1b[2J");
    g_assert_cmpuint(strlen(cut), <=, 256);
    g_assert_cmpstr(cpu, ==,
                    "<cpu><arch>x86_64</arch><model>EPYC</model><feature name='a'/></cpu>");
    g_assert_null(none);
    g_assert_null(open);
}

/* Paths of that host, no user of this one, and disks in the pool. */
static void test_machine(void)
{
    static const char *const disk_settings[] = {"workload.backing=disk", "guests.count=1", NULL};
    g_autoptr(XrPlan) plan = feed_plan(disk_settings);
    XrRemote remote = {.folder = (char *)"/pool/xenrig-1"};
    const XrMachineSpec spec = {.remote = &remote,
                                .qemu = "/there/qemu",
                                .run_id = "r",
                                .xen = "/pool/xenrig-1/xen",
                                .kernel = "/pool/xenrig-1/kernel",
                                .initramfs = "/pool/xenrig-1/initramfs",
                                .run_dir = "/here/record",
                                .plan = plan};
    g_autofree char *xml = xr_machine_xml_labelled(&spec, XR_ACCEL_TCG, "max", NULL,
                                                   "<model>dac</model><model>apparmor</model>");

    g_assert_nonnull(strstr(xml, "<source file='/pool/xenrig-1/vbd00.img'/>"));
    g_assert_null(strstr(xml, "/here/record"));
    g_assert_null(strstr(xml, "model='dac'"));
    g_assert_nonnull(strstr(xml, "<seclabel type='none' model='apparmor'/>"));
    g_assert_nonnull(strstr(xml, "<serial type='pty'>"));
}

static void test_other_times_refused(void)
{
    static const char *const lockstep[] = {"machine.time=lockstep", "machine.pcpus=4", NULL};
    g_autoptr(XrPlan) plan = feed_plan(lockstep);
    g_autoptr(XrPlan) real = feed_plan(NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(xr_run_remote_check(real, "qemu+ssh://n/system", &error));
    g_assert_false(xr_run_remote_check(plan, "qemu+ssh://n/system", &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    g_assert_true(g_str_has_prefix(error->message, "qemu+ssh://n/system: only machines whose "));
}

/* --- verdicts --- */

static void go_remote(Run *run)
{
    feed(run->obs, 0.1,
         "\"kind\":\"rig\",\"what\":\"remote\",\"stage\":\"build\",\"text\":\"qemu+ssh://n/"
         "system\"");
}

static void test_note(Run *run, gconstpointer data)
{
    go_remote(run);
    start(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_PASS);
    g_assert_cmpstr(feed_find(run->verdict->findings, "host-wait-unknown")->line, ==,
                    "qemu+ssh://n/system");
}

/* Slow may be that host's doing: not known. */
static void test_slow(Run *run, gconstpointer data)
{
    go_remote(run);
    run->rate[1] = 20e6;
    start(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_UNSURE);
    g_assert_nonnull(strstr(meaning_of(run, "fairness"), "limits.host_wait=100%"));
    run->plan->limits.host_wait = 1;
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_FAIL);
}

static void test_silent(Run *run, gconstpointer data)
{
    go_remote(run);
    feed(run->obs, 1, "\"kind\":\"guest\",\"name\":\"w00\",\"state\":\"streaming\"");
    feed(run->obs, 2,
         "\"kind\":\"rig\",\"what\":\"silence\",\"stage\":\"window\",\"text\":\"why\"");
    g_assert_cmpint(feed_find(run->obs->findings, "hang")->weight, ==, XR_UNSURE);
}

/* A connection that is lost is no hypervisor that hangs. */
static void test_lost(Run *run, gconstpointer data)
{
    go_remote(run);
    start(run);
    feed(run->obs, run->t + 1, "\"kind\":\"machine\",\"what\":\"lost\",\"text\":\"no answer\"");
    feed(run->obs, run->t + 2,
         "\"kind\":\"rig\",\"what\":\"left-behind\",\"stage\":\"stop\",\"text\":\"pool x\"");
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_ERROR_VERDICT);
    g_assert_cmpstr(feed_find(run->verdict->findings, "machine-stopped")->line, ==,
                    "lost: no answer");
    g_assert_nonnull(strstr(meaning_of(run, "machine-stopped"), "out of reach"));
    g_assert_cmpstr(feed_find(run->verdict->findings, "left-behind")->line, ==, "pool x");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/remote/which", test_which_are_remote);
    g_test_add_func("/remote/advice", test_advice);
    g_test_add_func("/remote/documents", test_documents);
    g_test_add_func("/remote/elements", test_elements);
    g_test_add_func("/remote/machine", test_machine);
    g_test_add_func("/remote/other-times", test_other_times_refused);
    g_test_add("/remote/judge/note", Run, NULL, set_up, test_note, tear_down);
    g_test_add("/remote/judge/slow", Run, NULL, set_up, test_slow, tear_down);
    g_test_add("/remote/judge/silent", Run, NULL, set_up, test_silent, tear_down);
    g_test_add("/remote/judge/lost", Run, NULL, set_up, test_lost, tear_down);
    return g_test_run();
}

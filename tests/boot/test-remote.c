/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: machines on another host, for which a libvirtd on the loopback stands.
 *
 * What must not be: that the run needs a file of this host there, that anything of it stays there, however it ends, and that
 * a host out of reach is taken for a hypervisor that hangs. */
#include "base/json.h"
#include "build/build.h"
#include "command.h"
#include "libvirtd.h"
#include <libvirt/virterror.h>

typedef struct {
    Command c;
    Libvirtd l;
    char *qemu, *images;
    const char *lacks;
} Fixture;

/* Size of what holds images there, and whether it is a host that has none of the rig's builds. */
typedef struct {
    const char *size;
    gboolean elsewhere;
} Place;

static void up(Fixture *f, gconstpointer data)
{
    const Place *place = data;
    g_autofree char *cache = g_strdup(g_getenv("XENRIG_CACHE"));
    g_autofree char *builds = NULL;
    g_autofree char *version = NULL;
    g_autoptr(GError) error = NULL;

    command_init(&f->c);
    f->lacks = libvirtd_lacks();
    if (f->lacks != NULL)
        return;
    if (cache == NULL)
        cache = g_build_filename(g_get_user_cache_dir(), "xenrig", NULL);
    builds = g_build_filename(cache, "builds", NULL);
    libvirtd_start(&f->l, place->size, place->elsewhere ? builds : f->c.runtime);
    f->images = libvirtd_sees(&f->l, "/var/lib/libvirt/images");
    xr_qemu_find(NULL, &f->qemu, &version, &error);
    g_assert_no_error(error);
}

static void down(Fixture *f, gconstpointer size)
{
    libvirtd_kill(&f->l, SIGTERM);
    command_clear(&f->c);
    if (f->l.folder != NULL)
        command_remove_tree(f->l.folder);
    g_free(f->l.folder);
    g_free(f->l.uri);
    g_free(f->qemu);
    g_free(f->images);
}

static gboolean skip(const Fixture *f)
{
    if (f->lacks != NULL)
        g_test_skip(f->lacks);
    return f->lacks != NULL;
}

static GSubprocess *start(Fixture *f, const char *set)
{
    char *words[] = {"run",   "smoke",   "--json", "--connect", f->l.uri, "--qemu",
                     f->qemu, "--quiet", "--set",  (char *)set, NULL};

    return command_start(&f->c, words);
}

static gboolean is_clean(const Fixture *f)
{
    return libvirtd_holds(&f->l, FALSE) == 0 && libvirtd_holds(&f->l, TRUE) == 0 &&
           libvirtd_count(f->images) == 0;
}

static guint count_notes(const Fixture *f)
{
    g_autofree char *folder = g_build_filename(f->c.state, "remotes", NULL);

    return libvirtd_count(folder);
}

/* No domain, volume, pool, folder or note; a guard, or the daemon, may need a moment. */
static void assert_nothing_left(const Fixture *f)
{
    for (guint i = 0; i < 200 && (!is_clean(f) || count_notes(f) > 0); i++)
        g_usleep(100 * 1000);
    g_assert_cmpint(libvirtd_holds(&f->l, FALSE), ==, 0);
    g_assert_cmpint(libvirtd_holds(&f->l, TRUE), ==, 0);
    g_assert_cmpuint(libvirtd_count(f->images), ==, 0);
    g_assert_cmpuint(count_notes(f), ==, 0);
}

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

/* A session daemon of another user's, whose QEMU is the host's own and may be too old: it was started from what was uploaded,
 * all the same, or its version would not be known. */
static void test_session(Fixture *f, gconstpointer size)
{
    char *words[] = {"run", "smoke", "--json", "--connect", NULL, "--quiet", NULL};
    g_autoptr(JsonObject) verdict = NULL;

    if (skip(f))
        return;
    libvirtd_kill(&f->l, SIGTERM);
    libvirtd_start_session(&f->l);
    words[4] = f->l.uri;
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
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    g_autoptr(GDir) images = g_dir_open(f->images, 0, NULL);
    const char *pool = g_dir_read_name(images);
    const char *entry;

    g_assert_nonnull(pool);
    while ((entry = g_dir_read_name(proc)) != NULL) {
        g_autofree char *path = g_build_filename("/proc", entry, "cmdline", NULL);
        g_autofree char *words = NULL;
        gsize len = 0;

        if (!g_ascii_isdigit(entry[0]) || !g_file_get_contents(path, &words, &len, NULL))
            continue;
        for (gsize i = 0; i < len; i++)
            words[i] = words[i] == '\0' ? ' ' : words[i];
        if (g_strstr_len(words, (gssize)len, pool) != NULL &&
            g_strstr_len(words, (gssize)len, "-machine") != NULL)
            return (pid_t)g_ascii_strtoll(entry, NULL, 10);
    }
    g_error("no QEMU names %s", pool);
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

/* --- what is lacking --- */

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

static void ignore(void *data, virErrorPtr error)
{
}

int main(int argc, char **argv)
{
    static const Place elsewhere = {"1g", TRUE}, small = {"60m", TRUE}, here = {"1g", FALSE};

    g_test_init(&argc, &argv, NULL);
    virSetErrorFunc(NULL, ignore);
    g_test_add("/remote/nobody-there", Fixture, &elsewhere, up, test_nobody_there, down);
    g_test_add("/remote/no-room", Fixture, &small, up, test_no_room, down);
    g_test_add("/remote/lockstep-refused", Fixture, &elsewhere, up, test_lockstep_refused, down);
    g_test_add("/remote/left-by-others", Fixture, &elsewhere, up, test_left_by_others, down);
    g_test_add("/remote/pass", Fixture, &elsewhere, up, test_pass, down);
    g_test_add("/remote/socket", Fixture, &here, up, test_socket, down);
    g_test_add("/remote/session", Fixture, &elsewhere, up, test_session, down);
    g_test_add("/remote/disks", Fixture, &elsewhere, up, test_disks, down);
    g_test_add("/remote/interrupted", Fixture, &elsewhere, up, test_interrupted, down);
    g_test_add("/remote/killed", Fixture, &elsewhere, up, test_killed, down);
    g_test_add("/remote/lost", Fixture, &elsewhere, up, test_lost, down);
    return g_test_run();
}

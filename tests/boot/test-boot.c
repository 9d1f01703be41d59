/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: tests on the real thing: Xen, dom0 and domUs in QEMU, run as a user runs them.
 *
 * Each runs the command itself with a state and a runtime folder of its own (the cache is the user's:
 * nothing is fetched twice) and looks at what a user sees: exit code, verdict, findings, record,
 * and what is left behind. */
#include "base/json.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>

typedef struct {
    char *folder; /* state and runtime live below it */
    char *state, *runtime;
    int status; /* of the command */
    char *out, *err;
    JsonObject *verdict; /* of --json */
} Rig;

static void rig_up(Rig *rig, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    rig->folder = g_dir_make_tmp("xrt-XXXXXX", &error);
    g_assert_no_error(error);
    rig->state = g_build_filename(rig->folder, "state", NULL);
    rig->runtime = g_build_filename(rig->folder, "run", NULL);
}

static GSubprocess *start(Rig *rig, const char *const *argv)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autoptr(GError) error = NULL;
    GSubprocess *process;

    g_subprocess_launcher_setenv(launcher, "XENRIG_STATE", rig->state, TRUE);
    g_subprocess_launcher_setenv(launcher, "XENRIG_RUNTIME", rig->runtime, TRUE);
    process = g_subprocess_launcher_spawnv(launcher, argv, &error);
    g_assert_no_error(error);
    return process;
}

static void finish(Rig *rig, GSubprocess *process)
{
    g_autoptr(GError) error = NULL;

    g_subprocess_communicate_utf8(process, NULL, NULL, &rig->out, &rig->err, &error);
    g_assert_no_error(error);
    rig->status = g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process) : -1;
    g_test_message("exit code %d", rig->status);
    g_test_message("%s", rig->err);
}

/* Runs a plan to its end, with up to two overrides, and reads the verdict. */
static void run(Rig *rig, const char *plan, const char *set_a, const char *set_b)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GSubprocess) process = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *line = NULL;

    g_ptr_array_add(argv, XR_COMMAND);
    g_ptr_array_add(argv, "run");
    g_ptr_array_add(argv, "--json");
    if (set_a != NULL) {
        g_ptr_array_add(argv, "--set");
        g_ptr_array_add(argv, (char *)set_a);
    }
    if (set_b != NULL) {
        g_ptr_array_add(argv, "--set");
        g_ptr_array_add(argv, (char *)set_b);
    }
    g_ptr_array_add(argv, (char *)plan);
    g_ptr_array_add(argv, NULL);
    process = start(rig, (const char *const *)argv->pdata);
    finish(rig, process);
    line = g_strdelimit(g_strdup(rig->out), "\n", ' ');
    rig->verdict = xr_json_parse_line(line, -1, &error);
    g_assert_no_error(error);
    g_test_message("verdict %s: %s", xr_json_string(rig->verdict, "verdict", "?"),
                   xr_json_string(rig->verdict, "reason", "?"));
}

static const char *verdict(const Rig *rig)
{
    return xr_json_string(rig->verdict, "verdict", "none");
}

/* The first finding of that kind, or NULL. */
static JsonObject *finding(const Rig *rig, const char *kind)
{
    JsonArray *findings = xr_json_array(rig->verdict, "findings");

    g_assert_nonnull(findings);
    for (guint i = 0; i < json_array_get_length(findings); i++) {
        JsonObject *object = xr_json_element_object(findings, i);

        if (g_str_equal(xr_json_string(object, "kind", ""), kind))
            return object;
    }
    return NULL;
}

static double metric(const Rig *rig, const char *name)
{
    JsonObject *metrics = xr_json_object(rig->verdict, "metrics");

    g_assert_nonnull(metrics);
    g_assert_nonnull(xr_json_object(metrics, name));
    return xr_json_double(xr_json_object(metrics, name), "value", -1);
}

/* Whether any process has text on its command line. */
static gboolean process_names(const char *text)
{
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *entry;

    while ((entry = g_dir_read_name(proc)) != NULL) {
        g_autofree char *path = g_build_filename("/proc", entry, "cmdline", NULL);
        g_autofree char *words = NULL;
        gsize len = 0;

        if (!g_ascii_isdigit(entry[0]) || !g_file_get_contents(path, &words, &len, NULL))
            continue;
        for (gsize i = 0; i < len; i++) {
            if (words[i] == '\0')
                words[i] = ' ';
        }
        if (words != NULL && g_strstr_len(words, (gssize)len, text) != NULL)
            return TRUE;
    }
    return FALSE;
}

/* No process, socket or folder outlives the run. The guard of a killed rig may need a moment. */
static void assert_nothing_left(const Rig *rig)
{
    g_autoptr(GDir) dir = NULL;

    for (guint i = 0; i < 100 && process_names(rig->runtime); i++)
        g_usleep(100 * 1000);
    g_assert_false(process_names(rig->runtime));
    dir = g_dir_open(rig->runtime, 0, NULL);
    g_assert_true(dir == NULL || g_dir_read_name(dir) == NULL);
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        if (g_file_test(child, G_FILE_TEST_IS_DIR) && !g_file_test(child, G_FILE_TEST_IS_SYMLINK))
            remove_tree(child);
        else
            g_unlink(child);
    }
    g_rmdir(path);
}

static void rig_down(Rig *rig, gconstpointer data)
{
    assert_nothing_left(rig);
    remove_tree(rig->folder);
    g_clear_pointer(&rig->verdict, json_object_unref);
    g_free(rig->out);
    g_free(rig->err);
    g_free(rig->folder);
    g_free(rig->state);
    g_free(rig->runtime);
}

/* Two domUs stream, nothing complains, the record is whole and judged the same again. */
static void test_pass(Rig *rig, gconstpointer data)
{
    const char *record;
    g_autofree char *events = NULL;
    g_autoptr(GSubprocess) process = NULL;

    run(rig, "smoke", NULL, NULL);
    g_assert_cmpstr(verdict(rig), ==, "pass");
    g_assert_cmpint(rig->status, ==, 0);
    g_assert_cmpfloat(metric(rig, "throughput"), >, 0);
    g_assert_cmpfloat(metric(rig, "throughput.w01/vbd0"), >, 0);
    record = xr_json_string(rig->verdict, "record", "");
    events = g_build_filename(record, "events.jsonl", NULL);
    g_assert_true(g_file_test(events, G_FILE_TEST_IS_REGULAR));
    process = start(rig, (const char *const[]){XR_COMMAND, "judge", record, NULL});
    g_clear_pointer(&rig->out, g_free);
    g_clear_pointer(&rig->err, g_free);
    finish(rig, process);
    g_assert_cmpint(rig->status, ==, 0);
}

/* Without persistent grants every page of every request is mapped and unmapped: 256 for a MiB of data and one
 * for the list of segments of each of 8 requests. Counted by Xen's own trace, here with PVH domUs. */
static void test_grant_operations(Rig *rig, gconstpointer data)
{
    run(rig, "smoke", "workload.count_grants=2s", "guests.mode=pvh");
    g_assert_cmpstr(verdict(rig), ==, "pass");
    g_assert_cmpfloat(metric(rig, "grant_maps"), >, 255);
    g_assert_cmpfloat(metric(rig, "grant_maps"), <, 275);
    g_assert_cmpfloat(metric(rig, "grant_unmaps"), >, 255);
    g_assert_cmpfloat(metric(rig, "grant_unmaps"), <, 275);
}

/* With them the backend keeps what it has mapped once. */
static void test_persistent_grants(Rig *rig, gconstpointer data)
{
    run(rig, "smoke", "workload.count_grants=2s", "workload.persistent_grants=yes");
    g_assert_cmpstr(verdict(rig), ==, "pass");
    g_assert_cmpfloat(metric(rig, "grant_maps"), <, 26);
    g_assert_cmpfloat(metric(rig, "grant_unmaps"), <, 26);
}

/* The reference: a whole Linux in each domU. */
static void test_linux_domus(Rig *rig, gconstpointer data)
{
    run(rig, "smoke", "guests.kind=linux", NULL);
    g_assert_cmpstr(verdict(rig), ==, "pass");
    g_assert_cmpfloat(metric(rig, "throughput.w01/vbd0"), >, 0);
}

/* Another release's hypervisor and toolstack, the newest: fetched, built and booted all the same. */
static void test_other_release(Rig *rig, gconstpointer data)
{
    JsonArray *builds;
    JsonObject *build;

    run(rig, "smoke", "hypervisor.build=debian:trixie", "guests.mode=pvh");
    g_assert_cmpstr(verdict(rig), ==, "pass");
    g_assert_cmpfloat(metric(rig, "throughput.w01/vbd0"), >, 0);
    builds = xr_json_array(rig->verdict, "builds");
    g_assert_nonnull(builds);
    build = xr_json_element_object(builds, 0);
    g_assert_true(g_str_has_prefix(xr_json_string(build, "xen_version", ""), "4.20."));
    g_assert_true(g_str_has_prefix(xr_json_string(build, "kernel_release", ""), "6.1."));
}

/* --- variants of the grant locks: proof by counting --- */

/* How often a lock is taken for a grant that is mapped and unmapped. Windows begin and end in the midst of
 * requests, so there are a few more of the one than of the other. */
static void assert_per_pair(const Rig *rig, const char *lock, double expected)
{
    g_autofree char *name = g_strconcat("lock_per_pair.", lock, NULL);
    const double found = metric(rig, name);

    g_test_message("%s %.4f", name, found);
    g_assert_cmpfloat(found, >, expected - 0.1);
    g_assert_cmpfloat(found, <, expected + 0.1);
}

static void run_variant(Rig *rig, const char *variant)
{
    g_autofree char *build =
        g_strdup_printf("hypervisor.build=debsrc:bookworm+%s,lock-profile", variant);

    run(rig, "smoke", build, NULL);
    g_assert_cmpstr(verdict(rig), ==, "pass");
}

static void test_single_lock(Rig *rig, gconstpointer data)
{
    run_variant(rig, "single-lock");
    assert_per_pair(rig, "dom0/grant_lock", 5);
    assert_per_pair(rig, "domUs/grant_lock", 4);
    assert_per_pair(rig, "w01/grant_lock", 4);
}

static void test_split_lock(Rig *rig, gconstpointer data)
{
    run_variant(rig, "split-lock");
    assert_per_pair(rig, "dom0/grant_read", 1);
    assert_per_pair(rig, "dom0/maptrack_lock", 2);
    assert_per_pair(rig, "domUs/grant_read", 3);
    assert_per_pair(rig, "domUs/active_entry", 3);
}

static void test_stock_locks(Rig *rig, gconstpointer data)
{
    run_variant(rig, "stock");
    assert_per_pair(rig, "dom0/freelist", 2);
    assert_per_pair(rig, "domUs/grant_read", 3);
    assert_per_pair(rig, "domUs/active_entry", 3);
}

/* A domU whose kernel panics is named, with the line by which it told. */
static void test_crashed_domu(Rig *rig, gconstpointer data)
{
    JsonObject *crash;

    run(rig, "broken-crash", NULL, NULL);
    g_assert_cmpstr(verdict(rig), ==, "fail");
    g_assert_cmpint(rig->status, ==, 1);
    crash = finding(rig, "domu-crashed");
    g_assert_nonnull(crash);
    g_assert_true(g_str_has_prefix(xr_json_string(crash, "where", ""), "w0"));
}

/* Bytes changed behind a domU's back are named by domain, VBD and offset. */
static void test_corrupted_block(Rig *rig, gconstpointer data)
{
    JsonObject *mismatch;

    run(rig, "broken-corrupt", NULL, NULL);
    g_assert_cmpstr(verdict(rig), ==, "fail");
    mismatch = finding(rig, "data-mismatch");
    g_assert_nonnull(mismatch);
    g_assert_nonnull(strstr(xr_json_string(mismatch, "line", ""), "offset"));
}

/* A panic ends the run by itself, long before any time-out. */
static void test_xen_panic(Rig *rig, gconstpointer data)
{
    run(rig, "broken-panic", NULL, NULL);
    g_assert_cmpstr(verdict(rig), ==, "fail");
    g_assert_nonnull(finding(rig, "xen-panic"));
    g_assert_null(finding(rig, "hang"));
}

/* Waits until the rig has a machine: a process that names the runtime folder. */
static void await_machine(const Rig *rig)
{
    for (guint i = 0; i < 600 && !process_names(rig->runtime); i++)
        g_usleep(100 * 1000);
    g_assert_true(process_names(rig->runtime));
    g_usleep(5 * 1000 * 1000);
}

/* SIGINT stops the machine, keeps the record and says where it is. */
static void test_interrupted(Rig *rig, gconstpointer data)
{
    g_autoptr(GSubprocess) process =
        start(rig, (const char *const[]){XR_COMMAND, "run", "smoke", NULL});

    await_machine(rig);
    g_subprocess_send_signal(process, SIGINT);
    finish(rig, process);
    g_assert_cmpint(rig->status, ==, 99);
    g_assert_nonnull(strstr(rig->out, "interrupted"));
    g_assert_nonnull(strstr(rig->out, rig->state));
    assert_nothing_left(rig);
}

/* Even a killed rig leaves no machine behind. */
static void test_killed(Rig *rig, gconstpointer data)
{
    g_autoptr(GSubprocess) process =
        start(rig, (const char *const[]){XR_COMMAND, "run", "smoke", NULL});

    await_machine(rig);
    g_subprocess_send_signal(process, SIGKILL);
    finish(rig, process);
    assert_nothing_left(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/boot/pass", Rig, NULL, rig_up, test_pass, rig_down);
    g_test_add("/boot/grant-operations", Rig, NULL, rig_up, test_grant_operations, rig_down);
    g_test_add("/boot/persistent-grants", Rig, NULL, rig_up, test_persistent_grants, rig_down);
    g_test_add("/boot/linux-domus", Rig, NULL, rig_up, test_linux_domus, rig_down);
    g_test_add("/boot/other-release", Rig, NULL, rig_up, test_other_release, rig_down);
    g_test_add("/boot/single-lock", Rig, NULL, rig_up, test_single_lock, rig_down);
    g_test_add("/boot/split-lock", Rig, NULL, rig_up, test_split_lock, rig_down);
    g_test_add("/boot/stock-locks", Rig, NULL, rig_up, test_stock_locks, rig_down);
    g_test_add("/boot/crashed-domu", Rig, NULL, rig_up, test_crashed_domu, rig_down);
    g_test_add("/boot/corrupted-block", Rig, NULL, rig_up, test_corrupted_block, rig_down);
    g_test_add("/boot/xen-panic", Rig, NULL, rig_up, test_xen_panic, rig_down);
    g_test_add("/boot/interrupted", Rig, NULL, rig_up, test_interrupted, rig_down);
    g_test_add("/boot/killed", Rig, NULL, rig_up, test_killed, rig_down);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Observation: what events come to. */
#include "watch-run.h"

#include <math.h>

static void guest(Run *run, double t, const char *name, const char *state, const char *more)
{
    feed(run->obs, t, "\"kind\":\"guest\",\"name\":\"%s\",\"state\":\"%s\"%s", name, state, more);
}

static void rig(Run *run, double t, const char *what, const char *stage)
{
    feed(run->obs, t, "\"kind\":\"rig\",\"what\":\"%s\",\"stage\":\"%s\",\"text\":\"why\"", what,
         stage);
}

static void machine(Run *run, double t, const char *what)
{
    feed(run->obs, t, "\"kind\":\"machine\",\"what\":\"%s\",\"text\":\"detail\"", what);
}

/* --- progress of a run --- */

static void test_counts(Run *run, gconstpointer data)
{
    feed_stage(run->obs, 1, "create", "begin");
    g_assert_cmpstr(run->obs->stage, ==, "create");
    domain(run, 2, "w00", "created", ",\"seconds\":1.5");
    domain(run, 2, "w01", "created", ",\"seconds\":2");
    domain(run, 2, "w01", "created", "");
    guest(run, 3, "w00", "ready", "");
    guest(run, 3, "w00", "ready", "");
    g_assert_cmpuint(run->obs->guests_created, ==, 2);
    g_assert_cmpuint(run->obs->guests_ready, ==, 1);
    guest(run, 4, "w01", "streaming", "");
    g_assert_cmpuint(run->obs->guests_ready, ==, 2);
    g_assert_cmpuint(run->obs->guests_streaming, ==, 1);
    g_assert_cmpstr(g_hash_table_lookup(run->obs->domains, "w01"), ==, "created");
    g_assert_cmpint(run->obs->last_heard_ns, ==, 4000000000);
    assert_findings(run, "");
}

static void test_series(Run *run, gconstpointer data)
{
    XrSeries *s;

    g_assert_true(isnan(xr_observation_rate_now(run->obs, NULL)));
    sample(run, 1, 10, 0, 500);
    g_assert_true(isnan(xr_observation_rate_now(run->obs, NULL)));
    sample(run, 2, 11, 1000, 500);
    sample(run, 3, 12, 3000, 1500);
    s = g_ptr_array_index(run->obs->series, 0);
    g_assert_cmpstr(s->domain, ==, "w00");
    g_assert_cmpfloat(xr_observation_rate(run->obs, s, 10000000000, 12000000000), ==, 1500);
    g_assert_cmpfloat(xr_observation_rate(run->obs, s, 10500000000, 11500000000), ==, 1500);
    /* Outside of the samples nothing is known. */
    g_assert_cmpfloat(xr_observation_rate(run->obs, s, 0, 11000000000), ==, 1000);
    g_assert_true(isnan(xr_observation_rate(run->obs, s, 13000000000, 14000000000)));
    g_assert_cmpfloat(xr_observation_rate(run->obs, NULL, 10000000000, 12000000000), ==, 2000);
    g_assert_cmpfloat(xr_observation_rate_now(run->obs, NULL), ==, 3000);
    g_assert_cmpint(run->obs->guest_ns, ==, 12000000000);
    assert_findings(run, "");
}

static void test_windows(Run *run, gconstpointer data)
{
    XrWindow *window;

    sample(run, 1, 10, 0, 0);
    feed_window(run->obs, 1.2, 0, "begin");
    sample(run, 2, 11, 1, 1);
    feed_window(run->obs, 2.1, 0, "end");
    feed_window(run->obs, 2.2, 1, "begin");
    feed_window(run->obs, 2.3, 1, "end"); /* no sample in it */
    feed_window(run->obs, 2.4, 2, "begin");
    sample(run, 3, 12, 1, 1);
    g_assert_cmpuint(run->obs->windows->len, ==, 1);
    window = &g_array_index(run->obs->windows, XrWindow, 0);
    g_assert_cmpint(window->begin_ns, ==, 10000000000);
    g_assert_cmpint(window->end_ns, ==, 11000000000);
    assert_findings(run, "");
}

static void test_counters(Run *run, gconstpointer data)
{
    g_assert_cmpint(run->obs->free_before, ==, -1);
    feed(run->obs, 1,
         "\"kind\":\"counters\",\"when\":\"before\",\"free_bytes\":900,\"grants_active\":2");
    feed(run->obs, 2, "\"kind\":\"counters\",\"when\":\"after\",\"free_bytes\":700");
    feed(run->obs, 3,
         "\"kind\":\"counters\",\"when\":\"after\",\"free_bytes\":800,\"grants_active\":3");
    g_assert_cmpint(run->obs->free_before, ==, 900);
    g_assert_cmpint(run->obs->grants_before, ==, 2);
    g_assert_cmpint(run->obs->free_after, ==, 800);
    g_assert_cmpint(run->obs->grants_after, ==, 3);
    assert_findings(run, "");
}

/* --- domUs --- */

static void test_ordered_end(Run *run, gconstpointer data)
{
    domain(run, 1, "w00", "created", "");
    guest(run, 2, "w00", "streaming", "");
    feed_stage(run->obs, 3, "drain", "begin");
    guest(run, 4, "w00", "done", ",\"bytes\":7,\"errors\":0,\"mismatches\":0,\"text\":[]");
    domain(run, 4, "w00", "exited", ",\"reason\":\"shutdown\"");
    feed_stage(run->obs, 5, "destroy", "begin");
    domain(run, 5, "w00", "destroyed", "");
    assert_findings(run, "");
}

static void test_lost_domains(Run *run, gconstpointer data)
{
    domain(run, 1, "w00", "exited", ",\"reason\":\"crash\"");
    domain(run, 1, "w01", "destroyed", "");
    domain(run, 1, "w01", "exited", ",\"reason\":\"gone\"");
    assert_findings(run, "fail domu-crashed@w00; fail domu-gone@w01");
    g_assert_cmpstr(feed_find(run->obs->findings, "domu-gone")->meaning, ==,
                    "The domU was destroyed while it should have streamed.");
}

static void test_crash_while_draining(Run *run, gconstpointer data)
{
    feed_stage(run->obs, 3, "drain", "begin");
    domain(run, 4, "w00", "exited", ",\"reason\":\"crash\"");
    domain(run, 4, "w01", "exited", "");
    assert_findings(run, "fail domu-crashed@w00");
}

static void test_zombie(Run *run, gconstpointer data)
{
    feed_stage(run->obs, 3, "destroy", "begin");
    domain(run, 4, "w01", "zombie", "");
    assert_findings(run, "fail zombie@w01");
}

static void test_mismatches(Run *run, gconstpointer data)
{
    static const char *const said =
        ",\"mismatches\":2,\"text\":[\"domain w00 vbd 0 offset 4096 pass 2: expected a found b\","
        "\"domain w00 vbd 3 offset 0 pass 2: expected c found d\"]";

    guest(run, 1, "w00", "streaming", said);
    guest(run, 2, "w00", "streaming", said);
    assert_findings(run, "fail data-mismatch@w00/vbd0; fail data-mismatch@w00/vbd3");
    g_assert_cmpstr(feed_find(run->obs->findings, "data-mismatch")->line, ==,
                    "domain w00 vbd 0 offset 4096 pass 2: expected a found b");
    guest(run, 3, "w01", "streaming", ",\"mismatches\":5");
    assert_findings(run, "fail data-mismatch@w00/vbd0; fail data-mismatch@w00/vbd3; "
                         "fail data-mismatch@w01");
}

/* Told on the console first, and later by the domU's status, or never, for the run ends before: found once. */
static void test_mismatch_on_the_console(Run *run, gconstpointer data)
{
    static const char *const told = "domain w00 vbd 3 offset 4096 pass 2: expected 0x78 at byte 0, "
                                    "found 0x87; 16 of 512 bytes differ";
    g_autofree char *line = g_strconcat("xenrig-stream: ", told, NULL);
    g_autofree char *linux_line = g_strconcat("xenrig: ", told, NULL);
    g_autofree char *said = g_strdup_printf(",\"mismatches\":1,\"text\":[\"%s\"]", told);

    feed_line(run->obs, 1, "w00", line);
    assert_findings(run, "");
    guest(run, 2, "w00", "streaming", "");
    feed_line(run->obs, 3, "w00", line);
    feed_line(run->obs, 3, "dom0", line);
    feed_line(run->obs, 3, "w00", "xenrig-stream: domain w00 is well");
    assert_findings(run, "fail data-mismatch@w00/vbd3");
    guest(run, 4, "w00", "streaming", said);
    feed_line(run->obs, 5, "w00", linux_line);
    assert_findings(run, "fail data-mismatch@w00/vbd3");
    g_assert_cmpstr(feed_find(run->obs->findings, "data-mismatch")->line, ==, told);
}

static void test_io_error(Run *run, gconstpointer data)
{
    guest(run, 1, "w00", "ready", "");
    guest(run, 2, "w00", "failed", ",\"errors\":3,\"text\":[\"write at 0: EIO\"]");
    guest(run, 3, "w01", "failed", ",\"text\":[\"no /dev/xvda\"]");
    assert_findings(run, "fail io-error@w00; fail guest-failed@w00; error guest-failed@w01");
    g_assert_cmpstr(feed_find(run->obs->findings, "io-error")->line, ==, "write at 0: EIO");
}

/* The error's sentence stands behind the mismatches'. */
static void test_mismatch_and_error(Run *run, gconstpointer data)
{
    guest(
        run, 1, "w00", "streaming",
        ",\"errors\":1,\"mismatches\":1,\"text\":[\"domain w00 vbd 0 offset 0 pass 1: expected a, "
        "found b\",\"read at 4096: EIO\"]");
    assert_findings(run, "fail data-mismatch@w00/vbd0; fail io-error@w00");
    g_assert_cmpstr(feed_find(run->obs->findings, "io-error")->line, ==, "read at 4096: EIO");
}

static void test_exit_detail(Run *run, gconstpointer data)
{
    domain(run, 1, "w00", "exited", ",\"reason\":\"crash\",\"detail\":\"its watchdog ended it\"");
    g_assert_cmpstr(feed_find(run->obs->findings, "domu-crashed")->line, ==,
                    "its watchdog ended it");
}

/* --- agent, machine, rig --- */

static void test_agent(Run *run, gconstpointer data)
{
    feed(run->obs, 1, "\"kind\":\"agent\",\"what\":\"ready\",\"text\":\"Xen 4.17\"");
    assert_findings(run, "");
    feed(run->obs, 1, "\"kind\":\"agent\",\"what\":\"error\",\"text\":\"no such op\"");
    g_assert_false(run->obs->fatal);
    feed(run->obs, 9, "\"kind\":\"agent\",\"what\":\"died\",\"text\":\"\"");
    assert_findings(run, "error agent-error@dom0; error agent-died@dom0");
    g_assert_true(run->obs->fatal);
    /* What follows from it says nothing new. */
    machine(run, 10, "shutdown");
    assert_findings(run, "error agent-error@dom0; error agent-died@dom0");
}

static void test_machine_stops(Run *run, gconstpointer data)
{
    machine(run, 1, "started");
    feed_stage(run->obs, 2, "stop", "begin");
    machine(run, 3, "shutdown");
    assert_findings(run, "");
    g_assert_false(run->obs->fatal);
}

static void test_machine_stops_unasked(Run *run, gconstpointer data)
{
    machine(run, 1, "started");
    machine(run, 3, GPOINTER_TO_INT(data) ? "crashed" : "shutdown");
    assert_findings(run, GPOINTER_TO_INT(data) ? "error machine-stopped@machine"
                                               : "fail machine-stopped@machine");
    g_assert_true(run->obs->fatal);
}

/* A dead dom0 takes agent and machine with it: the rig must not take the blame. */
static void test_cause_and_effects(Run *run, gconstpointer data)
{
    feed(run->obs, 1, "\"kind\":\"agent\",\"what\":\"died\",\"text\":\"\"");
    feed_line(run->obs, 1.5, "dom0", "[   4.4] Kernel panic - not syncing: sysrq triggered crash");
    feed_line(run->obs, 1.6, "xen", "(XEN) Hardware Dom0 crashed: rebooting machine in 5 seconds.");
    machine(run, 7, "shutdown");
    rig(run, 8, "error", "window");
    rig(run, 9, "interrupted", "window");
    assert_findings(run, "pass agent-died@dom0; fail dom0-panic@dom0; fail dom0-crashed@xen; "
                         "pass rig-error@rig; pass interrupted@rig");
    g_assert_true(run->obs->fatal);
}

static void test_rig_weights(Run *run, gconstpointer data)
{
    rig(run, 1, "leftover", "build");
    rig(run, 2, "timeout", "create");
    rig(run, 3, "timeout", "drain");
    rig(run, 4, "timeout", "a stage of its own");
    rig(run, 5, "interrupted", "drain");
    assert_findings(run, "pass leftover@rig; error create-timeout@rig; fail drain-timeout@rig; "
                         "error stage-timeout@rig; error interrupted@rig");
    g_assert_false(run->obs->fatal);
}

static void test_missing_is_skip(Run *run, gconstpointer data)
{
    rig(run, 1, "missing", "build");
    assert_findings(run, "skip missing@host");
}

static void test_unbuilt_is_skip(Run *run, gconstpointer data)
{
    rig(run, 1, "unbuilt", "build");
    assert_findings(run, "skip unbuilt@rig");
}

static void test_silence(Run *run, gconstpointer data)
{
    rig(run, 1, "silence", "create");
    assert_findings(run, "error silence@dom0");
    g_assert_true(run->obs->fatal);
}

static void test_silence_under_load_is_a_hang(Run *run, gconstpointer data)
{
    feed(run->obs, 0,
         "\"kind\":\"fault\",\"what\":\"injected\",\"fault\":\"silence\",\"domain\":\"w01\"");
    guest(run, 1, "w00", "streaming", "");
    rig(run, 2, "silence", "window");
    machine(run, 3, "destroyed");
    assert_findings(run, "pass fault-injected@w01; fail hang@dom0");
}

/* A machine that the host does not let run is silent, too. */
static void late(Run *run, double t, const char *what, const char *stage, const char *host_wait)
{
    feed(run->obs, t,
         "\"kind\":\"rig\",\"what\":\"%s\",\"stage\":\"%s\",\"text\":\"why\",\"host_wait\":%s",
         what, stage, host_wait);
}

static void test_silence_of_a_starved_machine(Run *run, gconstpointer data)
{
    guest(run, 1, "w00", "streaming", "");
    late(run, 2, "silence", "window", "0.94");
    assert_findings(run, "unsure hang@dom0");
    XrFinding *finding = g_ptr_array_index(run->obs->findings, 0);
    g_assert_cmpstr(
        finding->meaning, ==,
        "dom0 fell silent after domUs had begun to stream: Xen or dom0 hangs. But the host let the "
        "machine wait for its CPUs in 94 % of that time (limits.host_wait allows 25 %), which may "
        "be all "
        "the reason: run again when nothing else runs.");
}

static void test_drain_of_a_starved_machine(Run *run, gconstpointer data)
{
    guest(run, 1, "w00", "streaming", "");
    late(run, 2, "timeout", "drain", GPOINTER_TO_INT(data) ? "0.3" : "0.2");
    assert_findings(run,
                    GPOINTER_TO_INT(data) ? "unsure drain-timeout@rig" : "fail drain-timeout@rig");
}

static void test_boot_retry(Run *run, gconstpointer data)
{
    machine(run, 1, "started");
    rig(run, 2, "timeout", "boot");
    assert_findings(run, "error boot-timeout@machine");
    rig(run, 3, "retry", "boot");
    machine(run, 4, "started");
    assert_findings(run, "pass boot-timeout@machine; pass boot-retry@machine");
    machine(run, 5, "failed");
    assert_findings(run, "pass boot-timeout@machine; pass boot-retry@machine; "
                         "error machine-stopped@machine");
}

#define ADD(path, func) g_test_add("/observation/" path, Run, NULL, set_up, func, tear_down)
#define ADD_WITH(path, n, func)                                                                    \
    g_test_add("/observation/" path, Run, GINT_TO_POINTER(n), set_up, func, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("mismatch-on-the-console", test_mismatch_on_the_console);
    ADD("counts", test_counts);
    ADD("series", test_series);
    ADD("windows", test_windows);
    ADD("counters", test_counters);
    ADD("ordered-end", test_ordered_end);
    ADD("lost-domains", test_lost_domains);
    ADD("crash-while-draining", test_crash_while_draining);
    ADD("zombie", test_zombie);
    ADD("mismatches", test_mismatches);
    ADD("io-error", test_io_error);
    ADD("mismatch-and-error", test_mismatch_and_error);
    ADD("exit-detail", test_exit_detail);
    ADD("agent", test_agent);
    ADD("machine-stops", test_machine_stops);
    ADD_WITH("machine-shuts-itself-down", 0, test_machine_stops_unasked);
    ADD_WITH("machine-crashes", 1, test_machine_stops_unasked);
    ADD("cause-and-effects", test_cause_and_effects);
    ADD("rig-weights", test_rig_weights);
    ADD("missing-is-skip", test_missing_is_skip);
    ADD("unbuilt-is-skip", test_unbuilt_is_skip);
    ADD("silence", test_silence);
    ADD("silence-under-load-is-a-hang", test_silence_under_load_is_a_hang);
    ADD("silence-of-a-starved-machine", test_silence_of_a_starved_machine);
    ADD_WITH("drain-of-a-starved-machine", TRUE, test_drain_of_a_starved_machine);
    ADD_WITH("drain-of-a-machine-that-ran", FALSE, test_drain_of_a_starved_machine);
    ADD("boot-retry", test_boot_retry);
    return g_test_run();
}

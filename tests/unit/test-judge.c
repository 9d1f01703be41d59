/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judging: runs, whole and partial, and the verdicts they get. */
#include "judge-run.h"

#include <string.h>

static void test_pass(Run *run, gconstpointer data)
{
    start(run);
    window(run, 0);
    run->rate[0] = 120e6;
    window(run, 1);
    run->rate[0] = 110e6;
    window(run, 2);
    finish(run, clean);
    assert_verdict(run, XR_PASS, "",
                   "2 of 2 domUs streamed 190 MB/s in sum (180 to 200 over 3 windows); slowest VBD "
                   "0.84 of the median; nothing complained.");
    assert_metric(run, "throughput", "B/s", 190e6, 180e6, 200e6, 3);
    assert_metric(run, "throughput.w01/vbd0", "B/s", 80e6, 80e6, 80e6, 3);
    assert_metric(run, "requests", "requests/s", 110, 100, 120, 3);
    assert_metric(run, "fairness", "ratio", 80.0 / 95, 80.0 / 100, 80.0 / 90, 3);
    assert_metric(run, "longest_stall", "ns", 0, 0, 0, 1);
    assert_metric(run, "boot_time", "ns", 15e9, 15e9, 15e9, 1);
    assert_metric(run, "create_time", "ns", 10e9, 10e9, 10e9, 1);
    assert_metric(run, "ready_time", "ns", 26e9, 26e9, 26e9, 1);
    assert_metric(run, "domain_create_time", "ns", 2.5e9, 2.5e9, 2.5e9, 2);
    assert_metric(run, "warmup_time", "ns", 3e9, 3e9, 3e9, 1);
    assert_metric(run, "steady", "count", 1, 1, 1, 1);
    assert_metric(run, "free_before", "B", 1e9, 1e9, 1e9, 1);
    assert_metric(run, "grants_after", "count", 0, 0, 0, 1);
    g_assert_null(xr_verdict_metric(run->verdict, "no-such"));
    g_assert_null(xr_verdict_metric(run->verdict, "cpu.dom0"));
}

static void test_cpu_shares(Run *run, gconstpointer data)
{
    start(run);
    counters(run, "\"when\":\"begin\",\"index\":0,\"domains\":[{\"name\":\"Domain-0\",\"domid\":0,"
                  "\"cpu_ns\":5000000000},{\"name\":\"w00\",\"domid\":1,\"cpu_ns\":0}]");
    window(run, 0);
    counters(run, "\"when\":\"end\",\"index\":0,\"domains\":[{\"name\":\"Domain-0\",\"domid\":0,"
                  "\"cpu_ns\":11000000000},{\"name\":\"w00\",\"domid\":1,\"cpu_ns\":1000000000}]");
    judge(run);
    assert_metric(run, "cpu.dom0", "CPUs", 1.5, 1.5, 1.5, 1);
    assert_metric(run, "cpu.w00", "CPUs", 0.25, 0.25, 0.25, 1);
}

static void test_same_events_same_verdict(Run *run, gconstpointer data)
{
    Run again = {0};
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;

    set_up(&again, NULL);
    for (guint i = 0; i < 2; i++) {
        Run *each = i == 0 ? run : &again;

        start(each);
        windows(each);
        finish(each, "\"when\":\"after\",\"free_bytes\":1,\"grants_active\":9");
        judge(each);
    }
    first = feed_findings(run->verdict->findings);
    second = feed_findings(again.verdict->findings);
    g_assert_cmpstr(first, ==, second);
    g_assert_cmpstr(run->verdict->reason, ==, again.verdict->reason);
    g_assert_cmpuint(run->verdict->metrics->len, ==, again.verdict->metrics->len);
    for (guint i = 0; i < run->verdict->metrics->len; i++) {
        const XrMetric *a = g_ptr_array_index(run->verdict->metrics, i);
        const XrMetric *b = g_ptr_array_index(again.verdict->metrics, i);

        g_assert_cmpstr(a->name, ==, b->name);
        g_assert_true(a->value == b->value && a->low == b->low && a->high == b->high);
    }
    /* Judging again changes nothing. */
    judge(run);
    g_assert_cmpstr(run->verdict->reason, ==, again.verdict->reason);
    tear_down(&again, NULL);
}

static void test_crashed_guest_is_named(Run *run, gconstpointer data)
{
    start(run);
    window(run, 0);
    feed_window(run->obs, run->t, 1, "begin");
    stream(run, 2);
    feed_line(run->obs, run->t + 0.1, "w01", "[   12.3] Kernel panic - not syncing: because");
    feed(run->obs, run->t + 0.2,
         "\"kind\":\"domain\",\"name\":\"w01\",\"what\":\"exited\",\"reason\":\"crash\"");
    run->rate[1] = 0;
    stream(run, 6);
    feed_window(run->obs, run->t, 1, "end");
    window(run, 2);
    finish(run, clean);
    assert_verdict(
        run, XR_FAIL, "fail domu-panic@w01; fail domu-crashed@w01",
        "w01 panicked 2.1 s into window 2 of 3: Kernel panic - not syncing: because (and 1 "
        "more finding of this weight)");
    /* A dead domU's VBD says nothing about fairness, or stalls. */
    assert_metric(run, "fairness", "ratio", 1, 1, 1, 3);
}

static void test_panic_leads(Run *run, gconstpointer data)
{
    start(run);
    feed_window(run->obs, run->t, 0, "begin");
    stream(run, 1);
    feed_line(run->obs, run->t, "xen", "(XEN) Panic on CPU 0:");
    feed_line(run->obs, run->t, "xen", "(XEN) Xen BUG at common/grant_table.c:99");
    feed(run->obs, run->t, "\"kind\":\"agent\",\"what\":\"died\",\"text\":\"\"");
    feed(run->obs, run->t, "\"kind\":\"machine\",\"what\":\"shutdown\"");
    assert_verdict(run, XR_FAIL, "fail xen-panic@xen; pass agent-died@dom0; pass incomplete@rig",
                   "xen panicked 1.0 s into window 1 of 3: Panic on CPU 0: Xen BUG at "
                   "common/grant_table.c:99");
    g_assert_cmpstr(
        meaning_of(run, "incomplete"), ==,
        "Not measured because of the trouble already found: 0 of 3 windows were "
        "measured; Xen's free memory is not known before and after; active grants are not "
        "known before and after; 2 domUs were never seen to end.");
}

static void test_interrupted(Run *run, gconstpointer data)
{
    boot(run);
    feed(run->obs, 17,
         "\"kind\":\"rig\",\"what\":\"interrupted\",\"stage\":\"create\",\"text\":\"SIGINT\"");
    assert_verdict(run, XR_ERROR_VERDICT, "error interrupted@rig; pass incomplete@rig",
                   "rig was interrupted 17.0 s into the run: SIGINT");
}

/* --- a failure is never outranked --- */

static void write_wrong(Run *run)
{
    feed(run->obs, run->t,
         "\"kind\":\"guest\",\"name\":\"w01\",\"state\":\"streaming\",\"mismatches\":1,\"text\":"
         "[\"domain w01 vbd 0 offset 4096: expected pass 1\"]");
}

static void give_up(Run *run, double t)
{
    feed(run->obs, t,
         "\"kind\":\"rig\",\"what\":\"error\",\"stage\":\"window\",\"text\":\"dom0's agent did not "
         "answer "
         "'counters' within 60 s\"");
}

static void assert_incomplete(const Run *run, const char *wanted)
{
    const GPtrArray *reasons = run->verdict->incomplete;
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < reasons->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? "; " : "", (char *)reasons->pdata[i]);
    g_assert_cmpstr(text->str, ==, wanted);
    g_assert_cmpint(xr_verdict_is_complete(run->verdict), ==, reasons->len == 0);
}

/* Corruption is seen, then the rig gives up: the corruption is the verdict, the rest is told beside it. */
static void test_failure_then_error(Run *run, gconstpointer data)
{
    start(run);
    window(run, 0);
    feed_window(run->obs, run->t, 1, "begin");
    stream(run, 1);
    write_wrong(run);
    stream(run, 1);
    give_up(run, run->t);
    assert_verdict(
        run, XR_FAIL, "fail data-mismatch@w01/vbd0; error rig-error@rig; pass incomplete@rig",
        "w01/vbd0 read back other data than was written 1.0 s into window 2 of 3: domain "
        "w01 vbd 0 offset 4096: expected pass 1");
    g_assert_cmpint(xr_verdict_exit_code(run->verdict->kind), ==, 1);
    assert_incomplete(run,
                      "rig could not go on 2.0 s into window 2 of 3: dom0's agent did not "
                      "answer 'counters' within 60 s; 1 of 3 windows were measured; Xen's free "
                      "memory is not known before and after; active grants are not known "
                      "before and after; 2 domUs were never seen to end");
}

static void test_error_then_failure(Run *run, gconstpointer data)
{
    start(run);
    windows(run);
    give_up(run, run->t);
    write_wrong(run);
    finish(run, clean);
    assert_verdict(
        run, XR_FAIL, "fail data-mismatch@w01/vbd0; error rig-error@rig",
        "w01/vbd0 read back other data than was written 4.0 s into window 3 of 3: domain "
        "w01 vbd 0 offset 4096: expected pass 1");
    assert_incomplete(run, "rig could not go on 4.0 s into window 3 of 3: dom0's agent did not "
                           "answer 'counters' within 60 s");
}

/* A VBD that stood still, in a window that never ended. */
static void test_stall_then_error(Run *run, gconstpointer data)
{
    start(run);
    feed_window(run->obs, run->t, 0, "begin");
    stream(run, 1);
    run->rate[0] = 0;
    run->rate[1] = 0;
    stream(run, 20);
    give_up(run, run->t + 60);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_FAIL);
    g_assert_nonnull(strstr(run->verdict->reason, "The VBD completed nothing for 20.0 s"));
    g_assert_false(xr_verdict_is_complete(run->verdict));
}

/* The rig gave up as dom0 did not answer, and then dom0 is found to hang: that is a failure of its own. */
static void test_hang_after_error(Run *run, gconstpointer data)
{
    start(run);
    give_up(run, run->t);
    feed(
        run->obs, run->t + 60,
        "\"kind\":\"rig\",\"what\":\"silence\",\"stage\":\"drain\",\"text\":\"nothing was heard\"");
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_FAIL);
    g_assert_cmpstr(((XrFinding *)run->verdict->findings->pdata[0])->kind, ==, "hang");
    /* One cause is enough: what follows from it is a note. */
    feed(run->obs, run->t + 61,
         "\"kind\":\"rig\",\"what\":\"timeout\",\"stage\":\"drain\",\"text\":\"late\"");
    judge(run);
    g_assert_cmpint(feed_find(run->verdict->findings, "drain-timeout")->weight, ==, XR_PASS);
}

static void test_failure_then_interrupted(Run *run, gconstpointer data)
{
    start(run);
    write_wrong(run);
    feed(run->obs, run->t,
         "\"kind\":\"rig\",\"what\":\"interrupted\",\"stage\":\"window\",\"text\":\"SIGINT\"");
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_FAIL);
    g_assert_true(g_str_has_prefix(run->verdict->incomplete->pdata[0], "rig was interrupted "));
}

/* Passes are complete, errors and skips never; of many errors some are told. */
static void test_complete(Run *run, gconstpointer data)
{
    judge(run);
    g_assert_false(xr_verdict_is_complete(run->verdict));
    g_assert_cmpint(run->verdict->kind, ==, XR_ERROR_VERDICT);
    start(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_PASS);
    assert_incomplete(run, "");
    for (guint i = 0; i < 12; i++) {
        g_autofree char *name = g_strdup_printf("w%02u", i);

        feed_line(run->obs, run->t + 1, name, "[  1.0] Out of memory: Killed process 7");
    }
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_ERROR_VERDICT);
    g_assert_cmpuint(run->verdict->incomplete->len, ==, 9);
    g_assert_cmpstr(run->verdict->incomplete->pdata[8], ==, "4 more findings of weight error");
}

static void test_skip_is_incomplete(Run *run, gconstpointer data)
{
    feed(run->obs, 1, "\"kind\":\"rig\",\"what\":\"missing\",\"text\":\"no KVM\"");
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_SKIP);
    g_assert_cmpstr(run->verdict->incomplete->pdata[0], ==,
                    "host lacks something 1.0 s into the run: no KVM");
}

static void test_nothing_at_all(Run *run, gconstpointer data)
{
    assert_verdict(
        run, XR_ERROR_VERDICT, "error incomplete@rig",
        "rig: The run lacks what it should have measured: 0 of 2 domUs were created; 0 of 2 domUs "
        "streamed; 0 of 2 VBDs have counters; 0 of 3 windows were measured; Xen's free memory is "
        "not known before and after; active grants are not known before and after.");
    g_assert_cmpuint(run->verdict->metrics->len, ==, 0);
}

static void test_skip(Run *run, gconstpointer data)
{
    feed(run->obs, 1,
         "\"kind\":\"rig\",\"what\":\"missing\",\"stage\":\"build\",\"text\":\"no KVM here\"");
    assert_verdict(run, XR_SKIP, "skip missing@host; pass incomplete@rig",
                   "host lacks something 1.0 s into the run: no KVM here");
}

/* An alarm of lower weight explains no gap. */
static void test_unsure_does_not_explain(Run *run, gconstpointer data)
{
    start(run);
    feed_line(run->obs, run->t, "dom0", "[ 9.9] rcu: INFO: rcu_preempt self-detected stall on CPU");
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_ERROR_VERDICT);
    run->t += 0.5;
    windows(run);
    finish(run, clean);
    assert_verdict(run, XR_UNSURE, "unsure dom0-rcu-stall@dom0",
                   "dom0 had an RCU stall 3.0 s into stage warmup: rcu: INFO: rcu_preempt "
                   "self-detected stall on CPU");
}

static void test_a_note_does_not_spoil_a_pass(Run *run, gconstpointer data)
{
    feed(run->obs, 0,
         "\"kind\":\"rig\",\"what\":\"leftover\",\"stage\":\"build\",\"text\":\"one QEMU\"");
    start(run);
    windows(run);
    finish(run, clean);
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_PASS);
    g_assert_cmpuint(run->verdict->findings->len, ==, 1);
    g_assert_true(g_str_has_suffix(run->verdict->reason, "nothing complained."));
}

static void test_guest_text_in_the_reason_is_escaped(Run *run, gconstpointer data)
{
    boot(run);
    feed_line(run->obs, 17, "w00", "BUG: \033[2Jgone");
    judge(run);
    g_assert_nonnull(strstr(run->verdict->reason, "BUG: \\x1b[2Jgone"));
}

/* A compiler's errors are several lines: the reason has the first one that says something. */
static void test_reason_of_a_broken_build(Run *run, gconstpointer data)
{
    feed(run->obs, 1,
         "\"kind\":\"rig\",\"what\":\"unbuilt\",\"text\":\"dir:/xen does not build:\\n"
         "  a.c:3:1: error: gone\\n  3 | gone\\n\"");
    judge(run);
    g_assert_cmpint(run->verdict->kind, ==, XR_SKIP);
    g_assert_nonnull(
        strstr(run->verdict->reason, ": dir:/xen does not build: a.c:3:1: error: gone"));
    g_assert_null(strstr(run->verdict->reason, "3 |"));
}

static void test_names_and_exit_codes(void)
{
    static const int codes[] = {0, 77, 2, 99, 1};
    static const char *const names[] = {"pass", "skip", "unsure", "error", "fail"};

    for (guint i = 0; i < 5; i++) {
        g_assert_cmpint(xr_verdict_exit_code(i), ==, codes[i]);
        g_assert_cmpstr(xr_verdict_name(i), ==, names[i]);
    }
}

#define ADD(path, func) g_test_add("/judge/" path, Run, NULL, set_up, func, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("failure-then-error", test_failure_then_error);
    ADD("error-then-failure", test_error_then_failure);
    ADD("stall-then-error", test_stall_then_error);
    ADD("hang-after-error", test_hang_after_error);
    ADD("failure-then-interrupted", test_failure_then_interrupted);
    ADD("complete", test_complete);
    ADD("skip-is-incomplete", test_skip_is_incomplete);
    ADD("pass", test_pass);
    ADD("cpu-shares", test_cpu_shares);
    ADD("same-events-same-verdict", test_same_events_same_verdict);
    ADD("crashed-guest-is-named", test_crashed_guest_is_named);
    ADD("panic-leads", test_panic_leads);
    ADD("interrupted", test_interrupted);
    ADD("nothing-at-all", test_nothing_at_all);
    ADD("skip", test_skip);
    ADD("unsure-does-not-explain", test_unsure_does_not_explain);
    ADD("a-note-does-not-spoil-a-pass", test_a_note_does_not_spoil_a_pass);
    ADD("guest-text-in-the-reason-is-escaped", test_guest_text_in_the_reason_is_escaped);
    ADD("reason-of-a-broken-build", test_reason_of_a_broken_build);
    g_test_add_func("/judge/names-and-exit-codes", test_names_and_exit_codes);
    return g_test_run();
}

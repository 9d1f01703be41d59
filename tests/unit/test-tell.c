/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the reports for people and for harnesses.
 * Whole reports are compared with tests/golden/tell (golden.h). */
#include "base/json.h"
#include "golden.h"
#include "tell-fixture.h"
#include "tell/format.h"

#include <locale.h>

static char *told(const XrReport *report, const char *how)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (g_str_equal(how, "tap"))
        xr_tell_tap(report, out);
    else
        xr_tell_text(report, out, g_str_equal(how, "color"));
    g_assert_cmpint(fclose(out), ==, 0);
    g_assert_cmpuint(strlen(text), ==, len);
    return text;
}

static void test_quotes(void)
{
    g_autofree char *whole = xr_tell_quote("a:\n  b \033\n", TRUE, 600, 78);
    g_autofree char *guest = xr_tell_quote("a:\n  b", FALSE, 600, 78);
    g_autofree char *cut = xr_tell_quote("one\ntwo\n", TRUE, 5, 78);

    g_assert_cmpstr(whole, ==, "    | a:\n    |   b \\x1b\n");
    g_assert_cmpstr(guest, ==, "    | a:\\x0a  b\n");
    g_assert_cmpstr(cut, ==, "    | one\n    | t\n    | …\n");
}

static void assert_told(const XrReport *report, const char *how, const char *name)
{
    g_autofree char *text = told(report, how);

    assert_golden(text, "tell", name);
}

static guint columns_of_widest(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint widest = 0;
    for (char **line = lines; *line != NULL; line++)
        widest = MAX(widest, (guint)g_utf8_strlen(*line, -1));
    return widest;
}

static gboolean is_bidi(gunichar c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Nothing in text but printable UTF-8 and newlines. */
static void assert_harmless(const char *text)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_assert_true(c == '\n' || (!g_unichar_iscntrl(c) && !is_bidi(c)));
    }
}

static void test_pass(Fixture *f, gconstpointer data)
{
    fixture_measured(f);
    assert_told(&f->report, "text", "pass.txt");
    assert_told(&f->report, "tap", "pass.tap");
}

static void add_failures(Fixture *f)
{
    fixture_measured(f);
    fixture_verdict(f, XR_FAIL,
                    "domU w03 crashed while it streamed, and w07's data do not read "
                    "back as written");
    fixture_finding(f, "domu-panic", XR_FAIL, "w03", 76 * SECOND + SECOND / 4,
                    "[   71.204013] Kernel panic - not syncing: sysrq triggered crash",
                    "The domU's kernel gave up; it will not write again.");
    fixture_finding(f, "data-mismatch", XR_FAIL, "w07/vbd0", 81 * SECOND,
                    "domain w07 vbd 0 offset 4194304 pass 2: expected w07/0/4194304/2, "
                    "found 5a5a5a5a" HOSTILE,
                    "What was written is not what is read back: data were lost or mixed up "
                    "between the domU and its backing store.");
    fixture_finding(f, "memory-leak", XR_FAIL, "xen", -1, NULL,
                    "Xen has 24 MiB less free memory than before the first domU.");
    fixture_finding(f, "dom0-warn", XR_UNSURE, "dom0", 20 * SECOND,
                    "[    9.1] WARNING: CPU: 1 PID: 77 at drivers/block/xen-blkback/blkback.c:99",
                    "A kernel warning in dom0's block backend.");
    fixture_finding(f, "retry", XR_PASS, "rig", 500 * SECOND / 1000, NULL,
                    "The boot was tried twice.");
    ((XrFinding *)g_ptr_array_index(f->verdict.findings, 3))->count = 12;
    f->obs.free_after -= 24 << 20;
}

static void test_fail(Fixture *f, gconstpointer data)
{
    add_failures(f);
    assert_told(&f->report, "text", "fail.txt");
    assert_told(&f->report, "tap", "fail.tap");
}

static void test_error(Fixture *f, gconstpointer data)
{
    fixture_verdict(f, XR_ERROR_VERDICT, "dom0's toolstack was not ready within 180s");
    fixture_finding(f, "boot-stalled", XR_ERROR_VERDICT, "rig", 181 * SECOND, "(XEN) Scrubbing",
                    "The boot stood still; the last line of the console is quoted.");
    assert_told(&f->report, "text", "error.txt");
    assert_told(&f->report, "tap", "error.tap");
}

/* It failed, and then the rig gave up: both are told. */
static void test_incomplete(Fixture *f, gconstpointer data)
{
    fixture_verdict(f, XR_FAIL, "w03/vbd0 read back other data than was written");
    fixture_finding(f, "data-mismatch", XR_FAIL, "w03/vbd0", 71 * SECOND, "expected pass 1",
                    "Data was lost, mixed up or damaged.");
    fixture_finding(f, "rig-error", XR_ERROR_VERDICT, "rig", 140 * SECOND, "no answer",
                    "The rig could not go on: its own fault or the host's.");
    fixture_incomplete(f, "rig could not go on 65.0 s into window 2 of 3: no answer " HOSTILE);
    fixture_incomplete(f, "1 of 3 windows were measured");
    assert_told(&f->report, "text", "incomplete.txt");
    assert_told(&f->report, "tap", "incomplete.tap");
}

static void test_skip(Fixture *f, gconstpointer data)
{
    fixture_verdict(f, XR_SKIP, "this host has no KVM, and the plan asks for it");
    assert_told(&f->report, "tap", "skip.tap");
}

/* What only some runs have: figures of stream guests, grants counted. */
static void test_stream(Fixture *f, gconstpointer data)
{
    fixture_measured(f);
    f->plan->guests.kind = XR_GUEST_STREAM;
    f->plan->guests.mode = XR_GUEST_PVH;
    f->plan->workload.paranoid = TRUE;
    fixture_metric(f, "latency_p50", "ns", 1747626, 0);
    fixture_metric(f, "latency_p99", "ns", 4110417, 0);
    fixture_metric(f, "latency_max", "ns", 268435456, 0);
    fixture_metric(f, "longest_gap", "ns", 0.9e9, 0);
    fixture_metric(f, "grant_maps", "per MiB", 257.5, 0);
    fixture_metric(f, "grant_unmaps", "per MiB", 257.5, 0);
    fixture_metric(f, "guest_share", "ratio", 0.25, 0.01);
    fixture_metric(f, "mismatches", "count", 0, 0);
    assert_told(&f->report, "text", "stream.txt");
    assert_told(&f->report, "tap", "stream.tap");
}

/* The table of a build with a lock profile: its metrics are told nowhere else. */
static void test_locks(Fixture *f, gconstpointer data)
{
    fixture_measured(f);
    fixture_locks(f);
    g_autofree char *text = told(&f->report, "text");
    assert_told(&f->report, "text", "locks.txt");
    assert_harmless(text);
    g_assert_cmpuint(columns_of_widest(text), <=, 80);
}

static void test_unsure(Fixture *f, gconstpointer data)
{
    fixture_measured(f);
    fixture_verdict(f, XR_UNSURE, "the rate was not steady within 60s");
    fixture_finding(f, "not-steady", XR_UNSURE, "rig", 70 * SECOND, NULL,
                    "The rate still varied by 22 %; more runs would decide.");
    g_autofree char *text = told(&f->report, "text");
    g_autofree char *tap = told(&f->report, "tap");
    g_assert_true(g_str_has_prefix(text, "UNSURE: the rate was not steady within 60s\n"));
    g_assert_nonnull(strstr(tap, "\nnot ok 4 - the rate is steady\n# unsure: not-steady in rig"));
    g_assert_null(strstr(tap, "TO"
                              "DO"));
    g_assert_null(strstr(tap, "Bail out!"));
}

/* The word of the verdict in the first line, in its color; without color no escape at all. */
static void test_color(Fixture *f, gconstpointer data)
{
    fixture_measured(f);
    g_autofree char *color = told(&f->report, "color");
    g_assert_true(g_str_has_prefix(color, "\x1b[1;32mPASS\x1b[0m: 24 domUs streamed"));
    g_autofree char *plain = told(&f->report, "text");
    g_assert_null(strchr(plain, 0x1b));
}

static void test_hostile_text_is_shown_harmless(Fixture *f, gconstpointer data)
{
    g_autofree char *mib = g_strnfill(1024 * 1024, 'A');
    g_autofree char *wide = g_strdup_printf("%s 漢字漢字漢字漢字漢字漢字漢字漢字 %s", HOSTILE, mib);
    fixture_measured(f);
    fixture_verdict(f, XR_FAIL, HOSTILE);
    fixture_finding(f, "domu-oops", XR_FAIL, HOSTILE, SECOND, wide, mib);
    fixture_finding(f, HOSTILE, XR_FAIL, "w01", SECOND, HOSTILE, HOSTILE);
    fixture_metric(f, "throughput." HOSTILE, "B/s", 1e6, 1e5);
    fixture_metric(f, HOSTILE, HOSTILE, 1, 0);
    json_object_set_string_member(f->run, "qemu", "10\x1b[31m");
    g_autofree char *text = told(&f->report, "text");
    g_autofree char *tap = told(&f->report, "tap");
    assert_harmless(text);
    assert_harmless(tap);
    g_assert_cmpuint(strlen(text), <, 20000);
    g_assert_cmpuint(strlen(tap), <, 20000);
    g_assert_cmpuint(columns_of_widest(text), <=, 100);
    g_assert_nonnull(strstr(text, "\\x1b[2J\\x1b]0;pwned\\x07 \\u{009b}31m \\u{202e}diap"));
}

static void test_width(Fixture *f, gconstpointer data)
{
    add_failures(f);
    g_autofree char *text = told(&f->report, "text");
    g_assert_cmpuint(columns_of_widest(text), <=, 80);
}

/* What is of source builds alone: whose toolstack it is, and which share of Xen's lines ran. */
static void test_source_build(Fixture *f, gconstpointer data)
{
    JsonObject *build = xr_json_element_object(xr_json_array(f->run, "builds"), 0);
    fixture_measured(f);
    g_autofree char *without = told(&f->report, "text");
    g_assert_null(strstr(without, "toolstack"));
    g_assert_null(strstr(without, "coverage"));
    json_object_set_string_member(build, "toolstack", "debian:bookworm");
    g_autofree char *own = told(&f->report, "text");
    g_assert_null(strstr(own, "toolstack"));
    json_object_set_string_member(build, "name", "git:/xen@v1");
    fixture_metric(f, "coverage.xen/common/event_2l.c", "ratio", 0.5, 0);
    fixture_metric(f, "coverage.xen/common/grant_table.c", "ratio", 0.251, 0);
    g_autofree char *text = told(&f->report, "text");
    g_assert_nonnull(strstr(text, "\n  toolstack         debian:bookworm\n"));
    g_assert_nonnull(strstr(text,
                            "\n  coverage          event_2l.c 50.0 %, grant_table.c 25.1 % of "
                            "their lines ran\n                    in the windows; "
                            "coverage.info in the record says which\n"));
}

static void test_ascii_locale(Fixture *f, gconstpointer data)
{
    fixture_measured(f);
    setlocale(LC_ALL, "C");
    g_autofree char *text = told(&f->report, "text");
    setlocale(LC_ALL, "C.UTF-8");
    g_assert_true(g_str_is_ascii(text));
    g_assert_nonnull(strstr(text, "w00/vbd0   13.00  12.75  13.25 ######"));
}

static void test_many_findings_and_vbds(Fixture *f, gconstpointer data)
{
    fixture_measured(f);
    fixture_verdict(f, XR_FAIL, "much went wrong");
    for (guint i = 0; i < 200; i++)
        fixture_finding(f, "domu-oops", XR_FAIL, "w00", SECOND, "Oops", "An oops.");
    for (guint i = 0; i < 500; i++) {
        g_autofree char *name = g_strdup_printf("throughput.w63/vbd%u", i);
        fixture_metric(f, name, "B/s", 1e6 * (i + 20), 0);
    }
    g_autofree char *text = told(&f->report, "text");
    g_assert_nonnull(strstr(text, "(and 150 more, all are in verdict.json)"));
    g_assert_nonnull(strstr(text, "(the slowest 64 of 524; all are in verdict.json)"));
    g_assert_nonnull(strstr(text, "w23/vbd0 ")); /* the slowest of all */
    g_assert_null(strstr(text, "w63/vbd499"));
}

/* A folder's name with a blank must survive being pasted into a shell. */
static void test_record_is_quoted(Fixture *f, gconstpointer data)
{
    fixture_measured(f);
    f->report.record_dir = "/tmp/my runs/a";
    g_autofree char *text = told(&f->report, "text");
    g_assert_true(g_str_has_suffix(text, "judge again: xenrig judge '/tmp/my runs/a'\n"));
}

static gint count_prefix(char **lines, const char *prefix)
{
    gint n = 0;
    for (char **line = lines; *line != NULL; line++)
        n += g_str_has_prefix(*line, prefix);
    return n;
}

/* The plan line is kept, and a verdict that no class explains still fails. */
static void test_tap_counts(Fixture *f, gconstpointer data)
{
    fixture_measured(f);
    fixture_verdict(f, XR_FAIL, "for no reason that is known here");
    g_autofree char *tap = told(&f->report, "tap");
    g_auto(GStrv) lines = g_strsplit(tap, "\n", -1);
    gint planned = atoi(lines[1] + strlen("1.."));
    g_assert_cmpstr(lines[0], ==, "TAP version 13");
    g_assert_cmpint(planned, >, 10);
    g_assert_cmpint(count_prefix(lines, "ok "), ==, planned - 1);
    g_assert_cmpint(count_prefix(lines, "not ok "), ==, 1);
    g_assert_nonnull(strstr(tap, "- verdict\n# fail: for no reason that is known here\n"));
}

/* What a domU that is still there holds is not said to be lost, nor that nothing is. */
static void test_tap_of_a_domu_left(Fixture *f, gconstpointer data)
{
    fixture_measured(f);
    fixture_verdict(f, XR_UNSURE, "w03 was not destroyed");
    fixture_finding(f, "not-destroyed", XR_UNSURE, "w03", -1, NULL, "It is still there.");
    g_autofree char *tap = told(&f->report, "tap");
    g_assert_nonnull(strstr(tap, "- no zombie domain"));
    g_assert_null(strstr(tap, "- no zombie domain # SKIP"));
    g_assert_nonnull(strstr(tap, "- no memory leak # SKIP a domU was not destroyed"));
    g_assert_nonnull(strstr(tap, "- no grant leak # SKIP a domU was not destroyed"));
}

#define ADD(name, function)                                                                        \
    g_test_add("/tell/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tell/quotes", test_quotes);
    ADD("pass", test_pass);
    ADD("fail", test_fail);
    ADD("error", test_error);
    ADD("incomplete", test_incomplete);
    ADD("skip", test_skip);
    ADD("stream", test_stream);
    ADD("locks", test_locks);
    ADD("unsure", test_unsure);
    ADD("color", test_color);
    ADD("hostile-text-is-shown-harmless", test_hostile_text_is_shown_harmless);
    ADD("width", test_width);
    ADD("source-build", test_source_build);
    ADD("ascii-locale", test_ascii_locale);
    ADD("many-findings-and-vbds", test_many_findings_and_vbds);
    ADD("record-is-quoted", test_record_is_quoted);
    ADD("tap-counts", test_tap_counts);
    ADD("tap-of-a-domu-left", test_tap_of_a_domu_left);
    return g_test_run();
}

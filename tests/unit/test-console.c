/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Consoles: what their lines come to, captured ones included. */
#include "watch-run.h"

#include <string.h>

static void test_shared_line(Run *run, gconstpointer data)
{
    feed_line(run->obs, 1, "dom0", "[   13.4] BUG: soft(XEN) Xen WARN at common/a.c:1");
    assert_findings(run, "fail dom0-oops@dom0; fail xen-warn@xen");
    g_assert_cmpstr(feed_find(run->obs->findings, "xen-warn")->line, ==,
                    "(XEN) Xen WARN at common/a.c:1");
    g_assert_false(run->obs->fatal);
}

static void test_panic_is_quoted_with_its_reason(Run *run, gconstpointer data)
{
    feed_line(run->obs, 1, "xen", "(XEN) ****************************************");
    feed_line(run->obs, 1, "xen", "(XEN) Panic on CPU 1:");
    feed_line(run->obs, 1, "xen", "(XEN) ");
    feed_line(run->obs, 1, "xen", "(XEN) FATAL TRAP: vec 2, NMI[0000]");
    feed_line(run->obs, 1, "xen", "(XEN) ****************************************");
    assert_findings(run, "fail xen-panic@xen");
    g_assert_cmpstr(feed_find(run->obs->findings, "xen-panic")->line, ==,
                    "(XEN) Panic on CPU 1: FATAL TRAP: vec 2, NMI[0000]");
    g_assert_true(run->obs->fatal);
}

static void test_undefined_behaviour(Run *run, gconstpointer data)
{
    feed_line(run->obs, 1, "xen", "(XEN) ==================================================");
    feed_line(run->obs, 1, "xen", "(XEN) UBSAN: Undefined behaviour in common/grant_table.c:412:9");
    feed_line(run->obs, 1, "xen",
              "(XEN) shift exponent 64 is too large for 64-bit type 'long int'");
    assert_findings(run, "fail xen-ubsan@xen");
    g_assert_cmpstr(feed_find(run->obs->findings, "xen-ubsan")->line, ==,
                    "(XEN) UBSAN: Undefined behaviour in common/grant_table.c:412:9");
    g_assert_false(run->obs->fatal);
}

static void test_bursts_are_one(Run *run, gconstpointer data)
{
    feed_line(run->obs, 1, "w01", "[   10.1] BUG: kernel NULL pointer dereference, address: 0");
    feed_line(run->obs, 1.1, "w01", "[   10.1] Oops: 0002 [#1] PREEMPT SMP NOPTI");
    feed_line(run->obs, 1.2, "w00", "[   10.1] BUG: kernel NULL pointer dereference, address: 0");
    assert_findings(run, "fail domu-oops@w01 x2; fail domu-oops@w00");
    g_assert_nonnull(strstr(feed_find(run->obs->findings, "domu-oops")->line, "NULL pointer"));
    /* Later, and alike but for numbers: the same; else another. */
    feed_line(run->obs, 60, "w01", "[   70.5] Oops: 0000 [#2] PREEMPT SMP NOPTI");
    feed_line(run->obs, 90, "w01", "[   99.9] BUG: kernel NULL pointer dereference, address: 8");
    assert_findings(run, "fail domu-oops@w01 x3; fail domu-oops@w00; fail domu-oops@w01");
}

static void test_a_flood_is_bounded(Run *run, gconstpointer data)
{
    const XrFinding *finding;

    for (guint i = 0; i < 30000; i++) {
        g_autofree char *line =
            g_strdup_printf("BUG: %c%c%c", 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676 % 26);

        feed_line(run->obs, i * 2.0, "w00", line);
    }
    g_assert_cmpuint(run->obs->findings->len, ==, 8);
    finding = g_ptr_array_index(run->obs->findings, 7);
    g_assert_cmpuint(finding->count, >, 10000);
    for (guint i = 0; i < 1000; i++) {
        g_autofree char *source = g_strdup_printf("v%u", i);

        feed_line(run->obs, 1, source, "BUG: here");
    }
    g_assert_cmpuint(run->obs->findings->len, ==, 401);
    finding = g_ptr_array_index(run->obs->findings, 400);
    g_assert_cmpstr(finding->kind, ==, "more-findings");
    g_assert_cmpint(finding->weight, ==, XR_FAIL);
}

static void test_long_texts_are_cut(Run *run, gconstpointer data)
{
    g_autoptr(GString) line = g_string_new("BUG: ");
    const XrFinding *finding;

    while (line->len < 100000)
        g_string_append(line, "é");
    feed_line(run->obs, 1, "w00", line->str);
    finding = g_ptr_array_index(run->obs->findings, 0);
    g_assert_cmpuint(strlen(finding->line), <=, 1024);
    g_assert_true(g_utf8_validate(finding->line, -1, NULL));
}

/* --- captured consoles (tests/golden/console/captures.txt) --- */

typedef struct {
    const char *file;
    const char *domain; /* of a domU's console, NULL for the serial line of Xen and dom0 */
    const char *findings;
    gboolean fatal;
} Capture;

static const Capture captures[] = {
    {"serial-clean.log", NULL, "", FALSE},
    {"serial-keys.log", NULL, "", FALSE},
    {"domu-clean.log", "w00", "", FALSE},
    {"domu-panic.log", "w00", "fail domu-panic@w00", FALSE},
    {"domu-memory.log", "w00", "error domu-memory@w00 x4", FALSE},
    {"dom0-panic.log", NULL, "fail dom0-panic@dom0; fail dom0-crashed@xen", TRUE},
    {"dom0-init-dies.log", NULL, "fail dom0-panic@dom0; fail dom0-crashed@xen", TRUE},
    {"dom0-oops.log", NULL, "fail dom0-oops@dom0 x2", FALSE},
    {"dom0-lockup.log", NULL, "unsure dom0-rcu-stall@dom0 x2; unsure dom0-soft-lockup@dom0 x2",
     FALSE},
    {"dom0-hung-task.log", NULL,
     "fail io-error@dom0 x2; fail dom0-hung-task@dom0 x10; fail io-error@dom0 x2", FALSE},
    {"dom0-segfault.log", NULL, "unsure dom0-process@dom0", FALSE},
    {"xen-nmi.log", NULL, "fail xen-panic@xen", TRUE},
    {"xen-trap.log", NULL, "fail xen-panic@xen", TRUE},
    {"xen-page-fault.log", NULL, "fail xen-panic@xen", TRUE},
};

static void test_capture(gconstpointer data)
{
    const Capture *capture = data;
    g_autoptr(XrPlan) plan = feed_plan(NULL);
    g_autoptr(XrObservation) obs = xr_observation_new(plan);
    g_autofree char *path =
        g_build_filename(XR_SOURCE_DIR, "tests/golden/console", capture->file, NULL);
    g_autofree char *text = NULL;
    g_autofree char *findings = NULL;
    g_auto(GStrv) lines = NULL;
    g_autoptr(GError) error = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), >, 20);
    for (guint i = 0; lines[i] != NULL; i++) {
        const char *serial = strstr(lines[i], "(XEN)") != NULL ? "xen" : "dom0";

        feed_line(obs, i * 0.01, capture->domain != NULL ? capture->domain : serial, lines[i]);
    }
    findings = feed_findings(obs->findings);
    g_assert_cmpstr(findings, ==, capture->findings);
    g_assert_cmpint(obs->fatal, ==, capture->fatal);
}

#define ADD(path, func) g_test_add("/console/" path, Run, NULL, set_up, func, tear_down)

static void add_captures(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(captures); i++) {
        g_autofree char *path = g_strconcat("/console/capture/", captures[i].file, NULL);

        g_test_add_data_func(path, &captures[i], test_capture);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("shared-line", test_shared_line);
    ADD("panic-is-quoted-with-its-reason", test_panic_is_quoted_with_its_reason);
    ADD("undefined-behaviour", test_undefined_behaviour);
    ADD("bursts-are-one", test_bursts_are_one);
    ADD("a-flood-is-bounded", test_a_flood_is_bounded);
    ADD("long-texts-are-cut", test_long_texts_are_cut);
    add_captures();
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts that records hold: of today, and of before a failure was worse than an error. */
#include "keep/stored-verdict.h"

#include "base/json.h"
#include "keep/run-figure.h"
#include "record-fixture.h"
#include "run/run.h"

#include <glib/gstdio.h>
#include <math.h>

#define FAIL                                                                                       \
    "{\"kind\":\"data-mismatch\",\"weight\":\"fail\",\"where\":\"w01/vbd0\",\"line\":\"expected "  \
    "pass 1\","                                                                                    \
    "\"meaning\":\"It was lost.\"}"
#define STALL                                                                                      \
    "{\"kind\":\"stall\",\"weight\":\"fail\",\"where\":\"w01/"                                     \
    "vbd0\",\"line\":null,\"meaning\":\"It stood.\"}"
#define ERROR                                                                                      \
    "{\"kind\":\"rig-error\",\"weight\":\"error\",\"where\":\"rig\",\"line\":\"no "                \
    "answer\",\"meaning\":\"So.\"}"
#define NOTE                                                                                       \
    "{\"kind\":\"incomplete\",\"weight\":\"pass\",\"where\":\"rig\",\"meaning\":\"Not "            \
    "measured.\"}"
#define LACKING                                                                                    \
    "{\"kind\":\"incomplete\",\"weight\":\"error\",\"where\":\"rig\",\"meaning\":\"The run lacks " \
    "it.\"}"

static const struct {
    const char *what, *report; /* without verdict, reason and braces */
    const char *verdict, *reason;
    gboolean complete;
    const char *incomplete;
} cases[] = {
    {"new, failed early",
     "\"verdict\":\"fail\",\"reason\":\"w01 wrote\",\"complete\":false,\"incomplete\":[\"rig gave "
     "up\","
     "\"1 of 3 windows were measured\",7],\"findings\":[" FAIL "," ERROR "," NOTE "]",
     "fail", "w01 wrote", FALSE, "rig gave up; 1 of 3 windows were measured"},
    {"new, passed", "\"verdict\":\"pass\",\"reason\":\"well\",\"complete\":true,\"incomplete\":[]",
     "pass", "well", TRUE, ""},
    {"new, damaged", "\"verdict\":\"fail\",\"reason\":\"x\",\"complete\":7", "fail", "x", FALSE,
     ""},
    {"old, passed", "\"verdict\":\"pass\",\"reason\":\"well\",\"findings\":[]", "pass", "well",
     TRUE, ""},
    {"old, failed, all measured",
     "\"verdict\":\"fail\",\"reason\":\"it stood\",\"findings\":[" STALL "]", "fail", "it stood",
     TRUE, ""},
    {"old, failed early",
     "\"verdict\":\"fail\",\"reason\":\"bad\",\"findings\":[" FAIL "," NOTE "]", "fail", "bad",
     FALSE, "Not measured."},
    {"old, failed and outranked",
     "\"verdict\":\"error\",\"reason\":\"rig gave up\",\"findings\":[" ERROR "," FAIL "," NOTE "]",
     "fail", "w01/vbd0: data-mismatch: expected pass 1", FALSE, "rig gave up"},
    {"old, a limit missed and outranked",
     "\"verdict\":\"error\",\"reason\":\"it lacks\",\"findings\":[" LACKING "," STALL "]", "fail",
     "w01/vbd0: stall: It stood.", FALSE, "it lacks"},
    {"old, an error alone",
     "\"verdict\":\"error\",\"reason\":\"rig gave up\",\"findings\":[" ERROR "," NOTE "]", "error",
     "rig gave up", FALSE, "rig gave up"},
    {"old, skipped", "\"verdict\":\"skip\",\"reason\":\"no KVM\"", "skip", "no KVM", FALSE,
     "no KVM"},
    {"nothing", "\"findings\":7", "error", "", FALSE, ""},
};

static void test_cases(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf("{%s}", cases[i].report);
        g_autoptr(GError) error = NULL;
        g_autoptr(JsonObject) report = xr_json_parse_line(text, -1, &error);
        g_auto(XrStoredVerdict) stored = {0};

        g_test_message("%s", cases[i].what);
        g_assert_no_error(error);
        xr_stored_verdict_read(report, &stored);
        g_assert_cmpstr(stored.verdict, ==, cases[i].verdict);
        g_assert_cmpstr(stored.reason, ==, cases[i].reason);
        g_assert_cmpint(stored.complete, ==, cases[i].complete);
        g_assert_cmpstr(stored.incomplete, ==, cases[i].incomplete);
    }
}

/* --- figures --- */

static XrRunFigure *figure_of(const char *report, const char *metric)
{
    g_autofree char *path = g_build_filename(state, "verdict.json", NULL);
    g_autofree char *text =
        g_strdup_printf("{%s,\"metrics\":{\"throughput\":{\"value\":5,\"unit\":\"B/s\"}}}", report);
    g_autoptr(GError) error = NULL;
    XrRunFigure *figure;

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    figure = xr_run_figure_read(state, metric, &error);
    g_assert_no_error(error);
    return figure;
}

static double value_of(const char *report, const char *metric)
{
    g_autoptr(XrRunFigure) figure = figure_of(report, metric);

    return figure->value;
}

/* What a failure means depends on the class that is asked for, and what an error hid is not known to be absent. */
static void test_classes(void)
{
    const char *outranked = cases[6].report, *early = cases[5].report;

    g_assert_cmpfloat(value_of(outranked, "verdict:corruption"), ==, 1);
    g_assert_true(isnan(value_of(outranked, "verdict:crash")));
    g_assert_true(isnan(value_of(cases[0].report, "verdict:crash")));
    g_assert_cmpfloat(value_of(cases[0].report, "verdict:corruption"), ==, 1);
    g_assert_cmpfloat(value_of(early, "verdict:crash"), ==, 0);
    g_assert_true(isnan(value_of(cases[8].report, "verdict:crash")));
    g_assert_cmpfloat(value_of(cases[1].report, "verdict:crash"), ==, 0);
    g_assert_cmpfloat(value_of(outranked, "throughput"), ==, 5);
}

/* There and back, and lines that an older version wrote. */
static void test_lines(void)
{
    g_autoptr(XrRunFigure) figure = figure_of(cases[0].report, "throughput");
    g_autoptr(JsonObject) object = xr_run_figure_json(figure);
    g_autoptr(XrRunFigure) again = xr_run_figure_parse(object, NULL);
    g_autofree char *outcome = xr_run_figure_outcome(again);

    g_assert_true(xr_run_figure_failed(again));
    g_assert_false(again->complete);
    g_assert_cmpstr(outcome, ==,
                    "fail: w01 wrote; the run is incomplete: rig gave up; 1 of 3 windows were "
                    "measured");
    json_object_remove_member(object, "complete");
    json_object_remove_member(object, "incomplete_reason");
    g_autoptr(XrRunFigure) old = xr_run_figure_parse(object, NULL);
    g_assert_true(old->complete);
    json_object_set_string_member(object, "verdict", "error");
    g_autoptr(XrRunFigure) error = xr_run_figure_parse(object, NULL);
    g_autofree char *said = xr_run_figure_outcome(error);
    g_assert_false(error->complete);
    g_assert_cmpstr(said, ==, "error: w01 wrote");
}

/* --- judged again --- */

static void put(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* A record as the rig of before left it: corruption, then an agent that did not answer, and the verdict "error". */
static void test_judged_again(void)
{
    static const char events[] =
        "{\"t\":0,\"kind\":\"stage\",\"name\":\"window\",\"state\":\"begin\",\"index\":0}\n"
        "{\"t\":1000000000,\"kind\":\"guest\",\"name\":\"w01\",\"state\":\"streaming\","
        "\"mismatches\":1,"
        "\"text\":[\"domain w01 vbd 0 offset 0: expected a, found b\"]}\n"
        "{\"t\":61000000000,\"kind\":\"rig\",\"what\":\"error\",\"stage\":\"window\",\"text\":"
        "\"dom0's agent "
        "did not answer \\\"counters\\\" within 60 s\"}\n";
    g_autofree char *dir = g_build_filename(state, "runs", "old", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) plan = NULL;

    put(dir, "plan", "[plan]\nname=smoke\n[guests]\ncount=2\n");
    put(dir, "run.json", "{\"id\":\"old\"}");
    put(dir, "events.jsonl", events);
    put(dir, "verdict.json", "{\"verdict\":\"error\",\"reason\":\"rig could not go on\"}");
    g_autoptr(XrRunResult) result = xr_run_judge_record(dir, NULL, &plan, &error);
    g_assert_no_error(error);
    g_assert_cmpint(result->verdict->kind, ==, XR_FAIL);
    g_assert_cmpint(xr_verdict_exit_code(result->verdict->kind), ==, 1);
    g_assert_true(
        g_str_has_prefix(result->verdict->reason,
                         "w01/vbd0 read back other data than was written 1.0 s into window"));
    g_assert_true(
        g_str_has_prefix(result->verdict->incomplete->pdata[0],
                         "rig could not go on 61.0 s into window 1 of 3: dom0's agent did "
                         "not answer \"counters\" within 60 s"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stored-verdict/cases", test_cases);
    g_test_add_func("/stored-verdict/classes", test_classes);
    g_test_add_func("/stored-verdict/lines", test_lines);
    g_test_add_func("/stored-verdict/judged-again", test_judged_again);
    return run_with_state();
}

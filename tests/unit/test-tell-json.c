/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the report for programs, and of the schema that describes it. */
#include "base/json.h"
#include "schema-check.h"
#include "tell-fixture.h"
#include "tell/facts.h"

#include <locale.h>

#define SCHEMA XR_SOURCE_DIR "/rig/tell/report.schema.json"

/* All of them in one go. */
static gboolean are_valid(const GPtrArray *reports, char **output)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    gboolean valid;

    for (guint i = 0; i < reports->len; i++) {
        char *name = g_strdup_printf("report%u.json", i);

        g_assert_true(g_file_set_contents(name, reports->pdata[i], -1, NULL));
        g_ptr_array_add(files, name);
    }
    g_ptr_array_add(files, NULL);
    valid = validates((const char *const *)files->pdata, SCHEMA, output);
    for (guint i = 0; i < reports->len; i++)
        g_assert_cmpint(g_unlink(files->pdata[i]), ==, 0);
    return valid;
}

static void add_report(GPtrArray *reports, const XrReport *report)
{
    g_autoptr(JsonObject) obj = xr_tell_json(report);
    g_ptr_array_add(reports, xr_json_line(obj));
}

static void add_all(Fixture *f)
{
    fixture_measured(f);
    fixture_verdict(f, XR_FAIL, "w03 crashed");
    fixture_finding(f, "domu-oops", XR_FAIL, "w03", 76 * SECOND + SECOND / 2, HOSTILE, "An oops.");
    fixture_finding(f, "retry", XR_PASS, "rig", -1, NULL, "The boot was tried twice.");
}

static void assert_members(Fixture *f, const char *wanted)
{
    g_autoptr(JsonObject) obj = xr_tell_json(&f->report);
    g_autofree char *text = xr_json_line(obj);

    if (strstr(text, wanted) == NULL)
        g_error("not there: %s\n%s", wanted, text);
}

static void test_complete(Fixture *f, gconstpointer data)
{
    add_all(f);
    assert_members(
        f, "\"verdict\":\"fail\",\"exit_code\":1,\"reason\":\"w03 crashed\",\"complete\":true,"
           "\"incomplete\":[],");
    fixture_incomplete(f, "rig could not go on: \033[2J");
    fixture_incomplete(f, "1 of 3 windows were measured");
    assert_members(
        f, "\"verdict\":\"fail\",\"exit_code\":1,\"reason\":\"w03 crashed\",\"complete\":false,"
           "\"incomplete\":[\"rig could not go on: \\\\x1b[2J\",\"1 of 3 windows were "
           "measured\"],");
}

static void test_schema_holds(Fixture *f, gconstpointer data)
{
    if (!have_validator())
        return;
    g_autoptr(GPtrArray) reports = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *output = NULL;
    fixture_verdict(f, XR_ERROR_VERDICT, "nothing was measured");
    fixture_incomplete(f, "0 of 3 windows were measured");
    add_report(reports, &f->report);
    fixture_metric(f, "throughput", "B/s", NAN, 1);
    add_all(f);
    add_report(reports, &f->report);
    fixture_locks(f);
    f->verdict.functions = xr_functions_new("xen-syms", "");
    f->verdict.counted_bytes = 1048576;
    XrFunction *function = xr_functions_add(f->verdict.functions, "xen", "map_grant_ref", "", 5);
    xr_function_add_caller(function, "do_grant_table_op", 1);
    add_report(reports, &f->report);
    g_clear_pointer(&f->verdict.functions, xr_functions_free);
    f->report.record_dir = NULL;
    json_object_unref(f->run);
    f->report.run = f->run = json_object_new();
    add_report(reports, &f->report);
    if (!are_valid(reports, &output))
        g_error("a report is not as its schema says: %s", output);
}

/* A schema that takes anything would prove nothing. */
static void test_schema_refuses(Fixture *f, gconstpointer data)
{
    static const char *const required[] = {"verdict", "plan",     "builds",
                                           "metrics", "findings", "record"};
    if (!have_validator())
        return;
    g_autoptr(GPtrArray) reports = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *output = NULL;
    add_all(f);
    for (guint i = 0; i < G_N_ELEMENTS(required); i++) {
        g_autoptr(JsonObject) obj = xr_tell_json(&f->report);
        json_object_remove_member(obj, required[i]);
        g_ptr_array_add(reports, xr_json_line(obj));
    }
    g_autoptr(JsonObject) obj = xr_tell_json(&f->report);
    json_object_set_string_member(obj, "verdict", "probably");
    g_ptr_array_add(reports, xr_json_line(obj));
    g_assert_false(are_valid(reports, &output));
    for (guint i = 0; i < G_N_ELEMENTS(required); i++) {
        g_autofree char *complaint = g_strdup_printf("'%s' is a required property", required[i]);
        g_assert_nonnull(strstr(output, complaint));
    }
    g_assert_nonnull(strstr(output, "'probably' is not one of"));
}

static void assert_described(JsonObject *schema, const char *path)
{
    JsonObject *members = xr_json_object(schema, "properties");
    JsonObject *items = xr_json_object(schema, "items");
    JsonObject *others = xr_json_object(schema, "additionalProperties");
    if (strlen(xr_json_string(schema, "description", "")) < 5 &&
        !json_object_has_member(schema, "$ref"))
        g_error("%s has no description", path);
    if (items != NULL)
        assert_described(items, path);
    if (others != NULL)
        assert_described(others, path);
    g_autoptr(GList) names = members == NULL ? NULL : json_object_get_members(members);
    for (GList *name = names; name != NULL; name = name->next) {
        g_autofree char *below = g_strdup_printf("%s.%s", path, (const char *)name->data);
        assert_described(json_object_get_object_member(members, name->data), below);
    }
}

static void test_every_member_is_described(Fixture *f, gconstpointer data)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    json_parser_load_from_file(parser, SCHEMA, &error);
    g_assert_no_error(error);
    JsonObject *schema = json_node_get_object(json_parser_get_root(parser));
    JsonObject *parts = json_object_get_object_member(schema, "$defs");
    assert_described(schema, "report");
    assert_described(json_object_get_object_member(parts, "metric"), "metric");
    assert_described(json_object_get_object_member(parts, "finding"), "finding");
    assert_described(json_object_get_object_member(parts, "lock"), "lock");
    assert_described(json_object_get_object_member(parts, "function"), "function");
}

static void test_members(Fixture *f, gconstpointer data)
{
    add_all(f);
    g_autoptr(JsonObject) obj = xr_tell_json(&f->report);
    g_assert_cmpstr(xr_json_string(obj, "verdict", ""), ==, "fail");
    g_assert_cmpint(xr_json_int(obj, "exit_code", -1), ==, 1);
    g_assert_cmpstr(xr_json_string(obj, "reason", ""), ==, "w03 crashed");
    g_assert_cmpstr(xr_json_string(obj, "record", ""), ==, "record");
    JsonObject *metric = xr_json_object(xr_json_object(obj, "metrics"), "throughput.w02/vbd0");
    g_assert_cmpfloat(xr_json_double(metric, "value", 0), ==, 12.6e6);
    g_assert_cmpfloat(xr_json_double(metric, "low", 0), ==, 12.35e6);
    g_assert_cmpstr(xr_json_string(metric, "unit", ""), ==, "B/s");
    g_assert_cmpuint(json_array_get_length(xr_json_array(metric, "samples")), ==, 3);
    JsonObject *finding = xr_json_element_object(xr_json_array(obj, "findings"), 0);
    g_assert_cmpstr(xr_json_string(finding, "kind", ""), ==, "domu-oops");
    g_assert_cmpfloat(xr_json_double(finding, "when", 0), ==, 76.5);
    g_assert_cmpstr(xr_json_string(finding, "stage", ""), ==, "window 2");
    JsonObject *plan = xr_json_object(obj, "plan");
    JsonObject *guests = xr_json_object(xr_json_object(plan, "settings"), "guests");
    g_assert_cmpstr(xr_json_string(guests, "count", ""), ==, "24");
    JsonObject *build = xr_json_element_object(xr_json_array(obj, "builds"), 0);
    g_assert_cmpstr(xr_json_string(build, "xen_version", ""), ==, "4.17.5-1");
    g_assert_cmpuint(json_array_get_length(xr_json_array(build, "inputs")), ==, 2);
    JsonObject *leaks = xr_json_object(obj, "leaks");
    g_assert_cmpint(xr_json_int(leaks, "grants_after", -1), ==, 12);
}

static void test_locks(Fixture *f, gconstpointer data)
{
    add_all(f);
    g_autoptr(JsonObject) without = xr_tell_json(&f->report);
    g_assert_cmpuint(json_array_get_length(xr_json_array(without, "locks")), ==, 0);
    fixture_locks(f);
    g_autoptr(JsonObject) obj = xr_tell_json(&f->report);
    JsonArray *locks = xr_json_array(obj, "locks");
    g_assert_cmpuint(json_array_get_length(locks), ==, 10);
    JsonObject *row = xr_json_element_object(locks, 1);
    g_assert_cmpstr(xr_json_string(row, "lock", ""), ==, "freelist");
    g_assert_cmpstr(xr_json_string(row, "source", ""), ==, "v->maptrack_freelist_lock");
    g_assert_cmpstr(xr_json_string(row, "domain", ""), ==, "dom0");
    g_assert_cmpfloat(xr_json_double(row, "acquired", 0), ==, 250000);
    g_assert_cmpfloat(xr_json_double(row, "per_pair", 0), ==, 1.0004);
    g_assert_cmpfloat(xr_json_double(row, "hold", 0), ==, 0.01);
    g_assert_true(json_object_get_null_member(xr_json_element_object(locks, 2), "contended"));
}

static void test_not_measured_is_null(Fixture *f, gconstpointer data)
{
    fixture_verdict(f, XR_ERROR_VERDICT, "nothing was measured");
    fixture_metric(f, "fairness", "ratio", NAN, 0);
    g_autoptr(JsonObject) obj = xr_tell_json(&f->report);
    JsonObject *metric = xr_json_object(xr_json_object(obj, "metrics"), "fairness");
    g_assert_true(json_object_get_null_member(metric, "value"));
    g_assert_true(json_object_get_null_member(xr_json_object(obj, "leaks"), "free_bytes_after"));
}

static void test_guest_text_is_bounded_and_escaped(Fixture *f, gconstpointer data)
{
    g_autofree char *mib = g_strnfill(1024 * 1024, 'A');
    add_all(f);
    fixture_finding(f, "domu-oops", XR_FAIL, "w04", SECOND, mib, mib);
    g_autoptr(JsonObject) obj = xr_tell_json(&f->report);
    g_autofree char *json = xr_json_line(obj);
    JsonObject *first = xr_json_element_object(xr_json_array(obj, "findings"), 0);
    JsonObject *last = xr_json_element_object(xr_json_array(obj, "findings"), 2);
    g_assert_cmpstr(xr_json_string(first, "line", ""), ==,
                    "\\x1b[2J\\x1b]0;pwned\\x07 \\u{009b}31m \\u{202e}diap \\xff\\xfe "
                    "\\x7f\\x0d\\x0a\\x09end");
    g_assert_cmpuint(strlen(xr_json_string(last, "line", "")), <=, 4096);
    g_assert_true(g_str_has_suffix(xr_json_string(last, "line", ""), "A…"));
    g_assert_true(g_utf8_validate(json, -1, NULL));
}

/* Which kernels, and where each came from; in words where the domUs have another than dom0. */
static void test_kernels(Fixture *f, gconstpointer data)
{
    static const char text[] =
        "{\"kernels\":[{\"of\":\"dom0\",\"name\":\"debian:bookworm\",\"release\":"
        "\"6.1.0-56-amd64\",\"sha256\":\"00\"},{\"of\":\"guests\",\"name\":\"dir:/l\","
        "\"release\":\"6.18.0\",\"sha256\":\"11\",\"odd\":1}]}";
    g_autoptr(JsonObject) kernels = xr_json_parse_line(text, -1, NULL);
    JsonObject *build = xr_json_element_object(xr_json_array(f->run, "builds"), 0);

    json_object_set_array_member(build, "kernels",
                                 json_array_ref(xr_json_array(kernels, "kernels")));
    fixture_verdict(f, XR_ERROR_VERDICT, "nothing was measured");
    g_autoptr(JsonObject) obj = xr_tell_json(&f->report);
    build = xr_json_element_object(xr_json_array(obj, "builds"), 0);
    JsonObject *guests = xr_json_element_object(xr_json_array(build, "kernels"), 1);
    g_assert_cmpstr(xr_json_string(guests, "of", ""), ==, "guests");
    g_assert_cmpstr(xr_json_string(guests, "name", ""), ==, "dir:/l");
    g_assert_cmpstr(xr_json_string(guests, "release", ""), ==, "6.18.0");
    g_assert_false(json_object_has_member(guests, "odd"));

    ((XrPlan *)f->report.plan)->guests.kind = XR_GUEST_STREAM;
    g_autoptr(GPtrArray) stream = xr_facts_of_setup(&f->report);
    g_assert_nonnull(strstr(((XrFact *)stream->pdata[1])->value, "Linux 6.1.0-56-amd64, id "));
    ((XrPlan *)f->report.plan)->guests.kind = XR_GUEST_LINUX;
    g_autoptr(GPtrArray) with_linux = xr_facts_of_setup(&f->report);
    g_assert_nonnull(strstr(((XrFact *)with_linux->pdata[1])->value,
                            "Linux 6.1.0-56-amd64 in dom0, 6.18.0 in domUs, id "));
}

#define ADD(name, function)                                                                        \
    g_test_add("/tell-json/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    ADD("complete", test_complete);
    ADD("schema-holds", test_schema_holds);
    ADD("schema-refuses", test_schema_refuses);
    ADD("every-member-is-described", test_every_member_is_described);
    ADD("members", test_members);
    ADD("kernels", test_kernels);
    ADD("locks", test_locks);
    ADD("not-measured-is-null", test_not_measured_is_null);
    ADD("guest-text-is-bounded-and-escaped", test_guest_text_is_bounded_and_escaped);
    return g_test_run();
}

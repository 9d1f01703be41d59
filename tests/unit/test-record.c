/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of keep/record.h: what a run leaves behind, and how it is read back. */
#include "base/error.h"
#include "record-fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static void put_event(XrRecord *record, const char *kind, gint64 n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) obj = event(kind, n);
    g_assert_true(xr_record_event(record, obj, &error));
    g_assert_no_error(error);
}

static char *path_in(const XrRecord *record, const char *name)
{
    return g_build_filename(xr_record_dir(record), name, NULL);
}

static char *contents(const XrRecord *record, const char *name, gsize *len)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = path_in(record, name);
    char *text = NULL;
    g_file_get_contents(path, &text, len, &error);
    g_assert_no_error(error);
    return text;
}

static guint count_files(const char *dir)
{
    g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
    guint n = 0;
    while (g_dir_read_name(entries) != NULL)
        n++;
    return n;
}

static void assert_private(const char *path)
{
    GStatBuf info;
    g_assert_cmpint(g_stat(path, &info), ==, 0);
    g_assert_cmphex(info.st_mode & 07777, ==, S_ISDIR(info.st_mode) ? 0700 : 0600);
}

static void test_new_is_private_and_named(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", &error);
    g_assert_no_error(error);
    g_assert_true(
        g_regex_match_simple("^[0-9]{8}T[0-9]{6}Z-smoke-[0-9a-f]{4}$", xr_record_id(record), 0, 0));
    g_autofree char *expected = g_build_filename(state, "runs", xr_record_id(record), NULL);
    g_assert_cmpstr(xr_record_dir(record), ==, expected);
    g_autofree char *events = path_in(record, "events.jsonl");
    g_autofree char *console = path_in(record, "console");
    assert_private(xr_record_dir(record));
    assert_private(console);
    assert_private(events);
}

static void test_plan_name_is_made_safe(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrRecord) record =
        xr_record_new(NULL, "../../Étc/My plan\nwith a name that goes on and on", &error);
    g_assert_no_error(error);
    g_autofree char *runs = g_build_filename(state, "runs", NULL);
    g_autofree char *parent = g_path_get_dirname(xr_record_dir(record));
    g_assert_cmpstr(parent, ==, runs);
    g_assert_true(g_regex_match_simple("^[A-Za-z0-9-]{1,46}$", xr_record_id(record),
                                       G_REGEX_DOLLAR_ENDONLY, 0));
}

static void test_two_at_once_differ(void)
{
    g_autoptr(XrRecord) one = xr_record_new(NULL, "smoke", NULL);
    g_autoptr(XrRecord) two = xr_record_new(NULL, "smoke", NULL);
    g_assert_cmpstr(xr_record_dir(one), !=, xr_record_dir(two));
    g_assert_cmpstr(xr_record_id(one), !=, xr_record_id(two));
}

static void test_given_dir(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_build_filename(state, "given", "deep", NULL);
    g_assert_cmpint(g_mkdir_with_parents(dir, 0755), ==, 0);
    g_assert_cmpint(chmod(dir, 0755), ==, 0);
    g_autoptr(XrRecord) record = xr_record_new(dir, "smoke", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(xr_record_dir(record), ==, dir);
    g_assert_true(g_str_has_prefix(xr_record_id(record), "deep-"));
    assert_private(dir);

    g_autoptr(XrRecord) again = xr_record_new(dir, "smoke", &error);
    g_assert_null(again);
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    g_assert_true(g_str_has_prefix(error->message, dir));
    g_assert_nonnull(strstr(error->message, "not empty"));
    g_assert_nonnull(strstr(error->message, "a new or an empty folder"));
}

static void test_files_are_whole(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", NULL);
    g_autoptr(JsonObject) run = json_object_new();
    json_object_set_string_member(run, "id", xr_record_id(record));
    guint before = count_files(xr_record_dir(record));
    g_assert_true(xr_record_put_text(record, "plan", "[plan]\nname=old\n", &error));
    g_assert_true(xr_record_put_text(record, "plan", "[plan]\nname=smoke\n", &error));
    g_assert_true(xr_record_put_json(record, "run.json", run, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(count_files(xr_record_dir(record)), ==, before + 2);
    g_autofree char *plan = contents(record, "plan", NULL);
    g_assert_cmpstr(plan, ==, "[plan]\nname=smoke\n");
    g_autofree char *path = path_in(record, "run.json");
    assert_private(path);
    g_autoptr(JsonObject) back = xr_record_read_json(xr_record_dir(record), "run.json", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(xr_json_string(back, "id", ""), ==, xr_record_id(record));
}

static void test_file_names_stay_inside(void)
{
    static const char *const names[] = {"", ".", "..", "../plan", "console/xen.log", "/etc/x"};
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(xr_record_put_text(record, names[i], "x", &error));
        g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
        g_assert_nonnull(strstr(error->message, "without \"/\""));
    }
    g_assert_false(xr_record_failed(record));
}

static void test_events_come_back_in_order(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", NULL);
    g_autoptr(GString) seen = g_string_new(NULL);
    guint torn = 99;
    put_event(record, "stage", 1);
    put_event(record, "console", 2);
    put_event(record, "stage", 3);
    g_assert_true(xr_record_read_events(xr_record_dir(record), take_number, seen, &torn, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(seen->str, ==, "1 2 3 ");
    g_assert_cmpuint(torn, ==, 0);

    g_string_truncate(seen, 0);
    g_assert_true(
        xr_record_read_events_of(xr_record_dir(record), "stage", take_number, seen, &torn, &error));
    g_assert_cmpstr(seen->str, ==, "1 3 ");
}

/* A guest that prints what looks like an event of ours. */
static void test_event_text_is_one_line(void)
{
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", NULL);
    g_autoptr(GString) seen = g_string_new(NULL);
    g_autoptr(JsonObject) obj = event("console", 7);
    json_object_set_string_member(obj, "line", "a\n{\"kind\":\"stage\",\"t\":8}\r\n\xc2\x85 end");
    g_assert_true(xr_record_event(record, obj, NULL));
    g_assert_true(xr_record_read_events(xr_record_dir(record), take_number, seen, NULL, NULL));
    g_assert_cmpstr(seen->str, ==, "7 ");
    g_string_truncate(seen, 0);
    g_assert_true(
        xr_record_read_events_of(xr_record_dir(record), "stage", take_number, seen, NULL, NULL));
    g_assert_cmpstr(seen->str, ==, "");
}

static void append_raw(const XrRecord *record, const char *text)
{
    g_autofree char *path = path_in(record, "events.jsonl");
    FILE *out = fopen(path, "a");
    g_assert_nonnull(out);
    fputs(text, out);
    g_assert_cmpint(fclose(out), ==, 0);
}

static void test_torn_last_line(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", NULL);
    g_autoptr(GString) seen = g_string_new(NULL);
    guint torn = 0;
    put_event(record, "stage", 1);
    append_raw(record, "{\"t\":2,\"kind\":\"sta");
    g_assert_true(xr_record_read_events(xr_record_dir(record), take_number, seen, &torn, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(seen->str, ==, "1 ");
    g_assert_cmpuint(torn, ==, 1);
}

static void test_damage_is_named(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", NULL);
    g_autoptr(GString) seen = g_string_new(NULL);
    put_event(record, "stage", 1);
    append_raw(record, "{\"t\":2,\x1b[31m\n");
    put_event(record, "stage", 3);
    g_assert_false(xr_record_read_events(xr_record_dir(record), take_number, seen, NULL, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    g_assert_nonnull(strstr(error->message, "/events.jsonl:2: "));
    g_assert_nonnull(strstr(error->message, "all lines before it are good"));
    g_assert_null(strchr(error->message, 0x1b));
    g_assert_cmpstr(seen->str, ==, "1 ");
}

static void test_missing_record(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) seen = g_string_new(NULL);
    g_assert_false(xr_record_read_events("/nonexistent/r", take_number, seen, NULL, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    g_assert_nonnull(strstr(error->message, "/nonexistent/r/events.jsonl"));
    g_assert_nonnull(strstr(error->message, "the folder that `xenrig run` names"));
    g_clear_error(&error);
    g_assert_null(xr_record_read_json("/nonexistent/r", "run.json", &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    g_assert_nonnull(strstr(error->message, "run.json"));
}

static void test_consoles(void)
{
    static const char *const hostile[] = {
        "",    "..",  "../../x", "W00",
        "a/b", "w 0", "\x1b[2J", "a-name-of-more-than-thirty-two-letters"};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", NULL);
    g_assert_true(xr_record_console(record, "xen", "(XEN) a\n", 8, &error));
    g_assert_true(xr_record_console(record, "w00", "raw \0\xff\x1b", 7, &error));
    g_assert_true(xr_record_console(record, "xen", "(XEN) b\n", 8, &error));
    for (guint i = 0; i < G_N_ELEMENTS(hostile); i++)
        g_assert_true(xr_record_console(record, hostile[i], "!", 1, &error));
    g_assert_no_error(error);
    gsize len = 0;
    g_autofree char *xen = contents(record, "console/xen.log", NULL);
    g_autofree char *w00 = contents(record, "console/w00.log", &len);
    g_autofree char *other = contents(record, "console/other.log", NULL);
    g_assert_cmpstr(xen, ==, "(XEN) a\n(XEN) b\n");
    g_assert_cmpmem(w00, len, "raw \0\xff\x1b", 7);
    g_assert_cmpstr(other, ==, "!!!!!!!!");
    g_autofree char *dir = path_in(record, "console");
    g_assert_cmpuint(count_files(dir), ==, 3);
}

static void test_consoles_are_bounded_in_number(void)
{
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", NULL);
    for (guint i = 0; i < 1000; i++) {
        g_autofree char *name = g_strdup_printf("d%u", i);
        g_assert_true(xr_record_console(record, name, "x", 1, NULL));
    }
    g_autofree char *dir = path_in(record, "console");
    g_assert_cmpuint(count_files(dir), <=, 73);
    gsize len = 0;
    g_autofree char *other = contents(record, "console/other.log", &len);
    g_assert_cmpuint(len + count_files(dir) - 1, ==, 1000);
}

static void test_consoles_are_bounded_in_size(void)
{
    const gsize mib = 1024 * 1024;
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", NULL);
    g_autofree char *text = g_strnfill(mib - 1, 'x');
    for (guint i = 0; i < 70; i++)
        g_assert_true(xr_record_console(record, "w00", text, mib - 1, NULL));
    gsize len = 0;
    g_autofree char *log = contents(record, "console/w00.log", &len);
    g_assert_cmpuint(len, <, 64 * mib + 100);
    g_assert_true(g_str_has_suffix(log, "64 MiB of this console are kept, the rest is not]\n"));
    g_assert_false(xr_record_failed(record));
    g_autofree char *path = path_in(record, "console/w00.log");
    g_assert_cmpint(g_unlink(path), ==, 0);
}

/* The failure of a caller that did not ask is told to the next that does. */
static void test_failure_is_not_lost(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrRecord) record = xr_record_new(NULL, "smoke", NULL);
    g_autofree char *console = path_in(record, "console");
    g_autofree char *aside = path_in(record, "console-gone");
    g_assert_cmpint(g_rename(console, aside), ==, 0);
    g_assert_false(xr_record_console(record, "w00", "x", 1, NULL));
    g_autoptr(JsonObject) obj = event("stage", 1);
    g_assert_false(xr_record_event(record, obj, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    g_assert_nonnull(strstr(error->message, "console/w00.log"));
    g_clear_error(&error);
    g_assert_true(xr_record_event(record, obj, &error));
}

static void test_fingerprint(void)
{
    g_autoptr(JsonObject) one = xr_host_fingerprint();
    g_autoptr(JsonObject) two = xr_host_fingerprint();
    g_autofree char *text = xr_json_line(one);
    g_autofree char *again = xr_json_line(two);
    g_assert_cmpstr(text, ==, again);
    g_assert_true(g_regex_match_simple("^[0-9a-f]{16}$", xr_json_string(one, "id", ""), 0, 0));
    g_assert_cmpint(xr_json_int(one, "cores", 0), >, 0);
    g_assert_cmpint(xr_json_int(one, "memory_bytes", 0), >, 0);
    g_assert_cmpstr(xr_json_string(one, "kernel", ""), !=, "");
    g_assert_cmpint(json_object_get_size(one), ==, 7);
}

static void add_tests(void)
{
    g_test_add_func("/record/new-is-private-and-named", test_new_is_private_and_named);
    g_test_add_func("/record/plan-name-is-made-safe", test_plan_name_is_made_safe);
    g_test_add_func("/record/two-at-once-differ", test_two_at_once_differ);
    g_test_add_func("/record/given-dir", test_given_dir);
    g_test_add_func("/record/files-are-whole", test_files_are_whole);
    g_test_add_func("/record/file-names-stay-inside", test_file_names_stay_inside);
    g_test_add_func("/record/events-come-back-in-order", test_events_come_back_in_order);
    g_test_add_func("/record/event-text-is-one-line", test_event_text_is_one_line);
    g_test_add_func("/record/torn-last-line", test_torn_last_line);
    g_test_add_func("/record/damage-is-named", test_damage_is_named);
    g_test_add_func("/record/missing-record", test_missing_record);
    g_test_add_func("/record/consoles", test_consoles);
    g_test_add_func("/record/consoles-bounded-in-number", test_consoles_are_bounded_in_number);
    g_test_add_func("/record/consoles-bounded-in-size", test_consoles_are_bounded_in_size);
    g_test_add_func("/record/failure-is-not-lost", test_failure_is_not_lost);
    g_test_add_func("/record/fingerprint", test_fingerprint);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_tests();
    return run_with_state();
}

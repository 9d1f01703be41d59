/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests: requests to dom0's agent, good and hostile. */
#include "request.h"
#include "wire.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static void check_error(const char *line, json_int_t id, const char *expected)
{
    AgRequest request;
    char *error = ag_request_parse(line, strlen(line), &request);

    g_assert_cmpstr(error, ==, expected);
    g_assert_cmpint(request.id, ==, id);
    g_assert_null(request.members);
    free(error);
}

static void check_error_begins(const char *line, size_t len, const char *expected)
{
    AgRequest request;
    char *error = ag_request_parse(line, len, &request);

    g_assert_nonnull(error);
    g_assert_true(g_str_has_prefix(error, expected));
    g_assert_cmpint(request.id, ==, 0);
    g_assert_true(g_utf8_validate(error, -1, NULL));
    free(error);
}

static void test_good(void)
{
    static const char *const lines[AG_OPS] = {
        "{\"id\":1,\"op\":\"backing\",\"kind\":\"null\",\"count\":24,\"size\":1073741824,"
        "\"block_size\":4096}",
        "{\"id\":1,\"op\":\"create\",\"domains\":[{}],\"parallel\":4}",
        "{\"id\":1,\"op\":\"release\"}",
        "{\"id\":1,\"op\":\"command\",\"names\":[\"w00\"],\"command\":\"start\"}",
        "{\"id\":1,\"op\":\"sampling\",\"interval\":500000000}",
        "{\"id\":1,\"op\":\"counters\"}",
        "{\"id\":1,\"op\":\"grant-ops\",\"duration\":5000000000}",
        "{\"id\":1,\"op\":\"locks\"}",
        "{\"id\":1,\"op\":\"destroy\",\"names\":[],\"timeout\":0}",
        "{\"id\":1,\"op\":\"keys\",\"keys\":\"qg\"}",
        "{\"id\":1,\"op\":\"dmesg\"}",
        "{\"id\":1,\"op\":\"corrupt\",\"device\":0,\"offset\":4096,\"length\":16}",
        "{\"id\":1,\"op\":\"fault\",\"kind\":\"silence\"}",
        "{\"id\":1,\"op\":\"coverage\",\"action\":\"read\"}",
        " {\"op\":\"poweroff\",\"id\":9007199254740993} ",
        "{\"id\":1,\"op\":\"bind\",\"vcpus\":8}",
        "{\"id\":1,\"op\":\"metronome\",\"name\":\"metronome\"}",
        "{\"id\":1,\"op\":\"hold\"}",
        "{\"id\":1,\"op\":\"await\",\"state\":\"ready\"}",
        "{\"id\":1,\"op\":\"modules\"}",
    };

    for (AgOp op = 0; op < AG_OPS; op++) {
        AgRequest request;
        char *error = ag_request_parse(lines[op], strlen(lines[op]), &request);

        g_assert_cmpstr(error, ==, NULL);
        g_assert_cmpint(request.op, ==, op);
        g_assert_cmpint(request.id, ==, op == AG_OP_POWEROFF ? 9007199254740993 : 1);
        ag_request_clear(&request);
    }
}

static void test_values(void)
{
    const char *line =
        "{\"id\":7,\"op\":\"backing\",\"kind\":\"disk\",\"count\":2,\"size\":1048576}";
    AgRequest request;

    g_assert_null(ag_request_parse(line, strlen(line), &request));
    g_assert_cmpint(request.id, ==, 7);
    g_assert_cmpint(ag_request_int(&request, "size", 5), ==, 1048576);
    g_assert_cmpint(ag_request_int(&request, "block_size", 4096), ==, 4096);
    g_assert_cmpstr(ag_request_string(&request, "kind", "x"), ==, "disk");
    g_assert_cmpstr(ag_request_string(&request, "other", "x"), ==, "x");
    ag_request_clear(&request);
}

static void test_no_object(void)
{
    check_error_begins("", 0, "the line is no JSON: ");
    check_error_begins("hello", 5, "the line is no JSON: ");
    check_error_begins("{\"id\":1,", 8, "the line is no JSON: ");
    check_error_begins("{\"id\":1}}", 9, "the line is no JSON: ");
    check_error_begins("\xff\xfe{}", 4, "the line is no JSON: ");
    check_error_begins("{\"id\":1,\"op\":\"\xc3\"}", 17, "the line is no JSON: ");
    check_error_begins("{\"id\":1,\"id\":2,\"op\":\"dmesg\"}", 28, "the line is no JSON: ");
    check_error_begins("{\"id\":1,\"op\":\"dmesg\"}\0{}", 24, "the line is no JSON: ");
    check_error_begins("{\"id\":99999999999999999999,\"op\":\"dmesg\"}", 40,
                       "the line is no JSON: ");
    check_error("[1,2]", 0, "the line is JSON but no object");
}

static void test_no_id(void)
{
    const char *expected = "the request has no \"id\", a positive whole number";

    check_error("{}", 0, expected);
    check_error("{\"op\":\"dmesg\"}", 0, expected);
    check_error("{\"id\":0,\"op\":\"dmesg\"}", 0, expected);
    check_error("{\"id\":-1,\"op\":\"dmesg\"}", 0, expected);
    check_error("{\"id\":1.5,\"op\":\"dmesg\"}", 0, expected);
    check_error("{\"id\":\"1\",\"op\":\"dmesg\"}", 0, expected);
}

static void test_op(void)
{
    check_error("{\"id\":3}", 3, "the request has no \"op\", a string");
    check_error("{\"id\":3,\"op\":5}", 3, "the request has no \"op\", a string");
    check_error(
        "{\"id\":3,\"op\":\"frob\"}", 3,
        "no such op: \"frob\"; known: backing, create, release, command, sampling, counters, "
        "grant-ops, locks, destroy, keys, dmesg, corrupt, fault, coverage, poweroff, "
        "bind, metronome, hold, await, modules");
}

static void test_members(void)
{
    check_error("{\"id\":3,\"op\":\"create\",\"domain\":[]}", 3,
                "create: member \"domain\" is not known; known: id, op, domains, parallel");
    check_error("{\"id\":3,\"op\":\"create\"}", 3,
                "create: member \"domains\" is missing; known: id, op, domains, parallel");
    check_error("{\"id\":3,\"op\":\"create\",\"domains\":{}}", 3,
                "create: member \"domains\" must be a list; known: id, op, domains, parallel");
    check_error("{\"id\":3,\"op\":\"create\",\"domains\":[],\"parallel\":0}", 3,
                "create: member \"parallel\" must be a whole number from 1 to 64; known: id, op, "
                "domains, parallel");
    check_error("{\"id\":3,\"op\":\"sampling\",\"interval\":0.5}", 3,
                "sampling: member \"interval\" must be a whole number from 0 to 3600000000000; "
                "known: id, op, interval");
    check_error("{\"id\":3,\"op\":\"grant-ops\"}", 3,
                "grant-ops: member \"duration\" is missing; known: id, op, duration");
    check_error("{\"id\":3,\"op\":\"grant-ops\",\"duration\":60000000001}", 3,
                "grant-ops: member \"duration\" must be a whole number from 1 to 60000000000; "
                "known: id, op, duration");
    check_error("{\"id\":3,\"op\":\"fault\",\"kind\":null}", 3,
                "fault: member \"kind\" must be a string; known: id, op, kind");
    check_error("{\"id\":3,\"op\":\"dmesg\",\"x\":1}", 3,
                "dmesg: member \"x\" is not known; known: id, op, none");
}

/* What is quoted back is short, whatever came in. */
static void test_long_names(void)
{
    g_autofree char *name = g_strnfill(100000, 'x');
    g_autofree char *line = g_strdup_printf("{\"id\":3,\"op\":\"%s\"}", name);
    AgRequest request;
    char *error = ag_request_parse(line, strlen(line), &request);

    g_assert_true(g_str_has_prefix(error, "no such op: \"xxxx"));
    g_assert_cmpuint(strlen(error), <, 300);
    free(error);
}

static void test_deep(void)
{
    g_autoptr(GString) line = g_string_new("{\"id\":1,\"op\":\"create\",\"domains\":");

    for (int i = 0; i < 500000; i++)
        g_string_append_c(line, '[');
    g_assert_cmpuint(line->len, <, XR_WIRE_LINE_MAX);
    check_error_begins(line->str, line->len, "the line is no JSON: ");
}

/* Any bytes at all: an error that is a sentence in UTF-8, or a request that can be cleared. */
static void test_noise(void)
{
    const char *good =
        "{\"id\":1,\"op\":\"create\",\"domains\":[{\"name\":\"w00\"}],\"parallel\":4}";
    size_t len = strlen(good);

    for (int i = 0; i < 20000; i++) {
        g_autofree char *line = g_strdup(good);
        AgRequest request;

        for (int k = g_test_rand_int_range(1, 4); k > 0; k--)
            line[g_test_rand_int_range(0, (int)len)] = (char)g_test_rand_int_range(0, 256);
        char *error =
            ag_request_parse(line, (size_t)g_test_rand_int_range(0, (int)len + 1), &request);
        g_assert_true(error == NULL || g_utf8_validate(error, -1, NULL));
        g_assert_true((error == NULL) == (request.members != NULL));
        ag_request_clear(&request);
        free(error);
    }
}

static void test_names(void)
{
    g_assert_true(ag_name_valid("w00"));
    g_assert_true(ag_name_valid("0a-b_c.d"));
    g_assert_false(ag_name_valid(""));
    g_assert_false(ag_name_valid("-w"));
    g_assert_false(ag_name_valid(".."));
    g_assert_false(ag_name_valid("a/b"));
    g_assert_false(ag_name_valid("a b"));
    g_assert_false(ag_name_valid("a\"b"));
    g_assert_false(ag_name_valid("\xc3\xa9t\xc3\xa9"));
    g_assert_true(ag_name_valid("0123456789012345678901234567890"));
    g_assert_false(ag_name_valid("01234567890123456789012345678901"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/request/good", test_good);
    g_test_add_func("/agent/request/values", test_values);
    g_test_add_func("/agent/request/no-object", test_no_object);
    g_test_add_func("/agent/request/no-id", test_no_id);
    g_test_add_func("/agent/request/op", test_op);
    g_test_add_func("/agent/request/members", test_members);
    g_test_add_func("/agent/request/long-names", test_long_names);
    g_test_add_func("/agent/request/deep", test_deep);
    g_test_add_func("/agent/request/noise", test_noise);
    g_test_add_func("/agent/request/names", test_names);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: tests of reading untrusted JSON. */
#include "base/error.h"
#include "base/json.h"
#include <string.h>

static void test_members(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) obj = xr_json_parse_line(
        "{\"s\":\"x\",\"i\":-7,\"d\":1.5,\"w\":3.0,\"b\":true,\"n\":null,\"a\":[{\"k\":1},2],"
        "\"o\":{\"k\":2},\"huge\":1e300}",
        -1, &error);
    g_assert_no_error(error);

    g_assert_cmpstr(xr_json_string(obj, "s", "-"), ==, "x");
    g_assert_cmpint(xr_json_int(obj, "i", 0), ==, -7);
    g_assert_cmpint(xr_json_int(obj, "w", 0), ==, 3);
    g_assert_cmpfloat(xr_json_double(obj, "d", 0), ==, 1.5);
    g_assert_cmpfloat(xr_json_double(obj, "i", 0), ==, -7);
    g_assert_true(xr_json_bool(obj, "b", FALSE));
    JsonArray *array = xr_json_array(obj, "a");
    g_assert_cmpint(xr_json_int(xr_json_element_object(array, 0), "k", 0), ==, 1);
    g_assert_null(xr_json_element_object(array, 1));
    g_assert_null(xr_json_element_object(array, 2));
    g_assert_null(xr_json_element_object(NULL, 0));
    g_assert_cmpint(xr_json_int(xr_json_object(obj, "o"), "k", 0), ==, 2);
}

/* Every member asked for as every other type, missing ones and no object at all. */
static void test_fallbacks(void)
{
    static const char *const names[] = {"s", "i", "d", "b", "n", "a", "o", "huge", "missing"};
    g_autoptr(JsonObject) obj =
        xr_json_parse_line("{\"s\":\"x\",\"i\":7,\"d\":1.5,\"b\":true,\"n\":null,\"a\":[],\"o\":{},"
                           "\"huge\":1e300}",
                           -1, NULL);
    g_assert_nonnull(obj);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *name = names[i];
        const gboolean number = strchr("id", *name) || g_str_equal(name, "huge");
        if (*name != 's')
            g_assert_cmpstr(xr_json_string(obj, name, "-"), ==, "-");
        if (*name != 'i')
            g_assert_cmpint(xr_json_int(obj, name, 99), ==, 99);
        if (!number)
            g_assert_cmpfloat(xr_json_double(obj, name, 99), ==, 99);
        if (*name != 'b')
            g_assert_false(xr_json_bool(obj, name, FALSE));
        if (*name != 'a')
            g_assert_null(xr_json_array(obj, name));
        if (*name != 'o')
            g_assert_null(xr_json_object(obj, name));
    }
    g_assert_cmpstr(xr_json_string(NULL, "s", "-"), ==, "-");
    g_assert_null(xr_json_object(NULL, "o"));
}

static void assert_refused(const char *line, gssize len, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(xr_json_parse_line(line, len, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_RECORD);
    g_assert_cmpstr(error->message, ==, message);
}

static void test_refused(void)
{
    assert_refused("", -1, "line is not one JSON object: ");
    assert_refused("  ", -1, "line is not one JSON object:   ");
    assert_refused("[1]", -1, "line is not one JSON object: [1]");
    assert_refused("7", -1, "line is not one JSON object: 7");
    assert_refused("{\"a\":1", -1, "line is not one JSON object: {\"a\":1");
    assert_refused("{}{}", -1, "line is not one JSON object: {}{}");
    assert_refused("{} x", -1, "line is not one JSON object: {} x");
    assert_refused("{\"a\":\"b}", -1, "line has a string that does not end: {\"a\":\"b}");
    assert_refused("{\"a\":\"b\\", -1, "line has a string that does not end: {\"a\":\"b\\");
    assert_refused("{\"a\":/* \" */1}", -1, "line is not JSON: {\"a\":/* \" */1}");
    assert_refused("{'a':1}", -1, "line is not JSON: {'a':1}");
    assert_refused("{\"a\" 1}", -1, "line is not JSON: {\"a\" 1}");
    assert_refused("{]", -1, "line is not JSON: {]");
    assert_refused("{\"a\":\"\xff\"}", -1, "line is not UTF-8: {\"a\":\"\\xff\"}");
    assert_refused("{\"a\":\0}", 7, "line is not UTF-8: {\"a\":\\x00}");
    assert_refused("\033{}", -1, "line is not one JSON object: \\x1b{}");
}

static char *nested(guint depth)
{
    GString *text = g_string_new("{\"a\":");
    for (guint i = 1; i < depth; i++)
        g_string_append_c(text, '[');
    for (guint i = 1; i < depth; i++)
        g_string_append_c(text, ']');
    return g_string_free(g_string_append_c(text, '}'), FALSE);
}

static void test_nesting(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *deepest = nested(32), *deeper = nested(33), *bomb = nested(500000);
    g_autoptr(JsonObject) obj = xr_json_parse_line(deepest, -1, &error);
    g_assert_no_error(error);
    g_assert_nonnull(obj);
    g_assert_null(xr_json_parse_line(deeper, -1, &error));
    g_assert_true(g_str_has_prefix(error->message, "line is nested more than 32 deep: {\"a\":[[["));
    g_clear_error(&error);
    g_assert_null(xr_json_parse_line(bomb, -1, &error));
    g_assert_cmpuint(strlen(error->message), <, 200);

    /* Braces inside strings nest nothing. */
    g_autoptr(JsonObject) flat =
        xr_json_parse_line("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"{{{\"}", -1, NULL);
    g_assert_nonnull(flat);
}

static void test_line(void)
{
    g_autoptr(JsonObject) obj = json_object_new();
    json_object_set_string_member(obj, "text", "two\nlines\t\"é\"\033");
    json_object_set_int_member(obj, "n", 5);
    g_autofree char *line = xr_json_line(obj);
    g_assert_null(strpbrk(line, "\n\t\033"));
    g_autoptr(JsonObject) back = xr_json_parse_line(line, -1, NULL);
    g_assert_cmpstr(xr_json_string(back, "text", ""), ==, "two\nlines\t\"é\"\033");
    g_assert_cmpint(xr_json_int(back, "n", 0), ==, 5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/members", test_members);
    g_test_add_func("/json/fallbacks", test_fallbacks);
    g_test_add_func("/json/refused", test_refused);
    g_test_add_func("/json/nesting", test_nesting);
    g_test_add_func("/json/line", test_line);
    return g_test_run();
}

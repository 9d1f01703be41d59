/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: tests of making text of guests safe to show. */
#include "base/text.h"
#include <string.h>

typedef struct {
    const char *name, *text, *shown;
} Case;

static void test_case(gconstpointer data)
{
    const Case *c = data;
    g_autofree char *shown = xr_text_escape(c->text, -1, 1000);
    g_assert_cmpstr(shown, ==, c->shown);
}

static const Case cases[] = {
    {"plain", "(XEN) Panic on CPU 0:", "(XEN) Panic on CPU 0:"},
    {"empty", "", ""},
    {"utf8", "Grüße, 漢字 🐼", "Grüße, 漢字 🐼"},
    {"colour", "\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m"},
    {"line-ends", "a\tb\r\nc", "a\\x09b\\x0d\\x0ac"},
    {"bell-and-delete", "\a\b\x7f", "\\x07\\x08\\x7f"},
    {"c1",
     "\xc2\x9b"
     "31m",
     "\\u{009b}31m"},
    {"bidi",
     "a\xe2\x80\xae"
     "b\xe2\x81\xa6"
     "c",
     "a\\u{202e}b\\u{2066}c"},
    {"zero-width",
     "a\xe2\x80\x8b"
     "b\xef\xbb\xbf",
     "a\\u{200b}b\\u{feff}"},
    {"separators",
     "a\xe2\x80\xa8"
     "b\xe2\x80\xa9",
     "a\\u{2028}b\\u{2029}"},
    {"tag", "\xf3\xa0\x81\x81", "\\u{e0041}"},
    {"not-utf8",
     "a\xff\xfe"
     "b",
     "a\\xff\\xfeb"},
    {"cut-short", "a\xe6\xbc", "a\\xe6\\xbc"},
    {"overlong", "\xc0\xaf", "\\xc0\\xaf"},
    {"surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
};

static void test_length(void)
{
    g_autofree char *nul = xr_text_escape("a\0b", 3, 100);
    g_autofree char *part = xr_text_escape("abc", 2, 100);
    g_autofree char *none = xr_text_escape("abc", 0, 100);
    /* The length ends inside a character: what lies behind it is not looked at. */
    g_autofree char *split = xr_text_escape("a\xc3\xa9", 2, 100);
    g_assert_cmpstr(nul, ==, "a\\x00b");
    g_assert_cmpstr(part, ==, "ab");
    g_assert_cmpstr(none, ==, "");
    g_assert_cmpstr(split, ==, "a\\xc3");
}

static void test_bound(void)
{
    static const struct {
        const char *text;
        gsize max;
        const char *shown;
    } bounds[] = {
        {"abcdef", 6, "abcdef"}, {"abcdefg", 6, "abc…"}, {"abcd", 3, "…"},
        {"abcd", 2, ""},         {"abcd", 0, ""},        {"", 0, ""},
        {"ab\033xyz", 8, "ab…"}, /* an escape is never cut */
        {"aé漢字", 8, "aé…"},    /* nor a character */
        {"aé漢字", 9, "aé漢字"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bounds); i++) {
        g_autofree char *shown = xr_text_escape(bounds[i].text, -1, bounds[i].max);
        g_assert_cmpstr(shown, ==, bounds[i].shown);
    }
}

/* Any bytes at all: valid UTF-8 without controls comes out, within the bound. */
static void test_random(void)
{
    for (int round = 0; round < 2000; round++) {
        char bytes[64];
        for (gsize i = 0; i < sizeof(bytes); i++)
            bytes[i] = (char)g_test_rand_int_range(0, 256);
        const gsize max = (gsize)g_test_rand_int_range(0, 300);
        g_autofree char *shown = xr_text_escape(bytes, sizeof(bytes), max);
        g_assert_cmpuint(strlen(shown), <=, max);
        g_assert_true(g_utf8_validate(shown, -1, NULL));
        for (const char *c = shown; *c; c = g_utf8_next_char(c))
            g_assert_true(g_unichar_isprint(g_utf8_get_char(c)));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/text/escape/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/text/length", test_length);
    g_test_add_func("/text/bound", test_bound);
    g_test_add_func("/text/random", test_random);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests: texts made fit for JSON, whatever a domU or a program printed. */
#include "text.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define BAD "\xef\xbf\xbd"

static void check(const char *bytes, size_t len, size_t max, const char *expected)
{
    char *clean = ag_text_clean(bytes, len, max);

    g_assert_cmpstr(clean, ==, expected);
    free(clean);
}

static void check_text(const char *text, const char *expected)
{
    check(text, strlen(text), 1000, expected);
}

static void test_clean(void)
{
    check_text("", "");
    check_text("plain\ttext\nnext", "plain\ttext\nnext");
    check_text("line\r", "line");
    check_text("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
               "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
    check("a\0b", 3, 1000, "ab");
}

static void test_clean_control(void)
{
    check_text("\x1b[31mred", BAD "[31mred");
    check_text("a\x07\x7f", "a" BAD BAD);
    check_text("c1 \xc2\x9b!", "c1 " BAD "!");
}

static void test_clean_broken(void)
{
    check_text("\xff\xfe", BAD BAD);
    check_text("cut \xe2\x82", "cut " BAD BAD);
    check_text("\xc0\xaf", BAD BAD);                 /* overlong */
    check_text("\xed\xa0\x80", BAD BAD BAD);         /* a surrogate */
    check_text("\xf4\x90\x80\x80", BAD BAD BAD BAD); /* beyond U+10FFFF */
    check_text("\xe2\x28\xa1", BAD "(" BAD);
}

static void test_clean_bounded(void)
{
    check("abcdef", 6, 3, "abc");
    check("ab\xc3\xbc", 4, 3, "ab");
    check("ab\xff", 3, 4, "ab");
    check("abc", 3, 0, "");
}

static void test_clean_noise(void)
{
    for (int i = 0; i < 20000; i++) {
        char bytes[64];
        gsize len = (gsize)g_test_rand_int_range(0, 64), max = (gsize)g_test_rand_int_range(0, 100);

        for (gsize k = 0; k < len; k++)
            bytes[k] = (char)g_test_rand_int_range(0, 256);
        char *clean = ag_text_clean(bytes, len, max);
        g_assert_true(g_utf8_validate(clean, -1, NULL));
        g_assert_cmpuint(strlen(clean), <=, max);
        free(clean);
    }
}

static void check_last(const char *text, size_t max, const char *expected)
{
    char *line = ag_text_last_lines(text, strlen(text), max);

    g_assert_cmpstr(line, ==, expected);
    free(line);
}

static void test_last_lines(void)
{
    check_last("", 100, "");
    check_last("\n\n", 100, "");
    check_last("one\ntwo\n", 100, "one; two");
    check_last("one\ntwo\n", 4, "two");
    check_last("one\ntwo\n", 5, "; two");
    check_last("abc\xc3\xbc", 1, "");
    check_last("a\tb", 100, "a b");
}

static void test_base64(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {{"", 0}, {"f", 1}, {"fo", 2}, {"foo", 3}, {"\0\377\376\0", 4}, {"foobar", 6}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *text = ag_text_base64(cases[i].bytes, cases[i].len);
        gsize len = 0;
        g_autofree guchar *back = g_base64_decode(text, &len);

        g_assert_cmpmem(back, len, cases[i].bytes, cases[i].len);
        g_assert_cmpuint(strlen(text), ==, (cases[i].len + 2) / 3 * 4);
        free(text);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/text/clean", test_clean);
    g_test_add_func("/agent/text/clean-control", test_clean_control);
    g_test_add_func("/agent/text/clean-broken", test_clean_broken);
    g_test_add_func("/agent/text/clean-bounded", test_clean_bounded);
    g_test_add_func("/agent/text/clean-noise", test_clean_noise);
    g_test_add_func("/agent/text/last-lines", test_last_lines);
    g_test_add_func("/agent/text/base64", test_base64);
    return g_test_run();
}

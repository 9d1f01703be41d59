/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines: what comes out of a byte stream, however it is cut. */
#include "watch/lines.h"

#include <string.h>

typedef struct {
    GString *text; /* each line in brackets, dropped bytes behind it */
} Seen;

static void on_line(const char *line, gsize dropped, gpointer user_data)
{
    Seen *seen = user_data;

    g_assert_true(g_utf8_validate(line, -1, NULL));
    g_string_append_printf(seen->text, "[%s]", line);
    if (dropped > 0)
        g_string_append_printf(seen->text, "-%" G_GSIZE_FORMAT, dropped);
}

/* The lines of bytes pushed in pieces of step bytes. */
static char *lines_of(gsize max_line, const char *bytes, gsize len, gsize step)
{
    Seen seen = {g_string_new(NULL)};
    g_autoptr(XrLines) lines = xr_lines_new(max_line, on_line, &seen);

    for (gsize at = 0; at < len; at += step)
        xr_lines_push(lines, bytes + at, MIN(step, len - at));
    xr_lines_flush(lines);
    xr_lines_flush(lines);
    return g_string_free(seen.text, FALSE);
}

static void check_all_cuts(gsize max_line, const char *bytes, gsize len, const char *expected)
{
    for (gsize step = 1; step <= len; step++) {
        g_autofree char *text = lines_of(max_line, bytes, len, step);

        g_assert_cmpstr(text, ==, expected);
    }
}

#define CHECK(max_line, bytes, expected)                                                           \
    check_all_cuts(max_line, bytes, sizeof(bytes) - 1, expected)

static void test_plain(void)
{
    CHECK(80, "one\ntwo\n\nfour", "[one][two][][four]");
    CHECK(80, "(XEN) a\r\n\r\r\nb\rc\r\n", "[(XEN) a][][bc]");
    CHECK(80, "\n", "[]");
}

static void test_bounded(void)
{
    CHECK(4, "abcd\nabcdef\nx\n", "[abcd][abcd]-2[x]");
    CHECK(4, "abcdefgh", "[abcd]-4");
    CHECK(1, "ab\n\nc", "[a]-1[][c]");
}

static void test_utf8(void)
{
    CHECK(80, "caf\xc3\xa9\n", "[café]");
    CHECK(80,
          "a\xff"
          "b\n",
          "[a\xef\xbf\xbd"
          "b]");
    CHECK(80, "a\0b\n",
          "[a\xef\xbf\xbd"
          "b]");
    /* A character that the bound would tear goes as a whole. */
    CHECK(4, "abc\xc3\xa9\n", "[abc]-2");
    CHECK(4, "ab\xe2\x82\xac\n", "[ab]-3");
    /* Replacements are longer than what they stand for, the bound holds all the same. */
    CHECK(4, "\xff\xff\xff\n", "[\xef\xbf\xbd]-6");
}

static void test_long_stream_is_bounded(void)
{
    Seen seen = {g_string_new(NULL)};
    g_autoptr(XrLines) lines = xr_lines_new(16, on_line, &seen);
    g_autofree char *block = g_malloc(65536);
    g_autofree char *text = NULL;

    memset(block, 'x', 65536);
    for (guint i = 0; i < 64; i++)
        xr_lines_push(lines, block, 65536);
    xr_lines_push(lines, "\nnext\n", 6);
    text = g_string_free(seen.text, FALSE);
    g_assert_cmpstr(text, ==, "[xxxxxxxxxxxxxxxx]-4194288[next]");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lines/plain", test_plain);
    g_test_add_func("/lines/bounded", test_bounded);
    g_test_add_func("/lines/utf8", test_utf8);
    g_test_add_func("/lines/long-stream-is-bounded", test_long_stream_is_bounded);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests: lines out of a stream, and how many of them are let through. */
#include "limiter.h"
#include "lines.h"

#include <glib.h>
#include <string.h>

static void collect(const char *line, size_t len, bool too_long, void *data)
{
    GString *seen = data;

    g_assert_cmpint(line[len], ==, '\0');
    g_string_append_printf(seen, "%s%.*s|", too_long ? "!" : "", (int)len, line);
}

/* Feeds text in pieces of every size; what comes out must not depend on it. */
static void check(const char *text, size_t len, size_t max, const char *expected)
{
    for (size_t piece = 1; piece <= len; piece++) {
        g_autoptr(GString) seen = g_string_new(NULL);
        AgLines lines;

        ag_lines_init(&lines, max);
        for (size_t at = 0; at < len; at += piece)
            ag_lines_feed(&lines, text + at, MIN(piece, len - at), collect, seen);
        g_assert_cmpstr(seen->str, ==, expected);
        ag_lines_clear(&lines);
    }
}

static void check_text(const char *text, size_t max, const char *expected)
{
    check(text, strlen(text), max, expected);
}

static void test_plain(void)
{
    check_text("one\ntwo\n", 80, "one|two|");
    check_text("\n\n", 80, "||");
    check_text("no end", 80, "");
    check_text("one\nhalf", 80, "one|");
}

static void test_too_long(void)
{
    check_text("12345\n", 5, "12345|");
    check_text("123456\n", 5, "!12345|");
    check_text("123456789 and much more\nnext\n", 5, "!12345|next|");
    /* Told at once, not only when the newline comes: memory is bounded by the limit. */
    check_text("123456789", 5, "!12345|");
}

static void take_length(const char *line, size_t len, bool too_long, void *data)
{
    GArray *lengths = data;

    g_array_append_val(lengths, len);
}

/* A NUL does not end a line: a request cannot hide its second half behind one. */
static void test_nul(void)
{
    g_autoptr(GArray) lengths = g_array_new(FALSE, FALSE, sizeof(size_t));
    AgLines lines;

    ag_lines_init(&lines, 80);
    ag_lines_feed(&lines, "a\0b\nc\n", 6, take_length, lengths);
    ag_lines_clear(&lines);
    g_assert_cmpuint(lengths->len, ==, 2);
    g_assert_cmpuint(g_array_index(lengths, size_t, 0), ==, 3);
    g_assert_cmpuint(g_array_index(lengths, size_t, 1), ==, 1);
}

static void test_bounded(void)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    g_autofree char *flood = g_malloc(1000);
    AgLines lines;

    memset(flood, 'x', 1000);
    ag_lines_init(&lines, 64);
    for (int i = 0; i < 1000; i++)
        ag_lines_feed(&lines, flood, 1000, collect, seen);
    g_assert_cmpuint(lines.size, <=, 65);
    ag_lines_clear(&lines);
}

/* --- limiter --- */

static const int64_t SECOND = 1000000000;

static void test_limiter_passes(void)
{
    AgLimiter limiter = {0};

    for (int i = 0; i < 10; i++)
        g_assert_true(ag_limiter_pass(&limiter, 5 * SECOND + i, 10));
    g_assert_false(ag_limiter_pass(&limiter, 5 * SECOND + 11, 10));
    g_assert_true(ag_limiter_pass(&limiter, 6 * SECOND, 10));
}

static void test_limiter_counts(void)
{
    AgLimiter limiter = {0};

    for (int i = 0; i < 25; i++)
        ag_limiter_pass(&limiter, 5 * SECOND, 10);
    /* Told once, when the second is over. */
    g_assert_cmpuint(ag_limiter_take_dropped(&limiter, 5 * SECOND + 1), ==, 0);
    g_assert_cmpuint(ag_limiter_take_dropped(&limiter, 6 * SECOND), ==, 15);
    g_assert_cmpuint(ag_limiter_take_dropped(&limiter, 6 * SECOND), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/lines/plain", test_plain);
    g_test_add_func("/agent/lines/too-long", test_too_long);
    g_test_add_func("/agent/lines/nul", test_nul);
    g_test_add_func("/agent/lines/bounded", test_bounded);
    g_test_add_func("/agent/limiter/passes", test_limiter_passes);
    g_test_add_func("/agent/limiter/counts", test_limiter_counts);
    return g_test_run();
}

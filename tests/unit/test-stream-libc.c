/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stream guest's own printing and numbers, against the host's. */
#include "format.h"
#include "number.h"

#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 80 };

/* Both print the same into every size from 0 to one too many, return the same, and touch no byte
 * behind. */
#define check_format(...)                                                                          \
    do {                                                                                           \
        for (size_t size = 0; size < SIZE; size++) {                                               \
            char ours[SIZE + 1], theirs[SIZE + 1];                                                 \
            memset(ours, 0x5a, sizeof ours);                                                       \
            memset(theirs, 0x5a, sizeof theirs);                                                   \
            int our_length = sg_snprintf(ours, size, __VA_ARGS__);                                 \
            int their_length = snprintf(theirs, size, __VA_ARGS__);                                \
            g_assert_cmpint(our_length, ==, their_length);                                         \
            g_assert_cmpmem(ours, sizeof ours, theirs, sizeof theirs);                             \
        }                                                                                          \
    } while (0)

/* Truncation is what is tested. */
#pragma GCC diagnostic ignored "-Wformat-truncation"

static void test_integers(void)
{
    static const int ints[] = {0, 1, -1, 9, 10, -10, 12345, INT_MAX, INT_MIN};
    for (guint i = 0; i < G_N_ELEMENTS(ints); i++) {
        int n = ints[i];
        unsigned u = (unsigned)n;
        check_format("%d", n);
        check_format("%i|%u|%x", n, u, u);
        check_format("[%5d] [%-5d] [%05d]", n, n, n);
        check_format("[%12u] [%-12u] [%012u]", u, u, u);
        check_format("[%08x] [%-9x] [%3x]", u, u, u);
        check_format("%02x %1d %02d", u & 0xff, n, n);
    }
}

static void test_longs(void)
{
    static const long longs[] = {0, 1, -1, 999999999999, LONG_MAX, LONG_MIN};
    for (guint i = 0; i < G_N_ELEMENTS(longs); i++) {
        long n = longs[i];
        unsigned long u = (unsigned long)n;
        check_format("%ld %lu", n, u);
        check_format("%lx", u);
        check_format("%lld %llu", (long long)n, (unsigned long long)u);
        check_format("%llx", (unsigned long long)u);
        check_format("%zu %016lx", (size_t)u, u);
        check_format("[%24ld][%-24ld]", n, n);
        check_format("[%024ld]", n);
    }
}

static void test_text(void)
{
    static const char *const texts[] = {"", "a", "xenrig", "a somewhat longer text"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *text = texts[i];
        check_format("%s", text);
        check_format("[%8s] [%-8s]", text, text);
        check_format("[%.3s] [%6.2s] [%-6.2s] [%.0s]", text, text, text, text);
        check_format("[%.*s]", 4, text);
        check_format("[%.*s]", -1, text);
        check_format("%c%c %5c|%-5c|", 'x', text[0], 'y', 'z');
    }
    check_format("plain");
    check_format("100%% of %s %d%%", "all", 7);
}

static void test_precision_ends_at_it(void)
{
    /* No 0 behind: nothing beyond the precision may be looked at. */
    g_autofree char *open_ended = g_malloc(4);
    char text[8];
    for (guint i = 0; i < 4; i++)
        open_ended[i] = (char)('a' + i);
    g_assert_cmpint(sg_snprintf(text, sizeof text, "%.4s", open_ended), ==, 4);
    g_assert_cmpstr(text, ==, "abcd");
}

static void test_exact_size(void)
{
    char text[7];
    memset(text, 0x5a, sizeof text);
    g_assert_cmpint(sg_snprintf(text, 5, "%s", "1234"), ==, 4);
    g_assert_cmpstr(text, ==, "1234");
    g_assert_cmpint(text[5], ==, 0x5a);
    g_assert_cmpint(sg_snprintf(text, 4, "%s", "1234"), ==, 4);
    g_assert_cmpstr(text, ==, "123");
    g_assert_cmpint(sg_snprintf(text, 1, "%s", "1234"), ==, 4);
    g_assert_cmpstr(text, ==, "");
    g_assert_cmpint(sg_snprintf(NULL, 0, "%s", "1234"), ==, 4);
}

/* What it does not know is printed as it stands. */
static void test_unknown(void)
{
    char text[32];
    const char *const formats[] = {"%q", "%5p", "a%", "%"};
    const char *const expected[] = {"%q", "%5p", "a%", "%"};
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
        g_assert_cmpint(sg_snprintf(text, sizeof text, formats[i]), ==, (int)strlen(expected[i]));
#pragma GCC diagnostic pop
        g_assert_cmpstr(text, ==, expected[i]);
    }
}

static void test_numbers(void)
{
    static const char *const texts[] = {"0",
                                        "7",
                                        "0012",
                                        "4294967296",
                                        "12 34",
                                        "12x",
                                        "18446744073709551614",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "18446744073709551620",
                                        "99999999999999999999",
                                        "18446744073709551616000000000000000000rest",
                                        "",
                                        "x12"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        char *our_end, *their_end;
        errno = 0;
        unsigned long long ours = sg_strtoull(texts[i], &our_end, 10);
        int our_errno = errno;
        errno = 0;
        unsigned long long theirs = strtoull(texts[i], &their_end, 10);
        g_assert_cmpuint(ours, ==, theirs);
        g_assert_cmpint(our_errno, ==, errno);
        g_assert_true(our_end == their_end);
        g_assert_cmpuint(sg_strtoul(texts[i], NULL, 10), ==, theirs);
    }
}

/* No signs and no white space, which the host's takes. */
static void test_no_number(void)
{
    static const char *const texts[] = {"-1", "+1", " 1", "\n1"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        char *end;
        errno = 0;
        g_assert_cmpuint(sg_strtoul(texts[i], &end, 10), ==, 0);
        g_assert_true(end == texts[i]);
        g_assert_cmpint(errno, ==, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/libc/integers", test_integers);
    g_test_add_func("/stream/libc/longs", test_longs);
    g_test_add_func("/stream/libc/text", test_text);
    g_test_add_func("/stream/libc/precision-ends-at-it", test_precision_ends_at_it);
    g_test_add_func("/stream/libc/exact-size", test_exact_size);
    g_test_add_func("/stream/libc/unknown", test_unknown);
    g_test_add_func("/stream/libc/numbers", test_numbers);
    g_test_add_func("/stream/libc/no-number", test_no_number);
    return g_test_run();
}

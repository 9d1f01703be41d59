/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests: the figures a domU writes of a VBD, good and hostile. */
#include "figures.h"

#include <glib.h>
#include <string.h>

#define NUMBERS                                                                                    \
    "t=90 writes=1 write_bytes=2 reads=3 read_bytes=4 flushes=5 discards=6 errors=7 gap=8"

static const char *parse(const char *text, AgFigures *figures)
{
    return ag_figures_parse(text, strlen(text), figures);
}

static void check_error(const char *text, const char *expected)
{
    AgFigures figures;

    g_test_message("%s", text);
    g_assert_cmpstr(parse(text, &figures), ==, expected);
}

static void test_all(void)
{
    AgFigures f;

    g_assert_null(parse("v=1 t=9223372036854775807 writes=1 write_bytes=2 reads=3 read_bytes=4 "
                        "flushes=5 discards=6 errors=7 gap=8 latency=0:9,17:5,63:1",
                        &f));
    g_assert_cmpuint(f.guest_ns, ==, G_MAXINT64);
    g_assert_cmpuint(f.writes, ==, 1);
    g_assert_cmpuint(f.write_bytes, ==, 2);
    g_assert_cmpuint(f.reads, ==, 3);
    g_assert_cmpuint(f.read_bytes, ==, 4);
    g_assert_cmpuint(f.flushes, ==, 5);
    g_assert_cmpuint(f.discards, ==, 6);
    g_assert_cmpuint(f.errors, ==, 7);
    g_assert_cmpuint(f.gap_ns, ==, 8);
    g_assert_cmpuint(f.buckets, ==, 3);
    g_assert_cmpuint(f.latency[0].bucket, ==, 0);
    g_assert_cmpuint(f.latency[0].requests, ==, 9);
    g_assert_cmpuint(f.latency[2].bucket, ==, 63);
    g_assert_cmpuint(f.latency[2].requests, ==, 1);
}

/* Before the first reply there is no latency; words of a later day, order and newlines are no matter. */
static void test_lenient(void)
{
    static const char *const good[] = {
        "v=1 " NUMBERS,
        "v=1 " NUMBERS " latency=",
        NUMBERS " v=1 tide=low\n",
        "v=1\n" NUMBERS " latency=5:0 more",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        AgFigures f;
        g_assert_null(parse(good[i], &f));
        g_assert_cmpuint(f.gap_ns, ==, 8);
    }
}

/* The longest there can be: each bucket with the largest number. */
static void test_full_histogram(void)
{
    g_autoptr(GString) text = g_string_new("v=1 " NUMBERS " latency=");
    AgFigures f;

    for (guint i = 0; i < AG_BUCKETS_MAX; i++)
        g_string_append_printf(text, "%s%u:%" G_GINT64_FORMAT, i ? "," : "", i, G_MAXINT64);
    g_assert_null(parse(text->str, &f));
    g_assert_cmpuint(f.buckets, ==, AG_BUCKETS_MAX);
    g_assert_cmpuint(f.latency[63].requests, ==, G_MAXINT64);
}

static void test_wrong_words(void)
{
    check_error("", "it has no version");
    check_error(NUMBERS, "it has no version");
    check_error("v=2 " NUMBERS, "its version is not 1");
    check_error("v=1", "it has no t");
    check_error("v=1 t=1 writes=1 write_bytes=2", "it has no reads");
    check_error("v=1 " NUMBERS " writes=1", "it has writes twice");
    check_error("v=1 " NUMBERS " t=1", "it has t twice");
    check_error("v=1 t=-1", "a number in it is none");
    check_error("v=1 t=", "a number in it is none");
    check_error("v=1 t=1x", "a number in it is none");
    check_error("v=1 t=0x1", "a number in it is none");
    check_error("v=1 t= 1", "a number in it is none");
    check_error("v=1 t=9223372036854775808", "a number in it is none");
    check_error("v=1 t=99999999999999999999999", "a number in it is none");
}

static void test_wrong_latency(void)
{
    static const char *const no_lists[] = {
        "17",   "17:",   ":5",    "17:5,",  ",17:5",
        "17-5", "17:5;", "a:5",   "17:-5",  "17:5:6",
        "17,5", "17:5x", "17::5", "17:5,,", "17:9223372036854775808"};

    for (gsize i = 0; i < G_N_ELEMENTS(no_lists); i++) {
        g_autofree char *text = g_strconcat("v=1 " NUMBERS " latency=", no_lists[i], NULL);
        check_error(text, "its latency is no list of bucket:requests");
    }
    check_error("v=1 latency=64:1", "a bucket of its latency is above 63");
    check_error("v=1 latency=18:1,17:1", "the buckets of its latency do not rise");
    check_error("v=1 latency=18:1,18:1", "the buckets of its latency do not rise");
    check_error("v=1 latency=1:1 latency=2:1", "it has latency twice");
}

static void test_bytes(void)
{
    g_autofree char *long_text = g_strnfill(4096, ' ');
    AgFigures f;

    g_assert_cmpstr(ag_figures_parse("v=1\0" NUMBERS, 40, &f), ==, "it holds a NUL");
    g_assert_cmpstr(parse(long_text, &f), ==, "it is too long");
    g_assert_cmpstr(parse("\xff\xfe", &f), ==, "it has no version");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/figures/all", test_all);
    g_test_add_func("/agent/figures/lenient", test_lenient);
    g_test_add_func("/agent/figures/full-histogram", test_full_histogram);
    g_test_add_func("/agent/figures/wrong-words", test_wrong_words);
    g_test_add_func("/agent/figures/wrong-latency", test_wrong_latency);
    g_test_add_func("/agent/figures/bytes", test_bytes);
    return g_test_run();
}

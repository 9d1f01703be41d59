/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the stream guest counts of a VBD, and how it is told. */
#include "figures.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static void assert_bucket(guint64 ns, guint bucket)
{
    struct sg_figures figures = {0};
    sg_figures_latency(&figures, ns);
    for (guint i = 0; i < SG_BUCKETS; i++)
        g_assert_cmpuint(figures.latency[i], ==, i == bucket);
}

static void test_buckets(void)
{
    assert_bucket(0, 0);
    assert_bucket(1, 0);
    for (guint k = 1; k < 64; k++) {
        guint64 power = 1ull << k;
        assert_bucket(power - 1, MIN(k - 1, SG_BUCKETS - 1));
        assert_bucket(power, MIN(k, SG_BUCKETS - 1));
        assert_bucket(power + 1, MIN(k, SG_BUCKETS - 1));
    }
    assert_bucket(G_MAXUINT64, SG_BUCKETS - 1);
}

static void test_text(void)
{
    struct sg_figures figures = {.writes = 1,
                                 .write_bytes = 4096,
                                 .reads = 2,
                                 .read_bytes = 8192,
                                 .flushes = 3,
                                 .discards = 4,
                                 .errors = 5,
                                 .gap_ns = 6};
    char text[SG_FIGURES_SIZE];
    sg_figures_text(&figures, 77, text, sizeof text);
    g_assert_cmpstr(text, ==,
                    "v=1 t=77 writes=1 write_bytes=4096 reads=2 read_bytes=8192 flushes=3 "
                    "discards=4 errors=5 gap=6 latency=");
    figures.latency[17] = 5;
    figures.latency[39] = 20;
    sg_figures_text(&figures, 78, text, sizeof text);
    g_assert_true(g_str_has_suffix(text, " gap=6 latency=17:5,39:20"));
}

/* All numbers as large as they get: nothing is cut, and every word can be read back. */
static void test_largest(void)
{
    static const char *const keys[] = {"t",       "writes",   "write_bytes", "reads", "read_bytes",
                                       "flushes", "discards", "errors",      "gap"};
    struct sg_figures figures;
    char text[SG_FIGURES_SIZE];
    memset(&figures, 0xff, sizeof figures);
    sg_figures_text(&figures, G_MAXUINT64, text, sizeof text);
    g_assert_cmpuint(strlen(text), <, SG_FIGURES_SIZE - 1);
    g_auto(GStrv) words = g_strsplit(text, " ", 0);
    g_assert_cmpuint(g_strv_length(words), ==, G_N_ELEMENTS(keys) + 2);
    g_assert_cmpstr(words[0], ==, "v=1");
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *word = g_strdup_printf("%s=18446744073709551615", keys[i]);
        g_assert_cmpstr(words[i + 1], ==, word);
    }
    const char *latency = words[G_N_ELEMENTS(keys) + 1];
    g_assert_true(g_str_has_prefix(latency, "latency="));
    g_auto(GStrv) pairs = g_strsplit(latency + strlen("latency="), ",", 0);
    g_assert_cmpuint(g_strv_length(pairs), ==, SG_BUCKETS);
    for (guint i = 0; i < SG_BUCKETS; i++) {
        g_autofree char *pair = g_strdup_printf("%u:18446744073709551615", i);
        g_assert_cmpstr(pairs[i], ==, pair);
    }
}

/* Whatever the size, nothing behind it is touched. */
static void test_cut(void)
{
    struct sg_figures figures;
    char text[SG_FIGURES_SIZE + 1];
    memset(&figures, 0xff, sizeof figures);
    for (size_t size = 1; size < SG_FIGURES_SIZE; size++) {
        memset(text, 0x5a, sizeof text);
        sg_figures_text(&figures, G_MAXUINT64, text, size);
        g_assert_nonnull(memchr(text, '\0', size));
        g_assert_cmpint(text[size], ==, 0x5a);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/figures/buckets", test_buckets);
    g_test_add_func("/stream/figures/text", test_text);
    g_test_add_func("/stream/figures/largest", test_largest);
    g_test_add_func("/stream/figures/cut", test_cut);
    return g_test_run();
}

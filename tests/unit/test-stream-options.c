/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the rig asks of the stream guest, word by word. */
#include "options.h"

#include <glib.h>
#include <string.h>

/* Each word, a good value, and values it must not have with what is said then. */
typedef struct {
    const char *key, *good, *range;
    const char *bad[4];
} Word;

static const Word words[] = {
    {"xenrig.vbds", "24", "1 to 64", {"0", "65", "-1", "two"}},
    {"xenrig.block", "2097152", "4096 to 67108864", {"0", "4095", "67112960", "2M"}},
    {"xenrig.in_flight", "2", "1 to 64", {"0", "65", "", "1.5"}},
    {"xenrig.fsync", "1", "0 to 1", {"2", "yes", "", "-0"}},
    {"xenrig.verify", "1", "0 to 1", {"2", "no", "", "+1"}},
    {"xenrig.persistent", "1", "0 to 1", {"2", "y", "", "0x1"}},
    {"xenrig.segments", "32", "0 to 256", {"257", "-1", "", "x"}},
    {"xenrig.ring_pages", "16", "1 to 16", {"0", "17", "", "x"}},
    {"xenrig.queues", "4", "1 to 16", {"0", "17", "", "x"}},
    {"xenrig.reads", "1000", "0 to 1000", {"1001", "-1", "", "50%"}},
    {"xenrig.random", "1", "0 to 1", {"2", "x", "", "-1"}},
    {"xenrig.paranoid", "1", "0 to 1", {"2", "x", "", "-1"}},
    {"xenrig.flush_every", "1000000", "0 to 1000000", {"1000001", "x", "", "-1"}},
    {"xenrig.discard_every", "7", "0 to 1000000", {"1000001", "x", "", "-1"}},
    {"xenrig.figures", "86400000", "0 to 86400000", {"86400001", "x", "", "1s"}},
    {"xenrig.seed", "4294967295", "0 to 4294967295", {"4294967296", "x", "", "-1"}},
};

/* A good line, but for one word: there with that value, or not at all where it is NULL. */
static char *line_with(const char *key, const char *value)
{
    GString *line = g_string_new("quiet xenrig.name=w03");
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        const char *is = strcmp(words[i].key, key) == 0 ? value : words[i].good;
        if (is != NULL)
            g_string_append_printf(line, " %s=%s", words[i].key, is);
    }
    return g_string_free(line, FALSE);
}

static void test_good(void)
{
    g_autofree char *line = line_with("", "");
    struct sg_options options;
    char error[XG_SENTENCE_SIZE] = "";
    memset(&options, 0x5a, sizeof options);
    g_assert_true(sg_options_parse(line, &options, error));
    g_assert_cmpstr(error, ==, "");
    g_assert_cmpstr(options.args.name, ==, "w03");
    g_assert_cmpuint(options.args.vbds, ==, 24);
    g_assert_cmpuint(options.args.block, ==, 2 << 20);
    g_assert_cmpuint(options.args.in_flight, ==, 2);
    g_assert_true(options.args.fsync && options.args.verify && options.args.persistent);
    g_assert_cmpuint(options.args.segments, ==, 32);
    g_assert_cmpuint(options.ring_pages, ==, 16);
    g_assert_cmpuint(options.queues, ==, 4);
    g_assert_cmpuint(options.reads, ==, 1000);
    g_assert_true(options.random && options.paranoid);
    g_assert_cmpuint(options.flush_every, ==, 1000000);
    g_assert_cmpuint(options.discard_every, ==, 7);
    g_assert_cmpuint(options.figures_ms, ==, 86400000);
    g_assert_cmpuint(options.seed, ==, 4294967295);
}

static void assert_refused(const char *line, const char *sentence)
{
    struct sg_options options;
    char error[XG_SENTENCE_SIZE] = "";
    g_assert_false(sg_options_parse(line, &options, error));
    g_assert_cmpstr(error, ==, sentence);
}

static void test_missing(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *line = line_with(words[i].key, NULL);
        g_autofree char *sentence = g_strdup_printf(
            "the kernel command line has no usable word %s=; the rig gives all xenrig words",
            words[i].key);
        assert_refused(line, sentence);
    }
    assert_refused("", "xenrig.name=: a domain's name here has 1 to 23 printable bytes and no "
                       "spaces");
}

static void test_bad(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        for (guint k = 0; k < G_N_ELEMENTS(words[i].bad); k++) {
            g_autofree char *line = line_with(words[i].key, words[i].bad[k]);
            g_autofree char *sentence = g_strdup_printf("%s=%s: not a number from %s", words[i].key,
                                                        words[i].bad[k], words[i].range);
            assert_refused(line, sentence);
        }
    }
}

static void test_too_large_a_number(void)
{
    g_autofree char *line = line_with("xenrig.seed", "99999999999999999999999");
    assert_refused(line, "xenrig.seed=99999999999999999999999: not a number from 0 to 4294967295");
}

static void test_ring_pages(void)
{
    for (guint pages = 1; pages <= 16; pages++) {
        g_autofree char *number = g_strdup_printf("%u", pages);
        g_autofree char *line = line_with("xenrig.ring_pages", number);
        g_autofree char *sentence =
            g_strdup_printf("xenrig.ring_pages=%u: not a power of two", pages);
        struct sg_options options;
        char error[XG_SENTENCE_SIZE];
        if (pages == 1 || pages == 2 || pages == 4 || pages == 8 || pages == 16)
            g_assert_true(sg_options_parse(line, &options, error));
        else
            assert_refused(line, sentence);
    }
}

static void test_limits_of_its_own(void)
{
    g_autofree char *vbds = line_with("xenrig.vbds", "25");
    g_autofree char *block = line_with("xenrig.block", "6144");
    assert_refused(vbds, "xenrig.vbds=25: at most 24 here");
    assert_refused(block, "xenrig.block=6144: not a multiple of 4096 bytes");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/options/good", test_good);
    g_test_add_func("/stream/options/missing", test_missing);
    g_test_add_func("/stream/options/bad", test_bad);
    g_test_add_func("/stream/options/too-large-a-number", test_too_large_a_number);
    g_test_add_func("/stream/options/ring-pages", test_ring_pages);
    g_test_add_func("/stream/options/limits-of-its-own", test_limits_of_its_own);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: blocks that say whose they are, and the sentences about those that do not. */
#include "pattern.h"

#include <glib.h>
#include <string.h>

#define LENGTH 4096

static const struct xg_block PLACE = {
    .domain = "w03", .vbd = 2, .run = 7, .offset = 4194304, .pass = 2};

/* The first mismatch as a sentence, or "". */
static const char *first_sentence(const unsigned char *buffer)
{
    static char sentence[XG_SENTENCE_SIZE];
    struct xg_mismatch mismatch;
    size_t cursor = 0;
    sentence[0] = '\0';
    if (xg_pattern_next_mismatch(&PLACE, buffer, LENGTH, &cursor, &mismatch))
        xg_mismatch_sentence(&mismatch, sentence);
    return sentence;
}

static guint count_mismatches(const unsigned char *buffer)
{
    struct xg_mismatch mismatch;
    size_t cursor = 0;
    guint count = 0;
    while (xg_pattern_next_mismatch(&PLACE, buffer, LENGTH, &cursor, &mismatch))
        count++;
    return count;
}

static void test_round_trip(void)
{
    unsigned char buffer[LENGTH];
    xg_pattern_fill(&PLACE, buffer, LENGTH);
    for (guint at = 0; at < LENGTH; at += XG_SECTOR) {
        struct xg_block block;
        g_assert_true(xg_pattern_decode(buffer + at, &block));
        g_assert_cmpstr(block.domain, ==, "w03");
        g_assert_cmpuint(block.vbd, ==, 2);
        g_assert_cmpuint(block.run, ==, 7);
        g_assert_cmpuint(block.offset, ==, 4194304 + at);
        g_assert_cmpuint(block.pass, ==, 2);
    }
    g_assert_cmpstr(first_sentence(buffer), ==, "");
}

static void test_longest_name(void)
{
    struct xg_block longest = PLACE, found;
    unsigned char buffer[XG_SECTOR];
    memset(longest.domain, 'x', XG_NAME_MAX);
    longest.domain[XG_NAME_MAX] = '\0';
    xg_pattern_fill(&longest, buffer, sizeof(buffer));
    g_assert_true(xg_pattern_decode(buffer, &found));
    g_assert_cmpstr(found.domain, ==, longest.domain);
}

/* Places that differ in one thing only share neither header nor fill. */
static void test_places_differ(void)
{
    unsigned char here[XG_SECTOR], there[XG_SECTOR];
    struct xg_block others[] = {PLACE, PLACE, PLACE, PLACE, PLACE};
    others[0].vbd++;
    others[1].run++;
    others[2].offset += XG_SECTOR;
    others[3].pass++;
    strcpy(others[4].domain, "w04");
    xg_pattern_fill(&PLACE, here, sizeof(here));
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        guint same = 0;
        xg_pattern_fill(&others[i], there, sizeof(there));
        for (guint at = 64; at < XG_SECTOR; at += 8)
            same += memcmp(here + at, there + at, 8) == 0;
        g_assert_cmpuint(same, ==, 0);
        g_assert_cmpint(memcmp(here, there, 64), !=, 0);
    }
}

static void test_other_block(void)
{
    unsigned char buffer[LENGTH];
    struct xg_block other = {.domain = "w05", .vbd = 3, .run = 9, .offset = 8192, .pass = 1};
    xg_pattern_fill(&PLACE, buffer, LENGTH);
    xg_pattern_fill(&other, buffer + 1024, 1536);
    g_assert_cmpstr(first_sentence(buffer), ==,
                    "domain w03 vbd 2 offset 4195328 pass 2: expected block of w03 vbd 2 offset "
                    "4195328 pass 2, found block of w05 vbd 3 offset 8192 pass 1; 1536 bytes are "
                    "so");
    g_assert_cmpuint(count_mismatches(buffer), ==, 1);
}

static void test_pass_before(void)
{
    unsigned char buffer[LENGTH];
    struct xg_block before = PLACE;
    before.pass = 1;
    xg_pattern_fill(&before, buffer, LENGTH);
    g_assert_cmpstr(first_sentence(buffer), ==,
                    "domain w03 vbd 2 offset 4194304 pass 2: expected block of w03 vbd 2 offset "
                    "4194304 pass 2, found block of w03 vbd 2 offset 4194304 pass 1; 4096 bytes "
                    "are so");
    g_assert_cmpuint(count_mismatches(buffer), ==, 1);
}

static void test_earlier_boot(void)
{
    unsigned char buffer[LENGTH];
    struct xg_block stale = PLACE;
    stale.run = 6;
    xg_pattern_fill(&stale, buffer, LENGTH);
    g_assert_nonnull(strstr(
        first_sentence(buffer),
        "found block of w03 vbd 2 offset 4194304 pass 2 of an earlier boot; 4096 bytes are so"));
}

static void test_damaged_byte(void)
{
    unsigned char buffer[LENGTH];
    xg_pattern_fill(&PLACE, buffer, LENGTH);
    guint at = 512 + 77;
    unsigned char was = buffer[at];
    buffer[at] ^= 0xff;
    g_autofree char *expected =
        g_strdup_printf("domain w03 vbd 2 offset 4194816 pass 2: expected 0x%02x at byte 77, found "
                        "0x%02x; 1 of 512 bytes differ",
                        was, was ^ 0xff);
    g_assert_cmpstr(first_sentence(buffer), ==, expected);
}

/* Every byte of a sector counts, those of the header too. */
static void test_any_byte(void)
{
    unsigned char buffer[LENGTH];
    xg_pattern_fill(&PLACE, buffer, LENGTH);
    for (guint at = 0; at < XG_SECTOR; at++) {
        g_autofree char *where = g_strdup_printf("at byte %u, found", at);
        buffer[at] ^= 0x01;
        g_assert_nonnull(strstr(first_sentence(buffer), where));
        buffer[at] ^= 0x01;
    }
    g_assert_cmpstr(first_sentence(buffer), ==, "");
}

static void test_zeros_and_strange(void)
{
    unsigned char buffer[LENGTH];
    memset(buffer, 0, LENGTH);
    g_assert_nonnull(strstr(first_sentence(buffer), ", found zeros; 4096 bytes are so"));

    xg_pattern_fill(&PLACE, buffer, LENGTH);
    memset(buffer + 1024, 0xa5, 512);
    g_assert_nonnull(strstr(
        first_sentence(buffer),
        "found nothing a stream wrote, beginning with a5 a5 a5 a5 a5 a5 a5 a5; 512 bytes are so"));
}

/* Runs that are wrong in different ways, or apart from one another, are told one by one. */
static void test_runs(void)
{
    unsigned char buffer[LENGTH];
    struct xg_block other = PLACE;
    other.offset = 0;
    xg_pattern_fill(&PLACE, buffer, LENGTH);
    memset(buffer, 0, 1024);
    xg_pattern_fill(&other, buffer + 1024, 512); /* next to the zeros */
    other.offset = 65536;
    xg_pattern_fill(&other, buffer + 1536, 512); /* does not follow the one before */
    buffer[3000] ^= 0x80;                        /* a sound sector lies between */
    g_assert_cmpuint(count_mismatches(buffer), ==, 4);
}

/* A name that could not be a domain's is none, even under a right checksum. */
static void test_hostile_name(void)
{
    unsigned char buffer[LENGTH];
    struct xg_block hostile = {.domain = "a\x1b[2J", .vbd = 0, .pass = 1}, found;
    xg_pattern_fill(&hostile, buffer, LENGTH);
    g_assert_false(xg_pattern_decode(buffer, &found));
    g_assert_null(strchr(first_sentence(buffer), '\x1b'));
    g_assert_nonnull(strstr(first_sentence(buffer), "nothing a stream wrote"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pattern/round-trip", test_round_trip);
    g_test_add_func("/pattern/longest-name", test_longest_name);
    g_test_add_func("/pattern/places-differ", test_places_differ);
    g_test_add_func("/pattern/other-block", test_other_block);
    g_test_add_func("/pattern/pass-before", test_pass_before);
    g_test_add_func("/pattern/earlier-boot", test_earlier_boot);
    g_test_add_func("/pattern/damaged-byte", test_damaged_byte);
    g_test_add_func("/pattern/any-byte", test_any_byte);
    g_test_add_func("/pattern/zeros-and-strange", test_zeros_and_strange);
    g_test_add_func("/pattern/runs", test_runs);
    g_test_add_func("/pattern/hostile-name", test_hostile_name);
    return g_test_run();
}

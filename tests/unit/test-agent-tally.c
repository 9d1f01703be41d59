/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent: tallies of windows in lockstep, as domUs write them. */
#include "tally.h"

#include <glib.h>

static void test_good(void)
{
    AgTally tally;

    g_assert_null(ag_tally_parse(
        "v=2 ordered=20000100 begin=24109404 ticks=5006382 bytes=524288,0,655360", &tally));
    g_assert_cmpuint(tally.ordered, ==, 20000100);
    g_assert_cmpuint(tally.begin, ==, 24109404);
    g_assert_cmpuint(tally.ticks, ==, 5006382);
    g_assert_cmpuint(tally.vbds, ==, 3);
    g_assert_cmpuint(tally.bytes[0], ==, 524288);
    g_assert_cmpuint(tally.bytes[1], ==, 0);
    g_assert_cmpuint(tally.bytes[2], ==, 655360);
}

static void test_bad(void)
{
    static const struct {
        const char *text, *problem;
    } bad[] = {
        {"", "it does not begin with v=2, ordered, begin and ticks"},
        {"v=1 ordered=1 begin=1 ticks=1 bytes=1",
         "it does not begin with v=2, ordered, begin and ticks"},
        {"v=2 ordered=1 begin=-1 ticks=1 bytes=1",
         "it does not begin with v=2, ordered, begin and ticks"},
        {"v=2 ordered=1 begin=1 ticks=9223372036854775808 bytes=1",
         "it does not begin with v=2, ordered, begin and ticks"},
        {"v=2 ordered=1 begin=1 ticks=0 bytes=1", "its window has no ticks"},
        {"v=2 ordered=1 begin=1 ticks=1", "its bytes are no list of numbers"},
        {"v=2 ordered=1 begin=1 ticks=1 bytes=", "its bytes are no list of numbers"},
        {"v=2 ordered=1 begin=1 ticks=1 bytes=1,", "its bytes are no list of numbers"},
        {"v=2 ordered=1 begin=1 ticks=1 bytes=1 ", "its bytes are no list of numbers"},
        {"v=2 ordered=1 begin=1 ticks=1 bytes=1,x", "its bytes are no list of numbers"},
    };
    AgTally tally;

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpstr(ag_tally_parse(bad[i].text, &tally), ==, bad[i].problem);
}

static void test_many(void)
{
    GString *text = g_string_new("v=2 ordered=1 begin=1 ticks=1 bytes=0");
    AgTally tally;

    for (gsize i = 1; i < AG_VBDS_MAX; i++)
        g_string_append_printf(text, ",%zu", i);
    g_assert_null(ag_tally_parse(text->str, &tally));
    g_assert_cmpuint(tally.vbds, ==, AG_VBDS_MAX);
    g_string_append(text, ",1");
    g_assert_cmpstr(ag_tally_parse(text->str, &tally), ==, "its bytes are no list of numbers");
    g_string_free(text, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/tally/good", test_good);
    g_test_add_func("/agent/tally/bad", test_bad);
    g_test_add_func("/agent/tally/many", test_many);
    return g_test_run();
}

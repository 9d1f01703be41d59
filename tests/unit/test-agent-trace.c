/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests: counting grant operations in Xen's trace. */
#include "trace.h"

#include <glib.h>
#include <string.h>

#define MAP    0x0010f001u
#define UNMAP  0x0010f002u
#define LOST   0x0001f001u
#define WRAP   0x0001f002u
#define CPU    0x0001f003u
#define CYCLES 0x80000000u

static void add_word(GByteArray *bytes, guint32 word)
{
    const guint32 little = GUINT32_TO_LE(word);

    g_byte_array_append(bytes, (const guint8 *)&little, sizeof little);
}

/* A record with so many words behind it, the first of them given. */
static void add_record(GByteArray *bytes, guint32 event, gboolean cycles, guint words,
                       guint32 first)
{
    add_word(bytes, event | words << 28 | (cycles ? CYCLES : 0));
    for (guint i = 0; cycles && i < 2; i++)
        add_word(bytes, MAP | CYCLES); /* a stamp may look like anything */
    for (guint i = 0; i < words; i++)
        add_word(bytes, i == 0 ? first : UNMAP);
}

static GByteArray *usual_trace(void)
{
    GByteArray *bytes = g_byte_array_new();

    add_record(bytes, CPU, FALSE, 2, 0);
    for (guint i = 0; i < 5; i++)
        add_record(bytes, MAP, TRUE, 1, 3);
    add_record(bytes, WRAP, TRUE, 7, 0);
    add_record(bytes, CPU, FALSE, 2, 1);
    add_record(bytes, 0x0010f005, TRUE, 2, 0); /* a reservation decreased: not of interest */
    for (guint i = 0; i < 3; i++)
        add_record(bytes, UNMAP, i % 2, 1, 3);
    add_record(bytes, WRAP, FALSE, 0, 0);
    return bytes;
}

static void test_counts(void)
{
    g_autoptr(GByteArray) bytes = usual_trace();

    /* Cut anywhere. */
    for (guint step = 1; step <= bytes->len; step++) {
        AgTrace trace = {0};
        for (guint at = 0; at < bytes->len; at += step)
            g_assert_true(ag_trace_feed(&trace, bytes->data + at, MIN(step, bytes->len - at)));
        g_assert_null(ag_trace_end(&trace));
        g_assert_cmpuint(trace.maps, ==, 5);
        g_assert_cmpuint(trace.unmaps, ==, 3);
        g_assert_cmpuint(trace.lost, ==, 0);
    }
}

static void test_nothing(void)
{
    AgTrace trace = {0};

    g_assert_true(ag_trace_feed(&trace, "", 0));
    g_assert_null(ag_trace_end(&trace));
    g_assert_cmpuint(trace.maps + trace.unmaps, ==, 0);
}

static void test_lost(void)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    AgTrace trace = {0};

    add_record(bytes, MAP, TRUE, 1, 3);
    add_record(bytes, LOST, TRUE, 4, G_MAXUINT32);
    add_record(bytes, LOST, TRUE, 4, 6);
    g_assert_true(ag_trace_feed(&trace, bytes->data, bytes->len));
    g_assert_cmpuint(trace.lost, ==, G_GUINT64_CONSTANT(4294967301));
    g_assert_cmpuint(trace.maps, ==, 1);
}

static void test_lost_without_a_number(void)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    AgTrace trace = {0};

    add_record(bytes, LOST, TRUE, 0, 0);
    g_assert_false(ag_trace_feed(&trace, bytes->data, bytes->len));
    g_assert_cmpstr(ag_trace_end(&trace), ==, "it does not say how many records were lost");
}

static void test_cut_short(void)
{
    g_autoptr(GByteArray) bytes = usual_trace();
    AgTrace trace = {0};

    add_record(bytes, MAP, TRUE, 1, 3);
    g_assert_true(ag_trace_feed(&trace, bytes->data, bytes->len - 1));
    g_assert_cmpstr(ag_trace_end(&trace), ==, "it ends in the middle of a record");
    g_assert_cmpuint(trace.maps, ==, 5);
}

/* Out of step, a reader would count what it likes. */
static void test_other_events(void)
{
    static const guint32 others[] = {0, 0x0002f001, 0x0081f001, 0x0010e001, 0x0fffffff, 0x00100001};

    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        AgTrace trace = {0};

        add_record(bytes, others[i], TRUE, 3, 0);
        add_record(bytes, MAP, TRUE, 1, 3);
        g_assert_false(ag_trace_feed(&trace, bytes->data, bytes->len));
        g_assert_cmpstr(ag_trace_end(&trace), ==, "it holds an event that was not asked for");
        g_assert_cmpuint(trace.maps, ==, 0);
        /* And stays so. */
        g_assert_false(ag_trace_feed(&trace, bytes->data, bytes->len));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/trace/counts", test_counts);
    g_test_add_func("/agent/trace/nothing", test_nothing);
    g_test_add_func("/agent/trace/lost", test_lost);
    g_test_add_func("/agent/trace/lost-without-a-number", test_lost_without_a_number);
    g_test_add_func("/agent/trace/cut-short", test_cut_short);
    g_test_add_func("/agent/trace/other-events", test_other_events);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stream guest's grant table. */
#include "grant.h"

#include <glib.h>
#include <string.h>

enum { FRAMES = 2, ENTRIES = FRAMES * 512, FREE_ENTRIES = ENTRIES - 8 };

typedef struct {
    struct grant_entry_v1 table[ENTRIES];
    guint32 next[ENTRIES];
} Table;

static Table *table_new(void)
{
    Table *table = g_new0(Table, 1);
    g_assert_cmpuint(SG_GRANTS_A_FRAME * FRAMES, ==, ENTRIES);
    for (guint i = 0; i < 8; i++) /* the toolstack's: console and xenstore */
        table->table[i] = (struct grant_entry_v1){.flags = 1, .domid = 3, .frame = 77 + i};
    sg_grant_init(table->table, table->next, FRAMES);
    return table;
}

static void assert_reserved_untouched(const Table *table)
{
    for (guint i = 0; i < 8; i++) {
        g_assert_cmpuint(table->table[i].flags, ==, 1);
        g_assert_cmpuint(table->table[i].domid, ==, 3);
        g_assert_cmpuint(table->table[i].frame, ==, 77 + i);
    }
}

static void test_entry(void)
{
    g_autofree Table *t = table_new();
    grant_ref_t ref = sg_grant_access(5, 0x12345, false), other = sg_grant_access(0, 0x54321, true);
    g_assert_cmpuint(ref, ==, 8); /* the first that is nobody's */
    g_assert_cmpuint(other, ==, 9);
    g_assert_cmpuint(t->table[ref].domid, ==, 5);
    g_assert_cmpuint(t->table[ref].frame, ==, 0x12345);
    g_assert_cmpuint(t->table[ref].flags, ==, GTF_permit_access);
    g_assert_cmpuint(t->table[other].domid, ==, 0);
    g_assert_cmpuint(t->table[other].flags, ==, GTF_permit_access | GTF_readonly);
    g_assert_cmpuint(sg_grant_count(), ==, 2);
    g_assert_true(sg_grant_end(ref));
    g_assert_cmpuint(t->table[ref].flags, ==, 0);
    g_assert_cmpuint(sg_grant_count(), ==, 1);
    assert_reserved_untouched(t);
}

static void test_all_entries(void)
{
    g_autofree Table *t = table_new();
    g_autofree bool *seen = g_new0(bool, ENTRIES);
    for (guint round = 0; round < 3; round++) {
        memset(seen, 0, ENTRIES);
        for (guint i = 0; i < FREE_ENTRIES; i++) {
            grant_ref_t ref = sg_grant_access(0, i, false);
            g_assert_cmpuint(ref, >=, 8);
            g_assert_cmpuint(ref, <, ENTRIES);
            g_assert_false(seen[ref]);
            seen[ref] = true;
        }
        g_assert_cmpuint(sg_grant_access(0, 1, false), ==, 0);
        g_assert_cmpuint(sg_grant_count(), ==, FREE_ENTRIES);
        for (grant_ref_t ref = 8; ref < ENTRIES; ref++)
            g_assert_true(sg_grant_end(ref));
        g_assert_cmpuint(sg_grant_count(), ==, 0);
    }
    assert_reserved_untouched(t);
}

static void test_reuse(void)
{
    g_autofree Table *t = table_new();
    grant_ref_t refs[FREE_ENTRIES];
    for (guint i = 0; i < FREE_ENTRIES; i++)
        refs[i] = sg_grant_access(0, i, true);
    g_assert_true(sg_grant_end(refs[100]));
    g_assert_cmpuint(sg_grant_access(4, 9, false), ==, refs[100]);
    g_assert_cmpuint(t->table[refs[100]].flags, ==, GTF_permit_access);
    g_assert_cmpuint(t->table[refs[100]].domid, ==, 4);
    g_assert_cmpuint(t->table[refs[100]].frame, ==, 9);
    g_assert_cmpuint(sg_grant_access(0, 1, false), ==, 0);
}

static void test_end_while_mapped(void)
{
    static const guint16 uses[] = {GTF_reading, GTF_writing, GTF_reading | GTF_writing};
    g_autofree Table *t = table_new();
    grant_ref_t ref = sg_grant_access(0, 42, false);
    for (guint i = 0; i < G_N_ELEMENTS(uses); i++) {
        t->table[ref].flags |= uses[i];
        g_assert_false(sg_grant_end(ref));
        g_assert_cmpuint(t->table[ref].flags, ==, GTF_permit_access | uses[i]);
        g_assert_cmpuint(t->table[ref].frame, ==, 42);
        g_assert_cmpuint(sg_grant_count(), ==, 1);
        g_assert_cmpuint(sg_grant_access(0, 43, false), !=, ref);
        g_assert_true(sg_grant_end(ref + 1));
        t->table[ref].flags = GTF_permit_access;
    }
    g_assert_true(sg_grant_end(ref));
    g_assert_cmpuint(sg_grant_count(), ==, 0);
}

static void test_no_frames(void)
{
    struct grant_entry_v1 table[1];
    guint32 next[1];
    sg_grant_init(table, next, 0);
    g_assert_cmpuint(sg_grant_access(0, 1, false), ==, 0);
    g_assert_cmpuint(sg_grant_count(), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/grant/entry", test_entry);
    g_test_add_func("/stream/grant/all-entries", test_all_entries);
    g_test_add_func("/stream/grant/reuse", test_reuse);
    g_test_add_func("/stream/grant/end-while-mapped", test_end_while_mapped);
    g_test_add_func("/stream/grant/no-frames", test_no_frames);
    return g_test_run();
}

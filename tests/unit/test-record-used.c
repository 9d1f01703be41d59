/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which records a build is in. */
#include "build-fixture.h"
#include "keep/used.h"

static char *names_of(GHashTable *used, const char *id)
{
    GPtrArray *records = g_hash_table_lookup(used, id);

    if (!records)
        return g_strdup("none");
    g_autofree char **names = g_new0(char *, records->len + 1);
    for (guint i = 0; i < records->len; i++)
        names[i] = records->pdata[i];
    return g_strjoinv(" ", names);
}

static void test_used(void)
{
    char *state = fixture_new();

    fixture_put(state, "runs/2-bof/run.json",
                "{\"builds\":[{\"name\":\"debsrc:x\",\"id\":\"aa\",\"inputs\":[{\"package\":\"p\"},"
                "{\"file\":\"xen\",\"hypervisor\":\"bb\",\"around\":\"cc\"}]}]}");
    fixture_put(state, "runs/1-smoke/run.json", "{\"builds\":[{\"id\":\"cc\",\"inputs\":[]}]}");
    fixture_put(state, "runs/3-torn/run.json", "{\"builds\":[{\"id\":\"c");
    fixture_put(state, "runs/4-early/run.json", "{\"builds\":[]}");
    g_setenv("XENRIG_STATE", state, TRUE);
    g_autoptr(GHashTable) used = xr_record_used_builds();
    g_autofree char *whole = names_of(used, "aa");
    g_autofree char *hypervisor = names_of(used, "bb");
    g_autofree char *around = names_of(used, "cc");
    g_autofree char *other = names_of(used, "dd");
    g_assert_cmpstr(whole, ==, "2-bof");
    g_assert_cmpstr(hypervisor, ==, "2-bof");
    g_assert_cmpstr(around, ==, "1-smoke 2-bof");
    g_assert_cmpstr(other, ==, "none");
    fixture_free(state);
}

static void test_no_records(void)
{
    g_setenv("XENRIG_STATE", "/nowhere", TRUE);
    g_autoptr(GHashTable) used = xr_record_used_builds();
    g_assert_cmpuint(g_hash_table_size(used), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/record/used/builds", test_used);
    g_test_add_func("/record/used/none", test_no_records);
    return g_test_run();
}

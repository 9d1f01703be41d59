/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparisons in lockstep: builds side by side, interrupted, killed, broken; over made-up runs. */
#include "compare-fixture.h"

static const char *const by_throughput[] = {"compare.metric=throughput", NULL};

/* Each run of each build is there once, and no seed twice. */
static void assert_each_once(const Fixture *f, guint builds)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) seeds = g_strsplit(g_strchomp(f->seeds->str), " ", -1);

    for (guint i = 0; seeds[i] != NULL; i++)
        g_assert_true(g_hash_table_add(seen, g_strdup(seeds[i])));
    for (guint i = 0; i < f->record->runs->len; i++) {
        const XrRunFigure *figure = f->record->runs->pdata[i];

        g_assert_true(figure->counted);
        g_assert_cmpuint(figure->round, <, f->record->runs->len / builds);
        g_assert_true(g_hash_table_add(
            seen, g_strdup_printf("round %u of build %u", figure->round, figure->index)));
        g_assert_true(g_hash_table_add(seen, g_strdup(figure->record)));
    }
}

/* In lockstep: two builds at once, never two runs of one (the fixture looks), and as many as one by one. */
static void test_two(void)
{
    Fixture f = {.second = 50, .plan_name = "lockstep", .beside = TRUE};

    begin(&f, two, by_throughput);
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_DECIDED);
    g_assert_cmpint(pair_of(&f, 0)->kind, ==, XR_LIKE_DIFFERENT);
    g_assert_cmpuint(f.runs, ==, 16);
    g_assert_cmpuint(f.most_under_way, ==, 2);
    g_assert_cmpuint(f.under_way, ==, 0);
    assert_each_once(&f, 2);
    assert_told(&f, "round 1 of at most 20, run 1: file:/bad\n");
    assert_told(&f, "round 1 of at most 20, run 2: debian:bookworm\n");
    assert_told(&f, "round 8 of at most 20, run 16: ");
    end(&f);
}

/* A build beside itself is two builds; of three, as many at once as compare.machines says. */
static void test_machines(void)
{
    static const char *const same[] = {"debian:bookworm", "debian:bookworm", NULL};
    static const char *const three[] = {"debian:bookworm", "file:/near", "file:/other", NULL};
    static const char *const one[] = {"compare.metric=throughput", "compare.machines=1", NULL};
    Fixture f = {.plan_name = "lockstep", .beside = TRUE};

    begin(&f, same, by_throughput);
    go_on(&f);
    g_assert_cmpint(pair_of(&f, 0)->kind, ==, XR_LIKE_SAME);
    g_assert_cmpuint(f.most_under_way, ==, 2);
    end(&f);

    f = (Fixture){.plan_name = "lockstep", .beside = TRUE};
    begin(&f, three, by_throughput);
    go_on(&f);
    g_assert_cmpuint(f.most_under_way, ==, 2);
    assert_each_once(&f, 3);
    end(&f);

    f = (Fixture){.plan_name = "lockstep", .beside = TRUE};
    begin(&f, three, one);
    go_on(&f);
    g_assert_cmpuint(f.most_under_way, ==, 1);
    end(&f);
}

/* A build's runs go on from its snapshots in turn, each build's from its own. */
static void test_snapshots(void)
{
    static const char *const three[] = {"machine.time=lockstep", "compare.snapshots=3", NULL};
    static const char *const names[] = {"1-0", "1-1", "1-2", "1-0", "1-1"};
    XrPlan *plan = xr_plan_load("lockstep", three, NULL);

    g_assert_nonnull(plan);
    for (guint round = 0; round < G_N_ELEMENTS(names); round++) {
        const XrCompareTask task = {NULL, NULL, 1, round};
        g_autofree char *name = xr_compare_snapshot(plan, &task);

        g_assert_cmpstr(name, ==, names[round]);
    }
    xr_plan_free(plan);
}

/* What runs beside the one that the signal hit comes to its end, and counts if it has a figure. */
static void test_interrupt(void)
{
    Fixture f = {.second = 50, .plan_name = "lockstep", .beside = TRUE, .stop_after = 5};
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = NULL;

    begin(&f, two, by_throughput);
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_INTERRUPTED);
    g_assert_cmpuint(f.under_way, ==, 0);
    g_assert_cmpuint(f.runs, ==, 5);
    g_assert_cmpuint(f.record->runs->len, ==, 4);
    dir = g_strdup(f.record->dir);
    xr_compare_record_free(f.record);
    f.record = xr_compare_record_open(dir, &error);
    g_assert_no_error(error);
    f.stop_after = 0;
    f.runs = 4;
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_DECIDED);
    g_assert_cmpuint(f.record->runs->len, ==, 16);
    end(&f);
}

/* A run that left no verdict says nothing of its build, and is made again with another seed. */
static void test_killed(void)
{
    Fixture f = {.second = 50, .plan_name = "lockstep", .beside = TRUE, .killed = 3};

    begin(&f, two, by_throughput);
    go_on(&f);
    g_assert_cmpint(f.end, ==, XR_END_DECIDED);
    g_assert_cmpuint(f.runs, ==, 17);
    g_assert_cmpuint(f.record->runs->len, ==, 17);
    assert_told(&f,
                ": error: the run was killed and left no verdict (to be repeated; record runs/");
    g_auto(GStrv) seeds = g_strsplit(g_strchomp(f.seeds->str), " ", -1);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; seeds[i] != NULL; i++)
        g_assert_true(g_hash_table_add(seen, seeds[i]));
    end(&f);
}

/* What else is under way is asked to end, and waited for. */
static void test_broken(void)
{
    Fixture f = {.second = 50, .zero = -1, .plan_name = "lockstep", .beside = TRUE};
    begin(&f, two, by_throughput);
    assert_fails(&f, XR_ERROR_INPUT, "compare.metric: throughput is 0 in ");
    g_assert_true(f.asked_to_end);
    g_assert_cmpuint(f.under_way, ==, 0);
    g_assert_cmpuint(f.runs, ==, 2);
    end(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compare-beside/two", test_two);
    g_test_add_func("/compare-beside/machines", test_machines);
    g_test_add_func("/compare-beside/snapshots", test_snapshots);
    g_test_add_func("/compare-beside/interrupt", test_interrupt);
    g_test_add_func("/compare-beside/killed", test_killed);
    g_test_add_func("/compare-beside/broken", test_broken);
    return run_with_state();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of figures that a plan's runs can have, and those that they cannot. */
#include "base/error.h"
#include "judge/metric-names.h"

#include <string.h>

typedef struct {
    const char *time; /* machine.time, and lockstep.layers where it ends with a plus */
    const char *name;
    gboolean known;
} Row;

static const Row rows[] = {
    {"real", "throughput", TRUE},
    {"real", "throughput.w03/vbd0", TRUE},
    {"real", "latency_p99", TRUE},
    {"real", "lock_per_pair.domUs/grant_read", TRUE},
    {"real", "tick_throughput", FALSE},
    {"real", "instructions.xen", FALSE},
    {"real", "throughputs", FALSE},
    {"real", "through", FALSE},
    {"real", "", FALSE},
    {"real", "verdict:crash", TRUE},
    {"real", "verdict:crashes", FALSE},
    {"lockstep", "tick_throughput.slice100", TRUE},
    {"lockstep", "boot_time", TRUE},
    {"lockstep", "throughput", FALSE},
    {"lockstep", "instructions", FALSE},
    {"lockstep+", "instructions", TRUE},
    {"lockstep+", "xen_wait", TRUE},
    {"count", "instructions.dom0_kernel", TRUE},
    {"count", "hypercalls.dom0/grant_table_op", TRUE},
    {"count", "xen_wait", FALSE},
    {"count", "host_wait", FALSE},
    {"count", "verdict:leak", TRUE},
};

static XrPlan *plan_of(const char *time)
{
    static const char *const names[] = {"real", "lockstep", "count"};
    XrPlan *plan = xr_plan_load("default", NULL, NULL);

    g_assert_nonnull(plan);
    plan->machine.time = XR_TIME_REAL;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_has_prefix(time, names[i]))
            plan->machine.time = (XrTime)i;
    }
    plan->lockstep.layers = g_str_has_suffix(time, "+");
    return plan;
}

static void test_rows(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(XrPlan) plan = plan_of(rows[i].time);
        g_autoptr(GError) error = NULL;

        g_test_message("%s by %s", rows[i].name, rows[i].time);
        g_assert_true(xr_metric_check(plan, rows[i].name, &error) == rows[i].known);
        g_assert_true((error == NULL) == rows[i].known);
        if (error != NULL)
            g_assert_error(error, XR_ERROR, XR_ERROR_INPUT);
    }
}

static void test_words(void)
{
    g_autoptr(XrPlan) plan = plan_of("lockstep");
    g_autoptr(GError) error = NULL;

    g_assert_false(xr_metric_check(plan, "throughput", &error));
    g_assert_cmpstr(error->message, ==,
                    "compare.metric throughput: a run by machine.time=lockstep has no such figure; "
                    "there are: tick_throughput, fairness, boot_time, create_time, "
                    "domain_create_time, ready_time, repeat_difference, grant_pairs, "
                    "lock_acquired, lock_per_pair, lock_contended, lock_hold, lock_wait, "
                    "free_before, grants_before, mismatches, io_errors");
    g_clear_error(&error);
    g_assert_false(xr_metric_check(plan, "verdict:hangs", &error));
    g_assert_cmpstr(
        error->message, ==,
        "compare.metric verdict:hangs: no kind of findings \"hangs\"; there are: crash, "
        "hang, leak, corruption");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/metric-names/rows", test_rows);
    g_test_add_func("/metric-names/words", test_words);
    return g_test_run();
}

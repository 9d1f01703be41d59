/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: tests of the command lines that a plan comes to. */
#include "run/cmdline.h"

static XrPlan *plan_with(const char *a, const char *b)
{
    const char *const sets[] = {a, b, NULL};
    g_autoptr(GError) error = NULL;
    XrPlan *plan = xr_plan_load(NULL, sets, &error);

    g_assert_no_error(error);
    return plan;
}

static gboolean has_word(const char *line, const char *word)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);

    return g_strv_contains((const char *const *)words, word);
}

static void test_xen(void)
{
    g_autoptr(XrPlan) plan =
        plan_with("dom0.memory=1G", "hypervisor.cmdline=gnttab_max_frames=128");
    g_autofree char *line = xr_cmdline_xen(plan, XR_ACCEL_TCG);

    g_assert_true(has_word(line, "dom0_mem=1024M,max:1024M"));
    g_assert_true(has_word(line, "console=com1"));
    g_assert_true(has_word(line, "noreboot"));
    g_assert_true(g_str_has_suffix(line, " gnttab_max_frames=128"));
}

static void test_barriers_only_off_where_the_cpu_is_emulated(void)
{
    g_autoptr(XrPlan) plan = plan_with(NULL, NULL);
    g_autofree char *tcg = xr_cmdline_xen(plan, XR_ACCEL_TCG);
    g_autofree char *kvm = xr_cmdline_xen(plan, XR_ACCEL_KVM);

    g_assert_true(has_word(tcg, "spec-ctrl=no"));
    g_assert_false(has_word(kvm, "spec-ctrl=no"));
}

static void test_persistent_grants_reach_both_ends(void)
{
    g_autoptr(XrPlan) off = plan_with(NULL, NULL);
    g_autoptr(XrPlan) on = plan_with("workload.persistent_grants=yes", NULL);
    g_autofree char *dom0_off = xr_cmdline_dom0(off);
    g_autofree char *dom0_on = xr_cmdline_dom0(on);
    g_autofree char *guest_off = xr_cmdline_guest(off, 3);
    g_autofree char *guest_on = xr_cmdline_guest(on, 3);

    g_assert_true(has_word(dom0_off, "xen_blkback.feature_persistent=0"));
    g_assert_true(has_word(dom0_on, "xen_blkback.feature_persistent=1"));
    g_assert_true(has_word(guest_off, "xen_blkfront.feature_persistent=0"));
    g_assert_true(has_word(guest_on, "xen_blkfront.feature_persistent=1"));
    g_assert_true(has_word(guest_on, "xenrig.name=w03"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cmdline/xen", test_xen);
    g_test_add_func("/cmdline/barriers", test_barriers_only_off_where_the_cpu_is_emulated);
    g_test_add_func("/cmdline/persistent", test_persistent_grants_reach_both_ends);
    return g_test_run();
}

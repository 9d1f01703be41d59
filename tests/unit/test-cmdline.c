/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: tests of the command lines that a plan comes to. */
#include "run/cmdline.h"
#include "run/count.h"
#include "run/lockstep.h"

#include <string.h>

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
    g_assert_false(has_word(line, "dom0=pvh"));
    g_assert_true(g_str_has_suffix(line, " gnttab_max_frames=128"));
    g_autoptr(XrPlan) pvh = plan_with("dom0.mode=pvh", NULL);
    g_autofree char *other = xr_cmdline_xen(pvh, XR_ACCEL_TCG);
    g_assert_true(has_word(other, "dom0=pvh"));
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
    g_autoptr(XrPlan) off = plan_with("guests.kind=linux", NULL);
    g_autoptr(XrPlan) on = plan_with("guests.kind=linux", "workload.persistent_grants=yes");
    g_autofree char *dom0_off = xr_cmdline_dom0(off);
    g_autofree char *dom0_on = xr_cmdline_dom0(on);
    g_autofree char *guest_off = xr_cmdline_guest(off, 3);
    g_autofree char *guest_on = xr_cmdline_guest(on, 3);

    g_assert_true(has_word(dom0_off, "xen_blkback.feature_persistent=0"));
    g_assert_true(has_word(dom0_on, "xen_blkback.feature_persistent=1"));
    g_assert_true(has_word(guest_off, "xen_blkfront.feature_persistent=0"));
    g_assert_true(has_word(guest_on, "xen_blkfront.feature_persistent=1"));
    g_assert_true(has_word(guest_on, "xenrig.name=w03"));
    g_assert_true(has_word(guest_on, "xenrig.persistent=1"));
}

static void test_rings_reach_both_ends(void)
{
    g_autoptr(XrPlan) plan = plan_with("workload.ring_pages=8", "workload.queues=3");
    plan->guests.kind = XR_GUEST_LINUX;
    g_autofree char *dom0 = xr_cmdline_dom0(plan);
    g_autofree char *guest = xr_cmdline_guest(plan, 0);

    g_assert_true(has_word(dom0, "xen_blkback.max_queues=3"));
    g_assert_null(strstr(dom0, "max_ring_page_order"));
    g_assert_true(has_word(guest, "xen_blkfront.max_ring_page_order=3"));
    g_assert_true(has_word(guest, "xen_blkfront.max_queues=3"));
    g_assert_null(strstr(guest, "xenrig.queues"));
}

static void test_trace_buffers_only_where_grants_are_counted(void)
{
    g_autoptr(XrPlan) off = plan_with(NULL, NULL);
    g_autoptr(XrPlan) on = plan_with("workload.count_grants=5s", NULL);
    g_autofree char *without = xr_cmdline_xen(off, XR_ACCEL_KVM);
    g_autofree char *with = xr_cmdline_xen(on, XR_ACCEL_KVM);

    g_assert_null(strstr(without, "tbuf_size"));
    g_assert_true(has_word(with, "tbuf_size=512"));
    g_assert_true(has_word(with, "tevt_mask=0x80000000"));
}

static void test_stream_guest(void)
{
    static const char *const sets[] = {
        "guests.kind=stream",        "workload.ring_pages=4",           "workload.queues=2",
        "workload.read_share=12.5%", "workload.order=random",           "workload.flush_every=64",
        "workload.discard_every=10", "workload.backing=memory",         "workload.vbd_size=16M",
        "workload.seed=7",           "workload.figures_interval=250ms", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) plan = xr_plan_load(NULL, sets, &error);
    g_assert_no_error(error);
    g_autofree char *line = xr_cmdline_guest(plan, 3);

    g_assert_cmpstr(line, ==,
                    "xenrig.name=w03 xenrig.vbds=1 xenrig.block=2097152 xenrig.in_flight=2 "
                    "xenrig.fsync=0 xenrig.verify=0 xenrig.persistent=0 xenrig.segments=32 "
                    "xenrig.ring_pages=4 xenrig.queues=2 xenrig.reads=125 xenrig.random=1 "
                    "xenrig.flush_every=64 xenrig.discard_every=10 xenrig.paranoid=0 "
                    "xenrig.figures=250 xenrig.seed=7");
}

/* Where instructions are counted each domU has a number, and tells nothing else meanwhile. */
static void test_marks(void)
{
    static const char *const sets[] = {"machine.time=count", "machine.pcpus=1", "dom0.vcpus=1",
                                       "workload.seed=7", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) plan = xr_plan_load(NULL, sets, &error);
    g_assert_no_error(error);
    g_autofree char *line = xr_cmdline_guest(plan, 3);

    g_assert_true(has_word(line, "xenrig.mark=4"));
    g_assert_true(has_word(line, "xenrig.figures=0"));
    g_assert_true(has_word(line, "xenrig.seed=7"));
}

/* Only a build with Xen's lock profile is read, before what streams and when it holds after more than the window's bytes. */
static void test_count_script(void)
{
    const char *const plain[] = {"machine.time=count", "machine.pcpus=1", "dom0.vcpus=1",
                                 "guests.count=2",     "guests.vbds=1",   NULL};
    const char *const profile[] = {"machine.time=count",
                                   "machine.pcpus=1",
                                   "dom0.vcpus=1",
                                   "guests.count=2",
                                   "guests.vbds=1",
                                   "count.warmup=64M",
                                   "count.window=256M",
                                   "hypervisor.build=debsrc:bookworm,lock-profile",
                                   NULL};
    const char *const words[] = {"backing", "create", "release", "await", "bind",
                                 "modules", "locks",  "command", "await", "locks"};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) without = xr_plan_load(NULL, plain, &error);
    g_assert_no_error(error);
    g_autoptr(XrPlan) with = xr_plan_load(NULL, profile, &error);
    g_assert_no_error(error);
    g_autoptr(GPtrArray) few = xr_count_steps(without);
    g_autoptr(GPtrArray) all = xr_count_steps(with);
    g_autofree char *script = xr_count_script(all), *line = xr_cmdline_guest(with, 0);

    g_assert_cmpuint(few->len, ==, 7);
    g_assert_cmpuint(xr_count_hold(without), ==, 0);
    g_assert_cmpuint(all->len, ==, G_N_ELEMENTS(words));
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        g_assert_cmpstr(json_object_get_string_member(all->pdata[i], "op"), ==, words[i]);
    g_assert_nonnull(strstr(script, "\"state\":\"held\",\"id\":9}\n"));
    /* Half of 320 MiB, and a block of the VBD. */
    g_assert_true(has_word(line, "xenrig.hold=169869312"));
}

/* To so many of dom0's vCPUs, from the first, are event channels bound in turn; 0: dom0 only tells of them. */
static void test_event_channels(void)
{
    static const struct {
        const char *binding;
        gint64 vcpus;
    } cases[] = {{"default", 0}, {"vcpu0", 1}, {"spread", 4}, {"pinned", 4}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *set = g_strconcat("evtchn.binding=", cases[i].binding, NULL);
        const char *const sets[] = {set, "dom0.vcpus=4", "machine.pcpus=4", NULL};
        g_autoptr(GError) error = NULL;
        g_autoptr(XrPlan) plan = xr_plan_load(NULL, sets, &error);
        g_assert_no_error(error);
        g_autoptr(JsonObject) request = xr_stage_ask_binding(plan);

        g_assert_cmpstr(json_object_get_string_member(request, "op"), ==, "bind");
        g_assert_cmpint(json_object_get_int_member(request, "vcpus"), ==, cases[i].vcpus);
    }
}

/* A PV command line ends at 1024 bytes, and the agent adds some of its own for Linux. */
static void test_longest_line_fits(void)
{
    g_autoptr(XrPlan) plan = plan_with(NULL, NULL);

    plan->guests.vbds = plan->workload.in_flight = plan->workload.ring_pages = 1u << 31;
    plan->workload.queues = plan->workload.discard_every = plan->workload.seed = G_MAXUINT;
    plan->workload.indirect_segments = G_MAXUINT;
    plan->workload.block_size = plan->workload.flush_every = G_MAXUINT64;
    plan->workload.figures_interval = G_MAXUINT64;
    plan->workload.read_share = 1;
    for (guint kind = XR_GUEST_STREAM; kind <= XR_GUEST_LINUX; kind++) {
        plan->guests.kind = kind;
        g_autofree char *line = xr_cmdline_guest(plan, 63);
        g_assert_cmpuint(strlen(line), <, kind == XR_GUEST_STREAM ? 1000 : 900);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cmdline/xen", test_xen);
    g_test_add_func("/cmdline/barriers", test_barriers_only_off_where_the_cpu_is_emulated);
    g_test_add_func("/cmdline/persistent", test_persistent_grants_reach_both_ends);
    g_test_add_func("/cmdline/rings", test_rings_reach_both_ends);
    g_test_add_func("/cmdline/trace", test_trace_buffers_only_where_grants_are_counted);
    g_test_add_func("/cmdline/stream", test_stream_guest);
    g_test_add_func("/cmdline/marks", test_marks);
    g_test_add_func("/cmdline/count-script", test_count_script);
    g_test_add_func("/cmdline/event-channels", test_event_channels);
    g_test_add_func("/cmdline/longest", test_longest_line_fits);
    return g_test_run();
}

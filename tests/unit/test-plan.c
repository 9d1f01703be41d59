/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: tests of what plans hold. */
#include "plan/night.h"
#include "plan/plan.h"
#include <glib/gstdio.h>
#include <string.h>

static void write_plan(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_file_set_contents("a.plan", text, -1, &error);
    g_assert_no_error(error);
}

static void test_defaults(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) plan = xr_plan_load(NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(plan->plan.name, ==, "default");
    g_assert_cmpint(plan->machine.accel, ==, XR_ACCEL_AUTO);
    g_assert_cmpstr(plan->machine.cpu, ==, "auto");
    g_assert_cmpuint(plan->machine.memory, ==, G_GUINT64_CONSTANT(6) << 30);
    g_assert_cmpstr(plan->hypervisor.build, ==, "debian:bookworm");
    g_assert_cmpstr(plan->dom0.cmdline, ==, "");
    g_assert_cmpuint(plan->guests.count, ==, 24);
    g_assert_cmpuint(plan->workload.block_size, ==, 2 << 20);
    g_assert_cmpuint(plan->workload.window, ==, G_GUINT64_CONSTANT(5000000000));
    g_assert_false(plan->workload.persistent_grants);
    g_assert_cmpfloat(plan->limits.steady_cov, ==, 0.15);
    g_assert_cmpint(plan->fault.kind, ==, XR_FAULT_NONE);
    g_assert_cmpint(plan->guests.kind, ==, XR_GUEST_STREAM);
    g_assert_cmpint(plan->guests.mode, ==, XR_GUEST_PV);
    g_assert_cmpuint(plan->guests.memory, ==, 8 << 20);
    g_assert_cmpuint(plan->workload.ring_pages, ==, 1);
    g_assert_cmpuint(plan->workload.queues, ==, 1);
    g_assert_cmpint(plan->workload.order, ==, XR_ORDER_STREAM);
    g_assert_cmpuint(plan->workload.figures_interval, ==, G_GUINT64_CONSTANT(1000000000));
    g_assert_cmpuint(plan->workload.count_grants, ==, 0);
    g_assert_cmpuint(plan->workload.seed, ==, 1);
    g_assert_cmpstr(plan->compare.metric, ==, "throughput");
    g_assert_cmpfloat(plan->compare.false_different, ==, 0.001);
    g_assert_cmpuint(plan->compare.runs_max, ==, 20);
}

/* What builds are compared by follows from how time is counted, unless it is said. */
static void test_metric(void)
{
    const char *const lockstep[] = {"machine.time=lockstep", "machine.pcpus=10", "dom0.vcpus=8",
                                    "guests.count=1", NULL};
    const char *const count[] = {"machine.time=count", "machine.pcpus=1", "dom0.vcpus=1", NULL};
    const char *const said[] = {"compare.metric=boot_time", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) ticks = xr_plan_load(NULL, lockstep, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(ticks->compare.metric, ==, "tick_throughput");
    g_autoptr(XrPlan) path = xr_plan_load(NULL, count, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(path->compare.metric, ==, "instructions");
    g_autoptr(XrPlan) boot = xr_plan_load(NULL, said, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(boot->compare.metric, ==, "boot_time");
}

static void test_values(void)
{
    const char *const overrides[] = {"guests.count=5", " guests . count = 6 ", NULL};
    g_autoptr(GError) error = NULL;
    write_plan("# mine\r\n[guests]\r\n  count = 3  \r\nmemory=128MiB\n[machine]\naccel=tcg\n"
               "[dom0]\ncmdline= loglevel=8  a\\\\b=\"c d\" \n[workload]\nbacking=disk\n"
               "persistent_grants=true\n[limits]\nfairness=0.25\n[fault]\nkind=silence\n");
    g_autoptr(XrPlan) plan = xr_plan_load("./a.plan", overrides, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(plan->plan.name, ==, "a");
    g_assert_cmpuint(plan->guests.count, ==, 6);
    g_assert_cmpuint(plan->guests.memory, ==, 128 << 20);
    g_assert_cmpint(plan->machine.accel, ==, XR_ACCEL_TCG);
    g_assert_cmpstr(plan->dom0.cmdline, ==, "loglevel=8  a\\b=\"c d\"");
    g_assert_cmpint(plan->workload.backing, ==, XR_BACKING_DISK);
    g_assert_true(plan->workload.persistent_grants);
    g_assert_cmpfloat(plan->limits.fairness, ==, 0.25);
    g_assert_cmpint(plan->fault.kind, ==, XR_FAULT_SILENCE);
}

static void test_stream_values(void)
{
    g_autoptr(GError) error = NULL;
    write_plan("[guests]\nkind=stream\nmode=pvh\ncount=2\n[machine]\nmemory=3G\n[workload]\n"
               "backing=memory\nvbd_size=64M\nring_pages=16\nqueues=4\nread_share=30%\n"
               "order=random\nflush_every=100\nparanoid=yes\nfigures_interval=0\n"
               "count_grants=60s\nseed=4294967295\n");
    g_autoptr(XrPlan) plan = xr_plan_load("./a.plan", NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(plan->guests.kind, ==, XR_GUEST_STREAM);
    g_assert_cmpint(plan->guests.mode, ==, XR_GUEST_PVH);
    g_assert_cmpuint(plan->workload.ring_pages, ==, 16);
    g_assert_cmpuint(plan->workload.queues, ==, 4);
    g_assert_cmpfloat(plan->workload.read_share, ==, 0.3);
    g_assert_cmpint(plan->workload.order, ==, XR_ORDER_RANDOM);
    g_assert_cmpuint(plan->workload.flush_every, ==, 100);
    g_assert_true(plan->workload.paranoid);
    g_assert_cmpuint(plan->workload.figures_interval, ==, 0);
    g_assert_cmpuint(plan->workload.count_grants, ==, G_GUINT64_CONSTANT(60000000000));
    g_assert_cmpuint(plan->workload.seed, ==, G_MAXUINT32);
    g_assert_cmpstr(xr_plan_kind_name(plan->guests.kind), ==, "stream");
    g_assert_cmpstr(xr_plan_mode_name(plan->guests.mode), ==, "pvh");
}

/* What a domU gets where the plan does not say. */
static void test_memory_needed(void)
{
    static const struct {
        const char *sets[5];
        guint mib;
    } cases[] = {
        {{"guests.kind=linux", "guests.memory=0"}, 96},
        {{"guests.kind=linux", "guests.vbds=24", "guests.count=1"}, 144},
        {{"guests.kind=linux", "guests.vbds=24", "guests.count=1",
          "workload.persistent_grants=yes"},
         240},
        {{"guests.kind=linux", "workload.block_size=12K", "workload.vbd_size=24K",
          "guests.memory=49M"},
         49},
        {{"guests.kind=stream", "guests.memory=0"}, 8},
        {{"guests.kind=stream", "workload.block_size=4M"}, 9},
        {{"guests.kind=stream", "guests.vbds=24", "guests.count=1"}, 55},
        {{"guests.kind=stream", "workload.persistent_grants=yes"}, 11},
        {{"guests.kind=stream", "workload.verify=yes", "workload.backing=memory",
          "workload.vbd_size=16M", "workload.in_flight=3"},
         11},
        {{"guests.kind=stream", "guests.memory=100M"}, 100},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *const sets[] = {cases[i].sets[0], cases[i].sets[1], cases[i].sets[2],
                                    cases[i].sets[3], cases[i].sets[4], NULL};
        g_autoptr(GError) error = NULL;
        g_autoptr(XrPlan) plan = xr_plan_load(NULL, sets, &error);
        g_autofree char *shown = NULL;
        g_autofree char *line = g_strdup_printf("\nmemory=%uM\n\n[workload]", cases[i].mib);

        g_assert_no_error(error);
        g_assert_cmpuint(plan->guests.memory, ==, (guint64)cases[i].mib << 20);
        shown = xr_plan_show(plan, FALSE);
        g_assert_nonnull(strstr(shown, line));
    }
}

static void assert_name(const char *file, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_file_set_contents(file, "", -1, &error);
    g_assert_no_error(error);
    g_autofree char *path = g_strconcat("./", file, NULL);
    g_autoptr(XrPlan) plan = xr_plan_load(path, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(plan->plan.name, ==, name);
    g_unlink(file);
}

static void test_names(void)
{
    assert_name("quick.plan", "quick");
    assert_name("a plan (mine).plan", "a-plan--mine-");
    assert_name("..plan", "plan");
    assert_name("plain", "plain");
    g_autofree char *first = xr_plan_guest_name(0);
    g_autofree char *last = xr_plan_guest_name(63);
    g_assert_cmpstr(first, ==, "w00");
    g_assert_cmpstr(last, ==, "w63");
    g_assert_cmpstr(xr_plan_backing_name(XR_BACKING_DISK), ==, "disk");
    g_assert_cmpstr(xr_plan_fault_name(XR_FAULT_NONE), ==, "none");
    g_assert_cmpstr(xr_plan_fault_name(XR_FAULT_SILENCE), ==, "silence");
}

static void assert_round_trip(const XrPlan *plan)
{
    for (int comments = 0; comments < 2; comments++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = xr_plan_show(plan, comments);
        g_file_set_contents("shown.plan", text, -1, &error);
        g_assert_no_error(error);
        g_autoptr(XrPlan) back = xr_plan_load("shown.plan", NULL, &error);
        g_assert_no_error(error);
        g_autofree char *expected = xr_plan_show(plan, FALSE);
        g_autofree char *again = xr_plan_show(back, FALSE);
        g_assert_cmpstr(again, ==, expected);
    }
    g_unlink("shown.plan");
}

static void test_show(void)
{
    const char *const overrides[] = {"plan.name=x",
                                     "plan.description= ends in \\ and \\n; ö # [x] ",
                                     "limits.boot=90s",
                                     "limits.fairness=33.3%",
                                     "dom0.memory=1281M",
                                     "workload.indirect_segments=0",
                                     "dom0.cmdline=a=\"b c\"",
                                     NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) plan = xr_plan_load(NULL, overrides, &error);
    g_assert_no_error(error);
    assert_round_trip(plan);

    g_autofree char *text = xr_plan_show(plan, FALSE);
    g_assert_true(g_str_has_prefix(
        text, "[plan]\nname=x\ndescription=ends in \\\\ and \\\\n; ö # [x]\n\n[machine]\n"
              "accel=auto\n"));
    g_assert_null(strstr(text, "\n#"));
    g_assert_nonnull(strstr(text, "\nboot=90s\n"));
    g_assert_nonnull(strstr(text, "\nfairness=33.3%\n"));
    g_autofree char *commented = xr_plan_show(plan, TRUE);
    g_assert_nonnull(strstr(commented, "\n# writes in flight on each VBD\n"
                                       "# a whole number from 1 to 64; default: 2\nin_flight=2\n"));
    g_assert_nonnull(strstr(commented, "\n# fsync after each pass over a VBD\n"
                                       "# yes or no; default: no\nfsync=no\n"));
    g_assert_nonnull(strstr(commented, "first; default: the file's name\nname=x\n"));
}

static void test_shipped(void)
{
    static const char *const expected[] = {
        "bof",          "bof-real", "broken-corrupt", "broken-crash", "broken-destroy",
        "broken-panic", "count",    "default",        "disk",         "lockstep",
        "nightly",      "smoke",    "smoke-pvh",      "verify"};
    for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(XrPlan) plan = xr_plan_load(expected[i], NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(plan->plan.name, ==, expected[i]);
        g_assert_cmpstr(plan->plan.description, !=, "");
        g_assert_cmpint(plan->fault.kind != XR_FAULT_NONE, ==,
                        g_str_has_prefix(expected[i], "broken-"));
        assert_round_trip(plan);
    }
}

/* All of them are for domUs of either kind. */
static void test_shipped_kinds(void)
{
    static const char *const names[] = {"bof-real",       "broken-corrupt", "broken-crash",
                                        "broken-destroy", "disk",           "broken-panic",
                                        "nightly",        "smoke",          "verify"};
    static const char *const kinds[] = {"guests.kind=stream", "guests.kind=linux"};
    for (gsize i = 0; i < G_N_ELEMENTS(names) * G_N_ELEMENTS(kinds); i++) {
        const char *const overrides[] = {kinds[i % G_N_ELEMENTS(kinds)], NULL};
        g_autoptr(GError) error = NULL;
        g_autoptr(XrPlan) plan = xr_plan_load(names[i / G_N_ELEMENTS(kinds)], overrides, &error);
        g_assert_no_error(error);
        assert_round_trip(plan);
    }
}

/* Limits by a figure's name: the last of one name counts, and a shown plan has them. */
static void test_bounds(void)
{
    const char *const overrides[] = {"limits.metric.instructions.xen=520000.5",
                                     "limits.metric.lock_acquired.dom0/grant_read=10",
                                     "limits.metric.instructions.xen=500000", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) plan = xr_plan_load(NULL, overrides, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(plan->bounds->len, ==, 2);
    const XrBound *first = g_ptr_array_index(plan->bounds, 0);
    g_assert_cmpstr(first->metric, ==, "instructions.xen");
    g_assert_cmpfloat(first->most, ==, 500000);
    g_autofree char *text = xr_plan_show(plan, FALSE);
    g_assert_nonnull(strstr(text, "\nmetric.instructions.xen=500000\n"
                                  "metric.lock_acquired.dom0/grant_read=10\n"));
    assert_round_trip(plan);
}

/* Plans and nights dropped into the folder later are loaded too, and open with what they are for. */
static void test_all_in_folder(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(XR_SOURCE_DIR "/tests/plans", 0, &error);
    const char *name = NULL;
    guint found = 0;

    g_assert_no_error(error);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(XR_SOURCE_DIR "/tests/plans", name, NULL);
        g_autofree char *text = NULL;
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_assert_true(g_str_has_prefix(text, "# SPDX-License-Identifier: GPL-2.0-or-later\n# "));
        if (g_str_has_suffix(name, ".night")) {
            g_autoptr(XrNight) night = xr_night_load(path, NULL, &error);
            g_assert_no_error(error);
            continue;
        }
        g_autoptr(XrPlan) plan = xr_plan_load(path, NULL, &error);
        g_assert_no_error(error);
        found++;
    }
    g_assert_cmpuint(found, >=, 10);
}

/* "default" is the plan of no plan: what is documented as a default is what runs. */
static void test_default_plan(void)
{
    const char *const overrides[] = {"plan.description=", NULL};
    g_autoptr(XrPlan) none = xr_plan_load(NULL, NULL, NULL);
    g_autoptr(XrPlan) shipped = xr_plan_load("default", overrides, NULL);
    g_assert_nonnull(none);
    g_assert_nonnull(shipped);
    g_autofree char *a = xr_plan_show(none, FALSE);
    g_autofree char *b = xr_plan_show(shipped, FALSE);
    g_assert_cmpstr(a, ==, b);
}

/* The README's plans are taken as they stand there. */
static void test_readme(void)
{
    const char *const lockstep[] = {"machine.time=lockstep", "machine.pcpus=10", "dom0.vcpus=8",
                                    NULL};
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    guint plans = 0;

    g_file_get_contents(XR_SOURCE_DIR "/README.md", &text, NULL, &error);
    g_assert_no_error(error);
    g_auto(GStrv) blocks = g_strsplit(text, "```ini\n", -1);
    for (guint i = 1; blocks[i] != NULL; i++) {
        const gboolean series = g_str_has_prefix(blocks[i], "[series]");

        if (!series && !g_str_has_prefix(blocks[i], "[guests]"))
            continue;
        *strstr(blocks[i], "```") = '\0';
        write_plan(blocks[i]);
        g_autoptr(XrPlan) plan = xr_plan_load("a.plan", series ? lockstep : NULL, &error);
        g_assert_no_error(error);
        plans++;
    }
    g_assert_cmpuint(plans, >=, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_unsetenv("XENRIG_DATA");
    g_autofree char *folder = g_dir_make_tmp("xenrig-test-XXXXXX", NULL);
    if (!folder || g_chdir(folder) != 0)
        return 1;
    g_test_add_func("/plan/defaults", test_defaults);
    g_test_add_func("/plan/metric", test_metric);
    g_test_add_func("/plan/values", test_values);
    g_test_add_func("/plan/stream-values", test_stream_values);
    g_test_add_func("/plan/memory-needed", test_memory_needed);
    g_test_add_func("/plan/names", test_names);
    g_test_add_func("/plan/show", test_show);
    g_test_add_func("/plan/shipped", test_shipped);
    g_test_add_func("/plan/shipped-kinds", test_shipped_kinds);
    g_test_add_func("/plan/bounds", test_bounds);
    g_test_add_func("/plan/folder", test_all_in_folder);
    g_test_add_func("/plan/default-plan", test_default_plan);
    g_test_add_func("/plan/readme", test_readme);
    const int result = g_test_run();
    g_unlink("a.plan");
    g_rmdir(folder);
    return result;
}

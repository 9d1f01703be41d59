/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels by their names: Debian's, somebody's file, a tree that was built; and what is said of those that do not fit. */
#include "base/error.h"
#include "base/json.h"
#include "bisect/check.h"
#include "build-rig.h"
#include "build/build.h"
#include "build/describe.h"
#include "build/kernel-name.h"
#include "build/source.h"
#include "keep/run-figure.h"
#include "plan/plan.h"
#include "run/prepare.h"

static void check_words(const char *name, const char *build, const char *dom0, const char *guests,
                        const char *whole)
{
    g_autoptr(XrKernelWords) words = xr_kernel_words_cut(name, NULL, NULL);
    g_autofree char *joined = xr_kernel_words_join(words, words->build);

    g_assert_cmpstr(words->build, ==, build);
    g_assert_cmpstr(words->dom0, ==, dom0);
    g_assert_cmpstr(words->guests, ==, guests);
    g_assert_cmpstr(joined, ==, whole);
}

static void test_words(void)
{
    check_words("git:/x,y/xen@a+stock,debug", "git:/x,y/xen@a+stock,debug", "debian:bookworm",
                "debian:bookworm", "git:/x,y/xen@a+stock,debug");
    check_words("debian:bookworm,kernel=debian:trixie", "debian:bookworm", "debian:trixie",
                "debian:trixie", "debian:bookworm,kernel=debian:trixie");
    check_words("debsrc:bookworm,kernel=file:/b/z-1,modules=/lib/modules/1,lock-profile",
                "debsrc:bookworm,lock-profile", "file:/b/z-1,modules=/lib/modules/1",
                "file:/b/z-1,modules=/lib/modules/1",
                "debsrc:bookworm,lock-profile,kernel=file:/b/z-1,modules=/lib/modules/1");
    check_words("debian:trixie,guests.kernel=dir:/l", "debian:trixie", "debian:bookworm", "dir:/l",
                "debian:trixie,guests.kernel=dir:/l");
    check_words("debian:trixie,kernel=dir:/l,dom0.kernel=debian:trixie", "debian:trixie",
                "debian:trixie", "dir:/l",
                "debian:trixie,dom0.kernel=debian:trixie,guests.kernel=dir:/l");
    check_words("debian:trixie,kernel=debian:bookworm", "debian:trixie", "debian:bookworm",
                "debian:bookworm", "debian:trixie");
    g_assert_true(xr_source_name_has_option("debsrc:bookworm,debug,kernel=dir:/a/b", "debug"));
    g_assert_false(xr_source_name_has_option("debsrc:bookworm,kernel=dir:/a/debug", "debug"));
}

/* A plan's kernels, and where the build's name goes before them. */
static void test_plan(void)
{
    g_autofree char *both = xr_kernel_words_add("debian:bookworm", "debian:trixie", "dir:/l");
    g_autofree char *one =
        xr_kernel_words_add("debian:bookworm,dom0.kernel=dir:/l", "debian:trixie", "dir:/l");

    g_assert_cmpstr(both, ==, "debian:bookworm,dom0.kernel=debian:trixie,guests.kernel=dir:/l");
    g_assert_cmpstr(one, ==, "debian:bookworm,kernel=dir:/l");
}

static XrBuild *prepare(const char *name)
{
    g_autoptr(GError) error = NULL;
    XrBuild *build = xr_build_prepare(name, NULL, NULL, NULL, &error);

    g_assert_no_error(error);
    return build;
}

static void check_fails(const char *name, int code, const char *text)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(xr_build_prepare(name, NULL, NULL, NULL, &error));
    g_test_message("%s", error->message);
    g_assert_error(error, XR_ERROR, code);
    g_assert_nonnull(strstr(error->message, text));
}

static void test_debian(void)
{
    char *top = build_rig_new();
    g_autoptr(XrBuild) usual = prepare("debian:bookworm");
    g_autoptr(XrBuild) newer = prepare("debian:bookworm,kernel=debian:trixie");
    g_autoptr(XrBuild) mixed = prepare("debian:bookworm,guests.kernel=debian:trixie");
    g_autoptr(GPtrArray) differences = xr_builds_list_differences(usual, newer);

    g_assert_cmpstr(newer->name, ==, "debian:bookworm,kernel=debian:trixie");
    g_assert_cmpstr(newer->toolstack, ==, "debian:bookworm");
    g_assert_cmpstr(newer->kernel_release, ==, "6.12.1-amd64");
    g_assert_cmpstr(mixed->kernel_release, ==, "6.1.0-1-amd64");
    g_assert_cmpstr(mixed->kernels[XR_BUILD_GUESTS].release, ==, "6.12.1-amd64");
    g_assert_cmpstr(mixed->kernels[XR_BUILD_GUESTS].name, ==, "debian:trixie");
    g_assert_cmpstr(usual->id, !=, newer->id);
    g_assert_cmpstr(usual->id, !=, mixed->id);
    g_assert_cmpstr(usual->identity, ==, newer->identity);
    g_assert_true(xr_builds_are_identical(usual, usual));
    g_assert_false(xr_builds_are_identical(usual, newer));
    g_assert_cmpuint(differences->len, ==, 2);
    g_assert_cmpstr(differences->pdata[0], ==,
                    "dom0.kernel: 6.1.0-1-amd64 (debian:bookworm) / 6.12.1-amd64 (debian:trixie)");
    check_fails("debian:bookworm,kernel=debian:sarge", XR_ERROR_INPUT,
                "dom0.kernel: no kernel \"debian:sarge\"; Debian's are debian:bookworm and "
                "debian:trixie");
    check_fails("debian:bookworm,guests.kernel=6.1", XR_ERROR_INPUT,
                "guests.kernel: no kernel \"6.1\"; kernels are named debian:bookworm, "
                "debian:trixie, file:VMLINUZ[,modules=DIR], dir:BUILDTREE");
    fixture_free(top);
}

/* A tree that a kernel was built in, with the modules xenfs and xen-blkback. */
static void put_tree(const char *top, const char *release, const char *modules_release)
{
    g_autoptr(GBytes) module = kernel_module("", modules_release);

    build_rig_put_kernel(top, "linux/arch/x86/boot/bzImage", release);
    fixture_put(top, "linux/modules.builtin", "");
    fixture_put(top, "linux/modules.order", "fs/xenfs.o\ndrivers/block/xen-blkback.o\n");
    fixture_put_bytes(top, "linux/fs/xenfs.ko", module);
    fixture_put_bytes(top, "linux/drivers/block/xen-blkback.ko", module);
}

static void test_tree(void)
{
    char *top = build_rig_new();
    g_autofree char *name = g_strdup_printf("debian:bookworm,kernel=dir:%s/linux", top);

    check_fails(name, XR_ERROR_INPUT,
                "is no Linux tree that was built: it lacks modules.builtin; "
                "run make in it");
    put_tree(top, "6.18.0-rc1", "6.17.0");
    check_fails(name, XR_ERROR_INPUT, "the kernel is Linux 6.18.0-rc1, and ");
    check_fails(name, XR_ERROR_INPUT,
                "xen-blkback.ko is a module of 6.17.0; name the modules of "
                "that kernel, or build both anew");
    put_tree(top, "6.18.0-rc1", "6.18.0-rc1");
    g_autoptr(XrBuild) first = prepare(name);
    g_assert_cmpstr(first->kernel_release, ==, "6.18.0-rc1");
    g_autoptr(XrBuild) again = prepare(name);
    g_assert_cmpstr(again->id, ==, first->id);
    fixture_put(top, "linux/fs/xenfs.ko", "built anew");
    check_fails(name, XR_ERROR_FETCH, "xenfs.ko: is no ELF64 file for x86-64");
    g_autoptr(GBytes) module = kernel_module("", "6.18.0-rc1 ");
    fixture_put_bytes(top, "linux/fs/xenfs.ko", module);
    g_autoptr(XrBuild) changed = prepare(name);
    g_assert_cmpstr(changed->id, !=, first->id);

    fixture_put(top, "linux/modules.order", "drivers/block/xen-blkback.o\n");
    check_fails(name, XR_ERROR_BUILD, "kernel module xenfs is neither in ");
    check_fails(name, XR_ERROR_BUILD, "/linux nor built in; it takes CONFIG_XENFS=m or =y");
    fixture_free(top);
}

static void test_file(void)
{
    char *top = build_rig_new();
    g_autofree char *name = g_strdup_printf("debian:bookworm,kernel=file:%s/vmlinuz", top);
    g_autofree char *with = g_strdup_printf("%s,modules=%s/root", name, top);
    g_autoptr(GBytes) module = kernel_module("", "6.9.9-own");
    g_autoptr(GBytes) no_xen = kernel_bzimage("6.9.9-own", FALSE, FALSE);

    check_fails(name, XR_ERROR_INPUT, "/vmlinuz; name a bzImage, as /boot/vmlinuz-6.1.0-56-amd64");
    fixture_put(top, "vmlinuz", "no kernel");
    check_fails(name, XR_ERROR_FETCH, "/vmlinuz: is no Linux bzImage");
    build_rig_put_kernel(top, "vmlinuz", "6.9.9-own");
    check_fails(name, XR_ERROR_INPUT,
                "no modules for Linux 6.9.9-own: /lib/modules/6.9.9-own has "
                "no modules.dep; say file:");
    fixture_put(top, "root/lib/modules/6.9.9-own/modules.dep", "kernel/xenfs.ko:\n");
    fixture_put(top, "root/lib/modules/6.9.9-own/modules.builtin", "");
    fixture_put_bytes(top, "root/lib/modules/6.9.9-own/kernel/xenfs.ko", module);
    g_autoptr(XrBuild) build = prepare(with);
    g_assert_cmpstr(build->kernel_release, ==, "6.9.9-own");
    g_assert_cmpuint(strlen(build->kernels[XR_BUILD_DOM0].sha256), ==, 64);
    fixture_put_bytes(top, "vmlinuz", no_xen);
    check_fails(with, XR_ERROR_BUILD,
                "Xen cannot start this kernel: its configuration needs "
                "CONFIG_XEN_PV (for mode pv) or CONFIG_PVH (for mode pvh)");
    fixture_free(top);
}

static void test_modes(void)
{
    char *top = build_rig_new();
    g_autoptr(GBytes) pv_only = kernel_bzimage("6.1.0-1-amd64", TRUE, FALSE);
    g_autoptr(GError) error = NULL;

    fixture_put_bytes(top, "trees/kernel-bookworm/boot/vmlinuz-6.1.0-1-amd64", pv_only);
    g_autoptr(XrBuild) build = prepare("debian:bookworm");
    g_assert_true(xr_build_check_mode(build, XR_BUILD_GUESTS, FALSE, &error));
    g_assert_no_error(error);
    g_assert_false(xr_build_check_mode(build, XR_BUILD_GUESTS, TRUE, &error));
    g_assert_cmpstr(error->message, ==,
                    "guests.mode pvh: guests.kernel \"debian:bookworm\" (Linux 6.1.0-1-amd64) "
                    "cannot be started so: its configuration needs CONFIG_PVH");
    fixture_free(top);
}

/* `xenrig check --build` in a bisection of Linux: a commit whose kernel lacks something is passed over. */
static void test_check(void)
{
    char *top = build_rig_new();
    g_autofree char *name = g_strdup_printf("debian:bookworm,kernel=dir:%s/linux", top);
    const char *overrides[] = {"compare.metric=verdict:crash", NULL};
    const XrCheckTask task = {.repo = "/nowhere", .build = name, .overrides = overrides};
    const XrCompareOptions options = {.quiet = TRUE};
    g_autofree char *told = NULL;
    g_autoptr(GError) error = NULL;

    put_tree(top, "6.18.0-rc1", "6.18.0-rc1");
    fixture_put(top, "linux/modules.order", "drivers/block/xen-blkback.o\n");
    g_assert_cmpint(xr_check(&task, &options, &told, &error), ==, XR_CHECK_SKIP);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(told, "nor built in; it takes CONFIG_XENFS=m or =y"));
    fixture_free(top);
}

static char *setup_of(const char *keys)
{
    g_autofree char *text = g_strdup_printf("{\"settings\":{\"dom0\":{\"vcpus\":\"2\"%s}}}", keys);
    g_autoptr(JsonObject) plan = xr_json_parse_line(text, -1, NULL);

    return xr_run_figure_setup(plan);
}

/* Runs of before there were these keys go on being compared with those of today. */
static void test_setup(void)
{
    g_autofree char *before = setup_of("");
    g_autofree char *usual = setup_of(",\"kernel\":\"debian:bookworm\",\"mode\":\"pv\"");
    g_autofree char *kernel = setup_of(",\"kernel\":\"debian:trixie\",\"mode\":\"pv\"");
    g_autofree char *mode = setup_of(",\"kernel\":\"debian:bookworm\",\"mode\":\"pvh\"");

    g_assert_cmpstr(before, ==, usual);
    g_assert_cmpstr(before, !=, kernel);
    g_assert_cmpstr(before, !=, mode);
}

static void check_pvh(const char *set, const char *name, const char *version, gboolean good)
{
    const char *sets[] = {set, set ? "guests.kind=linux" : NULL, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(XrPlan) plan = xr_plan_load(NULL, sets, &error);
    const XrBuild build = {.name = (char *)name, .xen_version = (char *)version};

    g_assert_no_error(error);
    g_assert_true(xr_prepare_check_pvh(plan, &build, XR_ACCEL_KVM, &error));
    g_assert_true(xr_prepare_check_pvh(plan, &build, XR_ACCEL_TCG, &error) == good);
    if (good)
        return;
    g_assert_error(error, XR_ERROR, XR_ERROR_HOST);
    g_assert_cmpstr(error->message, ==,
                    "Linux in mode pvh needs Xen 4.20 where QEMU emulates the CPU, and this is "
                    "4.17.7+13-g24; set hypervisor.build to debian:trixie, or to a build from "
                    "source with option sync-cr2 (debsrc:bookworm,sync-cr2): older ones give it an "
                    "old CR2, and it halts");
}

/* Emulated, Linux in PVH mode needs a Xen that knows its CR2. */
static void test_pvh(void)
{
    check_pvh(NULL, "debian:bookworm", "4.17.7+13-g24", TRUE);
    check_pvh("guests.mode=pvh", "debian:bookworm", "4.17.7+13-g24", FALSE);
    check_pvh("dom0.mode=pvh", "debian:bookworm", "4.17.7+13-g24", FALSE);
    check_pvh("guests.mode=pvh", "debsrc:bookworm,sync-cr2", "4.17.5", TRUE);
    check_pvh("guests.mode=pvh", "debian:trixie,kernel=debian:trixie", "4.20.4+63-g7a", TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build/kernels/words", test_words);
    g_test_add_func("/build/kernels/plan", test_plan);
    g_test_add_func("/build/kernels/debian", test_debian);
    g_test_add_func("/build/kernels/tree", test_tree);
    g_test_add_func("/build/kernels/file", test_file);
    g_test_add_func("/build/kernels/modes", test_modes);
    g_test_add_func("/build/kernels/check", test_check);
    g_test_add_func("/build/kernels/pvh", test_pvh);
    g_test_add_func("/build/kernels/setup", test_setup);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order in which kernel modules load. */
#include "base/error.h"
#include "build-fixture.h"
#include "build/modules.h"
#include "kernel-fixture.h"

/* As depmod writes it: after the colon all that is needed, the first to be loaded last. */
static const char depends[] =
    "kernel/fs/configfs/configfs.ko:\n"
    "kernel/drivers/virtio/virtio_ring.ko:\n"
    "kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko\n"
    "kernel/drivers/virtio/virtio_pci.ko.xz: kernel/drivers/virtio/virtio.ko "
    "kernel/drivers/virtio/virtio_ring.ko\n"
    "kernel/drivers/block/virtio_blk.ko: kernel/drivers/virtio/virtio.ko "
    "kernel/drivers/virtio/virtio_ring.ko\n"
    "kernel/drivers/block/xen-blkback/xen-blkback.ko:\n";

static XrModules *load(void)
{
    char *folder = fixture_new();
    g_autoptr(GError) error = NULL;

    fixture_put(folder, "modules.dep", depends);
    fixture_put(folder, "modules.builtin", "kernel/drivers/tty/hvc/hvc-xen.ko\n");
    XrModules *modules = xr_modules_load(folder, &error);
    g_assert_no_error(error);
    fixture_free(folder);
    return modules;
}

static char *join(GPtrArray *order)
{
    g_ptr_array_add(order, NULL);
    char *text = g_strjoinv(" ", (char **)order->pdata);
    g_ptr_array_remove_index(order, order->len - 1);
    return text;
}

static void test_order(void)
{
    g_autoptr(XrModules) modules = load();
    g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    /* "-" and "_" are the same; what was loaded for one is not loaded again for another. */
    g_assert_true(xr_modules_add(modules, "xen_blkback", order, &error));
    g_assert_true(xr_modules_add(modules, "virtio_pci", order, &error));
    g_assert_true(xr_modules_add(modules, "virtio-blk", order, &error));
    g_assert_true(xr_modules_add(modules, "virtio_pci", order, &error));
    g_assert_no_error(error);
    g_autofree char *text = join(order);
    g_assert_cmpstr(text, ==,
                    "kernel/drivers/block/xen-blkback/xen-blkback.ko "
                    "kernel/drivers/virtio/virtio_ring.ko kernel/drivers/virtio/virtio.ko "
                    "kernel/drivers/virtio/virtio_pci.ko.xz kernel/drivers/block/virtio_blk.ko");
}

static void test_builtin(void)
{
    g_autoptr(XrModules) modules = load();
    g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    g_assert_true(xr_modules_add(modules, "hvc_xen", order, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(order->len, ==, 0);
}

static void test_unknown(void)
{
    g_autoptr(XrModules) modules = load();
    g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    g_assert_false(xr_modules_add(modules, "null_blk", order, &error));
    g_assert_error(error, XR_ERROR, XR_ERROR_BUILD);
    g_assert_true(g_str_has_prefix(error->message, "kernel module null_blk is neither in /"));
    g_assert_true(
        g_str_has_suffix(error->message, "nor built in; it takes CONFIG_BLK_DEV_NULL_BLK=m or =y"));
    g_assert_cmpuint(order->len, ==, 0);
}

static void test_no_depmod(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = fixture_new();

    g_assert_null(xr_modules_load(folder, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_assert_nonnull(strstr(error->message, "modules.dep"));
    fixture_free(folder);
}

/* A tree that a kernel was built in: what a module needs it says itself, and lists have ".o" since 6.3. */
static void test_tree(void)
{
    g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) null_blk = kernel_module("configfs", "6.18.0");
    g_autoptr(GBytes) configfs = kernel_module("", "6.18.0");
    char *tree = fixture_new();

    fixture_put(tree, "modules.builtin", "kernel/drivers/xen/xenfs/xenfs.ko\n");
    g_autoptr(XrModules) none = xr_modules_load_tree(tree, &error);
    g_assert_no_error(error);
    g_assert_true(xr_modules_add(none, "xenfs", order, &error));
    g_assert_false(xr_modules_add(none, "xen-blkback", order, &error));
    g_assert_true(g_str_has_suffix(error->message, "it takes CONFIG_XEN_BLKDEV_BACKEND=m or =y"));
    g_clear_error(&error);

    fixture_put(tree, "modules.order",
                "drivers/block/null_blk/null_blk.o\nkernel/fs/configfs/configfs.ko\nfs/odd.ko\n");
    fixture_put_bytes(tree, "drivers/block/null_blk/null_blk.ko", null_blk);
    fixture_put_bytes(tree, "fs/configfs/configfs.ko", configfs);
    fixture_put(tree, "fs/odd.ko", "no module");
    g_autoptr(XrModules) modules = xr_modules_load_tree(tree, &error);
    g_assert_true(xr_modules_add(modules, "null-blk", order, &error));
    g_assert_no_error(error);
    g_autofree char *text = join(order);
    g_assert_cmpstr(text, ==, "fs/configfs/configfs.ko drivers/block/null_blk/null_blk.ko");
    g_assert_false(xr_modules_add(modules, "odd", order, &error));
    g_assert_true(g_str_has_suffix(error->message, "fs/odd.ko: is no ELF64 file for x86-64"));
    fixture_free(tree);
}

static void test_names(void)
{
    g_autofree char *plain = xr_modules_name("kernel/drivers/block/null_blk/null_blk.ko");
    g_autofree char *packed = xr_modules_name("xen-blkfront.ko.xz");

    g_assert_cmpstr(plain, ==, "null_blk");
    g_assert_cmpstr(packed, ==, "xen_blkfront");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/build/modules/order", test_order);
    g_test_add_func("/build/modules/builtin", test_builtin);
    g_test_add_func("/build/modules/unknown", test_unknown);
    g_test_add_func("/build/modules/no-depmod", test_no_depmod);
    g_test_add_func("/build/modules/tree", test_tree);
    g_test_add_func("/build/modules/names", test_names);
    return g_test_run();
}

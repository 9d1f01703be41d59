/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the kernel of dom0 or of the Linux domUs: Debian's, somebody's file, or a Linux tree that was built. */
#include "build/kernel.h"
#include "base/error.h"
#include "build/bzimage.h"
#include "build/elf.h"
#include "build/image.h"
#include "build/packages.h"
#include "build/tree.h"
#include "build/unpack.h"
#include <string.h>

static const char IMAGE_OF_TREE[] = "arch/x86/boot/bzImage";

/* Modules of which one is looked into, whether they are the kernel's; an image has at least one of them. */
static const char *const probes[] = {"xen_blkback", "null_blk", "xen_blkfront", "virtio_console"};

void xr_kernel_free(XrKernel *kernel)
{
    if (!kernel)
        return;
    g_free(kernel->name);
    g_free(kernel->release);
    g_free(kernel->image);
    g_free(kernel->sha256);
    g_free(kernel->set);
    g_free(kernel->tree);
    xr_modules_free(kernel->modules);
    g_free(kernel);
}

static gboolean find_debian(XrKernel *kernel, const XrKernelName *name,
                            void (*fetching)(gpointer user_data), gpointer user_data,
                            GCancellable *cancellable, GError **error)
{
    static const char before[] = "/boot/vmlinuz-";
    static const char *const releases[] = {"bookworm", "trixie", NULL};

    if (!g_strv_contains(releases, name->where)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "no kernel \"%s\"; Debian's are debian:bookworm and debian:trixie",
                    kernel->name);
        return FALSE;
    }
    kernel->set = g_strconcat("kernel-", name->where, NULL);
    kernel->tree = xr_packages_tree(kernel->set, fetching, user_data, cancellable, error);
    g_autofree char *match =
        kernel->tree ? xr_tree_match(kernel->tree, "boot/vmlinuz-*", error) : NULL;
    kernel->image = match ? xr_tree_resolve(kernel->tree, match, error) : NULL;
    if (!kernel->image)
        return FALSE;
    kernel->release = g_strdup(match + strlen(before));
    g_autofree char *folder = g_build_filename("lib/modules", kernel->release, NULL);
    g_autofree char *modules = xr_tree_resolve(kernel->tree, folder, error);
    kernel->modules = modules ? xr_modules_load(modules, error) : NULL;
    return kernel->modules != NULL;
}

static gboolean read_release(XrKernel *kernel, GError **error)
{
    g_autoptr(GBytes) image = xr_read_file(kernel->image, error);

    kernel->release = image ? xr_bzimage_release(image, kernel->image, error) : NULL;
    return kernel->release != NULL;
}

static gboolean has_modules(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "modules.dep", NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* Where the modules of release are: in named itself or below it, as "make modules_install INSTALL_MOD_PATH=" puts them; where
 * none is named, where this host has its own. */
static char *find_modules(const XrKernel *kernel, const char *named, GError **error)
{
    g_autofree char *below =
        g_build_filename(named ? named : "/", "lib/modules", kernel->release, NULL);

    if (named && has_modules(named))
        return g_strdup(named);
    if (has_modules(below))
        return g_steal_pointer(&below);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "\"%s\": no modules for Linux %s: %s%s%s has no modules.dep; say "
                "file:%s,modules=DIR with the folder that depmod wrote it to, lib/modules/%s as a "
                "rule",
                kernel->name, kernel->release, named ? named : "", named ? ", or " : "", below,
                kernel->image, kernel->release);
    return NULL;
}

/* "6.1.0-56-amd64 SMP preempt mod_unload modversions" is what a module says of its kernel. */
static gboolean check_fit(const XrKernel *kernel, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(probes); i++) {
        g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);

        if (!xr_modules_add(kernel->modules, probes[i], files, NULL) || files->len == 0)
            continue;
        g_autofree char *path = g_build_filename(xr_modules_folder(kernel->modules),
                                                 files->pdata[files->len - 1], NULL);
        g_autofree char *magic = xr_elf_modinfo(path, "vermagic", error);
        if (!magic)
            return FALSE;
        magic[strcspn(magic, " ")] = '\0';
        if (strcmp(magic, kernel->release) == 0)
            return TRUE;
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "\"%s\": the kernel is Linux %s, and %s is a module of %s; name the modules of "
                    "that kernel, or build both anew",
                    kernel->name, kernel->release, path, magic);
        return FALSE;
    }
    return TRUE;
}

static gboolean find_file(XrKernel *kernel, const XrKernelName *name, GError **error)
{
    kernel->image = g_canonicalize_filename(name->where, NULL);
    if (!g_file_test(kernel->image, G_FILE_TEST_IS_REGULAR)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "\"%s\": there is no file %s; name a bzImage, as /boot/vmlinuz-6.1.0-56-amd64",
                    kernel->name, kernel->image);
        return FALSE;
    }
    if (!read_release(kernel, error))
        return FALSE;
    g_autofree char *modules = find_modules(kernel, name->modules, error);
    kernel->modules = modules ? xr_modules_load(modules, error) : NULL;
    return kernel->modules && check_fit(kernel, error);
}

static gboolean find_tree(XrKernel *kernel, const XrKernelName *name, GError **error)
{
    g_autofree char *tree = g_canonicalize_filename(name->where, NULL);
    g_autofree char *builtin = g_build_filename(tree, "modules.builtin", NULL);

    kernel->image = g_build_filename(tree, IMAGE_OF_TREE, NULL);
    if (!g_file_test(kernel->image, G_FILE_TEST_EXISTS) ||
        !g_file_test(builtin, G_FILE_TEST_EXISTS)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "\"%s\": %s is no Linux tree that was built: it lacks %s; run make in it",
                    kernel->name, tree,
                    g_file_test(builtin, G_FILE_TEST_EXISTS) ? IMAGE_OF_TREE : "modules.builtin");
        return FALSE;
    }
    if (!read_release(kernel, error))
        return FALSE;
    kernel->modules = xr_modules_load_tree(tree, error);
    return kernel->modules && check_fit(kernel, error);
}

XrKernel *xr_kernel_find(const char *name, void (*fetching)(gpointer user_data), gpointer user_data,
                         GCancellable *cancellable, GError **error)
{
    g_autoptr(XrKernelName) parsed = xr_kernel_name_parse(name, error);
    g_autoptr(XrKernel) kernel = g_new0(XrKernel, 1);
    gboolean found;

    if (!parsed)
        return NULL;
    kernel->name = g_strdup(name);
    if (parsed->kind == XR_KERNEL_FROM_DEBIAN)
        found = find_debian(kernel, parsed, fetching, user_data, cancellable, error);
    else
        found =
            (parsed->kind == XR_KERNEL_FROM_FILE ? find_file : find_tree)(kernel, parsed, error);
    kernel->sha256 = found ? xr_hash_file(kernel->image, error) : NULL;
    return kernel->sha256 ? g_steal_pointer(&kernel) : NULL;
}

gboolean xr_kernel_hash(const XrKernel *kernel, const char *list, GChecksum *checksum,
                        GError **error)
{
    g_checksum_update(checksum, (const guchar *)kernel->sha256, -1);
    if (kernel->tree)
        return xr_packages_hash(kernel->tree, checksum, error);
    if (xr_image_hash_inputs(list, kernel->modules, checksum, error))
        return TRUE;
    g_prefix_error(error, "\"%s\": ", kernel->name);
    return FALSE;
}

GBytes *xr_kernel_unpack(const XrKernel *kernel, XrBuildKernel *facts, GError **error)
{
    g_autoptr(GBytes) image = xr_read_file(kernel->image, error);
    g_autoptr(GBytes) vmlinux = image ? xr_bzimage_vmlinux(image, kernel->image, error) : NULL;
    XrElfXen notes;

    if (!vmlinux || !xr_elf64_xen_notes(vmlinux, kernel->image, &notes, error))
        return NULL;
    facts->pv = notes.pv;
    facts->pvh = notes.pvh;
    if (notes.pv || notes.pvh)
        return g_steal_pointer(&vmlinux);
    g_set_error(error, XR_ERROR, XR_ERROR_BUILD,
                "\"%s\": Xen cannot start this kernel: its configuration needs CONFIG_XEN_PV (for "
                "mode pv) or CONFIG_PVH (for mode pvh)",
                kernel->name);
    return NULL;
}

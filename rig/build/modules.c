/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which kernel modules are needed, and in which order they load.
 *
 * A folder of modules that are installed has modules.dep, where depmod wrote what each needs. A tree that a kernel was built in
 * has modules.order, which lists its modules; what one of them needs is in the module itself. */
#include "build/modules.h"
#include "base/error.h"
#include "build/elf.h"
#include <string.h>

enum { DEPTH_MAX = 20 }; /* of modules that need one another */

struct _XrModules {
    char *folder;
    gboolean is_tree;    /* one that the kernel was built in */
    GHashTable *lines;   /* name -> strv: its file, then all it needs, the first to load last; in a
                            tree the file alone */
    GHashTable *builtin; /* set of names */
};

/* What the images ask for, by the name of its option in a kernel's configuration. */
static const struct {
    const char *module;
    const char *option;
} options[] = {
    {"null_blk", "BLK_DEV_NULL_BLK"},
    {"virtio_blk", "VIRTIO_BLK"},
    {"virtio_console", "VIRTIO_CONSOLE"},
    {"virtio_pci", "VIRTIO_PCI"},
    {"xen_blkback", "XEN_BLKDEV_BACKEND"},
    {"xen_blkfront", "XEN_BLKDEV_FRONTEND"},
    {"xen_evtchn", "XEN_DEV_EVTCHN"},
    {"xen_gntalloc", "XEN_GRANT_DEV_ALLOC"},
    {"xen_gntdev", "XEN_GNTDEV"},
    {"xen_privcmd", "XEN_PRIVCMD"},
    {"xenfs", "XENFS"},
};

void xr_modules_free(XrModules *modules)
{
    if (!modules)
        return;
    g_free(modules->folder);
    g_clear_pointer(&modules->lines, g_hash_table_unref);
    g_clear_pointer(&modules->builtin, g_hash_table_unref);
    g_free(modules);
}

char *xr_modules_name(const char *file)
{
    char *name = g_path_get_basename(file);
    char *suffix = strstr(name, ".ko");
    if (suffix)
        *suffix = '\0';
    return g_strdelimit(name, "-", '_');
}

static gboolean read_lines(const char *folder, const char *name, char ***lines, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, error))
        return FALSE;
    *lines = g_strsplit(text, "\n", -1);
    return TRUE;
}

static XrModules *new_modules(const char *folder, gboolean is_tree)
{
    XrModules *modules = g_new0(XrModules, 1);

    modules->folder = g_strdup(folder);
    modules->is_tree = is_tree;
    modules->lines =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
    modules->builtin = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return modules;
}

static gboolean load_builtin(XrModules *modules, GError **error)
{
    g_auto(GStrv) builtin = NULL;

    if (!read_lines(modules->folder, "modules.builtin", &builtin, error))
        return FALSE;
    for (guint i = 0; builtin[i]; i++)
        if (*builtin[i])
            g_hash_table_add(modules->builtin, xr_modules_name(builtin[i]));
    return TRUE;
}

XrModules *xr_modules_load(const char *folder, GError **error)
{
    g_autoptr(XrModules) modules = new_modules(folder, FALSE);
    g_auto(GStrv) depends = NULL;

    if (!read_lines(folder, "modules.dep", &depends, error) || !load_builtin(modules, error))
        return NULL;
    for (guint i = 0; depends[i]; i++) {
        char *colon = strchr(depends[i], ':');
        if (!colon)
            continue;
        *colon = ' ';
        g_auto(GStrv) files = g_strsplit(g_strstrip(depends[i]), " ", -1);
        char *name = xr_modules_name(files[0]);
        g_hash_table_insert(modules->lines, name, g_steal_pointer(&files));
    }
    return g_steal_pointer(&modules);
}

/* "drivers/block/null_blk/null_blk.ko"; before Linux 5.8 with "kernel/" in front, since 6.3 ".o". */
static char *file_of_order(const char *line)
{
    const char *file = g_str_has_prefix(line, "kernel/") ? line + strlen("kernel/") : line;
    gsize length = strlen(file);

    if (g_str_has_suffix(file, ".o") && !g_str_has_suffix(file, ".ko"))
        return g_strdup_printf("%.*s.ko", (int)(length - 2), file);
    return g_strdup(file);
}

XrModules *xr_modules_load_tree(const char *tree, GError **error)
{
    g_autoptr(XrModules) modules = new_modules(tree, TRUE);
    g_autofree char *path = g_build_filename(tree, "modules.order", NULL);
    g_auto(GStrv) order = NULL;

    if (!load_builtin(modules, error))
        return NULL;
    /* A kernel that has none leaves no list of them. */
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&modules);
    if (!read_lines(tree, "modules.order", &order, error))
        return NULL;
    for (guint i = 0; order[i]; i++) {
        if (!*order[i])
            continue;
        g_autofree char *file = file_of_order(order[i]);
        char *files[] = {file, NULL};
        g_hash_table_insert(modules->lines, xr_modules_name(file), g_strdupv(files));
    }
    return g_steal_pointer(&modules);
}

static gboolean fail_missing(const XrModules *modules, const char *name, GError **error)
{
    g_autofree char *wanted = xr_modules_name(name);
    const char *option = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        if (strcmp(options[i].module, wanted) == 0)
            option = options[i].option;
    g_set_error(error, XR_ERROR, XR_ERROR_BUILD,
                "kernel module %s is neither in %s nor built in%s%s%s", name, modules->folder,
                option ? "; it takes CONFIG_" : "", option ? option : "", option ? "=m or =y" : "");
    return FALSE;
}

static void add_file(GPtrArray *order, const char *file)
{
    if (!g_ptr_array_find_with_equal_func(order, file, g_str_equal, NULL))
        g_ptr_array_add(order, g_strdup(file));
}

static gboolean add_from_tree(const XrModules *modules, const char *name, guint depth,
                              GPtrArray *order, GError **error)
{
    g_autofree char *wanted = xr_modules_name(name);
    char **files = g_hash_table_lookup(modules->lines, wanted);

    if (!files)
        return g_hash_table_contains(modules->builtin, wanted) ||
               fail_missing(modules, name, error);
    g_autofree char *path = g_build_filename(modules->folder, files[0], NULL);
    g_autofree char *needs = xr_elf_modinfo(path, "depends", error);
    if (!needs)
        return FALSE;
    g_auto(GStrv) names = g_strsplit(needs, ",", -1);
    for (guint i = 0; names[i] && depth < DEPTH_MAX; i++)
        if (*names[i] && !add_from_tree(modules, names[i], depth + 1, order, error))
            return FALSE;
    add_file(order, files[0]);
    return TRUE;
}

gboolean xr_modules_add(const XrModules *modules, const char *name, GPtrArray *order,
                        GError **error)
{
    g_autofree char *wanted = xr_modules_name(name);
    char **files = g_hash_table_lookup(modules->lines, wanted);

    if (modules->is_tree)
        return add_from_tree(modules, name, 0, order, error);
    if (!files)
        return g_hash_table_contains(modules->builtin, wanted) ||
               fail_missing(modules, name, error);
    for (guint i = g_strv_length(files); i > 0; i--)
        if (*files[i - 1])
            add_file(order, files[i - 1]);
    return TRUE;
}

const char *xr_modules_folder(const XrModules *modules)
{
    return modules->folder;
}

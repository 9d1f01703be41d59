/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which kernel modules are needed, and in which order they load. */
#include "build/modules.h"
#include "base/error.h"
#include <string.h>

struct _XrModules {
    char *folder;
    GHashTable *lines;   /* name -> strv: its file, then all it needs, the first to load last */
    GHashTable *builtin; /* set of names */
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

XrModules *xr_modules_load(const char *folder, GError **error)
{
    g_autoptr(XrModules) modules = g_new0(XrModules, 1);
    g_auto(GStrv) depends = NULL;
    g_auto(GStrv) builtin = NULL;

    modules->folder = g_strdup(folder);
    modules->lines =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
    modules->builtin = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!read_lines(folder, "modules.dep", &depends, error) ||
        !read_lines(folder, "modules.builtin", &builtin, error))
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
    for (guint i = 0; builtin[i]; i++)
        if (*builtin[i])
            g_hash_table_add(modules->builtin, xr_modules_name(builtin[i]));
    return g_steal_pointer(&modules);
}

gboolean xr_modules_add(const XrModules *modules, const char *name, GPtrArray *order,
                        GError **error)
{
    g_autofree char *wanted = xr_modules_name(name);
    char **files = g_hash_table_lookup(modules->lines, wanted);

    if (!files) {
        if (g_hash_table_contains(modules->builtin, wanted))
            return TRUE;
        g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                    "kernel module %s is neither in %s nor built in; was it pruned from the "
                    "package set?",
                    name, modules->folder);
        return FALSE;
    }
    for (guint i = g_strv_length(files); i > 0; i--)
        if (*files[i - 1] &&
            !g_ptr_array_find_with_equal_func(order, files[i - 1], g_str_equal, NULL))
            g_ptr_array_add(order, g_strdup(files[i - 1]));
    return TRUE;
}

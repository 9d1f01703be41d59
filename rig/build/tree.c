/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: looking things up in an unpacked system tree, and finding libraries in it. */
#include "build/tree.h"
#include "base/error.h"
#include "build/elf.h"
#include <glob.h>
#include <string.h>

enum { MAX_LINKS = 40 };

/* Where Debian's loader looks when a program names no place. */
static const char *const default_folders[] = {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
                                              "/lib", "/usr/lib"};

/* Puts the components of path in front of those still to be walked (last first). */
static void push_components(GPtrArray *todo, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    for (guint i = g_strv_length(parts); i > 0; i--)
        if (*parts[i - 1] && strcmp(parts[i - 1], ".") != 0)
            g_ptr_array_add(todo, g_strdup(parts[i - 1]));
}

/* One step down from folder (within root); a link is put back onto todo. */
static gboolean step(const char *root, GString *folder, const char *name, GPtrArray *todo,
                     guint *links)
{
    if (strcmp(name, "..") == 0) {
        const char *slash = strrchr(folder->str, '/');
        g_string_truncate(folder, slash ? (gsize)(slash - folder->str) : 0);
        return TRUE;
    }
    gsize before = folder->len;
    g_string_append_printf(folder, "/%s", name);
    g_autofree char *host = g_strconcat(root, folder->str, NULL);
    if (!g_file_test(host, G_FILE_TEST_IS_SYMLINK))
        return g_file_test(host, G_FILE_TEST_EXISTS);
    g_autofree char *target = g_file_read_link(host, NULL);
    if (!target || ++*links > MAX_LINKS)
        return FALSE;
    g_string_truncate(folder, *target == '/' ? 0 : before);
    push_components(todo, target);
    return TRUE;
}

static char *resolve(const char *root, const char *path)
{
    g_autoptr(GPtrArray) todo = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) folder = g_string_new(NULL);
    guint links = 0;

    push_components(todo, path);
    while (todo->len > 0) {
        g_autofree char *name = g_ptr_array_steal_index(todo, todo->len - 1);
        if (!step(root, folder, name, todo, &links))
            return NULL;
    }
    return g_strconcat(root, folder->str, NULL);
}

char *xr_tree_resolve(const char *root, const char *path, GError **error)
{
    char *host = resolve(root, path);
    if (!host)
        g_set_error(error, XR_ERROR, XR_ERROR_FETCH, "%s: is not in the tree %s", path, root);
    return host;
}

char *xr_tree_match(const char *root, const char *pattern, GError **error)
{
    g_autoptr(GString) whole = g_string_new(NULL);
    glob_t found = {0};

    for (const char *c = root; *c; c++)
        g_string_append_printf(whole, "%s%c", strchr("*?[]\\", *c) ? "\\" : "", *c);
    g_string_append_printf(whole, "/%s", *pattern == '/' ? pattern + 1 : pattern);
    int status = glob(whole->str, 0, NULL, &found);
    char *path =
        status == 0 && found.gl_pathc == 1 ? g_strdup(found.gl_pathv[0] + strlen(root)) : NULL;
    if (!path)
        g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                    "%s: matches %" G_GSIZE_FORMAT " files in the tree %s, not one", pattern,
                    status == 0 ? found.gl_pathc : 0, root);
    globfree(&found);
    return path;
}

void xr_library_free(XrLibrary *library)
{
    if (!library)
        return;
    g_free(library->path);
    g_free(library->source);
    g_free(library);
}

static XrLibrary *library_at(const char *root, char *path)
{
    g_autoptr(XrLibrary) library = g_new0(XrLibrary, 1);
    library->path = path;
    library->source = resolve(root, path);
    return library->source ? g_steal_pointer(&library) : NULL;
}

/* origin: the folder, within the tree, of the file that asks. */
static XrLibrary *find_library(const char *root, const char *soname, const char *runpath,
                               const char *origin)
{
    g_auto(GStrv) named = g_strsplit(runpath ? runpath : "", ":", -1);

    for (guint i = 0; named[i]; i++) {
        if (!*named[i])
            continue;
        g_autoptr(GString) folder = g_string_new(named[i]);
        g_string_replace(folder, "${ORIGIN}", origin, 0);
        g_string_replace(folder, "$ORIGIN", origin, 0);
        g_autofree char *joined = g_build_filename(folder->str, soname, NULL);
        XrLibrary *library = library_at(root, g_canonicalize_filename(joined, "/"));
        if (library)
            return library;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(default_folders); i++) {
        XrLibrary *library = library_at(root, g_build_filename(default_folders[i], soname, NULL));
        if (library)
            return library;
    }
    return NULL;
}

static gboolean add_one(GPtrArray *libraries, XrLibrary *library, const char *name,
                        const char *asker, const char *root, GError **error)
{
    g_autoptr(XrLibrary) owned = library;
    if (!owned) {
        g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                    "library %s, needed by %s, is not in the tree %s: the package set must name "
                    "its package",
                    name, asker, root);
        return FALSE;
    }
    for (guint i = 0; i < libraries->len; i++) {
        const XrLibrary *known = libraries->pdata[i];
        if (strcmp(known->path, owned->path) == 0)
            return TRUE;
    }
    g_ptr_array_add(libraries, g_steal_pointer(&owned));
    return TRUE;
}

/* What one file asks for itself. */
static gboolean add_direct(const char *root, const char *path, const char *source,
                           GPtrArray *libraries, GError **error)
{
    g_autoptr(XrElfNeeds) needs = xr_elf_needs(source, error);
    if (!needs)
        return FALSE;
    g_autofree char *origin = g_path_get_dirname(path);
    if (needs->interpreter && !add_one(libraries, library_at(root, g_strdup(needs->interpreter)),
                                       needs->interpreter, path, root, error))
        return FALSE;
    for (guint i = 0; i < needs->needed->len; i++) {
        const char *soname = needs->needed->pdata[i];
        if (!add_one(libraries, find_library(root, soname, needs->runpath, origin), soname, path,
                     root, error))
            return FALSE;
    }
    return TRUE;
}

/* The libraries from index first on ask for more, which is added behind them. */
static gboolean close_over(const char *root, guint first, GPtrArray *libraries, GError **error)
{
    for (guint i = first; i < libraries->len; i++) {
        const XrLibrary *library = libraries->pdata[i];
        if (!add_direct(root, library->path, library->source, libraries, error))
            return FALSE;
    }
    return TRUE;
}

gboolean xr_tree_add_needed(const char *root, const char *path, const char *source,
                            GPtrArray *libraries, GError **error)
{
    guint first = libraries->len;
    return add_direct(root, path, source, libraries, error) &&
           close_over(root, first, libraries, error);
}

gboolean xr_tree_add_library(const char *root, const char *soname, GPtrArray *libraries,
                             GError **error)
{
    guint first = libraries->len;
    return add_one(libraries, find_library(root, soname, NULL, "/"), soname, "the image's list",
                   root, error) &&
           close_over(root, first, libraries, error);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the scripts of images/xen, run on a source tree. */
#include "build/script.h"
#include "base/error.h"
#include "base/paths.h"
#include "build/child.h"
#include <string.h>

enum { LOG_LINES = 12 };

/* text with whole, a path that it is or begins with, replaced by with; NULL if it does not. Free with g_free. */
static char *move_path(const char *text, const char *whole, const char *with)
{
    gsize length = strlen(whole);

    if (!g_str_has_prefix(text, whole) || (text[length] != '\0' && text[length] != '/'))
        return NULL;
    return g_strconcat(with, text + length, NULL);
}

static void add_moved(GPtrArray *words, const char *text, const XrRootFolder *bindings, gsize count)
{
    char *moved = NULL;

    for (gsize i = 0; i < count && !moved; i++)
        moved = move_path(text, bindings[i].from, bindings[i].to);
    g_ptr_array_add(words, moved ? moved : g_strdup(text));
}

/* The same place for all trees and hosts, so that it is in no binary and ccache finds what it knows. */
static gboolean add_entered(GPtrArray *words, const XrScript *script, const char *const *argv,
                            GError **error)
{
    g_autofree char *cache = xr_paths_cache();
    g_autofree char *ccache = g_build_filename(cache, "ccache", NULL);
    g_autofree char *data = xr_paths_data("images/xen", error);
    const XrRootFolder bindings[] = {{script->tree, "/xen", FALSE},
                                     {script->dest, "/result", FALSE},
                                     {ccache, XR_ROOT_CCACHE, FALSE},
                                     {data, "/rig", TRUE}};

    if (!data)
        return FALSE;
    if (g_mkdir_with_parents(ccache, 0700) != 0 || g_mkdir_with_parents(script->dest, 0700) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s or %s: cannot be created", ccache,
                    script->dest);
        return FALSE;
    }
    xr_build_root_enter(script->root, bindings, G_N_ELEMENTS(bindings), words);
    for (; *argv; argv++)
        add_moved(words, *argv, bindings, G_N_ELEMENTS(bindings));
    return TRUE;
}

static void add_plain(GPtrArray *words, const char *const *argv)
{
    g_autofree char *cache = xr_paths_cache();

    g_ptr_array_add(words, g_strdup("env"));
    g_ptr_array_add(words, g_strdup_printf("CCACHE_DIR=%s/ccache", cache));
    for (; *argv; argv++)
        g_ptr_array_add(words, g_strdup(*argv));
}

gboolean xr_script_run(const XrScript *script, const char *const *argv, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    gboolean success = FALSE;

    if (!script->root || !script->root->tree)
        add_plain(words, argv);
    else if (!add_entered(words, script, argv, error))
        return FALSE;
    g_ptr_array_add(words, NULL);
    if (!xr_child_run((const char *const *)words->pdata, script->log, script->lock_fd,
                      "building from source", &success, script->cancellable, error))
        return FALSE;
    if (success)
        return TRUE;
    g_file_get_contents(script->log, &text, NULL, NULL);
    g_autofree char *lines = xr_child_error_lines(text ? text : "", LOG_LINES);
    gboolean is_host = xr_child_blames_host(text ? text : "");
    g_set_error(error, XR_ERROR, is_host ? XR_ERROR_HOST : XR_ERROR_BUILD,
                "%s %s:%s\nThe whole log: %s", script->subject,
                is_host ? "was not built, for lack of disk or memory" : "does not build", lines,
                script->log);
    return FALSE;
}

gboolean xr_script_export(const XrScript *script, const XrOrigin *origin, const char *tree,
                          const char *const *parts, GError **error)
{
    g_autofree char *path = xr_paths_data("images/xen/build.sh", error);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    gboolean is_git = origin->kind == XR_FROM_GIT;
    XrScript outside = *script;

    outside.root = NULL;
    if (!path)
        return FALSE;
    g_ptr_array_add(argv, path);
    g_ptr_array_add(argv, (gpointer) "export");
    g_ptr_array_add(argv, (gpointer)(is_git ? "git" : "copy"));
    g_ptr_array_add(argv, origin->folder);
    if (is_git)
        g_ptr_array_add(argv, origin->revision);
    g_ptr_array_add(argv, (gpointer)tree);
    for (; *parts; parts++)
        g_ptr_array_add(argv, (gpointer)*parts);
    g_ptr_array_add(argv, NULL);
    return xr_script_run(&outside, (const char *const *)argv->pdata, error);
}

char *xr_script_ask_version(const char *program, GError **error)
{
    const char *const argv[] = {program, "--version", NULL};
    char *text = xr_child_ask(argv, error);

    if (text)
        text[strcspn(text, "\n")] = '\0';
    return text;
}

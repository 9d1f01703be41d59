/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the scripts of images/xen, run on a source tree. */
#include "build/script.h"
#include "base/error.h"
#include "base/paths.h"
#include "build/child.h"
#include <string.h>

enum { LOG_LINES = 12 };

gboolean xr_script_run(const XrScript *script, const char *const *argv, GError **error)
{
    g_autofree char *cache = xr_paths_cache();
    g_autofree char *ccache = g_strdup_printf("CCACHE_DIR=%s/ccache", cache);
    g_autofree char *text = NULL;
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    gboolean success = FALSE;

    g_ptr_array_add(words, (gpointer) "env");
    g_ptr_array_add(words, ccache);
    for (; *argv; argv++)
        g_ptr_array_add(words, (gpointer)*argv);
    g_ptr_array_add(words, NULL);
    if (!xr_child_run((const char *const *)words->pdata, script->lock_fd, "building from source",
                      &success, script->cancellable, error))
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

    if (!path)
        return FALSE;
    g_ptr_array_add(argv, path);
    g_ptr_array_add(argv, (gpointer) "export");
    g_ptr_array_add(argv, (gpointer)(is_git ? "git" : "copy"));
    g_ptr_array_add(argv, origin->folder);
    if (is_git)
        g_ptr_array_add(argv, origin->revision);
    g_ptr_array_add(argv, (gpointer)tree);
    g_ptr_array_add(argv, (gpointer)script->log);
    for (; *parts; parts++)
        g_ptr_array_add(argv, (gpointer)*parts);
    g_ptr_array_add(argv, NULL);
    return xr_script_run(script, (const char *const *)argv->pdata, error);
}

char *xr_script_ask_version(const char *program, GError **error)
{
    const char *const argv[] = {program, "--version", NULL};
    char *text = xr_child_ask(argv, error);

    if (text)
        text[strcspn(text, "\n")] = '\0';
    return text;
}

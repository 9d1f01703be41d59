/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: where the rig keeps things. */
#include "base/paths.h"
#include "base/error.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder that the variable names, absolute; NULL if it is unset or empty. */
static char *from_environment(const char *variable)
{
    const char *value = g_getenv(variable);
    return value && *value ? g_canonicalize_filename(value, NULL) : NULL;
}

static char *below(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "xenrig", NULL);
    return g_canonicalize_filename(path, NULL);
}

char *xr_paths_cache(void)
{
    char *path = from_environment("XENRIG_CACHE");
    return path ? path : below(g_get_user_cache_dir());
}

char *xr_paths_state(void)
{
    char *path = from_environment("XENRIG_STATE");
    return path ? path : below(g_get_user_state_dir());
}

char *xr_paths_runtime(void)
{
    char *path = from_environment("XENRIG_RUNTIME");
    if (path)
        return path;
    /* Not g_get_user_runtime_dir: its fallback, the cache, may be too long for a socket. A variable
     * left over from another login names a folder that is gone. */
    const char *folder = g_getenv("XDG_RUNTIME_DIR");
    if (folder && g_path_is_absolute(folder) && g_file_test(folder, G_FILE_TEST_IS_DIR))
        return below(folder);
    return g_strdup_printf("/tmp/xenrig-%u", (guint)getuid());
}

gboolean xr_paths_make_private(const char *path, GError **error)
{
    GStatBuf info;

    if (g_mkdir_with_parents(path, 0700) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be created: %s", path,
                    g_strerror(errno));
        return FALSE;
    }
    /* lstat: in /tmp a stranger may have put a link or a folder of his own under the name. */
    if (g_lstat(path, &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != getuid()) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                    "%s: is not a folder of user %u; remove it or name another place in "
                    "XENRIG_RUNTIME, XENRIG_CACHE or XENRIG_STATE",
                    path, (guint)getuid());
        return FALSE;
    }
    if ((info.st_mode & 0077) != 0 && chmod(path, 0700) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be made private: %s", path,
                    g_strerror(errno));
        return FALSE;
    }
    return TRUE;
}

char *xr_paths_data(const char *name, GError **error)
{
    const char *const folders[] = {g_getenv("XENRIG_DATA"), XR_BUILD_DIR, XR_SOURCE_DIR,
                                   XR_DATA_DIR};
    g_autoptr(GString) tried = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        if (!folders[i] || !*folders[i])
            continue;
        g_autofree char *path = g_build_filename(folders[i], name, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_canonicalize_filename(path, NULL);
        g_string_append_printf(tried, "%s%s", tried->len ? ", " : "", path);
    }
    g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                "%s is missing; looked for %s; build the rig (meson compile) or name its folder in "
                "XENRIG_DATA",
                name, tried->str);
    return NULL;
}

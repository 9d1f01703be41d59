/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the files in tests/plans, found by their names. */
#include "plan/shipped.h"

#include "base/error.h"
#include "base/paths.h"
#include "base/text.h"
#include "plan/schema.h"
#include <string.h>

#define FOLDER "tests/plans"

enum { NAME_MAX_BYTES = 64 };

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the shipped files, sorted, NULL-terminated. */
static GPtrArray *shipped_names(const char *suffix)
{
    g_autofree char *folder = xr_paths_data(FOLDER, NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = folder != NULL ? g_dir_open(folder, 0, NULL) : NULL;
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(name, suffix))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(suffix)));
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return names;
}

char *xr_shipped_find(const char *text, const char *suffix, const char *what, GError **error)
{
    if (strchr(text, '/') != NULL || g_str_has_suffix(text, suffix))
        return g_strdup(text);
    g_autofree char *name = g_strconcat(FOLDER "/", text, suffix, NULL);
    g_autofree char *found = *text != '\0' ? xr_paths_data(name, NULL) : NULL;
    if (found != NULL)
        return g_steal_pointer(&found);

    g_autoptr(GPtrArray) names = shipped_names(suffix);
    g_autofree char *shown = xr_text_escape(text, -1, 80);
    g_autofree char *near = xr_schema_suggest(text, (const char *const *)names->pdata);
    g_autofree char *known = g_strjoinv(", ", (char **)names->pdata);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "\"%s\": no such %s;%s shipped: %s; for a file of yours write its path, e.g. "
                "./my%s",
                shown, what, near, *known != '\0' ? known : "none found", suffix);
    return NULL;
}

char *xr_shipped_name(const char *path, const char *suffix)
{
    g_autofree char *base = g_path_get_basename(path);
    if (g_str_has_suffix(base, suffix))
        base[strlen(base) - strlen(suffix)] = '\0';
    g_strcanon(base, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._+-", '-');
    const char *begin = base;
    while (*begin != '\0' && !g_ascii_isalnum(*begin))
        begin++;
    return *begin != '\0' ? g_strndup(begin, NAME_MAX_BYTES) : g_strdup(suffix + 1);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: records looked for below a folder. */
#include "keep/history-scan.h"

#include "keep/history-run.h"
#include <string.h>

/* STATE/comparisons/ID/runs/NAME, with STATE in a folder that was gathered from several hosts. */
enum { DEEPEST = 7 };

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static gboolean is_unfinished(const char *dir)
{
    g_autofree char *events = g_build_filename(dir, "events.jsonl", NULL);

    return g_file_test(events, G_FILE_TEST_IS_REGULAR);
}

static GPtrArray *folders_in(const char *dir)
{
    GPtrArray *folders = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
    const char *name;

    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(dir, name, NULL);

        /* Names with a dot are copies under way. */
        if (name[0] != '.' && g_file_test(path, G_FILE_TEST_IS_DIR) &&
            !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            g_ptr_array_add(folders, g_steal_pointer(&path));
    }
    g_ptr_array_sort(folders, by_name);
    return folders;
}

static void scan(const char *dir, guint depth, GPtrArray *records, guint *unfinished)
{
    g_autoptr(GPtrArray) folders = NULL;

    if (xr_history_is_record(dir)) {
        g_ptr_array_add(records, g_strdup(dir));
        return;
    }
    if (is_unfinished(dir)) {
        (*unfinished)++;
        return;
    }
    folders = folders_in(dir);
    for (guint i = 0; depth < DEEPEST && i < folders->len; i++)
        scan(folders->pdata[i], depth + 1, records, unfinished);
}

void xr_history_scan(const char *dir, GPtrArray *records, guint *unfinished)
{
    scan(dir, 0, records, unfinished);
}

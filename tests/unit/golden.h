/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole texts compared with files of tests/golden; XENRIG_GOLDEN=write writes the files anew, for a look at the difference. */
#pragma once

#include <glib.h>

/* Whole texts in a failure's message hide what differs. */
static inline void assert_same_lines(const char *text, const char *golden, const char *path)
{
    g_auto(GStrv) ours = g_strsplit(text, "\n", -1), theirs = g_strsplit(golden, "\n", -1);

    for (guint i = 0; ours[i] != NULL || theirs[i] != NULL; i++) {
        if (g_strcmp0(ours[i], theirs[i]) != 0)
            g_error("%s, line %u: \"%s\" in place of \"%s\"", path, i + 1,
                    ours[i] != NULL ? ours[i] : "(end)", theirs[i] != NULL ? theirs[i] : "(end)");
        if (ours[i] == NULL || theirs[i] == NULL)
            return;
    }
}

static inline void assert_golden(const char *text, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(XR_SOURCE_DIR "/tests/golden", folder, name, NULL);
    g_autofree char *golden = NULL;
    g_autoptr(GError) error = NULL;

    if (g_strcmp0(g_getenv("XENRIG_GOLDEN"), "write") == 0)
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_file_get_contents(path, &golden, NULL, &error);
    g_assert_no_error(error);
    assert_same_lines(text, golden, path);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole texts compared with files of tests/golden; XENRIG_GOLDEN=write writes the files anew, for a look at the difference. */
#pragma once

#include <glib.h>

static inline void assert_golden(const char *text, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(XR_SOURCE_DIR "/tests/golden", folder, name, NULL);
    g_autofree char *golden = NULL;
    g_autoptr(GError) error = NULL;

    if (g_strcmp0(g_getenv("XENRIG_GOLDEN"), "write") == 0)
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_file_get_contents(path, &golden, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, golden);
}

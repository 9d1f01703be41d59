/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports checked against their schemas, by a validator that is not ours: python3-jsonschema. */
#pragma once

#include <glib.h>

/* Skips the test where it is not installed. */
static inline gboolean have_validator(void)
{
    const char *const argv[] = {"python3", "-W", "ignore", "-c", "import jsonschema", NULL};
    gint status = 0;

    if (g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                     NULL, NULL, NULL, NULL, &status, NULL) &&
        g_spawn_check_wait_status(status, NULL))
        return TRUE;
    g_test_skip("python3-jsonschema is not installed");
    return FALSE;
}

/* Whether the files (NULL-terminated) are as the schema says; output gets what it says where they are not. */
static inline gboolean validates(const char *const *files, const char *schema, char **output)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) error = NULL;
    gint status = 0;

    g_strv_builder_add_many(words, "python3", "-W", "ignore", "-m", "jsonschema", NULL);
    for (; *files != NULL; files++)
        g_strv_builder_add_many(words, "-i", *files, NULL);
    g_strv_builder_add(words, schema);
    argv = g_strv_builder_end(words);
    g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, output, &status, &error);
    g_assert_no_error(error);
    return g_spawn_check_wait_status(status, NULL);
}

static inline void assert_valid(const char *const *files, const char *schema)
{
    g_autofree char *output = NULL;

    if (!validates(files, schema, &output))
        g_error("a report is not as its schema says: %s", output);
}

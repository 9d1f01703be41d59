/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up trees for the tests of rig/build. */
#pragma once

#include "build/cache.h"
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* A new empty folder; free with fixture_free. */
static inline char *fixture_new(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = g_dir_make_tmp("xenrig-test-XXXXXX", &error);
    g_assert_no_error(error);
    return folder;
}

static inline void fixture_free(char *folder)
{
    xr_cache_remove(folder);
    g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
    g_free(folder);
}

/* The path of name in folder, with the folders above it made. Free with g_free. */
static inline char *fixture_path(const char *folder, const char *name)
{
    char *path = g_build_filename(folder, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
    return path;
}

static inline void fixture_put_bytes(const char *folder, const char *name, GBytes *data)
{
    g_autofree char *path = fixture_path(folder, name);
    g_autoptr(GError) error = NULL;
    gsize size;
    const char *bytes = g_bytes_get_data(data, &size);
    g_file_set_contents(path, bytes, (gssize)size, &error);
    g_assert_no_error(error);
}

static inline void fixture_put(const char *folder, const char *name, const char *text)
{
    g_autoptr(GBytes) data = g_bytes_new(text, strlen(text));
    fixture_put_bytes(folder, name, data);
}

static inline void fixture_link(const char *folder, const char *name, const char *target)
{
    g_autofree char *path = fixture_path(folder, name);
    g_assert_cmpint(symlink(target, path), ==, 0);
}

static inline void fixture_copy(const char *folder, const char *name, const char *source)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    gsize size;
    g_file_get_contents(source, &bytes, &size, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) data = g_bytes_new(bytes, size);
    fixture_put_bytes(folder, name, data);
}

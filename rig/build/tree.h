/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: looking things up in an unpacked system tree, and finding libraries in it. */
#pragma once

#include <glib.h>

/* A tree's absolute links mean places within the tree: nothing here leaves it. Paths inside a tree
 * are written as the tree's own system would, with a leading "/" or without. */

/* The real place, on the host, of path within root: all links followed. NULL with XR_ERROR_FETCH if
 * it does not exist there. Free with g_free. */
char *xr_tree_resolve(const char *root, const char *path, GError **error);

/* The one path (within root, with a leading "/") that matches the shell pattern. XR_ERROR_FETCH if
 * none or several do; the message names the pattern and the tree. Free with g_free. */
char *xr_tree_match(const char *root, const char *pattern, GError **error);

/* A library and where it is found. */
typedef struct {
    char *path;   /* within the tree and within an image: "/lib/x86_64-linux-gnu/libc.so.6" */
    char *source; /* the file on the host */
} XrLibrary;
void xr_library_free(XrLibrary *library);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrLibrary, xr_library_free)

/* Adds to libraries (of XrLibrary) what the program on the host's path source, which will be at
 * path in an image, needs: its interpreter and its libraries, and theirs. Those in libraries
 * already are not added again. XR_ERROR_FETCH naming library, who needs it and the tree. */
gboolean xr_tree_add_needed(const char *root, const char *path, const char *source,
                            GPtrArray *libraries, GError **error);
/* The same for one library by its name. */
gboolean xr_tree_add_library(const char *root, const char *soname, GPtrArray *libraries,
                             GError **error);

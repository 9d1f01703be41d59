/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: build roots: the Debian release in which hypervisors and toolstacks from source are built. */
#pragma once

#include "build/build.h"
#include "build/source.h"

/* In place of a release: the compiler of this host, and no root. */
#define XR_BUILD_ROOT_HOST "host"
/* Where ccache keeps its files, inside. */
#define XR_ROOT_CCACHE "/ccache"

typedef struct {
    char *release; /* "bookworm", or XR_BUILD_ROOT_HOST */
    char *tree;    /* the release's tree in the cache; NULL for the host */
    char *entry;   /* of the cache, "trees/KEY"; NULL for the host */
    char *
        packages; /* tells what is in it from any other: a hash over its packages; "" for the host */
    char *compiler; /* first line of "gcc --version" */
    char *linker;   /* first line of "ld --version" */
} XrBuildRoot;

/* The release for Xen of version ("4.17.5", "4.23-unstable"; "" is taken for a new one): the oldest one that builds it,
 * so that neither new warnings nor new Pythons stand in the way of an old Xen. */
const char *xr_build_root_for(const char *version);
/* Whichever of two releases is the older one: it builds what the newer one builds, and both ends of a range must be
 * built alike. A release that is not known is returned for itself. */
const char *xr_build_root_older(const char *a, const char *b);
/* with, which stands behind the names of builds of commits of the git repository repo, so that all between good and bad
 * are built alike: where the two would get different roots and with names none, ",root=" with the older one is added.
 * with may be NULL. Free with g_free. */
char *xr_build_root_pin(const char *repo, const char *good, const char *bad, const char *with);
/* XR_ERROR_INPUT lists the known ones. */
gboolean xr_build_root_check(const char *release, GError **error);

/* Fetches the packages of release where they are not in the cache, and looks whether it can be entered. XR_ERROR_HOST
 * if not, or if the host's compiler is missing; errors of fetching. */
XrBuildRoot *xr_build_root_prepare(const char *release, XrBuildProgress progress,
                                   gpointer user_data, GCancellable *cancellable, GError **error);
void xr_build_root_free(XrBuildRoot *root);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrBuildRoot, xr_build_root_free)

/* A folder of this host that is seen inside a root. */
typedef struct {
    const char *from;
    const char *to;
    gboolean is_read_only;
} XrRootFolder;

/* Appends to words (char *, owned) what stands before a command for it to run in root: there it sees the root's files, the
 * bindings and nothing else of this host, no network and no other process. Adds nothing for the host. */
void xr_build_root_enter(const XrBuildRoot *root, const XrRootFolder *bindings, gsize count,
                         GPtrArray *words);

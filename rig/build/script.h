/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the scripts of images/xen, run on a source tree. */
#pragma once

#include "build/build-root.h"
#include "build/origin.h"

/* What runs one of them on behalf of a cache entry. Borrowed. */
typedef struct {
    const char *subject; /* what is built, for messages: "debsrc:bookworm" */
    const char *log;
    int lock_fd;
    GCancellable *cancellable;
    const XrBuildRoot *root; /* where it runs; NULL: on the host. The next two are for that alone */
    const char *tree;        /* the source, writable there */
    const char *dest; /* what is to be made, writable there; made where it is not there yet */
} XrScript;

/* Runs argv (NULL at its end, a script first) with the rig's own ccache. In a root, paths of images/xen, of tree and of dest in
 * argv are replaced by theirs inside. XR_ERROR_BUILD with the log's error lines and path, XR_ERROR_STOPPED. */
gboolean xr_script_run(const XrScript *script, const char *const *argv, GError **error);

/* Exports origin into the folder tree, which does not exist yet: what a hypervisor is made of, and parts (NULL at
 * their end) as far as origin has them. */
gboolean xr_script_export(const XrScript *script, const XrOrigin *origin, const char *tree,
                          const char *const *parts, GError **error);

/* The first line of what "program --version" says. XR_ERROR_HOST. Free with g_free. */
char *xr_script_ask_version(const char *program, GError **error);

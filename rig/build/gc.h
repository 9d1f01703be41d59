/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the cache kept within bounds.
 *
 * What was not used for the longest goes first, whatever its kind; what a running rig uses stays. The compiler's
 * cache (ccache) orders its own by use: it gets at most a quarter of what may stay. Everything that goes can be
 * had again: what was fetched by the network, what was built in minutes. */
#pragma once

#include "build/entries.h"

typedef struct {
    guint64 before, after; /* bytes on disk of the whole cache */
    guint64 ccache_before, ccache_after;
    GPtrArray *removed; /* XrEntry, the longest unused first */
    GPtrArray *in_use;  /* XrEntry that would have gone */
} XrGc;
void xr_gc_free(XrGc *gc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrGc, xr_gc_free)

/* Removes until the cache has at most keep bytes, or nothing is left to go. dry: only tells. Two at once, and
 * beside builds, are safe. Errors are the file system's; what went until then is gone. */
XrGc *xr_gc_run(guint64 keep, gboolean dry, GError **error);

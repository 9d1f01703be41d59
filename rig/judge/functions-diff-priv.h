/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the parts of comparing functions; for judge/functions-*.c only. */
#pragma once

#include "judge/functions-diff.h"

enum { XR_DIFF_BASE, XR_DIFF_HEAD, XR_DIFF_SIDES };

/* A function with all its clones. */
typedef struct XrDiffNode {
    char *layer, *name;
    double value[XR_DIFF_SIDES];        /* instructions a MiB */
    double sum[XR_DIFF_SIDES];          /* of its group, where it is the first */
    GHashTable *callers[XR_DIFF_SIDES]; /* name -> double *: calls a MiB */
    struct XrDiffNode *group;           /* towards the group's first; itself where it is that */
    struct XrDiffNode *renamed;         /* what stands for it since; NULL: itself */
} XrDiffNode;

typedef struct {
    GPtrArray *nodes;   /* XrDiffNode, in order of layer and name */
    GHashTable *by_key; /* "layer/name" -> XrDiffNode */
    XrFunctionsDiff *diff;
} XrDiffWork;

/* NULL: there is none; what has a new name is found by the old one, too. */
XrDiffNode *xr_diff_find(const XrDiffWork *work, const char *layer, const char *name);
double xr_diff_calls(const XrDiffNode *node, guint side, const char *caller);
/* The first of a node's group. */
XrDiffNode *xr_diff_first(XrDiffNode *node);
gint xr_diff_by_name(gconstpointer a, gconstpointer b);
void xr_diff_add_move(XrDiffWork *work, XrMovedKind kind, const XrDiffNode *from,
                      const char *from_name, const char *to_name, double instructions);

/* --- functions-moved.c --- */

/* Steps 2 to 4 of the method (functions-diff.c). */
void xr_diff_find_moved(XrDiffWork *work);

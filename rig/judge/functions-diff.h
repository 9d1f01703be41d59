/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which functions changed between two builds, and which only moved. Pure. */
#pragma once

#include "watch/functions.h"

/* A table of functions, with what they were counted for. */
typedef struct {
    XrFunctions *functions;
    double mib; /* that were moved meanwhile; above 0 */
} XrFunctionTable;

/* A function, or several between which code has moved, in instructions a MiB. */
typedef struct {
    char *layer;
    char *name; /* of the largest, without what compilers append to clones */
    char *with; /* the others, "a, b"; NULL: there are none */
    double base, head;
} XrFunctionChange;

typedef enum {
    XR_MOVED_RENAMED,
    XR_MOVED_REPLACED, /* to is called where from was, and holds its code */
    XR_MOVED_INLINED,  /* from is part of to, in head */
    XR_MOVED_OUTLINED, /* to is a function of its own that was part of from, in base */
} XrMovedKind;

typedef struct {
    XrMovedKind kind;
    char *layer, *from, *to;
    double instructions; /* a MiB, of what moved, where it was before */
} XrFunctionMove;

typedef struct {
    GPtrArray *changed; /* XrFunctionChange, all that differ, the largest difference first */
    GPtrArray *moved;   /* XrFunctionMove, the largest first */
    double base, head;  /* all instructions a MiB; head - base is the sum of all differences */
} XrFunctionsDiff;

XrFunctionsDiff *xr_functions_diff(const XrFunctionTable *base, const XrFunctionTable *head);
void xr_functions_diff_free(XrFunctionsDiff *diff);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrFunctionsDiff, xr_functions_diff_free)

/* "foo.isra.0 [mod]" -> "foo [mod]": the name that all clones of a function share. Free with g_free. */
char *xr_function_base_name(const char *title);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: instructions of a counted window, told by function. */
#pragma once

#include "build/symbols.h"
#include <json-glib/json-glib.h>

/* Names of layers beside the domUs' own. */
#define XR_LAYER_XEN         "xen"
#define XR_LAYER_DOM0_KERNEL "dom0_kernel"
#define XR_LAYER_DOM0_USER   "dom0_user"
#define XR_LAYER_OTHERS      "others"
/* Names of what is no function: code that no symbol is known of, and layers that are not told apart. */
#define XR_FUNCTION_UNKNOWN "[unknown]"
#define XR_FUNCTION_ALL     "[all]"

/* Functions of a table at most, and callers of one: the rest is summed up, or left out. */
enum { XR_FUNCTIONS_MAX = 20000, XR_CALLERS_MAX = 16 };

/* Of one function, or address: sums of all that a table may have stay within 64 bits. */
#define XR_INSTRUCTIONS_MAX ((guint64)1 << 43)

typedef struct {
    char *name;   /* of a function of the same layer, as xr_function_title has it */
    gint64 calls; /* in the window, by direct CALL or JMP */
} XrCaller;

typedef struct {
    char *layer;         /* XR_LAYER_… or a domU's name */
    char *name, *module; /* module: of dom0's kernel, else "" */
    gint64 instructions; /* in the window */
    GPtrArray *callers;  /* XrCaller, those with the most calls first */
} XrFunction;

typedef struct {
    GPtrArray *list;         /* XrFunction, those with the most instructions first */
    char *xen, *dom0_kernel; /* where names are from: "xen-syms"; "": there are none */
} XrFunctions;

XrFunctions *xr_functions_new(const char *xen, const char *dom0_kernel);
XrFunctions *xr_functions_ref(XrFunctions *functions);
/* Lets go of one reference; NULL is all right. */
void xr_functions_free(XrFunctions *functions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrFunctions, xr_functions_free)

/* Adds one, and returns it; it belongs to functions. */
XrFunction *xr_functions_add(XrFunctions *functions, const char *layer, const char *name,
                             const char *module, gint64 instructions);
void xr_function_add_caller(XrFunction *function, const char *name, gint64 calls);
/* In the order of list and of callers. */
void xr_functions_sort(XrFunctions *functions);
gint64 xr_functions_sum(const XrFunctions *functions, const char *layer);
/* "dispatch_rw_block_io [xen_blkback]". Free with g_free. */
char *xr_function_title(const XrFunction *function);

/* Members "symbols" and "list", as the event "functions" and verdict.json have them. bytes: that were moved meanwhile, for
 * per_mib; 0: without it. New object. */
JsonObject *xr_functions_json(const XrFunctions *functions, gint64 bytes);
/* And back; NULL where there is no list. What is no function in it is left out. */
XrFunctions *xr_functions_parse(JsonObject *object);
/* Folded stacks, one a line, "layer;function count": what flame graphs are drawn from. There are no stacks deeper than
 * layer, module and function: the plugin sees instructions, not who called. Free with g_free. */
char *xr_functions_folded(const XrFunctions *functions);

/* --- attribute.c --- */

/* Tells the lines of the count plugin (plugin/slots.h) by function. XR_ERROR_RECORD where they are none. Symbols may be
 * empty: then all of that layer is XR_FUNCTION_UNKNOWN. */
XrFunctions *xr_functions_attribute(const char *slots, XrSymbols *xen, XrSymbols *dom0_kernel,
                                    GError **error);
/* XEN_VIRT_START of the Xen that ran, by where most of its instructions were: it is at one of two places. */
guint64 xr_functions_xen_start(const char *slots);

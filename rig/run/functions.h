/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which functions the counted instructions are of. */
#pragma once

#include "run/session.h"

/* What is asked of, beside the plugin's file. */
typedef struct {
    const char *addresses; /* the plugin's file (plugin/slots.h); goes away */
    JsonObject *modules;   /* the agent's reply to "modules"; not trusted; may be NULL */
    const char *xen, *kernel, *initramfs; /* as the machine was booted with */
    JsonObject *counts;                   /* the event "count" */
} XrFunctionSources;

/* An event "functions" for the report, and functions.folded in the record. XR_ERROR_RECORD. What has no symbols is told
 * without names. */
gboolean xr_functions_take(XrSession *s, const XrFunctionSources *sources, GError **error);

/* --- parts; pure --- */

/* Module -> section -> address, of the agent's reply. Free with g_hash_table_unref. */
GHashTable *xr_functions_modules(JsonObject *reply);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what of a hypervisor's making changes its speed, and is not its source. */
#pragma once

#include <json-glib/json-glib.h>

/* config: the text of a hypervisor's .config, NULL if it is not known; flags, compiler and linker: NULL if not
 * known. An object of strings by what they are called in words ("debug": "n"), in the order in which they are
 * told; what is not known is "?". Pure. */
JsonObject *xr_pins_of(const char *config, const char *flags, const char *compiler,
                       const char *linker);

/* Where two such objects differ, as "debug: y / n" (char *); what is known of one only counts as different, what
 * is known of neither does not. Pure. Free with g_ptr_array_unref. */
GPtrArray *xr_pins_differ(JsonObject *a, JsonObject *b);

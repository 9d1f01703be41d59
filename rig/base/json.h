/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: small helpers over json-glib for reading untrusted objects, and for writing. */
#pragma once

#include <json-glib/json-glib.h>

/* Members of obj, or the fallback where the member is missing or of another type: never a
 * g_critical, whatever the object holds. Strings belong to the object. */
const char *xr_json_string(JsonObject *obj, const char *name, const char *fallback);
gint64 xr_json_int(JsonObject *obj, const char *name, gint64 fallback);
double xr_json_double(JsonObject *obj, const char *name, double fallback);
gboolean xr_json_bool(JsonObject *obj, const char *name, gboolean fallback);
/* NULL where missing or of another type. Owned by obj. */
JsonArray *xr_json_array(JsonObject *obj, const char *name);
JsonObject *xr_json_object(JsonObject *obj, const char *name);
/* Element i as an object, or NULL. */
JsonObject *xr_json_element_object(JsonArray *array, guint i);
/* One line of text -> object; NULL with XR_ERROR_RECORD if it is no JSON object (nesting above 32
 * is refused). */
JsonObject *xr_json_parse_line(const char *line, gssize len, GError **error);
/* Compact, one line, no newline at the end. Free with g_free. */
char *xr_json_line(JsonObject *obj);
/* The same for people to read: lines, indented. Free with g_free. */
char *xr_json_text(JsonObject *obj);
/* New array; values is NULL-terminated, NULL for none. */
JsonArray *xr_json_strings(const char *const *values);
/* Sets the member; null where value is not finite, for which JSON has no number. */
void xr_json_set_number(JsonObject *obj, const char *name, double value);

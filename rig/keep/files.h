/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: files of records that are gone on with: written whole, or grown by lines. */
#pragma once

#include <json-glib/json-glib.h>

/* Written to a temporary name and renamed: never half there. XR_ERROR_RECORD. */
gboolean xr_files_put_text(const char *dir, const char *name, const char *text, GError **error);
gboolean xr_files_put_json(const char *dir, const char *name, JsonObject *object, GError **error);

/* Appends the object as a line to a file that is there, and waits until it is on disk. What a killed rig left of a line
 * is cut off before. XR_ERROR_RECORD. */
gboolean xr_files_append(const char *path, JsonObject *object, GError **error);

/* The file's lines as objects, in their order; a last one that no newline ends was cut off as it was written, and is passed
 * over. XR_ERROR_RECORD naming file and line of anything worse. */
GPtrArray *xr_files_lines(const char *path, GError **error);

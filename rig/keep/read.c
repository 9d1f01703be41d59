/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: reads a stored record back. */
#include "keep/record.h"

#include "base/error.h"
#include "base/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The rig writes lines of a little above 1 MiB at most; a longer one is no event of ours. */
#define LINE_MAX_BYTES (16 * 1024 * 1024)

typedef struct {
    const char *path;
    const char *kind; /* NULL: all */
    char *needle;     /* text that every line of that kind holds; NULL: none */
    XrEventFunc func;
    gpointer user_data;
    guint *torn;
} Reader;

static gboolean read_line(const Reader *reader, const char *line, gsize len, guint number,
                          GError **error)
{
    gboolean whole = len > 0 && line[len - 1] == '\n';
    if (len > LINE_MAX_BYTES) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s:%u: a line of %" G_GSIZE_FORMAT " bytes; events have at most %d",
                    reader->path, number, len, LINE_MAX_BYTES);
        return FALSE;
    }
    if (whole && reader->needle != NULL &&
        memmem(line, len, reader->needle, strlen(reader->needle)) == NULL)
        return TRUE;
    g_autoptr(GError) local = NULL;
    g_autoptr(JsonObject) event = xr_json_parse_line(line, (gssize)(whole ? len - 1 : len), &local);
    if (event != NULL) {
        if (reader->kind == NULL || g_str_equal(xr_json_string(event, "kind", ""), reader->kind))
            reader->func(event, reader->user_data);
        return TRUE;
    }
    if (!whole) {
        if (reader->torn != NULL)
            (*reader->torn)++;
        return TRUE;
    }
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%s:%u: %s; the record is damaged here, all lines before it are good", reader->path,
                number, local->message);
    return FALSE;
}

static gboolean read_lines(const Reader *reader, FILE *in, GError **error)
{
    g_autofree char *line = NULL;
    gsize room = 0;
    guint number = 0;
    ssize_t len;
    /* getline grows the buffer with realloc; g_free is free since GLib 2.46 */
    while ((len = getline(&line, &room, in)) >= 0)
        if (!read_line(reader, line, (gsize)len, ++number, error))
            return FALSE;
    if (ferror(in)) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s:%u: cannot be read on: %s", reader->path,
                    number + 1, g_strerror(errno));
        return FALSE;
    }
    return TRUE;
}

gboolean xr_record_read_events_of(const char *dir, const char *kind, XrEventFunc func,
                                  gpointer user_data, guint *torn, GError **error)
{
    g_autofree char *path = g_build_filename(dir, "events.jsonl", NULL);
    g_autofree char *needle = kind == NULL ? NULL : g_strdup_printf("\"kind\":\"%s\"", kind);
    Reader reader = {.path = path,
                     .kind = kind,
                     .needle = needle,
                     .func = func,
                     .user_data = user_data,
                     .torn = torn};
    if (torn != NULL)
        *torn = 0;
    FILE *in = fopen(path, "re");
    if (in == NULL) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s: cannot be opened: %s; a record is the folder that `xenrig run` names",
                    path, g_strerror(errno));
        return FALSE;
    }
    gboolean ok = read_lines(&reader, in, error);
    fclose(in);
    return ok;
}

gboolean xr_record_read_events(const char *dir, XrEventFunc func, gpointer user_data, guint *torn,
                               GError **error)
{
    return xr_record_read_events_of(dir, NULL, func, user_data, torn, error);
}

JsonObject *xr_record_read_json(const char *dir, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *text = NULL;
    gsize len = 0;
    g_autoptr(GError) local = NULL;
    if (!g_file_get_contents(path, &text, &len, &local)) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s; a record is the folder that `xenrig run` names", local->message);
        return NULL;
    }
    JsonObject *obj = xr_json_parse_line(text, (gssize)len, &local);
    if (obj == NULL)
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: %s", path, local->message);
    return obj;
}

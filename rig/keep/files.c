/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: files of records that are gone on with: written whole, or grown by lines. */
#include "keep/files.h"

#include "base/error.h"
#include "base/json.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

gboolean xr_files_put_text(const char *dir, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autoptr(GError) local = NULL;

    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &local))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: cannot be written: %s", path,
                local->message);
    return FALSE;
}

gboolean xr_files_put_json(const char *dir, const char *name, JsonObject *object, GError **error)
{
    g_autofree char *text = xr_json_text(object);
    g_autofree char *ended = g_strconcat(text, "\n", NULL);

    return xr_files_put_text(dir, name, ended, error);
}

/* What a killed rig left of a line goes, or the next one would be joined to it. */
static gboolean cut_torn_line(int fd)
{
    const off_t length = lseek(fd, 0, SEEK_END);
    off_t end = length;
    char last = '\n';

    while (end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n')
        end--;
    return length >= 0 && (end == length || ftruncate(fd, end) == 0);
}

static gboolean append_line(const char *path, const char *line)
{
    const gsize length = strlen(line);
    int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    gboolean written;

    if (fd < 0)
        return FALSE;
    written = cut_torn_line(fd) && write(fd, line, length) == (ssize_t)length && fsync(fd) == 0;
    return close(fd) == 0 && written;
}

gboolean xr_files_append(const char *path, JsonObject *object, GError **error)
{
    g_autofree char *line = xr_json_line(object);
    g_autofree char *ended = g_strconcat(line, "\n", NULL);

    if (append_line(path, ended))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: cannot be written: %s", path,
                g_strerror(errno));
    return FALSE;
}

static gboolean read_whole(const char *path, char **text, GError **error)
{
    g_autoptr(GError) local = NULL;
    gsize length = 0;

    if (!g_file_get_contents(path, text, &length, &local))
        g_set_error_literal(error, XR_ERROR, XR_ERROR_RECORD, local->message);
    else if (strlen(*text) != length)
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s: holds a NUL: the record is damaged there", path);
    else
        return TRUE;
    return FALSE;
}

GPtrArray *xr_files_lines(const char *path, GError **error)
{
    g_autoptr(GPtrArray) objects =
        g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
    g_autofree char *text = NULL;

    if (!read_whole(path, &text, error))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++) {
        JsonObject *object = xr_json_parse_line(lines[i], -1, error);

        if (object == NULL) {
            g_prefix_error(error, "%s:%u: ", path, i + 1);
            return NULL;
        }
        g_ptr_array_add(objects, object);
    }
    return g_steal_pointer(&objects);
}

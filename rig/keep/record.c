/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: writes the record of a run. */
#include "keep/record.h"

#include "base/error.h"
#include "base/json.h"
#include "keep/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A guest may print for hours: each console is kept up to this size, then cut with a remark. */
#define CONSOLE_MAX (64 * 1024 * 1024)
/* 64 domUs, Xen, and room; a source beyond goes to the file of the unnamed. */
#define CONSOLES_MAX 72
#define OTHER        "other"

typedef struct {
    int fd;
    gint64 size;
} Appended;

struct _XrRecord {
    char *dir;
    char *id;
    int held; /* keep/folder.h */
    Appended *events;
    GHashTable *consoles; /* file name without .log -> Appended */
    gboolean failed;
    GError *unreported; /* the failure, until a caller has asked for it */
};

static void appended_free(gpointer data)
{
    Appended *file = data;
    if (file == NULL)
        return;
    close(file->fd);
    g_free(file);
}

static Appended *open_appended(const XrRecord *record, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(record->dir, name, NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return xr_folder_fail(error, "cannot be made", path);
    Appended *file = g_new0(Appended, 1);
    file->fd = fd;
    return file;
}

XrRecord *xr_record_new(const char *dir, const char *plan_name, GError **error)
{
    g_autoptr(XrRecord) record = g_new0(XrRecord, 1);
    record->held = -1;
    record->consoles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, appended_free);
    record->dir = xr_folder_new("runs", dir, plan_name, &record->id, error);
    if (record->dir == NULL)
        return NULL;
    record->held = xr_folder_hold(record->dir);
    g_autofree char *consoles = g_build_filename(record->dir, "console", NULL);
    if (mkdir(consoles, 0700) != 0)
        return xr_folder_fail(error, "cannot be made", consoles);
    record->events = open_appended(record, "events.jsonl", error);
    return record->events == NULL ? NULL : g_steal_pointer(&record);
}

const char *xr_record_dir(const XrRecord *record)
{
    return record->dir;
}

const char *xr_record_id(const XrRecord *record)
{
    return record->id;
}

gboolean xr_record_put_text(XrRecord *record, const char *name, const char *text, GError **error)
{
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s: \"%s\" is no name for a file of a record; give one without \"/\" that "
                    "does not begin with a dot",
                    record->dir, name);
        return FALSE;
    }
    g_autofree char *path = g_build_filename(record->dir, name, NULL);
    g_autoptr(GError) local = NULL;
    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &local))
        return TRUE;
    record->failed = TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: cannot be written: %s", path,
                local->message);
    return FALSE;
}

gboolean xr_record_put_json(XrRecord *record, const char *name, JsonObject *obj, GError **error)
{
    g_autofree char *text = xr_json_text(obj);
    g_autofree char *ended = g_strconcat(text, "\n", NULL);
    return xr_record_put_text(record, name, ended, error);
}

/* All bytes or none: what a full disk leaves of them is cut off again, so that a reader never
 * meets half a line that others follow. */
static gboolean append(XrRecord *record, Appended *file, const char *name, const char *bytes,
                       gsize len, GError **error)
{
    gsize done = 0;
    while (done < len) {
        ssize_t n = write(file->fd, bytes + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            int saved = n == 0 ? ENOSPC : errno;
            g_autofree char *path = g_build_filename(record->dir, name, NULL);
            if (done > 0 && ftruncate(file->fd, file->size) != 0)
                g_debug("%s: a torn line stays at its end", path);
            record->failed = TRUE;
            errno = saved;
            xr_folder_fail(error, "cannot be written, the record ends here", path);
            return FALSE;
        }
        done += (gsize)n;
    }
    file->size += (gint64)len;
    return TRUE;
}

/* The first failure goes to the first caller that gives an error pointer, be it a later one. */
static gboolean report_failure(XrRecord *record, GError **error)
{
    if (record->unreported == NULL)
        return TRUE;
    if (error != NULL)
        g_propagate_error(error, g_steal_pointer(&record->unreported));
    return FALSE;
}

gboolean xr_record_event(XrRecord *record, JsonObject *event, GError **error)
{
    if (record->failed)
        return report_failure(record, error);
    g_autofree char *line = xr_json_line(event);
    g_autofree char *ended = g_strconcat(line, "\n", NULL);
    if (append(record, record->events, "events.jsonl", ended, strlen(ended), &record->unreported))
        return TRUE;
    return report_failure(record, error);
}

static gboolean is_plain_source(const char *source)
{
    gsize len = strspn(source, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return len > 0 && len <= 32 && source[len] == '\0';
}

static gboolean append_console(XrRecord *record, const char *source, const char *bytes, gsize len,
                               GError **error)
{
    const char *key = is_plain_source(source) ? source : OTHER;
    if (!g_hash_table_contains(record->consoles, key) &&
        g_hash_table_size(record->consoles) >= CONSOLES_MAX)
        key = OTHER;
    g_autofree char *name = g_strdup_printf("console/%s.log", key);
    Appended *file = g_hash_table_lookup(record->consoles, key);
    if (file == NULL) {
        file = open_appended(record, name, error);
        if (file == NULL)
            return FALSE;
        g_hash_table_insert(record->consoles, g_strdup(key), file);
    }
    if (file->size >= CONSOLE_MAX)
        return TRUE;
    if (file->size + (gint64)len < CONSOLE_MAX)
        return append(record, file, name, bytes, len, error);
    static const char cut[] = "\n[xenrig: 64 MiB of this console are kept, the rest is not]\n";
    if (!append(record, file, name, bytes, (gsize)(CONSOLE_MAX - file->size), error))
        return FALSE;
    return append(record, file, name, cut, sizeof(cut) - 1, error);
}

gboolean xr_record_console(XrRecord *record, const char *source, const char *bytes, gsize len,
                           GError **error)
{
    if (!record->failed && append_console(record, source, bytes, len, &record->unreported))
        return TRUE;
    record->failed = TRUE;
    return report_failure(record, error);
}

gboolean xr_record_failed(const XrRecord *record)
{
    return record->failed;
}

void xr_record_free(XrRecord *record)
{
    if (record == NULL)
        return;
    g_clear_pointer(&record->events, appended_free);
    g_clear_error(&record->unreported);
    g_clear_pointer(&record->consoles, g_hash_table_unref);
    xr_folder_let_go(record->held);
    g_free(record->dir);
    g_free(record->id);
    g_free(record);
}

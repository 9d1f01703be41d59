/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: records of other hosts, copied in. */
#include "keep/history-db.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "boot/leftovers.h"
#include "keep/history-scan.h"
#include "keep/record.h"
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

enum { OBJECT_MAX_BYTES = 32 * 1024 * 1024, ORIGIN_MAX = 32 };

static gboolean check_origin(const char *origin, GError **error)
{
    const gsize length = strspn(origin, "abcdefghijklmnopqrstuvwxyz0123456789-");

    if (length > 0 && length <= ORIGIN_MAX && origin[length] == '\0')
        return TRUE;
    g_set_error(
        error, XR_ERROR, XR_ERROR_INPUT,
        "\"%s\" is no name for where records come from: write 1 to %d small letters, digits "
        "and dashes",
        origin, ORIGIN_MAX);
    return FALSE;
}

/* --- what is wrong with a record --- */

static void pass_over(JsonObject *event, gpointer unused)
{
}

static gboolean check_size(const char *dir, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    GStatBuf info;

    if (g_stat(path, &info) == 0 && info.st_size <= OBJECT_MAX_BYTES)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: larger than any that xenrig writes", path);
    return FALSE;
}

/* The run, if all of the record can be read and belongs together. */
static XrHistoryRun *check_record(const char *dir, GError **error)
{
    g_autoptr(XrHistoryRun) run = NULL;
    g_autoptr(JsonObject) description = NULL;

    if (!check_size(dir, "verdict.json", error) || !check_size(dir, "run.json", error) ||
        !check_size(dir, "plan", error))
        return NULL;
    run = xr_history_run_read(dir, error);
    description = run != NULL ? xr_record_read_json(dir, "run.json", error) : NULL;
    if (description == NULL)
        return NULL;
    if (!g_str_equal(xr_json_string(description, "id", ""), run->id)) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s: verdict.json is of run %s, run.json of another: it is damaged", dir,
                    run->id);
        return NULL;
    }
    if (!xr_record_read_events(dir, pass_over, NULL, NULL, error))
        return NULL;
    return g_steal_pointer(&run);
}

/* --- copying --- */

static gboolean copy_file(const char *from, const char *to, const char *name, GError **error)
{
    g_autofree char *source = g_build_filename(from, name, NULL);
    g_autofree char *target = g_build_filename(to, name, NULL);
    g_autoptr(GFile) in = g_file_new_for_path(source);
    g_autoptr(GFile) out = g_file_new_for_path(target);
    g_autoptr(GError) local = NULL;

    /* A link may lead anywhere. */
    if (!g_file_test(source, G_FILE_TEST_IS_REGULAR) || g_file_test(source, G_FILE_TEST_IS_SYMLINK))
        return TRUE;
    if (g_file_copy(in, out, G_FILE_COPY_TARGET_DEFAULT_PERMS, NULL, NULL, NULL, &local) &&
        g_chmod(target, 0600) == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: cannot be copied: %s", source,
                local != NULL ? local->message : g_strerror(errno));
    return FALSE;
}

static gboolean copy_folder(const char *from, const char *to, GError **error)
{
    g_autoptr(GDir) entries = g_dir_open(from, 0, NULL);
    const char *name;

    if (g_mkdir_with_parents(to, 0700) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: cannot be made: %s", to,
                    g_strerror(errno));
        return FALSE;
    }
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        if (!copy_file(from, to, name, error))
            return FALSE;
    }
    return TRUE;
}

/* Where the record of that id goes: a name that is not taken. Free with g_free. */
static char *free_place(const char *folder, const char *id)
{
    for (guint number = 1;; number++) {
        g_autofree char *name = number == 1 ? g_strdup(id) : g_strdup_printf("%s-%u", id, number);
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
}

/* The copy has its name only when it is whole. Its path; free with g_free. NULL with error: nothing is left. */
static char *copy_record(const XrHistoryRun *run, const char *origin, GError **error)
{
    g_autofree char *folder = xr_history_imported_dir(origin);
    g_autofree char *place = free_place(folder, run->id);
    g_autofree char *part_name = g_strdup_printf(".%s-%08x", run->id, g_random_int());
    g_autofree char *part = g_build_filename(folder, part_name, NULL);
    g_autofree char *from_console = g_build_filename(run->record, "console", NULL);
    g_autofree char *console = g_build_filename(part, "console", NULL);

    if (copy_folder(run->record, part, error) && copy_folder(from_console, console, error)) {
        if (g_rename(part, place) == 0)
            return g_steal_pointer(&place);
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: cannot be made: %s", place,
                    g_strerror(errno));
    }
    xr_leftovers_remove_tree(part);
    return NULL;
}

/* --- one record --- */

/* Where the history has the run; NULL where it does not know it, or with error. Free with g_free. */
static char *known_as(XrHistory *history, const XrHistoryRun *run, GError **error)
{
    g_autoptr(sqlite3_stmt) statement =
        xr_db_prepare(history, "SELECT record FROM runs WHERE id = ?1 AND started_us = ?2", error);
    gboolean row;

    if (statement == NULL)
        return NULL;
    xr_db_bind_text(statement, 1, run->id);
    sqlite3_bind_int64(statement, 2, run->started_us);
    if (!xr_db_step(history, statement, &row, error) || !row)
        return NULL;
    return xr_db_text(statement, 0);
}

static gboolean enter_copy(XrHistory *history, const char *place, GError **error)
{
    g_autoptr(XrHistoryRun) copy = xr_history_run_read(place, error);

    if (copy != NULL && xr_history_add(history, copy, error))
        return TRUE;
    xr_leftovers_remove_tree(place);
    return FALSE;
}

static gboolean import_one(XrHistory *history, const char *dir, const char *origin,
                           XrHistoryTally *tally, GError **error)
{
    g_autoptr(XrHistoryRun) run = check_record(dir, error);
    g_autoptr(GError) trouble = NULL;
    g_autofree char *known = run != NULL ? known_as(history, run, &trouble) : NULL;
    g_autofree char *place = NULL;

    if (run == NULL)
        return FALSE;
    if (trouble != NULL) {
        g_propagate_error(error, g_steal_pointer(&trouble));
        return FALSE;
    }
    if (known != NULL) {
        g_autofree char *shown = xr_text_escape(known, -1, 1024);

        tally->known++;
        g_ptr_array_add(tally->notes,
                        g_strdup_printf("%s is known already (%s): skipped", run->id, shown));
        return TRUE;
    }
    place = copy_record(run, origin, error);
    if (place == NULL || !enter_copy(history, place, error))
        return FALSE;
    tally->entered++;
    return TRUE;
}

XrHistoryTally *xr_history_import(XrHistory *history, const char *dir, const char *origin,
                                  GError **error)
{
    g_autoptr(XrHistoryTally) tally = xr_history_tally_new();
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = g_canonicalize_filename(dir, NULL);
    guint unfinished = 0;

    if (!check_origin(origin, error))
        return NULL;
    xr_history_scan(path, records, &unfinished);
    if (records->len == 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s: neither the record of a finished run nor a folder that holds some", dir);
        return NULL;
    }
    for (guint i = 0; i < records->len; i++) {
        g_autoptr(GError) trouble = NULL;

        if (import_one(history, records->pdata[i], origin, tally, &trouble))
            continue;
        tally->refused++;
        g_autofree char *text = xr_text_escape(trouble->message, -1, 4096);
        g_ptr_array_add(tally->notes, g_strdup_printf("refused: %s", text));
    }
    return g_steal_pointer(&tally);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the history made anew from the records. */
#include "keep/history-db.h"

#include "base/error.h"
#include "base/paths.h"
#include "base/text.h"
#include "keep/history-scan.h"
#include <errno.h>
#include <glib/gstdio.h>

XrHistoryTally *xr_history_tally_new(void)
{
    XrHistoryTally *tally = g_new0(XrHistoryTally, 1);

    tally->notes = g_ptr_array_new_with_free_func(g_free);
    return tally;
}

void xr_history_tally_free(XrHistoryTally *tally)
{
    if (tally == NULL)
        return;
    g_ptr_array_unref(tally->notes);
    g_free(tally);
}

/* --- a damaged database --- */

static gboolean move_aside(const char *path, XrHistoryTally *tally, GError **error)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    g_autofree char *aside = g_strdup_printf("%s.damaged-%s", path, time);
    g_autofree char *journal = g_strconcat(path, "-journal", NULL);
    g_autofree char *journal_aside = g_strconcat(aside, "-journal", NULL);

    if (g_rename(path, aside) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s: is damaged, and cannot be moved aside: %s; remove it by hand", path,
                    g_strerror(errno));
        return FALSE;
    }
    /* Left there it would be played back into the new one. */
    g_rename(journal, journal_aside);
    g_ptr_array_add(tally->notes, g_strdup_printf("%s was damaged: it is %s now", path, aside));
    return TRUE;
}

static gboolean check_damage(XrHistoryTally *tally, GError **error)
{
    g_autofree char *path = xr_history_path();
    XrHistory raw = {.path = path};
    gboolean sound;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    sound = sqlite3_open_v2(path, &raw.db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
    if (sound) {
        sqlite3_busy_timeout(raw.db, 10000);
        sound = xr_db_is_sound(&raw);
    }
    sqlite3_close(raw.db);
    return sound || move_aside(path, tally, error);
}

/* --- the records --- */

static void enter(XrHistory *history, const char *dir, XrHistoryTally *tally)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(XrHistoryRun) run = xr_history_run_read(dir, &error);

    if (run != NULL && xr_history_add(history, run, &error)) {
        tally->entered++;
        return;
    }
    tally->refused++;
    g_ptr_array_add(tally->notes, xr_text_escape(error->message, -1, 4096));
}

/* Records that the history knows: those elsewhere are added to the others, those that are gone are counted. */
static gboolean add_known(XrHistory *history, GPtrArray *records, XrHistoryTally *tally,
                          GError **error)
{
    g_autoptr(sqlite3_stmt) statement =
        xr_db_prepare(history, "SELECT record FROM runs ORDER BY record", error);
    g_autoptr(GHashTable) found = g_hash_table_new(g_str_hash, g_str_equal);
    gboolean row = TRUE;

    if (statement == NULL)
        return FALSE;
    for (guint i = 0; i < records->len; i++)
        g_hash_table_add(found, records->pdata[i]);
    while (row) {
        g_autofree char *path = NULL;

        if (!xr_db_step(history, statement, &row, error))
            return FALSE;
        if (!row)
            break;
        path = xr_db_text(statement, 0);
        if (!xr_history_is_record(path)) {
            tally->kept++;
        } else if (!g_hash_table_contains(found, path)) {
            g_ptr_array_add(records, g_steal_pointer(&path));
            g_hash_table_add(found, records->pdata[records->len - 1]);
        }
    }
    return TRUE;
}

static GPtrArray *scan_all(const char *const *more, XrHistoryTally *tally)
{
    static const char *const kinds[] = {"runs", "comparisons", "nights", "imported"};
    GPtrArray *records = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *state = xr_paths_state();
    guint unfinished = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *dir = g_build_filename(state, kinds[i], NULL);

        xr_history_scan(dir, records, &unfinished);
    }
    for (gsize i = 0; more != NULL && more[i] != NULL; i++) {
        g_autofree char *dir = g_canonicalize_filename(more[i], NULL);

        xr_history_scan(dir, records, &unfinished);
    }
    if (unfinished > 0)
        g_ptr_array_add(tally->notes,
                        g_strdup_printf("%u record%s without a verdict (under way, or killed) %s "
                                        "left out",
                                        unfinished, unfinished == 1 ? "" : "s",
                                        unfinished == 1 ? "is" : "are"));
    return records;
}

XrHistoryTally *xr_history_rebuild(const char *const *more, GError **error)
{
    g_autoptr(XrHistoryTally) tally = xr_history_tally_new();
    g_autoptr(GPtrArray) records = NULL;
    g_autoptr(XrHistory) history = NULL;

    if (!check_damage(tally, error))
        return NULL;
    history = xr_history_open(error);
    if (history == NULL)
        return NULL;
    records = scan_all(more, tally);
    if (!add_known(history, records, tally, error))
        return NULL;
    for (guint i = 0; i < records->len; i++)
        enter(history, records->pdata[i], tally);
    return g_steal_pointer(&tally);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the words of the command "history" that change it. */
#include "base/error.h"
#include "base/text.h"
#include "cmd-history.h"
#include "keep/history.h"
#include <stdio.h>

static void print_notes(const XrHistoryTally *tally)
{
    for (guint i = 0; i < tally->notes->len; i++)
        printf("%s\n", (const char *)tally->notes->pdata[i]);
}

/* What was refused makes the command fail, though all else was done. */
static gboolean end(const XrHistoryTally *tally, GError **error)
{
    if (tally->refused == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                "%u record%s refused, named above; all others are in the history", tally->refused,
                tally->refused == 1 ? " was" : "s were");
    return FALSE;
}

gboolean cmd_history_rm(const HistoryOptions *o, char **args, GError **error)
{
    g_autoptr(XrHistory) history = xr_history_open(error);
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func((GDestroyNotify)xr_history_run_free);

    if (history == NULL)
        return FALSE;
    /* All names are right before anything is removed. */
    for (; *args != NULL; args++) {
        XrHistoryRun *run = xr_history_find(history, *args, error);

        if (run == NULL)
            return FALSE;
        g_ptr_array_add(runs, run);
    }
    for (guint i = 0; i < runs->len; i++) {
        const XrHistoryRun *run = runs->pdata[i];
        const gboolean there = g_file_test(run->record, G_FILE_TEST_EXISTS);
        g_autofree char *record = xr_text_escape(run->record, -1, 4096);

        if (!xr_history_remove(history, run, error))
            return FALSE;
        printf("removed %s%s%s\n", run->id, there ? " and " : "; its record was gone: ", record);
    }
    return TRUE;
}

gboolean cmd_history_import(const HistoryOptions *o, char **args, GError **error)
{
    g_autoptr(XrHistory) history = xr_history_open(error);
    const char *origin = o->origin != NULL ? o->origin : "elsewhere";
    g_autoptr(XrHistoryTally) tally =
        history != NULL ? xr_history_import(history, args[0], origin, error) : NULL;

    if (tally == NULL)
        return FALSE;
    print_notes(tally);
    printf("imported %u run%s from %s; %u known already, %u refused\n", tally->entered,
           tally->entered == 1 ? "" : "s", origin, tally->known, tally->refused);
    return end(tally, error);
}

gboolean cmd_history_rebuild(const HistoryOptions *o, char **args, GError **error)
{
    g_autoptr(XrHistoryTally) tally = xr_history_rebuild((const char *const *)args, error);

    if (tally == NULL)
        return FALSE;
    print_notes(tally);
    printf("read %u record%s; %u refused; %u run%s whose record is gone kept\n", tally->entered,
           tally->entered == 1 ? "" : "s", tally->refused, tally->kept,
           tally->kept == 1 ? "" : "s");
    return end(tally, error);
}

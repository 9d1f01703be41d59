/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the words of the command "history". */
#pragma once

#include <glib.h>

typedef struct {
    char *plan, *build, *host, *since, *metric, *origin;
    gint limit; /* -1: not given */
    gboolean json, csv;
    char **rest; /* the word and what follows it; NULL-terminated, may be NULL */
} HistoryOptions;

/* args are what follows the word. FALSE with error. */
gboolean cmd_history_list(const HistoryOptions *options, char **args, GError **error);
gboolean cmd_history_show(const HistoryOptions *options, char **args, GError **error);
gboolean cmd_history_compare(const HistoryOptions *options, char **args, GError **error);
gboolean cmd_history_trend(const HistoryOptions *options, char **args, GError **error);
gboolean cmd_history_export(const HistoryOptions *options, char **args, GError **error);
gboolean cmd_history_rm(const HistoryOptions *options, char **args, GError **error);
gboolean cmd_history_import(const HistoryOptions *options, char **args, GError **error);
gboolean cmd_history_rebuild(const HistoryOptions *options, char **args, GError **error);

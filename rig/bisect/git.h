/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: git, asked and told. */
#pragma once

#include <glib.h>

/* Runs git with argv (NULL at its end, without "git") in dir (NULL: anywhere), in plain English, without hooks, prompts
 * and collecting of garbage. code gets its exit code, told what it printed, errors first; FALSE with XR_ERROR_HOST
 * if it cannot be run or was killed. Free told with g_free. */
gboolean xr_git_run(const char *dir, const char *const *argv, int *code, char **told,
                    GError **error);
/* What it prints on standard output, without the newline at the end; NULL with XR_ERROR_INPUT and what git says if it
 * fails. Free with g_free. */
char *xr_git_ask(const char *dir, const char *const *argv, GError **error);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how commands print. */
#include "base/error.h"
#include "base/json.h"
#include "commands.h"
#include <stdio.h>
#include <unistd.h>

gboolean cmd_parse(const GOptionEntry *entries, const char *summary, int *argc, char ***argv,
                   GError **error)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_set_summary(context, summary);
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, error);
}

gboolean cmd_refuse(GError **error, const char *text)
{
    g_set_error_literal(error, XR_ERROR, XR_ERROR_INPUT, text);
    return FALSE;
}

gboolean cmd_check_format(gboolean json, gboolean tap, GError **error)
{
    return !json || !tap ||
           cmd_refuse(error, "--tap and --json both print the verdict: give one of them");
}

void cmd_print_json(JsonObject *object)
{
    g_autofree char *text = xr_json_text(object);

    puts(text);
    json_object_unref(object);
}

int cmd_print_verdict(const XrReport *report, gboolean json, gboolean tap)
{
    if (json) {
        cmd_print_json(xr_tell_json(report));
    } else if (tap) {
        xr_tell_tap(report, stdout);
    } else {
        xr_tell_text(report, stdout, isatty(STDOUT_FILENO));
    }
    return xr_verdict_exit_code(report->verdict->kind);
}

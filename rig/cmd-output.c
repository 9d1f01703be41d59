/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how commands print. */
#include "base/error.h"
#include "base/json.h"
#include "commands.h"
#include <stdio.h>
#include <unistd.h>

gboolean cmd_check_format(gboolean json, gboolean tap, GError **error)
{
    if (!json || !tap)
        return TRUE;
    g_set_error_literal(error, XR_ERROR, XR_ERROR_INPUT,
                        "--tap and --json both print the verdict: give one of them");
    return FALSE;
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A state folder and events, for the tests of keep/record.h. */
#pragma once

#include "base/json.h"
#include "keep/record.h"

#include <stdlib.h>

static char *state; /* XENRIG_STATE of all tests */

static inline JsonObject *event(const char *kind, gint64 n)
{
    JsonObject *obj = json_object_new();
    json_object_set_int_member(obj, "t", n);
    json_object_set_string_member(obj, "kind", kind);
    return obj;
}

static inline void take_number(JsonObject *obj, gpointer user_data)
{
    g_string_append_printf(user_data, "%" G_GINT64_FORMAT " ", xr_json_int(obj, "t", -1));
}

/* Runs the tests below a state folder of their own, and removes it. */
static inline int run_with_state(void)
{
    state = g_dir_make_tmp("xenrig-record-XXXXXX", NULL);
    g_setenv("XENRIG_STATE", state, TRUE);
    int result = g_test_run();
    g_autofree char *quoted = g_shell_quote(state);
    g_autofree char *command = g_strconcat("rm -rf -- ", quoted, NULL);
    if (system(command) != 0)
        g_printerr("%s: cannot be removed\n", state);
    g_free(state);
    return result;
}

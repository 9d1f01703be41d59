/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which functions changed between the last good commit and the first bad one, by the runs that confirmed them. */
#include "bisect/engine.h"

#include "base/json.h"
#include "keep/functions.h"

/* The records of all runs of that commit that are samples. */
static GPtrArray *folders_of(const XrBisectState *state, const char *commit)
{
    GPtrArray *folders = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < state->events->len; i++) {
        JsonObject *event = state->events->pdata[i];
        JsonObject *figure = xr_json_object(event, "figure");
        const char *record = xr_json_string(figure, "record", "");

        if (g_str_equal(xr_json_string(event, "commit", ""), commit) && record[0] != '\0' &&
            xr_json_bool(figure, "counted", FALSE))
            g_ptr_array_add(folders, xr_bisect_state_path(state, record));
    }
    return folders;
}

void xr_bisect_read_functions(XrBisect *b)
{
    const XrBisectState *state = b->state;
    const GPtrArray *suspects = b->result->suspects;
    g_autoptr(GPtrArray) good = NULL;
    g_autoptr(GPtrArray) bad = NULL;

    if (state->task.command != NULL || suspects->len == 0 || b->result->parent == NULL ||
        !g_str_has_prefix(state->plan->compare.metric, "instructions"))
        return;
    good = folders_of(state, b->result->parent);
    bad = folders_of(state, suspects->pdata[0]);
    b->result->functions = xr_functions_diff_runs(good, bad);
}

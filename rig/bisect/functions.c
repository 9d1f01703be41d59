/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which functions changed between the last good commit and the first bad one, by the runs that confirmed them. */
#include "bisect/engine.h"

#include "base/json.h"
#include "keep/functions.h"

/* The record of the first run of that commit which is a sample; NULL: there is none. Free with g_free. */
static char *folder_of(const XrBisectState *state, const char *commit)
{
    for (guint i = 0; i < state->events->len; i++) {
        JsonObject *event = state->events->pdata[i];
        JsonObject *figure = xr_json_object(event, "figure");
        const char *record = xr_json_string(figure, "record", "");

        if (g_str_equal(xr_json_string(event, "commit", ""), commit) && record[0] != '\0' &&
            xr_json_bool(figure, "counted", FALSE))
            return xr_bisect_state_path(state, record);
    }
    return NULL;
}

void xr_bisect_read_functions(XrBisect *b)
{
    const XrBisectState *state = b->state;
    const GPtrArray *suspects = b->result->suspects;
    g_autofree char *good = NULL;
    g_autofree char *bad = NULL;

    if (state->task.command != NULL || suspects->len == 0 || b->result->parent == NULL ||
        !g_str_has_prefix(state->plan->compare.metric, "instructions"))
        return;
    good = folder_of(state, b->result->parent);
    bad = folder_of(state, suspects->pdata[0]);
    if (good != NULL && bad != NULL)
        b->result->functions = xr_functions_diff_runs(good, bad);
}

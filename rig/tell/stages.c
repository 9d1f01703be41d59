/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which stage of a run a moment fell into. */
#include "tell/stages.h"

#include "base/json.h"
#include "keep/record.h"
#include "tell/format.h"

typedef struct {
    char *name;
    gint64 begin_ns;
} Stage;

static void stage_free(gpointer data)
{
    Stage *stage = data;
    g_free(stage->name);
    g_free(stage);
}

static void take(JsonObject *event, gpointer user_data)
{
    GPtrArray *stages = user_data;
    if (!g_str_equal(xr_json_string(event, "state", ""), "begin"))
        return;
    g_autofree char *name = xr_tell_safe(xr_json_string(event, "name", ""), 32);
    gint64 index = xr_json_int(event, "index", -1);
    Stage *stage = g_new0(Stage, 1);
    stage->begin_ns = xr_json_int(event, "t", 0);
    if (g_str_equal(name, "window") && index >= 0 && index < G_MAXINT64)
        stage->name = g_strdup_printf("window %" G_GINT64_FORMAT, index + 1);
    else
        stage->name = g_steal_pointer(&name);
    g_ptr_array_add(stages, stage);
}

GPtrArray *xr_tell_stages(const char *dir)
{
    GPtrArray *stages = g_ptr_array_new_with_free_func(stage_free);
    g_autoptr(GError) error = NULL;
    if (dir != NULL && !xr_record_read_events_of(dir, "stage", take, stages, NULL, &error))
        g_debug("stages are not told: %s", error->message);
    return stages;
}

const char *xr_tell_stage_at(const GPtrArray *stages, gint64 when_ns)
{
    const char *name = NULL;
    for (guint i = 0; i < stages->len && when_ns >= 0; i++) {
        const Stage *stage = g_ptr_array_index(stages, i);
        if (stage->begin_ns <= when_ns)
            name = stage->name;
    }
    return name;
}

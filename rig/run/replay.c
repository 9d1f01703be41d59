/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a stored record judged anew. */
#include "run/run.h"

#include "base/error.h"
#include "keep/record.h"

static void observe(JsonObject *event, gpointer user_data)
{
    xr_observation_event(user_data, event);
}

XrRunResult *xr_run_judge_record(const char *dir, const char *const *overrides, XrPlan **plan,
                                 GError **error)
{
    g_autoptr(XrRunResult) result = g_new0(XrRunResult, 1);
    g_autofree char *plan_path = g_build_filename(dir, "plan", NULL);
    g_autoptr(XrPlan) own_plan = NULL;

    if (!g_file_test(plan_path, G_FILE_TEST_IS_REGULAR)) {
        g_set_error(
            error, XR_ERROR, XR_ERROR_RECORD,
            "%s is no record of a run: it holds no file \"plan\"; give the folder that a run "
            "named as its record",
            dir);
        return NULL;
    }
    own_plan = xr_plan_load(plan_path, overrides, error);
    if (own_plan == NULL)
        return NULL;
    result->run = xr_record_read_json(dir, "run.json", error);
    if (result->run == NULL)
        return NULL;
    result->obs = xr_observation_new(own_plan);
    if (!xr_record_read_events(dir, observe, result->obs, NULL, error))
        return NULL;
    result->verdict = xr_judge(result->obs, own_plan);
    result->record_dir = g_canonicalize_filename(dir, NULL);
    *plan = g_steal_pointer(&own_plan);
    return g_steal_pointer(&result);
}

char **xr_run_limits_today(const char *plan, GError **error)
{
    g_autoptr(XrPlan) today = xr_plan_load(plan, NULL, error);
    g_autofree char *text = today != NULL ? xr_plan_show(today, FALSE) : NULL;
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GStrvBuilder) limits = g_strv_builder_new();

    if (today == NULL || !g_key_file_load_from_data(file, text, (gsize)-1, G_KEY_FILE_NONE, error))
        return NULL;
    g_auto(GStrv) keys = g_key_file_get_keys(file, "limits", NULL, error);
    if (keys == NULL)
        return NULL;
    for (gsize i = 0; keys[i] != NULL; i++) {
        g_autofree char *value = g_key_file_get_string(file, "limits", keys[i], NULL);
        g_autofree char *limit = g_strdup_printf("limits.%s=%s", keys[i], value);

        g_strv_builder_add(limits, limit);
    }
    return g_strv_builder_end(limits);
}

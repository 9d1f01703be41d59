/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: instructions counted for what is moved. */
#include "run/count.h"

#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "run/lockstep.h"
#include "run/stages.h"

static const guint64 SECOND = 1000000000;

/* Bytes a second that the slowest host worth waiting for moves while they are counted. */
#define SLOWEST 200000

char *xr_count_guest_cpus(const XrPlan *plan, guint i)
{
    const guint first = plan->dom0.vcpus, all = plan->machine.pcpus;

    return g_strdup_printf("%u", first < all ? first + i % (all - first) : i % all);
}

/* --- the script --- */

/* As the agent will name them: nothing comes back to be looked at. */
static JsonArray *devices_of(const XrPlan *plan)
{
    JsonArray *devices = json_array_new();

    for (guint i = 0; i < plan->guests.count * plan->guests.vbds; i++) {
        g_autofree char *device = g_strdup_printf("/dev/nullb%u", i);

        json_array_add_string_element(devices, device);
    }
    return devices;
}

static JsonObject *ask(const char *op, const char *member, const char *value)
{
    JsonObject *request = xr_agent_request(op);

    json_object_set_string_member(request, member, value);
    return request;
}

char *xr_count_script(const XrPlan *plan, guint *requests)
{
    g_autoptr(JsonArray) devices = devices_of(plan);
    JsonObject *const steps[] = {
        xr_stage_ask_backings(plan), xr_stage_ask_domains(plan, devices),
        xr_agent_request("release"), ask("await", "state", "ready"),
        xr_stage_ask_binding(plan),  ask("command", "command", "start"),
    };
    GString *script = g_string_new(NULL);

    *requests = G_N_ELEMENTS(steps);
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *line = xr_agent_script_line(steps[i], i + 1);

        g_string_append(script, line);
    }
    return g_string_free(script, FALSE);
}

/* --- the plugin --- */

char *xr_count_plugin(const XrPlan *plan, const char *out, GError **error)
{
    g_autofree char *path = xr_paths_data("rig/plugin/xenrig-count.so", error);
    g_autofree char *file = path != NULL ? xr_machine_option(path) : NULL;
    g_autofree char *result = xr_machine_option(out);

    if (file == NULL)
        return NULL;
    return g_strdup_printf(
        "%s,domus=%u,warmup=%" G_GUINT64_FORMAT ",window=%" G_GUINT64_FORMAT ",out=%s", file,
        plan->guests.count, plan->count.warmup, plan->count.window, result);
}

/* --- the run --- */

static gboolean is_there(XrSession *s, gpointer data)
{
    return g_file_test(data, G_FILE_TEST_EXISTS);
}

static gboolean take_counts(XrSession *s, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    JsonObject *event = NULL;

    if (!g_file_get_contents(path, &text, NULL, error))
        return FALSE;
    event = xr_json_parse_line(text, -1, error);
    if (event == NULL) {
        g_prefix_error(error, "%s: the plugin's counts make no sense: ", path);
        return FALSE;
    }
    xr_session_event(s, event);
    return TRUE;
}

static gboolean await_script(XrSession *s, guint requests, GError **error)
{
    xr_session_stage(s, "create", "begin", -1);
    for (guint i = 1; i <= requests; i++) {
        g_autofree char *step = g_strdup_printf("request %u of the script", i);
        g_autoptr(JsonObject) reply =
            xr_session_answer(s, i, step, 5 * s->plan->limits.create, error);

        if (reply == NULL)
            return FALSE;
    }
    xr_session_stage(s, "create", "end", -1);
    return TRUE;
}

static gboolean await_counts(XrSession *s, char *out, GError **error)
{
    const guint64 bytes = s->plan->count.warmup + s->plan->count.window;
    const guint64 patience = 600 + bytes / SLOWEST;

    xr_session_stage(s, "count", "begin", -1);
    switch (xr_session_wait(s, is_there, out, patience * SECOND)) {
    case XR_WAIT_OVER:
        return FALSE;
    case XR_WAIT_TIMEOUT:
        g_set_error(error, XR_ERROR, XR_ERROR_TIMEOUT,
                    "count.warmup and count.window were not moved within %" G_GUINT64_FORMAT
                    " s: the machine hangs, or the host is too slow for this plan; lower "
                    "count.window",
                    patience);
        return FALSE;
    default:
        break;
    }
    if (!take_counts(s, out, error))
        return FALSE;
    xr_session_stage(s, "count", "end", -1);
    return TRUE;
}

gboolean xr_stage_instructions(XrSession *s, const XrMachineSpec *spec, GError **error)
{
    g_autofree char *out = g_build_filename(xr_record_dir(s->record), "count.json", NULL);
    g_autofree char *path = g_build_filename(xr_record_dir(s->record), "script.jsonl", NULL);
    g_autofree char *plugin = xr_count_plugin(s->plan, out, error);
    g_autofree char *script = xr_count_script(s->plan, &s->scripted);
    XrMachineSpec scripted = *spec;

    if (plugin == NULL || !xr_record_put_text(s->record, "script.jsonl", script, error))
        return FALSE;
    scripted.script = path;
    scripted.plugin = plugin;
    return xr_stage_boot(s, &scripted, error) && await_script(s, s->scripted, error) &&
           await_counts(s, out, error);
}

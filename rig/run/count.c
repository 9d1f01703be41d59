/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: instructions counted for what is moved. */
#include "run/count.h"

#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "build/source.h"
#include "run/functions.h"
#include "run/lockstep.h"
#include "run/stages.h"

static const guint64 SECOND = 1000000000;

/* The request for Xen's lock profile. */
#define LOCKS "locks"
/* The request for where the code of dom0's modules is. */
#define MODULES "modules"
/* The plugin's file of addresses, in the record until they are told by function. */
#define ADDRESSES "addresses"

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

static gboolean has_profile(const XrPlan *plan)
{
    return xr_source_name_has_option(plan->hypervisor.build, "lock-profile");
}

/* What dom0's agent is to do, in that order. Locks are read while nothing is in flight, before and behind all that streams: reading
 * them takes instructions of its own, which the window must not have. */
GPtrArray *xr_count_steps(const XrPlan *plan)
{
    g_autoptr(JsonArray) devices = devices_of(plan);
    GPtrArray *steps = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);

    g_ptr_array_add(steps, xr_stage_ask_backings(plan));
    g_ptr_array_add(steps, xr_stage_ask_domains(plan, devices));
    g_ptr_array_add(steps, xr_agent_request("release"));
    g_ptr_array_add(steps, ask("await", "state", "ready"));
    g_ptr_array_add(steps, xr_stage_ask_binding(plan));
    g_ptr_array_add(steps, xr_agent_request(MODULES));
    if (has_profile(plan))
        g_ptr_array_add(steps, xr_agent_request(LOCKS));
    g_ptr_array_add(steps, ask("command", "command", "start"));
    if (has_profile(plan)) {
        g_ptr_array_add(steps, ask("await", "state", "held"));
        g_ptr_array_add(steps, xr_agent_request(LOCKS));
    }
    return steps;
}

char *xr_count_script(const GPtrArray *steps)
{
    GString *script = g_string_new(NULL);

    for (guint i = 0; i < steps->len; i++) {
        g_autofree char *line = xr_agent_script_line(json_object_ref(steps->pdata[i]), i + 1);

        g_string_append(script, line);
    }
    return g_string_free(script, FALSE);
}

guint64 xr_count_hold(const XrPlan *plan)
{
    const guint64 all = plan->count.warmup + plan->count.window;

    if (!has_profile(plan))
        return 0;
    return all / plan->guests.count + plan->guests.vbds * plan->workload.block_size;
}

/* --- the plugin --- */

char *xr_count_plugin(const XrPlan *plan, const char *out, const char *functions, GError **error)
{
    /* In lockstep domUs bound the window by their marks alone. */
    const gboolean by_bytes = plan->machine.time == XR_TIME_COUNT;
    g_autofree char *path = xr_paths_data("rig/plugin/xenrig-count.so", error);
    g_autofree char *file = path != NULL ? xr_machine_option(path) : NULL;
    g_autofree char *result = xr_machine_option(out);

    g_autofree char *addresses = functions != NULL ? xr_machine_option(functions) : NULL;

    if (file == NULL)
        return NULL;
    return g_strdup_printf(
        "%s,domus=%u,warmup=%" G_GUINT64_FORMAT ",window=%" G_GUINT64_FORMAT ",out=%s%s%s", file,
        plan->guests.count, by_bytes ? plan->count.warmup : 0, by_bytes ? plan->count.window : 0,
        result, addresses != NULL ? ",functions=" : "", addresses != NULL ? addresses : "");
}

/* --- the run --- */

static gboolean is_there(XrSession *s, gpointer data)
{
    return g_file_test(data, G_FILE_TEST_EXISTS);
}

/* New object, or NULL with error. */
static JsonObject *read_counts(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    JsonObject *event;

    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    event = xr_json_parse_line(text, -1, error);
    if (event == NULL)
        g_prefix_error(error, "%s: the plugin's counts make no sense: ", path);
    return event;
}

gboolean xr_count_take(XrSession *s, const char *path, GError **error)
{
    JsonObject *event = read_counts(path, error);

    if (event != NULL)
        xr_session_event(s, event);
    return event != NULL;
}

static gboolean await_script(XrSession *s, const GPtrArray *steps, JsonObject **modules,
                             GError **error)
{
    guint readings = 0;

    xr_session_stage(s, "create", "begin", -1);
    for (guint i = 0; i < steps->len; i++) {
        g_autofree char *step = g_strdup_printf("request %u of the script", i + 1);
        g_autoptr(JsonObject) reply =
            xr_session_answer(s, i + 1, step, 5 * s->plan->limits.create, error);

        if (reply == NULL)
            return FALSE;
        const char *op = xr_json_string(steps->pdata[i], "op", "");
        if (g_str_equal(op, LOCKS))
            xr_stage_tell_locks(s, reply, readings++ == 0 ? "begin" : "end", 0);
        if (g_str_equal(op, MODULES))
            *modules = json_object_ref(reply);
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
    if (!xr_count_take(s, out, error))
        return FALSE;
    /* dom0's agent may be the last to have heard of it: it shares its pCPU with what was counted. */
    xr_session_wait(s, xr_session_all_stream, NULL, s->plan->limits.create);
    xr_session_stage(s, "count", "end", -1);
    return TRUE;
}

static gboolean take_functions(XrSession *s, const XrMachineSpec *spec, const char *addresses,
                               const char *out, JsonObject *modules, GError **error)
{
    g_autoptr(JsonObject) counts = read_counts(out, error);
    const XrFunctionSources sources = {.addresses = addresses,
                                       .modules = modules,
                                       .xen = spec->xen,
                                       .kernel = spec->kernel,
                                       .initramfs = spec->initramfs,
                                       .counts = counts};

    return counts != NULL && xr_functions_take(s, &sources, error);
}

gboolean xr_stage_instructions(XrSession *s, const XrMachineSpec *spec, GError **error)
{
    g_autofree char *out = g_build_filename(xr_record_dir(s->record), "count.json", NULL);
    g_autofree char *path = g_build_filename(xr_record_dir(s->record), "script.jsonl", NULL);
    g_autofree char *addresses = g_build_filename(xr_record_dir(s->record), ADDRESSES, NULL);
    g_autofree char *plugin =
        xr_count_plugin(s->plan, out, s->plan->count.functions ? addresses : NULL, error);
    g_autoptr(GPtrArray) steps = xr_count_steps(s->plan);
    g_autofree char *script = xr_count_script(steps);
    g_autoptr(JsonObject) modules = NULL;
    XrMachineSpec scripted = *spec;

    if (plugin == NULL || !xr_record_put_text(s->record, "script.jsonl", script, error))
        return FALSE;
    s->scripted = steps->len;
    scripted.script = path;
    scripted.plugin = plugin;
    return xr_stage_boot(s, &scripted, error) && await_script(s, steps, &modules, error) &&
           await_counts(s, out, error) &&
           (!s->plan->count.functions || take_functions(s, spec, addresses, out, modules, error));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: windows measured in lockstep. */
#include "run/lockstep.h"

#include "base/error.h"
#include "base/json.h"
#include "boot/lockstep.h"
#include "run/cmdline.h"
#include "run/count.h"
#include "stream/metronome.h"
#include "wire.h"
#include <math.h>

static const guint64 SECOND = 1000000000;

/* Instructions a second that the slowest host worth waiting for runs. */
#define SLOWEST 2000000

char *xr_lockstep_guest_cpus(const XrPlan *plan, guint i)
{
    const guint first = plan->dom0.vcpus, shared = plan->machine.pcpus - first - 1;

    return g_strdup_printf("%u", first + i % MAX(shared, 1));
}

char *xr_lockstep_metronome_cpu(const XrPlan *plan)
{
    return g_strdup_printf("%u", plan->machine.pcpus - 1);
}

guint xr_lockstep_beat(const XrPlan *plan)
{
    return CLAMP(plan->lockstep.slice & ~1u, SG_TICKS_LOOP_MIN, SG_TICKS_LOOP_MAX);
}

gboolean xr_lockstep_create_metronome(XrSession *s, GError **error)
{
    JsonObject *request = xr_agent_request("create"), *domain = json_object_new();
    JsonArray *domains = json_array_new();
    g_autofree char *cpu = xr_lockstep_metronome_cpu(s->plan);
    g_autofree char *args = g_strdup_printf("xenrig.metronome=%u", xr_lockstep_beat(s->plan));
    g_autoptr(JsonObject) reply = NULL;

    json_object_set_string_member(domain, "name", XR_WIRE_METRONOME);
    json_object_set_string_member(domain, "kind", "stream");
    json_object_set_int_member(domain, "memory", XR_WIRE_METRONOME_MEMORY);
    json_object_set_int_member(domain, "vcpus", 1);
    json_object_set_array_member(domain, "devices", json_array_new());
    json_object_set_string_member(domain, "args", args);
    json_object_set_string_member(domain, "cpus", cpu);
    json_array_add_object_element(domains, domain);
    json_object_set_array_member(request, "domains", domains);
    reply = xr_session_call(s, request, s->plan->limits.create, error);
    return reply != NULL;
}

/* --- before the snapshot --- */

static gboolean call(XrSession *s, JsonObject *request, GError **error)
{
    g_autoptr(JsonObject) reply = xr_session_call(s, request, 300 * SECOND, error);

    return reply != NULL;
}

JsonObject *xr_stage_ask_binding(const XrPlan *plan)
{
    const guint vcpus[] = {
        [XR_BINDING_DEFAULT] = 0,
        [XR_BINDING_VCPU0] = 1,
        [XR_BINDING_SPREAD] = plan->dom0.vcpus,
        [XR_BINDING_PINNED] = plan->dom0.vcpus,
    };
    JsonObject *request = xr_agent_request("bind");

    json_object_set_int_member(request, "vcpus", vcpus[plan->evtchn.binding]);
    return request;
}

gboolean xr_stage_bind(XrSession *s, GError **error)
{
    g_autoptr(JsonObject) reply = NULL;
    JsonObject *event = NULL;

    reply = xr_session_call(s, xr_stage_ask_binding(s->plan), 60 * SECOND, error);
    if (reply == NULL)
        return FALSE;
    event = json_object_new();
    json_object_set_string_member(event, "kind", "bind");
    if (xr_json_array(reply, "vcpus") != NULL)
        json_object_set_array_member(event, "vcpus", json_array_ref(xr_json_array(reply, "vcpus")));
    xr_session_event(s, event);
    return TRUE;
}

static gboolean start_streams(XrSession *s, GError **error)
{
    JsonObject *metronome = xr_agent_request("metronome");
    JsonObject *start = xr_agent_request("command");

    json_object_set_string_member(metronome, "name", XR_WIRE_METRONOME);
    json_object_set_string_member(start, "command", "start");
    if (!call(s, metronome, error)) {
        json_object_unref(start);
        return FALSE;
    }
    if (!call(s, start, error))
        return FALSE;
    if (xr_session_wait(s, xr_session_all_stream, NULL, s->plan->limits.create) == XR_WAIT_DONE)
        return s->obs->guests_streaming >= s->plan->guests.count;
    if (!xr_session_over(s))
        g_set_error(error, XR_ERROR, XR_ERROR_TIMEOUT,
                    "%u of %u domUs had begun to stream within limits.create",
                    s->obs->guests_streaming, s->plan->guests.count);
    return FALSE;
}

static gboolean hold(XrSession *s, GError **error)
{
    JsonObject *quiet = xr_agent_request("sampling");

    json_object_set_int_member(quiet, "interval", 0);
    if (!call(s, quiet, error))
        return FALSE;
    return call(s, xr_agent_request("hold"), error);
}

/* --- from the snapshot on --- */

typedef struct {
    const char *snapshot;
    const char *plugin; /* QEMU's words for it, or NULL */
    XrLockstepPush slices;
    guint seed, index;
} Run;

static gboolean has_tally(XrSession *s, gpointer data)
{
    const Run *run = data;

    return s->obs->tallies->len > run->index;
}

static void begin(XrSession *s, const Run *run)
{
    JsonObject *event = json_object_new();

    json_object_set_string_member(event, "kind", "stage");
    json_object_set_string_member(event, "name", "lockstep");
    json_object_set_string_member(event, "state", "begin");
    json_object_set_int_member(event, "index", run->index);
    json_object_set_int_member(event, "slice", lround(run->slices.slice));
    json_object_set_int_member(event, "seed", run->seed);
    if (run->plugin != NULL)
        json_object_set_boolean_member(event, "layers", TRUE);
    xr_session_event(s, event);
}

static gboolean measure(XrSession *s, const XrMachineSpec *boot, Run *run, GError **error)
{
    const guint64 ticks =
        s->plan->lockstep.warmup + s->plan->lockstep.window + s->plan->lockstep.warmup;
    const guint64 slower = run->plugin != NULL ? 10 : 1;
    const guint64 patience = 180 + slower * ticks * s->plan->machine.pcpus / SLOWEST;
    g_autofree char *order = xr_lockstep_order(s->plan, run->seed, run->slices.reach);
    XrMachineSpec spec = *boot;
    XrWait wait;

    spec.snapshot = run->snapshot;
    spec.order = order;
    spec.plugin = run->plugin;
    begin(s, run);
    if (!xr_session_start(s, &spec, error))
        return FALSE;
    wait = xr_session_wait(s, has_tally, run, patience * SECOND);
    if (wait == XR_WAIT_TIMEOUT)
        g_set_error(error, XR_ERROR, XR_ERROR_TIMEOUT,
                    "no figures within %" G_GUINT64_FORMAT
                    " s, slices of %.0f instructions, seed %u: the host is too slow for this plan, "
                    "or the machine hangs",
                    patience, run->slices.slice, run->seed);
    xr_session_stop(s);
    if (wait == XR_WAIT_DONE)
        xr_session_stage(s, "lockstep", "end", (gint)run->index);
    return wait == XR_WAIT_DONE;
}

static gboolean measure_with(XrSession *s, const XrMachineSpec *spec, Run *run, guint length,
                             guint seed, GError **error)
{
    if (!xr_lockstep_push(s->plan->machine.pcpus, 0, s->plan->lockstep.slice << length,
                          xr_lockstep_beat(s->plan), &run->slices, error))
        return FALSE;
    run->seed = s->plan->workload.seed + seed;
    if (!measure(s, spec, run, error))
        return FALSE;
    run->index++;
    return TRUE;
}

char *xr_lockstep_order(const XrPlan *plan, guint seed, guint reach)
{
    GString *order = g_string_new(reach == 0 ? "hold" : NULL);

    if (reach > 0)
        g_string_printf(order,
                        "reach=%08u measure %010u %020" G_GUINT64_FORMAT " %020" G_GUINT64_FORMAT
                        " %012" G_GUINT64_FORMAT,
                        reach, seed, plan->lockstep.warmup, plan->lockstep.window,
                        plan->lockstep.disk_rate);
    while (order->len < XR_WIRE_ORDER_LEN)
        g_string_append_c(order, '.');
    return g_string_free(order, FALSE);
}

gboolean xr_stage_save(XrSession *s, const char *path, GError **error)
{
    gboolean saved;

    if (!start_streams(s, error) || !xr_stage_bind(s, error) || !hold(s, error))
        return FALSE;
    xr_session_stage(s, "save", "begin", -1);
    saved = xr_machine_save(s->machine, path, error);
    xr_session_stop(s);
    xr_session_stage(s, "save", "end", -1);
    return saved;
}

/* In a run of its own, so that no timed one has a plugin. */
static gboolean count_layers(XrSession *s, const XrMachineSpec *spec, Run *run, GError **error)
{
    g_autofree char *out = g_build_filename(xr_record_dir(s->record), "count.json", NULL);
    g_autofree char *plugin = xr_count_plugin(s->plan, out, NULL, error);
    gboolean counted;

    if (plugin == NULL)
        return FALSE;
    run->plugin = plugin;
    counted = measure_with(s, spec, run, 0, 0, error) && xr_count_take(s, out, error);
    run->plugin = NULL;
    return counted;
}

gboolean xr_stage_lockstep(XrSession *s, const XrMachineSpec *spec, const char *path,
                           GError **error)
{
    Run run = {.snapshot = path};

    for (guint length = 0; length < s->plan->lockstep.lengths; length++)
        for (guint seed = 0; seed < s->plan->lockstep.seeds; seed++)
            if (!measure_with(s, spec, &run, length, seed, error))
                return FALSE;
    if (s->plan->lockstep.check && !measure_with(s, spec, &run, 0, 0, error))
        return FALSE;
    return !s->plan->lockstep.layers || count_layers(s, spec, &run, error);
}

char *xr_lockstep_key(const XrPlan *plan, const XrMachineSpec *spec, const char *build,
                      const char *qemu_version, const char *cpu_model)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "%d\n%s\n%s\n%s\n%s\n%s\n%s\n", XR_MACHINE_SHAPE, build,
                           spec->qemu, qemu_version, cpu_model, spec->xen_cmdline,
                           spec->dom0_cmdline);
    for (guint i = 0; i < plan->guests.count; i++) {
        g_autofree char *args = xr_cmdline_guest(plan, i);

        g_string_append_printf(text, "%s\n", args);
    }
    g_string_append_printf(
        text, "%u %" G_GUINT64_FORMAT " %u %" G_GUINT64_FORMAT " %s %" G_GUINT64_FORMAT " %s\n",
        plan->machine.pcpus, plan->machine.memory, plan->guests.count, plan->guests.memory,
        xr_plan_backing_name(plan->workload.backing), plan->workload.vbd_size,
        xr_plan_binding_name(plan->evtchn.binding));
    g_string_append_printf(text, "%u\n", xr_lockstep_beat(plan));
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, -1);
    return g_strndup(hash, 16);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stages of a run that have domUs in them: create, warm-up, windows, count. */
#include "run/stages.h"

#include "base/error.h"
#include "base/json.h"
#include "boot/host-time.h"
#include "judge/steady.h"
#include "run/cmdline.h"
#include "run/count.h"
#include "run/fault.h"
#include "run/lockstep.h"
#include <math.h>

static const guint64 SECOND = 1000000000;

/* Samples over which the rate must be steady (judge/steady.h). */
enum { STEADY_SAMPLES = 5 };

/* --- create --- */

JsonObject *xr_stage_ask_backings(const XrPlan *plan)
{
    JsonObject *request = xr_agent_request("backing");

    json_object_set_string_member(request, "kind", xr_plan_backing_name(plan->workload.backing));
    json_object_set_int_member(request, "count", plan->guests.count * plan->guests.vbds);
    json_object_set_int_member(request, "size", (gint64)plan->workload.vbd_size);
    json_object_set_int_member(request, "block_size", 4096);
    return request;
}

static JsonArray *make_backings(XrSession *s, GError **error)
{
    const guint count = s->plan->guests.count * s->plan->guests.vbds;
    g_autoptr(JsonObject) reply = NULL;
    JsonObject *request = xr_stage_ask_backings(s->plan);
    JsonArray *devices;

    reply = xr_session_call(s, request, 120 * SECOND, error);
    if (reply == NULL)
        return NULL;
    devices = xr_json_array(reply, "devices");
    if (devices == NULL || json_array_get_length(devices) != count) {
        g_set_error(error, XR_ERROR, XR_ERROR_AGENT,
                    "dom0's agent made %u backing devices instead of %u",
                    devices != NULL ? json_array_get_length(devices) : 0, count);
        return NULL;
    }
    return json_array_ref(devices);
}

static JsonObject *describe_domain(const XrPlan *plan, guint i, JsonArray *devices)
{
    JsonObject *domain = json_object_new();
    JsonArray *own = json_array_new();
    g_autofree char *name = xr_plan_guest_name(i);
    g_autofree char *args = xr_cmdline_guest(plan, i);

    for (guint v = 0; v < plan->guests.vbds; v++) {
        JsonNode *device = json_array_get_element(devices, i * plan->guests.vbds + v);

        json_array_add_string_element(own, json_node_get_string(device));
    }
    json_object_set_string_member(domain, "name", name);
    json_object_set_string_member(domain, "kind", xr_plan_kind_name(plan->guests.kind));
    json_object_set_string_member(domain, "mode", xr_plan_mode_name(plan->guests.mode));
    json_object_set_int_member(domain, "memory", (gint64)plan->guests.memory);
    json_object_set_int_member(domain, "vcpus", plan->guests.vcpus);
    json_object_set_array_member(domain, "devices", own);
    json_object_set_string_member(domain, "args", args);
    if (plan->machine.time != XR_TIME_REAL) {
        g_autofree char *cpus = plan->machine.time == XR_TIME_COUNT
                                    ? xr_count_guest_cpus(plan, i)
                                    : xr_lockstep_guest_cpus(plan, i);

        json_object_set_string_member(domain, "cpus", cpus);
    }
    return domain;
}

JsonObject *xr_stage_ask_domains(const XrPlan *plan, JsonArray *devices)
{
    JsonObject *request = xr_agent_request("create");
    JsonArray *domains = json_array_new();

    for (guint i = 0; i < plan->guests.count; i++)
        json_array_add_object_element(domains, describe_domain(plan, i, devices));
    json_object_set_array_member(request, "domains", domains);
    json_object_set_int_member(request, "parallel", plan->dom0.create_parallel);
    return request;
}

static gboolean create_paused(XrSession *s, JsonArray *devices, GError **error)
{
    JsonObject *request = xr_stage_ask_domains(s->plan, devices);
    g_autoptr(JsonObject) reply = NULL;

    reply = xr_session_call(s, request, s->plan->limits.create, error);
    return reply != NULL;
}

static gboolean all_ready(XrSession *s, gpointer data)
{
    return s->obs->guests_ready + xr_session_count_ended(s) >= s->plan->guests.count;
}

gboolean xr_stage_create(XrSession *s, GError **error)
{
    g_autoptr(JsonArray) devices = NULL;
    g_autoptr(JsonObject) reply = NULL;
    XrWait wait;

    xr_session_stage(s, "create", "begin", -1);
    devices = make_backings(s, error);
    if (devices == NULL)
        return FALSE;
    if (!xr_stage_counters(s, "before", -1, TRUE, error))
        return FALSE;
    if (!create_paused(s, devices, error))
        return FALSE;
    if (s->plan->machine.time == XR_TIME_LOCKSTEP && !xr_lockstep_create_metronome(s, error))
        return FALSE;
    reply = xr_session_call(s, xr_agent_request("release"), 120 * SECOND, error);
    if (reply == NULL)
        return FALSE;
    wait = xr_session_wait(s, all_ready, NULL, s->plan->limits.create);
    if (wait == XR_WAIT_TIMEOUT)
        xr_session_say(s, "rig", "what", "timeout", "stage", "create", "text",
                       "not every domU was ready to stream within limits.create", NULL);
    xr_session_stage(s, "create", "end", -1);
    return wait == XR_WAIT_DONE && s->obs->guests_ready > 0;
}

/* --- warm-up --- */

typedef struct {
    gint64 begin_ns; /* dom0's clock */
    gint64 seen_ns;  /* the sample looked at last */
    double cov;
    gboolean steady;
} Warmup;

static gboolean warmup_over(XrSession *s, gpointer data)
{
    Warmup *w = data;
    double rates[STEADY_SAMPLES];
    gint64 step = (gint64)s->plan->workload.sample_interval;
    gint64 now = s->obs->guest_ns;

    if (now == w->seen_ns)
        return FALSE;
    w->seen_ns = now;
    if (now - w->begin_ns >= (STEADY_SAMPLES + 1) * step && xr_session_all_stream(s, NULL)) {
        for (guint i = 0; i < STEADY_SAMPLES; i++) {
            gint64 end = now - (gint64)(STEADY_SAMPLES - 1 - i) * step;

            rates[i] = xr_observation_rate(s->obs, NULL, end - step, end);
        }
        w->steady =
            xr_steady(rates, STEADY_SAMPLES, STEADY_SAMPLES, s->plan->limits.steady_cov, &w->cov);
    }
    return w->steady || now - w->begin_ns >= (gint64)s->plan->workload.warmup_max;
}

static void end_warmup(XrSession *s, const Warmup *w)
{
    JsonObject *event = json_object_new();

    json_object_set_string_member(event, "kind", "stage");
    json_object_set_string_member(event, "name", "warmup");
    json_object_set_string_member(event, "state", "end");
    json_object_set_boolean_member(event, "steady", w->steady);
    json_object_set_int_member(event, "guest_duration_ns", s->obs->guest_ns - w->begin_ns);
    if (w->cov == w->cov)
        json_object_set_double_member(event, "cov", w->cov);
    xr_session_event(s, event);
}

gboolean xr_stage_warmup(XrSession *s, GError **error)
{
    JsonObject *request = xr_agent_request("command");
    g_autoptr(JsonObject) reply = NULL;
    Warmup w = {.begin_ns = s->obs->guest_ns, .seen_ns = -1, .cov = NAN};
    XrWait wait;

    xr_session_stage(s, "warmup", "begin", -1);
    if (!xr_stage_bind(s, error)) {
        json_object_unref(request);
        return FALSE;
    }
    json_object_set_string_member(request, "command", "start");
    reply = xr_session_call(s, request, 60 * SECOND, error);
    if (reply == NULL)
        return FALSE;
    w.begin_ns = s->obs->guest_ns;
    /* The rig's clock only backs up dom0's: a machine whose clock stands still is caught here. */
    wait = xr_session_wait(s, warmup_over, &w, 2 * s->plan->workload.warmup_max + 60 * SECOND);
    end_warmup(s, &w);
    return wait != XR_WAIT_OVER;
}

/* --- windows --- */

typedef struct {
    gint64 end_ns;   /* dom0's clock */
    gint64 fault_ns; /* when to break something; G_MAXINT64: never, or done */
    gboolean fault_due;
} Window;

static gboolean window_over(XrSession *s, gpointer data)
{
    Window *w = data;

    w->fault_due = s->obs->guest_ns >= w->fault_ns;
    return w->fault_due || s->obs->guest_ns >= w->end_ns;
}

static gboolean measure(XrSession *s, Window *w, GError **error)
{
    guint64 timeout = 4 * s->plan->workload.window + 60 * SECOND;

    for (;;) {
        XrWait wait = xr_session_wait(s, window_over, w, timeout);

        if (wait != XR_WAIT_DONE)
            return wait == XR_WAIT_TIMEOUT;
        if (!w->fault_due)
            return TRUE;
        w->fault_ns = G_MAXINT64;
        if (!xr_fault_inject(s, error))
            return FALSE;
    }
}

/* What the host gave to the machine so far; nothing where that is not known. */
static void tell_host(XrSession *s, const char *when, guint index)
{
    JsonObject *event = NULL;
    XrHostTime time;

    if (s->machine == NULL || !xr_host_time_read("/proc", xr_machine_pid(s->machine), &time))
        return;
    event = json_object_new();
    json_object_set_string_member(event, "kind", "host");
    json_object_set_string_member(event, "when", when);
    json_object_set_int_member(event, "index", (gint64)index);
    json_object_set_int_member(event, "run_ns", (gint64)time.run_ns);
    json_object_set_int_member(event, "wait_ns", (gint64)time.wait_ns);
    xr_session_event(s, event);
}

/* A sample now, so that a window begins and ends where it says. */
static gboolean newer_sample(XrSession *s, gpointer data)
{
    const gint64 *seen_ns = data;

    return s->obs->guest_ns > *seen_ns;
}

gboolean xr_stage_windows(XrSession *s, GError **error)
{
    Window w = {.fault_ns = G_MAXINT64};

    for (guint i = 0; i < s->plan->workload.windows; i++) {
        gint64 seen_ns = s->obs->guest_ns;

        if (!xr_stage_counters(s, "begin", (gint)i, FALSE, error) ||
            !xr_stage_locks(s, "begin", i, error))
            return FALSE;
        if (xr_session_wait(s, newer_sample, &seen_ns, 60 * SECOND) == XR_WAIT_OVER)
            return FALSE;
        if (i == 0 && s->plan->fault.kind != XR_FAULT_NONE)
            w.fault_ns = s->obs->guest_ns + (gint64)s->plan->fault.after;
        w.end_ns = s->obs->guest_ns + (gint64)s->plan->workload.window;
        tell_host(s, "begin", i);
        xr_session_stage(s, "window", "begin", (gint)i);
        if (!measure(s, &w, error)) {
            /* It does not end, but what its VBDs did may be the host's doing. */
            tell_host(s, "end", i);
            return FALSE;
        }
        tell_host(s, "end", i);
        xr_session_stage(s, "window", "end", (gint)i);
        if (!xr_stage_locks(s, "end", i, error) ||
            !xr_stage_counters(s, "end", (gint)i, FALSE, error))
            return FALSE;
    }
    return TRUE;
}

/* --- count --- */

gboolean xr_stage_count(XrSession *s, GError **error)
{
    static const char *const members[] = {"maps", "unmaps", "bytes", "duration_ns"};
    const guint64 duration = s->plan->workload.count_grants;
    g_autoptr(JsonObject) reply = NULL;
    JsonObject *request, *event;

    if (duration == 0)
        return TRUE;
    xr_session_stage(s, "count", "begin", -1);
    request = xr_agent_request("grant-ops");
    json_object_set_int_member(request, "duration", (gint64)duration);
    reply = xr_session_call(s, request, duration + 120 * SECOND, error);
    if (reply == NULL)
        return FALSE;
    event = json_object_new();
    json_object_set_string_member(event, "kind", "grants");
    for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
        json_object_set_int_member(event, members[i], xr_json_int(reply, members[i], -1));
    xr_session_event(s, event);
    xr_session_stage(s, "count", "end", -1);
    return TRUE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the stages of a run: boot, counters, drain, destroy, stop. */
#include "run/stages.h"

#include "base/error.h"
#include "base/json.h"
#include "build/source.h"
#include "run/trouble.h"

static const guint64 SECOND = 1000000000;

/* --- boot --- */

static gboolean has_booted(XrSession *s, gpointer data)
{
    return s->hello;
}

/* A heartbeat: samples keep coming from now on, so that silence means something. */
static gboolean start_samples(XrSession *s, GError **error)
{
    JsonObject *request = xr_agent_request("sampling");
    g_autoptr(JsonObject) reply = NULL;

    json_object_set_int_member(request, "interval", (gint64)s->plan->workload.sample_interval);
    reply = xr_session_call(s, request, 30 * SECOND, error);
    return reply != NULL;
}

gboolean xr_stage_boot(XrSession *s, const XrMachineSpec *spec, GError **error)
{
    const guint64 patience =
        s->plan->limits.boot * (s->plan->machine.time == XR_TIME_REAL ? 1 : XR_LOCKSTEP_PATIENCE);

    for (guint attempt = 1; attempt <= 2; attempt++) {
        g_autofree char *tail = NULL;
        XrWait wait;

        xr_session_stage(s, "boot", "begin", -1);
        if (!xr_session_start(s, spec, error))
            return FALSE;
        wait = xr_session_wait(s, has_booted, NULL, patience);
        if (wait == XR_WAIT_DONE) {
            xr_session_stage(s, "boot", "end", -1);
            return s->plan->machine.time == XR_TIME_COUNT || start_samples(s, error);
        }
        if (wait == XR_WAIT_OVER)
            return FALSE;
        xr_trouble_collect(s);
        tail = xr_session_tail(s);
        xr_session_say(s, "rig", "what", attempt == 1 ? "retry" : "timeout", "stage", "boot",
                       "text", tail, NULL);
        xr_session_stop(s);
    }
    return FALSE;
}

/* --- counters --- */

static gboolean grants_counted(XrSession *s, gpointer data)
{
    return s->grants_done;
}

static gboolean count_grants(XrSession *s, gint64 *grants, GError **error)
{
    JsonObject *request = xr_agent_request("keys");
    g_autoptr(JsonObject) reply = NULL;

    s->grants = -1;
    s->grants_done = FALSE;
    json_object_set_string_member(request, "keys", "g");
    reply = xr_session_call(s, request, 60 * SECOND, error);
    if (reply == NULL)
        return FALSE;
    xr_session_wait(s, grants_counted, NULL, 30 * SECOND);
    *grants = s->grants_done ? s->grants : -1;
    return TRUE;
}

gboolean xr_stage_counters(XrSession *s, const char *when, gint index, gboolean grants,
                           GError **error)
{
    gint64 active = -1;
    g_autoptr(JsonObject) reply = NULL;
    JsonObject *event = NULL;

    if (grants && !count_grants(s, &active, error))
        return FALSE;
    reply = xr_session_call(s, xr_agent_request("counters"), 60 * SECOND, error);
    if (reply == NULL)
        return FALSE;
    event = json_object_new();
    json_object_set_string_member(event, "kind", "counters");
    json_object_set_string_member(event, "when", when);
    if (index >= 0)
        json_object_set_int_member(event, "index", index);
    json_object_set_int_member(event, "free_bytes", xr_json_int(reply, "free_bytes", -1));
    json_object_set_int_member(event, "grants_active", active);
    if (xr_json_array(reply, "domains") != NULL)
        json_object_set_array_member(event, "domains",
                                     json_array_ref(xr_json_array(reply, "domains")));
    xr_session_event(s, event);
    return TRUE;
}

void xr_stage_tell_locks(XrSession *s, JsonObject *reply, const char *when, guint index)
{
    JsonObject *event = json_object_new();

    json_object_set_string_member(event, "kind", "locks");
    json_object_set_string_member(event, "when", when);
    json_object_set_int_member(event, "index", index);
    json_object_set_int_member(event, "guest_ns", xr_json_int(reply, "guest_ns", -1));
    if (xr_json_array(reply, "domains") != NULL)
        json_object_set_array_member(event, "domains",
                                     json_array_ref(xr_json_array(reply, "domains")));
    xr_session_event(s, event);
}

gboolean xr_stage_locks(XrSession *s, const char *when, guint index, GError **error)
{
    g_autoptr(JsonObject) reply = NULL;

    if (!xr_source_name_has_option(s->plan->hypervisor.build, "lock-profile"))
        return TRUE;
    reply = xr_session_call(s, xr_agent_request("locks"), 60 * SECOND, error);
    if (reply == NULL)
        return FALSE;
    xr_stage_tell_locks(s, reply, when, index);
    return TRUE;
}

/* --- drain, destroy, stop --- */

static gboolean all_exited(XrSession *s, gpointer data)
{
    GHashTableIter iter;
    gpointer what;

    g_hash_table_iter_init(&iter, s->obs->domains);
    while (g_hash_table_iter_next(&iter, NULL, &what)) {
        if (!g_str_equal(what, "exited") && !g_str_equal(what, "destroyed"))
            return FALSE;
    }
    return TRUE;
}

gboolean xr_stage_drain(XrSession *s, GError **error)
{
    JsonObject *request = xr_agent_request("command");
    g_autoptr(JsonObject) reply = NULL;
    const XrHostTime begun = xr_session_host_time(s);
    XrWait wait;

    xr_session_stage(s, "drain", "begin", -1);
    json_object_set_string_member(request, "command", "stop");
    reply = xr_session_call(s, request, 60 * SECOND, error);
    if (reply == NULL)
        return FALSE;
    wait = xr_session_wait(s, all_exited, NULL, s->plan->limits.stop);
    if (wait == XR_WAIT_TIMEOUT)
        xr_session_late(s, "timeout",
                        "not every domU had stopped its stream and powered off within limits.stop",
                        begun);
    xr_session_stage(s, "drain", "end", -1);
    return wait != XR_WAIT_OVER;
}

/* Memory of a dead domU comes back while Xen relinquishes it, and blkback's pools shrink in their
 * own time: the last of some readings counts, taken until nothing is missing or time is up. */
static gboolean settle(XrSession *s, GError **error)
{
    enum { READINGS = 10 };

    for (guint i = 0; i < READINGS; i++) {
        gint64 missing;

        if (!xr_stage_counters(s, "after", -1, TRUE, error))
            return FALSE;
        missing = s->obs->free_before - s->obs->free_after;
        if (missing <= (gint64)s->plan->limits.memory_leak &&
            s->obs->grants_after <= (gint64)s->plan->limits.grant_leak)
            break;
        if (xr_session_sleep(s, 2 * SECOND) == XR_WAIT_OVER)
            break;
    }
    return TRUE;
}

gboolean xr_stage_destroy(XrSession *s, GError **error)
{
    JsonObject *request = xr_agent_request("destroy");
    g_autoptr(JsonObject) reply = NULL;

    xr_session_stage(s, "destroy", "begin", -1);
    json_object_set_int_member(request, "timeout", (gint64)s->plan->limits.stop);
    reply = xr_session_call(s, request, s->plan->limits.stop + 60 * SECOND, error);
    if (reply == NULL)
        return FALSE;
    if (!settle(s, error))
        return FALSE;
    xr_session_stage(s, "destroy", "end", -1);
    return TRUE;
}

static gboolean is_gone(XrSession *s, gpointer data)
{
    return s->machine_gone;
}

void xr_stage_stop(XrSession *s)
{
    xr_session_stage(s, "stop", "begin", -1);
    if (s->machine != NULL && !xr_session_over(s)) {
        g_autoptr(JsonObject) reply =
            xr_session_call(s, xr_agent_request("poweroff"), 30 * SECOND, NULL);

        if (reply != NULL)
            xr_session_wait(s, is_gone, NULL, 30 * SECOND);
    }
    xr_session_stop(s);
    xr_session_stage(s, "stop", "end", -1);
}

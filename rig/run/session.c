/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: one run's state, and how it hears, records and waits. */
#include "run/session.h"

#include "base/error.h"
#include "base/json.h"
#include "run/intake.h"
#include <glib-unix.h>

enum { TICK_MS = 250, TAIL_LINES = 30, SERIAL_LINE_MAX = 4096 };

/* Silence is added up tick by tick, none counting for more than this, so that a rig or host that
 * itself was asleep does not blame the guest. */
static const gint64 TICK_CREDIT_US = 1000 * 1000;

gint64 xr_session_now(const XrSession *s)
{
    return (g_get_monotonic_time() - s->t0_us) * 1000;
}

void xr_session_event(XrSession *s, JsonObject *event)
{
    g_autoptr(GError) error = NULL;

    json_object_set_int_member(event, "t", xr_session_now(s));
    if (!xr_record_event(s->record, event, &error) && error != NULL)
        g_printerr("xenrig: %s; the run goes on without a complete record\n", error->message);
    xr_observation_event(s->obs, event);
    if (s->progress != NULL)
        xr_progress_update(s->progress, s->obs, xr_session_now(s));
    json_object_unref(event);
}

void xr_session_say(XrSession *s, const char *kind, ...)
{
    JsonObject *event = json_object_new();
    const char *name;
    va_list args;

    json_object_set_string_member(event, "kind", kind);
    va_start(args, kind);
    while ((name = va_arg(args, const char *)) != NULL) {
        const char *value = va_arg(args, const char *);

        if (value != NULL)
            json_object_set_string_member(event, name, value);
    }
    va_end(args);
    xr_session_event(s, event);
}

void xr_session_stage(XrSession *s, const char *name, const char *state, gint index)
{
    JsonObject *event = json_object_new();

    json_object_set_string_member(event, "kind", "stage");
    json_object_set_string_member(event, "name", name);
    json_object_set_string_member(event, "state", state);
    if (index >= 0)
        json_object_set_int_member(event, "index", index);
    xr_session_event(s, event);
}

XrHostTime xr_session_host_time(const XrSession *s)
{
    XrHostTime time = {0};

    if (s->machine != NULL)
        xr_host_time_read("/proc", xr_machine_pid(s->machine), &time);
    return time;
}

void xr_session_late(XrSession *s, const char *what, const char *text, XrHostTime since)
{
    const XrHostTime now = xr_session_host_time(s);
    const guint64 run = now.run_ns - since.run_ns, wait = now.wait_ns - since.wait_ns;
    JsonObject *event = json_object_new();

    json_object_set_string_member(event, "kind", "rig");
    json_object_set_string_member(event, "what", what);
    json_object_set_string_member(event, "stage", s->obs->stage);
    json_object_set_string_member(event, "text", text);
    /* A machine that is gone, or whose threads are fewer, tells less than before: not known. */
    if (since.run_ns > 0 && now.run_ns > since.run_ns && now.wait_ns >= since.wait_ns)
        json_object_set_double_member(event, "host_wait", (double)wait / (double)(run + wait));
    xr_session_event(s, event);
}

static gboolean on_signal(gpointer user_data)
{
    XrSession *s = user_data;

    if (!s->interrupted) {
        s->interrupted = TRUE;
        g_cancellable_cancel(s->cancellable);
        xr_session_say(s, "rig", "what", "interrupted", "stage", s->obs->stage, "text",
                       "a signal asked the rig to end", NULL);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean on_tick(gpointer user_data)
{
    XrSession *s = user_data;
    gint64 now_us = g_get_monotonic_time();
    gint64 gap_us = MIN(now_us - s->heard_us, TICK_CREDIT_US);

    s->heard_us = now_us;
    if (s->quiet_ns == 0)
        s->heard_time = xr_session_host_time(s);
    if (s->hello)
        s->quiet_ns += gap_us * 1000;
    if (s->progress != NULL)
        xr_progress_update(s->progress, s->obs, xr_session_now(s));
    return G_SOURCE_CONTINUE;
}

XrSession *xr_session_new(const XrPlan *plan, XrRecord *record, XrObservation *obs,
                          XrProgress *progress)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    XrSession *s = g_new0(XrSession, 1);

    s->plan = plan;
    s->record = record;
    s->obs = obs;
    s->progress = progress;
    s->t0_us = g_get_monotonic_time();
    s->heard_us = s->t0_us;
    s->grants = -1;
    s->tail = g_queue_new();
    s->cancellable = g_cancellable_new();
    s->tick_id = g_timeout_add(TICK_MS, on_tick, s);
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        s->signal_ids[i] = g_unix_signal_add(signals[i], on_signal, s);
    return s;
}

void xr_session_free(XrSession *s)
{
    if (s == NULL)
        return;
    xr_session_stop(s);
    g_source_remove(s->tick_id);
    for (gsize i = 0; i < G_N_ELEMENTS(s->signal_ids); i++)
        g_source_remove(s->signal_ids[i]);
    g_queue_free_full(s->tail, g_free);
    g_object_unref(s->cancellable);
    g_free(s);
}

static void remember_line(XrSession *s, const char *line)
{
    g_queue_push_tail(s->tail, g_strdup(line));
    if (g_queue_get_length(s->tail) > TAIL_LINES)
        g_free(g_queue_pop_head(s->tail));
}

static void on_serial_line(const char *line, gsize dropped, gpointer user_data)
{
    XrSession *s = user_data;

    remember_line(s, line);
    xr_intake_serial(s, line);
}

static void on_console(const char *text, gsize len, gpointer user_data)
{
    XrSession *s = user_data;

    xr_record_console(s->record, "xen", text, len, NULL);
    xr_lines_push(s->serial, text, len);
}

static void on_channel(const char *text, gsize len, gpointer user_data)
{
    XrSession *s = user_data;

    s->quiet_ns = 0;
    xr_agent_push(s->agent, text, len);
}

static void on_stopped(const char *what, const char *detail, gpointer user_data)
{
    XrSession *s = user_data;

    s->machine_gone = TRUE;
    xr_session_say(s, "machine", "what", what, "text", detail, NULL);
}

static void send_to_agent(const char *text, gsize len, gpointer user_data)
{
    XrSession *s = user_data;

    if (s->machine != NULL && !s->machine_gone)
        xr_machine_channel_write(s->machine, text, len);
}

static void on_agent_event(JsonObject *event, gpointer user_data)
{
    xr_intake_agent(user_data, event);
}

static void on_agent_error(const char *text, gpointer user_data)
{
    xr_session_say(user_data, "agent", "what", "error", "text", text, NULL);
}

gboolean xr_session_start(XrSession *s, const XrMachineSpec *spec, GError **error)
{
    static const XrMachineEvents machine_events = {on_console, on_channel, on_stopped};
    static const XrAgentFuncs agent_funcs = {send_to_agent, on_agent_event, on_agent_error};

    s->hello = s->boot_failed = s->machine_gone = FALSE;
    s->unanswered = 0;
    s->quiet_ns = 0;
    g_queue_clear_full(s->tail, g_free);
    s->serial = xr_lines_new(SERIAL_LINE_MAX, on_serial_line, s);
    s->agent = xr_agent_new(&agent_funcs, s);
    xr_agent_expect(s->agent, s->scripted);
    s->machine = xr_machine_start(spec, &machine_events, s, error);
    if (s->machine == NULL)
        return FALSE;
    xr_session_say(s, "machine", "what", spec->snapshot != NULL ? "resumed" : "started", NULL);
    return TRUE;
}

void xr_session_stop(XrSession *s)
{
    if (s->machine != NULL)
        xr_machine_stop(s->machine);
    if (s->serial != NULL)
        xr_lines_flush(s->serial);
    s->machine_gone = TRUE;
    g_clear_pointer(&s->machine, xr_machine_free);
    g_clear_pointer(&s->agent, xr_agent_free);
    g_clear_pointer(&s->serial, xr_lines_free);
}

char *xr_session_tail(const XrSession *s)
{
    GString *text = g_string_new(NULL);

    for (GList *l = s->tail->head; l != NULL; l = l->next)
        g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", (const char *)l->data);
    return g_string_free(text, FALSE);
}

static guint64 patience(const XrSession *s)
{
    return s->plan->limits.silence *
           (s->plan->machine.time == XR_TIME_REAL ? 1 : XR_LOCKSTEP_PATIENCE);
}

gboolean xr_session_over(const XrSession *s)
{
    return s->interrupted || s->machine_gone || s->obs->fatal || s->silent || s->boot_failed ||
           s->unanswered >= XR_SESSION_DEAF;
}

XrWait xr_session_wait(XrSession *s, XrCondition condition, gpointer data, guint64 timeout_ns)
{
    gint64 deadline = xr_session_now(s) + (gint64)timeout_ns;

    while (!condition(s, data)) {
        if (xr_session_over(s))
            return XR_WAIT_OVER;
        /* Where instructions are counted dom0 is to be silent. */
        if (s->plan->machine.time != XR_TIME_COUNT && s->quiet_ns > patience(s)) {
            s->silent = TRUE;
            xr_session_late(s, "silence", "nothing was heard from dom0's agent for limits.silence",
                            s->heard_time);
            return XR_WAIT_OVER;
        }
        if (xr_session_now(s) >= deadline)
            return XR_WAIT_TIMEOUT;
        /* The tick wakes this up in time for the deadline. */
        g_main_context_iteration(NULL, TRUE);
    }
    return XR_WAIT_DONE;
}

static gboolean never(XrSession *s, gpointer data)
{
    return FALSE;
}

XrWait xr_session_sleep(XrSession *s, guint64 duration_ns)
{
    return xr_session_wait(s, never, NULL, duration_ns);
}

static gboolean answered(XrSession *s, gpointer data)
{
    const gint64 *id = data;

    return xr_agent_has_reply(s->agent, *id);
}

JsonObject *xr_session_answer(XrSession *s, gint64 id, const char *op, guint64 timeout_ns,
                              GError **error)
{
    g_autoptr(JsonObject) reply = NULL;

    switch (xr_session_wait(s, answered, &id, timeout_ns)) {
    case XR_WAIT_OVER:
        g_set_error(error, XR_ERROR, XR_ERROR_STOPPED,
                    "the run was over before \"%s\" was answered", op);
        return NULL;
    case XR_WAIT_TIMEOUT:
        s->unanswered++;
        s->waited_ns = timeout_ns;
        g_set_error(error, XR_ERROR, XR_ERROR_TIMEOUT,
                    "dom0's agent did not answer \"%s\" within %" G_GUINT64_FORMAT " s", op,
                    timeout_ns / 1000000000);
        return NULL;
    default:
        break;
    }
    s->unanswered = 0;
    reply = xr_agent_take_reply(s->agent, id);
    if (!xr_agent_check(reply, op, error))
        return NULL;
    return g_steal_pointer(&reply);
}

JsonObject *xr_session_call(XrSession *s, JsonObject *request, guint64 timeout_ns, GError **error)
{
    g_autofree char *op = g_strdup(xr_json_string(request, "op", "?"));

    if (s->agent == NULL || xr_session_over(s)) {
        json_object_unref(request);
        g_set_error(error, XR_ERROR, XR_ERROR_STOPPED, "\"%s\" was not asked: the run is over", op);
        return NULL;
    }
    if (s->unanswered > 0)
        timeout_ns = MIN(timeout_ns, MIN(s->waited_ns, XR_SESSION_PROBE_NS));
    return xr_session_answer(s, xr_agent_send(s->agent, request), op, timeout_ns, error);
}

guint xr_session_count_ended(const XrSession *s)
{
    static const char *const ended_states[] = {"exited", "destroyed", "failed", NULL};
    guint ended = 0;
    GHashTableIter iter;
    gpointer what;

    g_hash_table_iter_init(&iter, s->obs->domains);
    while (g_hash_table_iter_next(&iter, NULL, &what)) {
        if (g_strv_contains(ended_states, what))
            ended++;
    }
    return ended;
}

gboolean xr_session_all_stream(XrSession *s, gpointer data)
{
    return s->obs->guests_streaming + xr_session_count_ended(s) >= s->plan->guests.count;
}

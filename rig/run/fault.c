/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: breaking something on purpose. */
#include "run/fault.h"

#include "base/error.h"
#include "base/json.h"

static const guint64 SECOND = 1000000000;

static void announce(XrSession *s, const char *text)
{
    g_autofree char *name = xr_plan_guest_name(s->plan->fault.guest);

    xr_session_say(s, "fault", "what", "injected", "fault", xr_plan_fault_name(s->plan->fault.kind),
                   "domain", name, "text", text, NULL);
}

static JsonObject *for_guest(XrSession *s, const char *op)
{
    JsonObject *request = xr_agent_request(op);
    JsonArray *names = json_array_new();
    g_autofree char *name = xr_plan_guest_name(s->plan->fault.guest);

    json_array_add_string_element(names, name);
    json_object_set_array_member(request, "names", names);
    return request;
}

static gboolean ask(XrSession *s, JsonObject *request, GError **error)
{
    g_autoptr(JsonObject) reply = xr_session_call(s, request, 120 * SECOND, error);

    return reply != NULL;
}

static gboolean destroy_guest(XrSession *s, GError **error)
{
    JsonObject *request = for_guest(s, "destroy");

    announce(s, "xl destroy while it streams");
    json_object_set_int_member(request, "timeout", (gint64)s->plan->limits.stop);
    return ask(s, request, error);
}

static gboolean crash_guest(XrSession *s, GError **error)
{
    JsonObject *request = for_guest(s, "command");

    announce(s, "the domU's kernel is told to panic");
    json_object_set_string_member(request, "command", "crash");
    return ask(s, request, error);
}

static gboolean has_mismatch(XrSession *s, gpointer data)
{
    for (guint i = 0; i < s->obs->findings->len; i++) {
        XrFinding *finding = g_ptr_array_index(s->obs->findings, i);

        if (g_str_equal(finding->kind, "data-mismatch"))
            return TRUE;
    }
    return FALSE;
}

/* Bytes changed between a block's write and its reading back are found, others are written over. So
 * every block of the VBD is changed in turn, until the domU reports one. */
static gboolean corrupt_block(XrSession *s, GError **error)
{
    enum { ROUNDS = 200 };
    const XrPlan *plan = s->plan;
    guint index = plan->fault.guest * plan->guests.vbds + plan->fault.vbd;
    g_autofree char *text =
        g_strdup_printf("16 bytes changed in the backing store of VBD %u", plan->fault.vbd);

    announce(s, text);
    for (guint round = 0; round < ROUNDS && !has_mismatch(s, NULL); round++) {
        JsonObject *request = xr_agent_request("corrupt");
        guint64 offset = (round * plan->workload.block_size + 4096) % plan->workload.vbd_size;

        json_object_set_int_member(request, "device", index);
        json_object_set_int_member(request, "offset", (gint64)offset);
        json_object_set_int_member(request, "length", 16);
        if (!ask(s, request, error))
            return FALSE;
        if (xr_session_wait(s, has_mismatch, NULL, SECOND / 10) == XR_WAIT_OVER)
            return TRUE;
    }
    return TRUE;
}

static gboolean dom0_fault(XrSession *s, const char *kind, GError **error)
{
    JsonObject *request = xr_agent_request("fault");

    announce(s, kind);
    json_object_set_string_member(request, "kind", kind);
    /* The answer may never come: that is the fault. */
    xr_agent_send(s->agent, request);
    return TRUE;
}

gboolean xr_fault_inject(XrSession *s, GError **error)
{
    switch (s->plan->fault.kind) {
    case XR_FAULT_DESTROY_GUEST:
        return destroy_guest(s, error);
    case XR_FAULT_CRASH_GUEST:
        return crash_guest(s, error);
    case XR_FAULT_CORRUPT_BLOCK:
        return corrupt_block(s, error);
    case XR_FAULT_DOM0_PANIC:
        return dom0_fault(s, "dom0-panic", error);
    case XR_FAULT_SILENCE:
        return dom0_fault(s, "silence", error);
    case XR_FAULT_XEN_PANIC:
        announce(s, "an NMI that Xen takes as fatal");
        return xr_machine_inject_nmi(s->machine, error);
    default:
        return TRUE;
    }
}

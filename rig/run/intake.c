/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: turns what machine and agent say into events. */
#include "run/intake.h"

#include "base/json.h"
#include "build/toolstack.h"

XrGrantsLine xr_intake_grants_line(const char *line)
{
    const char *text = strstr(line, "(XEN)");

    if (text == NULL)
        return XR_GRANTS_NOTHING;
    text += strlen("(XEN)");
    while (*text == ' ' || *text == '\t')
        text++;
    /* Xen may put a time stamp in brackets before its text; a reference is in brackets, too, but in hex. */
    if (strstr(text, "gnttab_usage_print_all [") != NULL)
        return XR_GRANTS_BEGIN;
    if (strstr(text, "gnttab_usage_print_all ]") != NULL)
        return XR_GRANTS_END;
    if (g_str_has_prefix(text, "[0x"))
        return XR_GRANTS_ENTRY;
    return XR_GRANTS_NOTHING;
}

static void count_grants(XrSession *s, const char *line)
{
    switch (xr_intake_grants_line(line)) {
    case XR_GRANTS_BEGIN:
        s->grants = 0;
        s->grants_done = FALSE;
        break;
    case XR_GRANTS_ENTRY:
        if (s->grants >= 0 && !s->grants_done)
            s->grants++;
        break;
    case XR_GRANTS_END:
        s->grants_done = TRUE;
        break;
    default:
        break;
    }
}

/* Xen's first line is the first that is known of a file that somebody else built. */
static void check_toolstack(XrSession *s, const char *line)
{
    g_autofree char *misfit = s->assumed != NULL ? xr_toolstack_misfit(s->assumed, line) : NULL;

    if (misfit == NULL)
        return;
    s->boot_failed = TRUE;
    xr_session_say(s, "rig", "what", "error", "stage", "boot", "text", misfit, NULL);
}

void xr_intake_serial(XrSession *s, const char *line)
{
    gboolean from_xen = strstr(line, "(XEN)") != NULL;

    if (line[0] == '\0')
        return;
    count_grants(s, line);
    check_toolstack(s, line);
    xr_session_say(s, "console", "source", from_xen ? "xen" : "dom0", "line", line, NULL);
}

static void copy_member(JsonObject *from, const char *name, JsonNode *node, gpointer to)
{
    if (g_strcmp0(name, "event") != 0 && g_strcmp0(name, "kind") != 0 && g_strcmp0(name, "t") != 0)
        json_object_set_member(to, name, json_node_copy(node));
}

static JsonObject *renamed(JsonObject *said, const char *kind)
{
    JsonObject *event = json_object_new();

    json_object_set_string_member(event, "kind", kind);
    json_object_foreach_member(said, copy_member, event);
    return event;
}

static void take_hello(XrSession *s, JsonObject *said)
{
    g_autofree char *text =
        g_strdup_printf("Xen %s, dom0 Linux %s", xr_json_string(said, "xen", "?"),
                        xr_json_string(said, "kernel", "?"));

    s->hello = TRUE;
    xr_session_say(s, "agent", "what", "ready", "text", text, NULL);
}

static void take_guest_console(XrSession *s, JsonObject *said)
{
    const char *domain = xr_json_string(said, "domain", "unknown");
    const char *line = xr_json_string(said, "line", "");
    g_autofree char *raw = g_strconcat(line, "\n", NULL);

    xr_record_console(s->record, domain, raw, strlen(raw), NULL);
    xr_session_say(s, "console", "source", domain, "line", line, NULL);
}

void xr_intake_agent(XrSession *s, JsonObject *said)
{
    static const char *const plain[] = {"domain",          "guest", "figures", "sample",
                                        "console-dropped", "log",   "tally",   NULL};
    const char *event = xr_json_string(said, "event", "?");

    if (g_str_equal(event, "hello")) {
        take_hello(s, said);
        return;
    }
    if (g_str_equal(event, "boot-error")) {
        s->boot_failed = TRUE;
        xr_session_say(s, "agent", "what", "error", "text",
                       xr_json_string(said, "error", "dom0 did not say why"), NULL);
        return;
    }
    if (g_str_equal(event, "console")) {
        take_guest_console(s, said);
        return;
    }
    if (g_strv_contains(plain, event)) {
        xr_session_event(s, renamed(said, event));
        return;
    }
    xr_session_say(s, "agent", "what", "error", "text",
                   "dom0's agent sent an event this rig does not know", NULL);
}

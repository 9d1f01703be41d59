/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the rig's end of dom0's agent port. */
#include "run/agent.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "watch/lines.h"
#include "wire.h"

struct _XrAgent {
    XrAgentFuncs funcs;
    gpointer user_data;
    XrLines *lines;
    gint64 next_id;
    GHashTable *pending; /* id -> op, asked and not answered */
    GHashTable *replies; /* id -> JsonObject, answered and not taken */
};

/* What an error message shows of a line that made no sense. */
enum { SHOWN_BYTES = 200 };

static void complain(XrAgent *agent, const char *what, const char *line)
{
    g_autofree char *shown = xr_text_escape(line, -1, SHOWN_BYTES);
    g_autofree char *text = g_strdup_printf("%s: %s", what, shown);

    agent->funcs.error(text, agent->user_data);
}

static void on_line(const char *line, gsize dropped, gpointer user_data)
{
    XrAgent *agent = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonObject) object = NULL;
    gint64 id;

    if (line[0] == '\0' && dropped == 0)
        return;
    if (dropped > 0) {
        complain(agent, "the agent sent a line longer than the wire allows", line);
        return;
    }
    object = xr_json_parse_line(line, -1, &error);
    if (object == NULL) {
        complain(agent, "the agent sent a line that is no JSON object", line);
        return;
    }
    if (json_object_has_member(object, "event")) {
        agent->funcs.event(object, agent->user_data);
        return;
    }
    id = xr_json_int(object, "id", 0);
    if (!g_hash_table_remove(agent->pending, &id)) {
        complain(agent, "the agent answered a request that was not made", line);
        return;
    }
    g_hash_table_insert(agent->replies, g_memdup2(&id, sizeof id), g_steal_pointer(&object));
}

XrAgent *xr_agent_new(const XrAgentFuncs *funcs, gpointer user_data)
{
    XrAgent *agent = g_new0(XrAgent, 1);

    agent->funcs = *funcs;
    agent->user_data = user_data;
    agent->next_id = 1;
    agent->lines = xr_lines_new(XR_WIRE_LINE_MAX, on_line, agent);
    agent->pending = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    agent->replies = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
                                           (GDestroyNotify)json_object_unref);
    return agent;
}

void xr_agent_free(XrAgent *agent)
{
    if (agent == NULL)
        return;
    xr_lines_free(agent->lines);
    g_hash_table_unref(agent->pending);
    g_hash_table_unref(agent->replies);
    g_free(agent);
}

void xr_agent_push(XrAgent *agent, const char *bytes, gsize len)
{
    xr_lines_push(agent->lines, bytes, len);
}

JsonObject *xr_agent_request(const char *op)
{
    JsonObject *request = json_object_new();

    json_object_set_string_member(request, "op", op);
    return request;
}

gint64 xr_agent_send(XrAgent *agent, JsonObject *request)
{
    gint64 id = agent->next_id++;
    g_autofree char *line = NULL;
    g_autofree char *text = NULL;

    json_object_set_int_member(request, "id", id);
    line = xr_json_line(request);
    text = g_strconcat(line, "\n", NULL);
    g_hash_table_insert(agent->pending, g_memdup2(&id, sizeof id),
                        g_strdup(xr_json_string(request, "op", "?")));
    json_object_unref(request);
    agent->funcs.send(text, strlen(text), agent->user_data);
    return id;
}

char *xr_agent_script_line(JsonObject *request, gint64 id)
{
    g_autofree char *line = NULL;

    json_object_set_int_member(request, "id", id);
    line = xr_json_line(request);
    json_object_unref(request);
    return g_strconcat(line, "\n", NULL);
}

void xr_agent_expect(XrAgent *agent, guint count)
{
    for (guint i = 0; i < count; i++) {
        const gint64 id = agent->next_id++;

        g_hash_table_insert(agent->pending, g_memdup2(&id, sizeof id), g_strdup("script"));
    }
}

JsonObject *xr_agent_take_reply(XrAgent *agent, gint64 id)
{
    gpointer key = NULL;
    gpointer reply = NULL;

    if (!g_hash_table_steal_extended(agent->replies, &id, &key, &reply))
        return NULL;
    g_free(key);
    return reply;
}

gboolean xr_agent_has_reply(XrAgent *agent, gint64 id)
{
    return g_hash_table_contains(agent->replies, &id);
}

gboolean xr_agent_check(JsonObject *reply, const char *op, GError **error)
{
    g_autofree char *said = NULL;

    if (xr_json_bool(reply, "ok", FALSE))
        return TRUE;
    said = xr_text_escape(xr_json_string(reply, "error", "no reason given"), -1, 2000);
    g_set_error(error, XR_ERROR, XR_ERROR_AGENT, "dom0's agent refused \"%s\": %s", op, said);
    return FALSE;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the rig's end of dom0's agent port (guests/wire.h). */
#pragma once

#include <json-glib/json-glib.h>

typedef struct _XrAgent XrAgent;

/* send gives bytes to the port. event is called for each unasked object; error for each line that is
 * none of ours (a broken line, a reply to nothing): the text says what it was. */
typedef struct {
    void (*send)(const char *text, gsize len, gpointer user_data);
    void (*event)(JsonObject *event, gpointer user_data);
    void (*error)(const char *text, gpointer user_data);
} XrAgentFuncs;

XrAgent *xr_agent_new(const XrAgentFuncs *funcs, gpointer user_data);
void xr_agent_free(XrAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrAgent, xr_agent_free)

/* Bytes from the port. */
void xr_agent_push(XrAgent *agent, const char *bytes, gsize len);

/* A new request of that op; add members, then send it. */
JsonObject *xr_agent_request(const char *op);
/* Sends and takes the request; returns its id, by which the reply is known. */
gint64 xr_agent_send(XrAgent *agent, JsonObject *request);
/* Takes a request that the agent makes by itself (wire.h, SCRIPT): its line, with the id that it will be answered
 * with, which follow one another as those of requests that are sent do. Free with g_free. */
char *xr_agent_script_line(JsonObject *request, gint64 id);
/* The agent makes requests 1 to count by itself: their replies are awaited. Before any is sent. */
void xr_agent_expect(XrAgent *agent, guint count);

/* The reply to id, once: NULL while there is none. The caller owns it. */
JsonObject *xr_agent_take_reply(XrAgent *agent, gint64 id);
/* Whether a reply to id waits to be taken. */
gboolean xr_agent_has_reply(XrAgent *agent, gint64 id);
/* TRUE if the reply is ok; else XR_ERROR_AGENT with op and the agent's sentence. */
gboolean xr_agent_check(JsonObject *reply, const char *op, GError **error);

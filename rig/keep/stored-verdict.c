/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the verdict that a run's record holds.
 *
 * Records of before verdicts had an attribute "complete" have all it is made of: what was not measured is a finding of
 * kind "incomplete" in each of them, and what rig or host were at fault for is one of weight error. Migrating the history
 * (history-schema.c, step 3) goes by the same rules. */
#include "keep/stored-verdict.h"

#include "base/json.h"
#include <string.h>

/* The first of that weight, or, for kind, of that kind; NULL. */
static JsonObject *find(JsonObject *report, const char *weight, const char *kind)
{
    JsonArray *findings = xr_json_array(report, "findings");
    const guint count = findings != NULL ? json_array_get_length(findings) : 0;

    for (guint i = 0; i < count; i++) {
        JsonObject *finding = xr_json_element_object(findings, i);

        if (g_str_equal(xr_json_string(finding, "weight", ""), weight) ||
            (kind != NULL && g_str_equal(xr_json_string(finding, "kind", ""), kind)))
            return finding;
    }
    return NULL;
}

/* "w03/vbd0: data-mismatch: domain w03 vbd 0 offset …" */
static char *describe(JsonObject *finding)
{
    const char *line = xr_json_string(finding, "line", "");

    return g_strdup_printf("%s: %s: %s", xr_json_string(finding, "where", ""),
                           xr_json_string(finding, "kind", ""),
                           line[0] != '\0' ? line : xr_json_string(finding, "meaning", ""));
}

/* Of a record that does not say whether it is complete. */
static void complete_old(JsonObject *report, XrStoredVerdict *stored)
{
    JsonObject *fail = find(report, "fail", NULL), *lacking = find(report, "error", "incomplete");

    if (g_str_equal(stored->verdict, "error") || g_str_equal(stored->verdict, "skip")) {
        stored->incomplete = g_strdup(stored->reason);
        stored->complete = FALSE;
    } else {
        stored->complete = lacking == NULL;
        stored->incomplete = g_strdup(xr_json_string(lacking, "meaning", ""));
    }
    if (fail == NULL || !g_str_equal(stored->verdict, "error"))
        return;
    g_free(stored->verdict);
    g_free(stored->reason);
    stored->verdict = g_strdup("fail");
    stored->reason = describe(fail);
}

static char *join(JsonArray *reasons)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; reasons != NULL && i < json_array_get_length(reasons); i++) {
        JsonNode *node = json_array_get_element(reasons, i);

        if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING)
            g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "",
                                   json_node_get_string(node));
    }
    return g_string_free(text, FALSE);
}

void xr_stored_verdict_read(JsonObject *report, XrStoredVerdict *stored)
{
    stored->verdict = g_strdup(xr_json_string(report, "verdict", "error"));
    stored->reason = g_strdup(xr_json_string(report, "reason", ""));
    if (!json_object_has_member(report, "complete")) {
        complete_old(report, stored);
        return;
    }
    stored->complete = xr_json_bool(report, "complete", FALSE);
    stored->incomplete =
        stored->complete ? g_strdup("") : join(xr_json_array(report, "incomplete"));
}

void xr_stored_verdict_clear(XrStoredVerdict *stored)
{
    g_free(stored->verdict);
    g_free(stored->reason);
    g_free(stored->incomplete);
}

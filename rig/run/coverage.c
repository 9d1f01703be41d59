/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which lines of the hypervisor ran in the windows, where its build counts them. */
#include "run/coverage.h"

#include "base/error.h"
#include "base/json.h"
#include "build/coverage.h"

static const guint64 TIMEOUT_NS = 90 * 1000000000ULL;
static const char INFO_FILE[] = "coverage.info";

static JsonObject *ask(XrSession *s, const char *action, GError **error)
{
    JsonObject *request = xr_agent_request("coverage");

    json_object_set_string_member(request, "action", action);
    return xr_session_call(s, request, TIMEOUT_NS, error);
}

gboolean xr_coverage_begin(XrSession *s, GError **error)
{
    g_autoptr(JsonObject) reply = s->coverage != NULL ? ask(s, "reset", error) : NULL;

    return s->coverage == NULL || reply != NULL;
}

static void tell(XrSession *s, const GPtrArray *files)
{
    JsonObject *event = json_object_new();
    JsonArray *array = json_array_new();

    for (guint i = 0; i < files->len; i++) {
        const XrCoverageFile *file = files->pdata[i];
        JsonObject *object = json_object_new();

        json_object_set_string_member(object, "file", file->name);
        json_object_set_int_member(object, "lines", g_tree_nnodes(file->lines));
        json_object_set_int_member(object, "hit", xr_coverage_hit(file));
        json_array_add_object_element(array, object);
    }
    json_object_set_string_member(event, "kind", "coverage");
    json_object_set_array_member(event, "files", array);
    xr_session_event(s, event);
}

gboolean xr_coverage_end(XrSession *s, GError **error)
{
    g_autoptr(JsonObject) reply = s->coverage != NULL ? ask(s, "read", error) : NULL;
    gsize size = 0;

    if (s->coverage == NULL || reply == NULL)
        return s->coverage == NULL;
    guchar *bytes = g_base64_decode(xr_json_string(reply, "data", ""), &size);
    g_autoptr(GBytes) data = g_bytes_new_take(bytes, size);
    g_autoptr(GPtrArray) files = xr_coverage_read(data, s->coverage, error);
    if (files == NULL)
        return FALSE;
    g_autofree char *info = xr_coverage_info(files);
    if (!xr_record_put_text(s->record, INFO_FILE, info, error))
        return FALSE;
    tell(s, files);
    return TRUE;
}

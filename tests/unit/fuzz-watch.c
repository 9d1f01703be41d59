/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzing of what hears guests: lines, matcher, observation and the judging of it.
 *
 * The input is a byte stream as dom0's agent or a console sends it. Each of its lines is an event if
 * it is a JSON object, else a console's line (its first byte says whose). Whatever comes in, nothing
 * may crash, findings stay bounded, and judging the same twice gives the same. */
#include "base/json.h"
#include "judge/judge.h"
#include "watch/lines.h"
#include "watch/matcher.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

enum { LINE_MAX_BYTES = 4096 };

static void feed_console(XrObservation *obs, const char *line)
{
    static const char *const sources[] = {"xen", "dom0", "w00", "w01"};
    g_autoptr(JsonObject) event = json_object_new();

    json_object_set_string_member(event, "kind", "console");
    json_object_set_int_member(event, "t", obs->last_t_ns + 1);
    json_object_set_string_member(event, "source", sources[(guchar)line[0] % 4]);
    json_object_set_string_member(event, "line", line);
    xr_observation_event(obs, event);
}

static void on_line(const char *line, gsize dropped, gpointer user_data)
{
    XrObservation *obs = user_data;
    g_autoptr(JsonObject) event = NULL;

    g_assert(g_utf8_validate(line, -1, NULL));
    g_assert(strlen(line) <= LINE_MAX_BYTES);
    event = xr_json_parse_line(line, -1, NULL);
    if (event != NULL)
        xr_observation_event(obs, event);
    else
        feed_console(obs, line);
}

static void check_findings(const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++) {
        const XrFinding *finding = g_ptr_array_index(findings, i);

        g_assert(finding->kind != NULL && finding->where != NULL && finding->meaning != NULL);
        g_assert(finding->count > 0);
        g_assert(finding->line == NULL || g_utf8_validate(finding->line, -1, NULL));
    }
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    static XrPlan *plan;
    g_autoptr(XrObservation) obs = NULL;
    g_autoptr(XrLines) lines = NULL;
    g_autoptr(XrVerdict) first = NULL;
    g_autoptr(XrVerdict) second = NULL;

    if (plan == NULL)
        plan = xr_plan_load(NULL, NULL, NULL);
    obs = xr_observation_new(plan);
    lines = xr_lines_new(LINE_MAX_BYTES, on_line, obs);
    for (gsize at = 0; at < size; at += 61)
        xr_lines_push(lines, (const char *)data + at, MIN(61, size - at));
    xr_lines_flush(lines);
    g_assert(obs->findings->len <= 401);
    first = xr_judge(obs, plan);
    second = xr_judge(obs, plan);
    check_findings(first->findings);
    g_assert(first->kind == second->kind && g_str_equal(first->reason, second->reason));
    g_assert(first->kind != XR_PASS);
    return 0;
}

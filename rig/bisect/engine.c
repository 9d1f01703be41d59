/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the parts of a bisection share: builds and measurements, each done once and kept. */
#include "bisect/engine.h"

#include "base/error.h"
#include "base/json.h"
#include "watch/classes.h"
#include <math.h>
#include <string.h>

enum { SEEDS_FROM = 1000, LAST_CODE = 127 };

char *xr_bisect_build_name(const XrBisect *b, const char *commit)
{
    const gboolean is_ours = g_strcmp0(commit, b->reverted) == 0;

    return g_strdup_printf("git:%s@%s%s", is_ours ? b->scratch->dir : b->state->task.repo, commit,
                           b->state->task.with);
}

static const char between[] = ", toolstack ";

char *xr_bisect_code_of(const char *hypervisor, const char *toolstack)
{
    return g_strconcat(hypervisor, between, toolstack, NULL);
}

const char *xr_bisect_code_differs(const char *a, const char *b)
{
    const char *own = strstr(a, between), *other = strstr(b, between);

    if (own == NULL || other == NULL)
        return NULL;
    const gboolean same_xen = own - a == other - b && strncmp(a, b, (gsize)(own - a)) == 0;
    const gboolean same_toolstack = strcmp(own, other) == 0;
    if (same_xen)
        return same_toolstack ? NULL : "the toolstack";
    return same_toolstack ? "the hypervisor" : "hypervisor and toolstack";
}

gboolean xr_bisect_check_stopped(const XrBisect *b, GError **error)
{
    if (!b->funcs->compare.stopped(b->user_data))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_STOPPED, "interrupted by a signal");
    return FALSE;
}

void xr_bisect_note(const XrBisect *b, const char *format, ...)
{
    va_list arguments;
    g_autofree char *text = NULL;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    b->funcs->compare.note(text, b->user_data);
}

XrBisectStep *xr_bisect_step_new(const XrBisect *b, const char *commit)
{
    XrBisectStep *step = g_new0(XrBisectStep, 1);

    step->commit = g_strdup(commit);
    step->subject = xr_git_subject(b->scratch->dir, commit);
    return step;
}

void xr_bisect_step_free(XrBisectStep *step)
{
    if (step == NULL)
        return;
    g_free(step->commit);
    g_free(step->subject);
    g_free(step->why);
    g_free(step);
}

static JsonObject *event_new(const char *kind, const char *place, const char *commit, guint number)
{
    JsonObject *event = json_object_new();

    json_object_set_string_member(event, "kind", kind);
    json_object_set_string_member(event, "commit", commit);
    if (place == NULL)
        return event;
    json_object_set_string_member(event, "place", place);
    json_object_set_int_member(event, "number", number);
    return event;
}

static double seconds_since(gint64 begin_us)
{
    return (double)(g_get_monotonic_time() - begin_us) / G_USEC_PER_SEC;
}

/* --- builds --- */

static char *built_before(JsonObject *event, char **why)
{
    if (xr_json_bool(event, "built", FALSE))
        return g_strdup(xr_json_string(event, "same", ""));
    *why = g_strdup(xr_json_string(event, "why", ""));
    return NULL;
}

char *xr_bisect_prepare(XrBisect *b, const char *commit, char **why, GError **error)
{
    JsonObject *event = xr_bisect_state_find(b->state, "build", commit, NULL, 0);
    g_autofree char *name = xr_bisect_build_name(b, commit);
    const gint64 begin_us = g_get_monotonic_time();
    g_autoptr(GError) local = NULL;
    g_autofree char *same = NULL;

    *why = NULL;
    if (event != NULL) {
        b->result->seconds += xr_json_double(event, "seconds", 0);
        return built_before(event, why);
    }
    if (!xr_bisect_check_stopped(b, error))
        return NULL;
    same = b->funcs->build(name, b->user_data, &local);
    if (same == NULL && !g_error_matches(local, XR_ERROR, XR_ERROR_BUILD)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return NULL;
    }
    event = event_new("build", NULL, commit, 0);
    json_object_set_boolean_member(event, "built", same != NULL);
    json_object_set_string_member(event, same != NULL ? "same" : "why",
                                  same != NULL ? same : local->message);
    json_object_set_double_member(event, "seconds", seconds_since(begin_us));
    b->result->seconds += seconds_since(begin_us);
    if (!xr_bisect_state_add(b->state, event, error))
        return NULL;
    if (same == NULL)
        *why = g_strdup(local->message);
    return g_steal_pointer(&same);
}

/* --- runs --- */

/* Whether the run told of its metric. */
static gboolean has_told(const XrRunFigure *figure)
{
    const gboolean is_kind = g_str_has_prefix(figure->metric, XR_CLASS_PREFIX);

    if (is_kind)
        return isfinite(figure->value);
    return !g_str_equal(figure->verdict, "error") && !g_str_equal(figure->verdict, "skip") &&
           isfinite(figure->value) && figure->value > 0;
}

static XrRunFigure *stored_run(const XrBisect *b, const char *place, const char *commit,
                               guint number, guint attempt, GError **error)
{
    const guint stride = b->state->plan->compare.repeats + 1;
    JsonObject *event =
        xr_bisect_state_find(b->state, "run", commit, place, number * stride + attempt);

    XrRunFigure *figure =
        event != NULL ? xr_run_figure_parse(xr_json_object(event, "figure"), error) : NULL;

    if (figure != NULL)
        xr_run_figure_take_failure(figure, b->state->dir);
    return figure;
}

/* A folder of that name may be there from a run that a signal ended. */
static char *new_folder(const XrBisect *b, const char *place, const char *commit, guint number)
{
    for (guint i = 0;; i++) {
        char *name =
            g_strdup_printf("runs/%s-%03u-%.12s%s%.0u", place, number, commit, i > 0 ? "-" : "", i);
        g_autofree char *path = xr_bisect_state_path(b->state, name);

        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            return name;
        g_free(name);
    }
}

static gboolean keep_run(XrBisect *b, const char *place, const char *commit, guint number,
                         const XrRunFigure *figure, GError **error)
{
    JsonObject *event = event_new("run", place, commit, number);

    json_object_set_object_member(event, "figure", xr_run_figure_json(figure));
    return xr_bisect_state_add(b->state, event, error);
}

static XrRunFigure *run_now(XrBisect *b, const char *place, const char *commit, guint number,
                            GError **error)
{
    const XrPlan *plan = b->state->plan;
    g_autofree char *folder = new_folder(b, place, commit, number);
    g_autofree char *dir = xr_bisect_state_path(b->state, folder);
    g_autofree char *path = xr_bisect_state_path(b->state, "plan");
    g_autofree char *build = xr_bisect_build_name(b, commit);
    g_autoptr(XrPlan) own =
        xr_compare_run_plan(plan, path, build, SEEDS_FROM + b->state->events->len, error);
    const gint64 begin_us = g_get_monotonic_time();
    g_autoptr(XrRunFigure) figure = NULL;

    if (own == NULL || !xr_bisect_check_stopped(b, error))
        return NULL;
    figure = b->funcs->compare.run(own, dir, b->user_data, error);
    /* Where a signal came meanwhile, the run's error is its doing. */
    if (figure == NULL ||
        (g_str_equal(figure->verdict, "error") && !xr_bisect_check_stopped(b, error)))
        return NULL;
    g_free(figure->record);
    figure->record = g_steal_pointer(&folder);
    figure->seconds = seconds_since(begin_us);
    figure->counted = has_told(figure);
    if (!keep_run(b, place, commit, number, figure, error))
        return NULL;
    if (xr_run_figure_failed(figure)) {
        g_autofree char *outcome = xr_run_figure_outcome(figure);

        xr_bisect_note(b, "%.12s: %s (record %s/%s)", commit, outcome, b->state->dir,
                       figure->record);
    }
    return g_steal_pointer(&figure);
}

XrRunFigure *xr_bisect_measure(XrBisect *b, const char *place, const char *commit, guint number,
                               GError **error)
{
    const guint stride = b->state->plan->compare.repeats + 1;

    for (guint attempt = 0;; attempt++) {
        g_autoptr(GError) local = NULL;
        g_autoptr(XrRunFigure) figure = stored_run(b, place, commit, number, attempt, &local);

        if (figure == NULL && local == NULL)
            figure = run_now(b, place, commit, number * stride + attempt, &local);
        if (figure == NULL) {
            g_propagate_error(error, g_steal_pointer(&local));
            return NULL;
        }
        b->result->runs++;
        b->result->seconds += isfinite(figure->seconds) ? figure->seconds : 0;
        /* A failure stands, though it be another one than is looked for. */
        if (figure->counted || xr_run_figure_failed(figure) || attempt + 1 == stride)
            return g_steal_pointer(&figure);
        xr_bisect_note(b, "%.12s: %s: %s (to be repeated; record %s/%s)", commit, figure->verdict,
                       figure->reason, b->state->dir, figure->record);
    }
}

/* --- commands --- */

static gboolean run_command(XrBisect *b, const char *place, const char *commit, guint number,
                            int *code, GError **error)
{
    const gint64 begin_us = g_get_monotonic_time();
    g_autofree char *name = xr_bisect_build_name(b, commit);
    JsonObject *event;

    if (!xr_bisect_check_stopped(b, error) || !xr_scratch_checkout(b->scratch, commit, error))
        return FALSE;
    *code = b->funcs->command(b->state->task.command, b->scratch->dir, name, b->user_data, error);
    if (*code < 0 || !xr_bisect_check_stopped(b, error))
        return FALSE;
    if (*code > LAST_CODE)
        return TRUE;
    event = event_new("command", place, commit, number);
    json_object_set_int_member(event, "code", *code);
    json_object_set_double_member(event, "seconds", seconds_since(begin_us));
    return xr_bisect_state_add(b->state, event, error);
}

int xr_bisect_command(XrBisect *b, const char *place, const char *commit, guint number,
                      GError **error)
{
    JsonObject *event = xr_bisect_state_find(b->state, "command", commit, place, number);
    int code = -1;

    if (event == NULL && !run_command(b, place, commit, number, &code, error))
        return -1;
    event = xr_bisect_state_find(b->state, "command", commit, place, number);
    if (event != NULL) {
        code = (int)xr_json_int(event, "code", 0);
        b->result->seconds += xr_json_double(event, "seconds", 0);
    }
    b->result->runs++;
    if (code <= LAST_CODE)
        return code;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "the command ended with exit code %d at commit %.12s, and codes above 127 end a "
                "bisection; see to the command, then go on with --resume",
                code, commit);
    return -1;
}

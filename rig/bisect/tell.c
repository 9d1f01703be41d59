/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a bisection came to, for people and for programs. */
#include "bisect/bisect.h"

#include "base/json.h"
#include "tell/format.h"
#include "tell/functions.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 80, WHY = 3000, SHORT = 12 };
static const double sure = 0.9999;

int xr_bisect_exit_code(const XrBisectResult *result)
{
    static const int codes[] = {[XR_BISECT_FOUND] = 0,
                                [XR_BISECT_RANGE] = 2,
                                [XR_BISECT_ALIKE] = 1,
                                [XR_BISECT_UNSURE] = 2,
                                [XR_BISECT_INTERRUPTED] = 2};

    return codes[result->outcome];
}

static void add_fold(GString *out, const char *label, const char *text)
{
    g_autofree char *name = xr_tell_fit(label, SHORT, TRUE);
    g_autofree char *indent = g_strnfill(SHORT + 2, ' ');
    g_autoptr(GString) folded = g_string_new(NULL);

    xr_tell_fold(folded, text, indent, WIDTH);
    g_string_append_printf(out, "  %s%s", name, folded->str + SHORT + 2);
}

/* A sentence may go on with a compiler's lines: they stay lines. */
static void add_text(GString *out, const char *label, const char *text)
{
    g_autofree char *bounded = g_strndup(text, WHY);
    g_auto(GStrv) lines = g_strsplit(bounded, "\n", -1);

    for (guint i = 0; lines[i] != NULL && (i == 0 || lines[i][0] != '\0'); i++) {
        g_autofree char *safe = xr_tell_safe(g_strstrip(lines[i]), WHY);

        add_fold(out, i == 0 ? label : "", safe);
    }
}

static char *subject_of(const XrBisectState *state, const char *commit)
{
    return xr_git_subject(state->task.repo, commit);
}

static char *first_sentence(const XrBisectState *state, const XrBisectResult *result)
{
    const guint suspects = result->suspects->len;
    g_autofree char *subject = suspects > 0 ? subject_of(state, result->suspects->pdata[0]) : NULL;

    switch (result->outcome) {
    case XR_BISECT_FOUND:
        return g_strdup_printf("FOUND: %.*s is the first bad commit: %s", SHORT,
                               (char *)result->suspects->pdata[0], subject);
    case XR_BISECT_RANGE:
        return g_strdup_printf("RANGE: the first bad commit is one of %u, between which nothing "
                               "could be tested",
                               suspects);
    case XR_BISECT_ALIKE:
        return g_strdup("ALIKE: the ends do not differ, so there is nothing to look for");
    case XR_BISECT_UNSURE:
        return g_strdup(suspects > 0
                            ? "UNSURE: the runs that were allowed do not name a commit with the "
                              "confidence asked for"
                            : "UNSURE: the ends could not be told apart");
    default:
        return g_strdup("INTERRUPTED: what was learnt until then is kept");
    }
}

/* "0123456789ab (v1)"; the name alone, where it is the id. */
static char *tell_commit(const char *id, const char *name)
{
    return g_str_has_prefix(id, name) ? g_strndup(id, SHORT)
                                      : g_strdup_printf("%.*s (%s)", SHORT, id, name);
}

static void add_what(GString *out, const XrBisectState *state)
{
    const XrBisectTask *task = &state->task;
    g_autofree char *good = tell_commit(task->good, task->good_name);
    g_autofree char *bad = tell_commit(task->bad, task->bad_name);
    g_autofree char *range = g_strdup_printf("%s to %s of %s", good, bad, task->repo);
    g_autofree char *by =
        task->command != NULL
            ? g_strdup_printf("exit code of: %s", task->command)
            : g_strdup_printf("%s of plan %s%s%s", state->plan->compare.metric,
                              state->plan->plan.name, task->with[0] != '\0' ? ", builds with " : "",
                              task->with);

    add_text(out, "commits", range);
    add_text(out, "by", by);
}

static void add_steps(GString *out, const XrBisectResult *result)
{
    g_string_append(out, "\nsteps\n");
    for (guint i = 0; i < result->steps->len; i++) {
        const XrBisectStep *step = result->steps->pdata[i];
        g_autofree char *label = g_strdup_printf("%2u %s", i + 1, xr_bisect_mark_name(step->mark));
        g_autofree char *what = g_strdup_printf("%.*s %s", SHORT, step->commit, step->subject);

        add_text(out, label, what);
        add_text(out, "", step->why);
    }
}

static void add_suspects(GString *out, const XrBisectState *state, const XrBisectResult *result)
{
    for (guint i = 0; i < result->suspects->len; i++) {
        const char *commit = result->suspects->pdata[i];
        g_autofree char *subject = subject_of(state, commit);
        g_autofree char *line = g_strdup_printf("%.*s %s", SHORT, commit, subject);

        add_text(out, i == 0 ? "one of" : "", line);
    }
}

static const char *code_of(const XrBisectState *state, const char *commit)
{
    JsonObject *event = xr_bisect_state_find(state, "build", commit, NULL, 0);

    return event != NULL ? xr_json_string(event, "same", "") : "";
}

/* Of what the culprit changed; NULL where it is not known. */
static const char *what_changed(const XrBisectState *state, const XrBisectResult *result)
{
    if (result->outcome != XR_BISECT_FOUND || result->parent == NULL || result->suspects->len != 1)
        return NULL;
    return xr_bisect_code_differs(code_of(state, result->parent),
                                  code_of(state, result->suspects->pdata[0]));
}

static void add_confidence(GString *out, const XrBisectState *state, const XrBisectResult *result)
{
    const gboolean noisy = state->task.noisy;
    guint measured = 0;
    g_autofree char *value = NULL;
    g_autofree char *text = NULL;

    for (guint i = 0; i < result->steps->len; i++)
        measured += ((XrBisectStep *)result->steps->pdata[i])->error > 0;
    value = result->confidence > sure ? g_strdup("above 99.99 %")
                                      : g_strdup_printf("%.2f %%", result->confidence * 100);
    if (state->task.command != NULL)
        text = g_strdup("not known: the command's exit codes are taken at their word");
    else if (noisy)
        text = g_strdup_printf("%s: the probability of what is named after all runs, times that "
                               "the ends differ",
                               value);
    else
        text = g_strdup_printf("%s: the product, over the ends and the %u decisions that were "
                               "measured, of how probable each is to be right. A fault of the rig, "
                               "or a second commit that matters, is not in it",
                               value, measured);
    add_text(out, "confidence", text);
}

static void add_checks(GString *out, const XrBisectResult *result)
{
    for (guint i = 0; i < result->checks->len; i++)
        add_text(out, i == 0 ? "again" : "", result->checks->pdata[i]);
}

static void add_functions(GString *out, const XrBisectResult *result)
{
    g_autofree char *base = NULL;
    g_autofree char *head = NULL;

    if (result->functions == NULL)
        return;
    base = g_strdup_printf("%.*s", SHORT, result->parent);
    head = g_strdup_printf("%.*s", SHORT, (char *)result->suspects->pdata[0]);
    const XrFunctionsNames names = {base, head};
    xr_tell_functions_diff_text(out, result->functions, &names);
}

char *xr_bisect_tell(const XrBisectState *state, const XrBisectResult *result)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *first = first_sentence(state, result);
    g_autofree char *effort = NULL;
    gint64 spent_ns = (gint64)(result->seconds * 1e9);
    g_autofree char *time = xr_tell_seconds(spent_ns);

    xr_tell_fold(out, first, "", WIDTH);
    g_string_append_c(out, '\n');
    add_what(out, state);
    if (result->ends != NULL)
        add_text(out, "ends", result->ends);
    if (result->outcome == XR_BISECT_RANGE || result->outcome == XR_BISECT_UNSURE)
        add_suspects(out, state, result);
    if (what_changed(state, result) != NULL)
        add_text(out, "changed", what_changed(state, result));
    add_checks(out, result);
    if (isfinite(result->confidence))
        add_confidence(out, state, result);
    effort = g_strdup_printf("%u steps, %u runs, %s with builds", result->steps->len, result->runs,
                             time);
    add_text(out, "effort", effort);
    if (result->steps->len > 0)
        add_steps(out, result);
    add_functions(out, result);
    g_string_append_printf(out, "\nstate: %s\n", state->dir);
    if (!state->task.noisy && result->steps->len > 0)
        g_string_append_printf(out, "for git: git bisect replay %s/bisect.log\n", state->dir);
    if (result->outcome == XR_BISECT_INTERRUPTED)
        g_string_append_printf(out, "go on: xenrig bisect --resume %s\n", state->dir);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* --- for programs --- */

static JsonArray *strings(const GPtrArray *texts)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < texts->len; i++) {
        g_autofree char *safe = xr_tell_safe(texts->pdata[i], WHY);

        json_array_add_string_element(array, safe);
    }
    return array;
}

static JsonObject *step_json(const XrBisectStep *step)
{
    JsonObject *object = json_object_new();
    g_autofree char *why = xr_tell_safe(step->why, WHY);

    json_object_set_string_member(object, "commit", step->commit);
    json_object_set_string_member(object, "subject", step->subject);
    json_object_set_string_member(object, "mark", xr_bisect_mark_name(step->mark));
    json_object_set_string_member(object, "why", why);
    json_object_set_boolean_member(object, "taken_over", step->taken_over);
    json_object_set_double_member(object, "error", step->error);
    json_object_set_double_member(object, "seconds", step->seconds);
    return object;
}

JsonObject *xr_bisect_json(const XrBisectState *state, const XrBisectResult *result)
{
    JsonObject *object = json_object_new();
    JsonArray *steps = json_array_new();

    for (guint i = 0; i < result->steps->len; i++)
        json_array_add_object_element(steps, step_json(result->steps->pdata[i]));
    json_object_set_string_member(object, "id", state->id);
    json_object_set_string_member(object, "started", state->started);
    json_object_set_string_member(object, "repo", state->task.repo);
    json_object_set_string_member(object, "good", state->task.good);
    json_object_set_string_member(object, "bad", state->task.bad);
    json_object_set_string_member(object, "outcome", xr_bisect_outcome_name(result->outcome));
    json_object_set_string_member(object, "ends", result->ends != NULL ? result->ends : "");
    json_object_set_array_member(object, "suspects", strings(result->suspects));
    if (result->parent != NULL)
        json_object_set_string_member(object, "parent", result->parent);
    else
        json_object_set_null_member(object, "parent");
    if (what_changed(state, result) != NULL)
        json_object_set_string_member(object, "changed", what_changed(state, result));
    else
        json_object_set_null_member(object, "changed");
    xr_json_set_number(object, "confidence", result->confidence);
    if (result->functions != NULL)
        json_object_set_object_member(object, "functions",
                                      xr_tell_functions_diff_json(result->functions));
    json_object_set_array_member(object, "checks", strings(result->checks));
    json_object_set_int_member(object, "runs", result->runs);
    json_object_set_double_member(object, "seconds", result->seconds);
    json_object_set_array_member(object, "steps", steps);
    json_object_set_string_member(object, "state", state->dir);
    return object;
}

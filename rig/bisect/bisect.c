/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a bisection: which commit made it worse.
 *
 * Both ends are reproduced first, in turns: what does not differ between them cannot be looked for between them. Then a
 * search (search-git.c, search-noisy.c) asks for one commit after the other. Each is built, and passed over where its
 * source does not build; where its code is that of a commit decided before, it shares that one's mark; else it is
 * measured until a way (by-figure.c, by-kind.c, by-command.c) decides, or passed over where it cannot. Only what is
 * known to be bad is called so. In the end culprit and parent are measured again (confirm.c).
 *
 * All builds and measurements are kept as they come to an end, and all else follows from them: a bisection that was
 * interrupted is gone on with by walking its way again, and comes to what it would have come to.
 *
 * Confidence is the product, over all decisions, of how probable each is to be right. It knows nothing of a fault of
 * the rig, nor of histories in which two commits matter. */
#include "bisect/engine.h"

#include "base/error.h"
#include "base/json.h"
#include "watch/classes.h"
#include <math.h>

const char *xr_bisect_outcome_name(XrBisectOutcome outcome)
{
    static const char *const names[] = {"found", "range", "alike", "unsure", "interrupted"};

    return names[outcome];
}

void xr_bisect_result_free(XrBisectResult *result)
{
    if (result == NULL)
        return;
    g_free(result->ends);
    g_free(result->parent);
    g_ptr_array_unref(result->steps);
    g_ptr_array_unref(result->suspects);
    g_ptr_array_unref(result->checks);
    xr_functions_diff_free(result->functions);
    g_free(result);
}

static XrBisectResult *result_new(void)
{
    XrBisectResult *result = g_new0(XrBisectResult, 1);

    result->outcome = XR_BISECT_INTERRUPTED;
    result->steps = g_ptr_array_new_with_free_func((GDestroyNotify)xr_bisect_step_free);
    result->suspects = g_ptr_array_new_with_free_func(g_free);
    result->checks = g_ptr_array_new_with_free_func(g_free);
    result->confidence = NAN;
    return result;
}

/* --- one commit --- */

static void take_over(XrBisectStep *step, const XrBisectStep *from)
{
    step->mark = from->mark;
    step->taken_over = TRUE;
    step->why = g_strdup_printf("the same code as %.12s, which is %s: not measured again",
                                from->commit, xr_bisect_mark_name(from->mark));
}

gboolean xr_bisect_decide(XrBisect *b, XrBisectStep *step, GError **error)
{
    g_autofree char *why = NULL;
    g_autofree char *same = NULL;
    g_autoptr(GError) local = NULL;
    const XrBisectStep *known;

    if (!b->way->builds)
        return b->way->step(b, step, error);
    same = xr_bisect_prepare(b, step->commit, &why, &local);
    if (local != NULL) {
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    if (same == NULL) {
        step->mark = XR_BISECT_MARK_SKIP;
        step->why = g_steal_pointer(&why);
        return TRUE;
    }
    known = g_hash_table_lookup(b->known, same);
    if (known != NULL) {
        take_over(step, known);
        return TRUE;
    }
    if (!b->way->step(b, step, error))
        return FALSE;
    g_hash_table_insert(b->known, g_steal_pointer(&same), step);
    return TRUE;
}

/* --- the ends --- */

/* TRUE with alike set where both are one code. */
static gboolean build_ends(XrBisect *b, gboolean *alike, GError **error)
{
    const char *const commits[] = {b->state->task.good, b->state->task.bad};

    for (guint i = 0; i < 2; i++) {
        XrBisectStep *step = xr_bisect_step_new(b, commits[i]);
        g_autofree char *why = NULL;
        g_autofree char *same = xr_bisect_prepare(b, commits[i], &why, error);

        b->end_steps[i] = step;
        step->mark = i == 0 ? XR_BISECT_MARK_GOOD : XR_BISECT_MARK_BAD;
        if (why != NULL)
            g_set_error(error, XR_ERROR, XR_ERROR_BUILD,
                        "the %s end cannot be tested, name another commit: %s",
                        xr_bisect_mark_name(step->mark), why);
        if (same == NULL)
            return FALSE;
        *alike = g_hash_table_contains(b->known, same);
        g_hash_table_insert(b->known, g_steal_pointer(&same), step);
    }
    return TRUE;
}

/* Whether they differ; FALSE with error, or with the outcome. */
static gboolean reproduce(XrBisect *b, double *error_rate, GError **error)
{
    static const XrBisectOutcome outcomes[] = {
        [XR_ENDS_ALIKE] = XR_BISECT_ALIKE, [XR_ENDS_UNSURE] = XR_BISECT_UNSURE};
    XrEndsKind kind = XR_ENDS_UNSURE;
    gboolean alike = FALSE;
    double builds_seconds;

    if (b->way->builds && !build_ends(b, &alike, error))
        return FALSE;
    if (alike) {
        b->result->outcome = XR_BISECT_ALIKE;
        b->result->ends = g_strdup("both ends are the same code");
        return FALSE;
    }
    builds_seconds = b->result->seconds;
    xr_bisect_note(b, "reproducing both ends, in turns");
    if (!b->way->ends(b, &kind, &b->result->ends, error_rate, error))
        return FALSE;
    b->ends_seconds = b->result->seconds - builds_seconds;
    xr_bisect_note(b, "  %s", b->result->ends);
    if (kind == XR_ENDS_DIFFER)
        return TRUE;
    b->result->outcome = outcomes[kind];
    return FALSE;
}

/* --- the whole --- */

static double confidence_of(const XrBisect *b, double ends_error)
{
    /* A search by probabilities has its own. */
    double confidence = isnan(b->result->confidence) ? 1 : b->result->confidence;

    for (guint i = 0; i < b->result->steps->len; i++)
        confidence *= 1 - ((XrBisectStep *)b->result->steps->pdata[i])->error;
    return confidence * (1 - ends_error);
}

/* The nearest commit before the suspects that is known to be good. */
static char *find_parent(const XrBisect *b, GError **error)
{
    const GPtrArray *suspects = b->result->suspects;
    g_autofree char *name = g_strconcat(suspects->pdata[suspects->len - 1], "^", NULL);

    return xr_git_commit(b->scratch->dir, name, error);
}

static gboolean run(XrBisect *b, GError **error)
{
    double ends_error = 0;
    gboolean found;

    if (!reproduce(b, &ends_error, error))
        return FALSE;
    found =
        b->state->task.noisy ? xr_bisect_search_noisy(b, error) : xr_bisect_search_git(b, error);
    if (!found)
        return FALSE;
    b->result->confidence = confidence_of(b, ends_error);
    if (b->result->outcome == XR_BISECT_UNSURE)
        return FALSE;
    b->result->parent = find_parent(b, error);
    if (b->result->parent == NULL)
        return FALSE;
    if (!xr_bisect_confirm(b, error))
        return FALSE;
    xr_bisect_read_functions(b);
    return TRUE;
}

static const XrBisectWay *choose_way(const XrBisectState *state)
{
    if (state->task.command != NULL)
        return &xr_bisect_by_command;
    return g_str_has_prefix(state->plan->compare.metric, XR_CLASS_PREFIX) ? &xr_bisect_by_kind
                                                                          : &xr_bisect_by_figure;
}

static gboolean keep_result(const XrBisect *b, GError **error)
{
    g_autoptr(JsonObject) object = xr_bisect_json(b->state, b->result);
    g_autofree char *text = xr_json_text(object);

    return xr_bisect_state_put(b->state, "result.json", text, error);
}

static void clear(XrBisect *b)
{
    xr_scratch_free(b->scratch);
    xr_bisect_result_free(b->result);
    g_free(b->reverted);
    g_hash_table_unref(b->known);
    for (guint i = 0; i < 2; i++)
        xr_bisect_step_free(b->end_steps[i]);
    g_array_unref(b->good);
    g_array_unref(b->bad);
}

static XrBisectResult *go_on(XrBisect *b, GError **error)
{
    const XrBisectTask *task = &b->state->task;
    g_autofree char *clone = xr_bisect_state_path(b->state, "clone");
    g_autoptr(GError) local = NULL;

    b->scratch = xr_scratch_new(task->repo, clone, task->good, task->bad, &local);
    if (b->scratch != NULL)
        run(b, &local);
    /* From a terminal a signal reaches git, too, and what fails then fails for that. */
    if (local != NULL && !g_error_matches(local, XR_ERROR, XR_ERROR_STOPPED) &&
        xr_bisect_check_stopped(b, NULL)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return NULL;
    }
    if (local != NULL)
        b->result->outcome = XR_BISECT_INTERRUPTED;
    return keep_result(b, error) ? g_steal_pointer(&b->result) : NULL;
}

XrBisectResult *xr_bisect(XrBisectState *state, const XrBisectFuncs *funcs, gpointer user_data,
                          GError **error)
{
    XrBisect b = {.state = state,
                  .funcs = funcs,
                  .user_data = user_data,
                  .way = choose_way(state),
                  .result = result_new(),
                  .known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                  .good = g_array_new(FALSE, FALSE, sizeof(double)),
                  .bad = g_array_new(FALSE, FALSE, sizeof(double))};
    XrBisectResult *result = go_on(&b, error);

    clear(&b);
    return result;
}

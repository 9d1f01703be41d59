/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the search by probabilities (noisy.h), on builds and runs.
 *
 * Each run of a commit is weighed by how probable its figure is at either end. Both ends are run again after every
 * few runs of others, so that what is known of their figures follows the host. */
#include "bisect/engine.h"

#include "bisect/noisy.h"

enum { REFRESH = 6, RUNS_EACH = 20 };

typedef struct {
    XrBisect *b;
    GPtrArray *line; /* ids of commits, the oldest first */
    XrNoisy *noisy;
    guint *runs; /* of each commit */
    XrBisectStep **steps;
    GHashTable *built; /* what the build returned -> its commit's number + 1 */
    guint all;
} Search;

static void search_clear(Search *search)
{
    g_clear_pointer(&search->line, g_ptr_array_unref);
    xr_noisy_free(search->noisy);
    g_free(search->runs);
    g_free(search->steps);
    g_clear_pointer(&search->built, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Search, search_clear)

/* Of one code: what lies between brought nothing. */
static void clear_between(Search *search, guint a, guint b)
{
    for (guint i = MIN(a, b) + 1; i <= MAX(a, b); i++)
        xr_noisy_clear(search->noisy, i);
}

/* What the build says without a run. */
static void take_build(Search *search, guint commit, const char *same)
{
    const XrBisectStep *end = g_hash_table_lookup(search->b->known, same);
    const guint other = GPOINTER_TO_UINT(g_hash_table_lookup(search->built, same));

    if (end != NULL && end == search->b->end_steps[0]) {
        xr_noisy_clear(search->noisy, 0);
        clear_between(search, 0, commit);
    } else if (end != NULL) {
        clear_between(search, commit, search->line->len - 1);
    } else if (other > 0) {
        clear_between(search, other - 1, commit);
    } else {
        g_hash_table_insert(search->built, g_strdup(same), GUINT_TO_POINTER(commit + 1));
    }
}

/* Begins a commit's step with its build; skipped where there is none. */
static gboolean build(Search *search, guint commit, GError **error)
{
    XrBisect *b = search->b;
    XrBisectStep *step = xr_bisect_step_new(b, search->line->pdata[commit]);
    g_autofree char *why = NULL;
    g_autoptr(GError) local = NULL;
    g_autofree char *same = xr_bisect_prepare(b, step->commit, &why, &local);

    g_ptr_array_add(b->result->steps, step);
    search->steps[commit] = step;
    if (local != NULL) {
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    if (same == NULL) {
        step->mark = XR_MARK_SKIP;
        step->why = g_steal_pointer(&why);
        xr_noisy_skip(search->noisy, commit);
        xr_bisect_note(b, "%.12s %s: skip: %s", step->commit, step->subject, step->why);
        return TRUE;
    }
    take_build(search, commit, same);
    return TRUE;
}

/* One run more of an end, for what is known of its figures. */
static gboolean refresh(Search *search, const char *commit, GArray *figures, GError **error)
{
    XrBisect *b = search->b;
    g_autoptr(XrRunFigure) figure =
        xr_bisect_measure(b, "again", commit, search->all / REFRESH, error);

    if (figure != NULL && figure->counted && b->way == &xr_bisect_by_figure)
        g_array_append_val(figures, figure->value);
    return figure != NULL;
}

static void tell_run(const Search *search, guint commit, const XrRunFigure *figure)
{
    guint first = 0, last = 0;
    const double best = xr_noisy_best(search->noisy, &first, &last);

    xr_bisect_note(search->b,
                   "run %u, of %.12s: %.6g %s; %.1f bits are left to learn, likeliest "
                   "%.12s%s at %.1f %%",
                   search->all, (char *)search->line->pdata[commit], figure->value, figure->unit,
                   xr_noisy_unknown(search->noisy), (char *)search->line->pdata[last],
                   first < last ? " and those before it" : "", best * 100);
}

static gboolean run(Search *search, guint commit, GError **error)
{
    XrBisect *b = search->b;
    g_autoptr(XrRunFigure) figure =
        xr_bisect_measure(b, "noisy", search->line->pdata[commit], search->runs[commit], error);

    if (figure == NULL)
        return FALSE;
    search->runs[commit]++;
    search->all++;
    if (!figure->counted) {
        xr_noisy_skip(search->noisy, commit);
        search->steps[commit]->mark = XR_MARK_SKIP;
        search->steps[commit]->why = g_strdup("its runs told nothing");
        return TRUE;
    }
    xr_noisy_learn(search->noisy, commit, b->way->evidence(b, figure));
    tell_run(search, commit, figure);
    if (search->all % REFRESH != 0)
        return TRUE;
    return refresh(search, b->state->task.good, b->good, error) &&
           refresh(search, b->state->task.bad, b->bad, error);
}

/* What became of each commit that was run. */
static void close_steps(Search *search, guint first, guint last)
{
    for (guint i = 0; i < search->line->len; i++) {
        XrBisectStep *step = search->steps[i];

        if (step == NULL || step->why != NULL)
            continue;
        step->mark = i >= last ? XR_MARK_BAD : i < first ? XR_MARK_GOOD : XR_MARK_SKIP;
        step->why = g_strdup_printf("%u run%s", search->runs[i], search->runs[i] == 1 ? "" : "s");
    }
}

static void conclude(Search *search)
{
    XrBisectResult *result = search->b->result;
    guint first = 0, last = 0;

    result->confidence = xr_noisy_best(search->noisy, &first, &last);
    close_steps(search, first, last);
    for (guint i = last + 1; i > first; i--)
        g_ptr_array_add(result->suspects, g_strdup(search->line->pdata[i - 1]));
    result->outcome = result->confidence < search->b->state->task.confidence ? XR_BISECT_UNSURE
                      : first == last                                        ? XR_BISECT_FOUND
                                                                             : XR_BISECT_RANGE;
}

static gboolean go_on(const Search *search, guint *commit)
{
    const XrBisectTask *task = &search->b->state->task;
    guint first, last;

    return xr_noisy_best(search->noisy, &first, &last) < task->confidence &&
           search->all < RUNS_EACH * search->line->len && xr_noisy_next(search->noisy, commit);
}

gboolean xr_bisect_search_noisy(XrBisect *b, GError **error)
{
    g_auto(Search) search = {.b = b};
    guint commit = 0;

    search.line = xr_git_line(b->scratch->dir, b->state->task.good, b->state->task.bad, error);
    if (search.line == NULL)
        return FALSE;
    search.noisy = xr_noisy_new(search.line->len);
    search.runs = g_new0(guint, search.line->len);
    search.steps = g_new0(XrBisectStep *, search.line->len);
    search.built = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    while (go_on(&search, &commit)) {
        if (search.steps[commit] == NULL && !build(&search, commit, error))
            return FALSE;
        if (search.steps[commit]->why == NULL && !run(&search, commit, error))
            return FALSE;
    }
    conclude(&search);
    return TRUE;
}

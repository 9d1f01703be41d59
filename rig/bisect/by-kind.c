/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a bisection's decisions by whether runs show a kind of finding: crash, hang, leak, corruption.
 *
 * A run that shows it makes a commit bad. A commit is good after so many runs without it as make it improbable
 * (compare.false_same) that a fault that shows as often as at the bad end was missed (hits.h). */
#include "bisect/engine.h"

#include "base/error.h"
#include "bisect/hits.h"
#include "watch/classes.h"
#include <math.h>

enum { ROUNDS_MIN = 3 };
static const char place_ends[] = "ends", place_step[] = "step";

static const char *class_of(const XrBisect *b)
{
    return b->state->plan->compare.metric + strlen(XR_CLASS_PREFIX);
}

static gboolean add_run(XrBisect *b, const char *place, const char *commit, guint number,
                        guint *hits, gboolean *told, GError **error)
{
    g_autoptr(XrRunFigure) figure = xr_bisect_measure(b, place, commit, number, error);

    if (figure == NULL)
        return FALSE;
    *told = figure->counted;
    *hits += figure->counted && figure->value > 0;
    return TRUE;
}

/* Whether enough is known of how often the fault shows to decide on other commits. */
static gboolean knows_enough(const XrBisect *b, guint hits, guint runs)
{
    const XrCompareRules rules = xr_compare_rules(b->state->plan);

    return hits > 0 && runs >= ROUNDS_MIN &&
           xr_hits_needed(hits, runs, rules.false_same, rules.runs_max) > 0;
}

static gboolean reproduce_once(XrBisect *b, guint round, guint hits[2], gboolean *told,
                               GError **error)
{
    const char *const commits[] = {b->state->task.good, b->state->task.bad};
    guint order[2];

    xr_compare_order(b->state->task.seed, round, 2, order);
    for (guint i = 0; i < 2; i++) {
        gboolean one = FALSE;

        if (!add_run(b, place_ends, commits[order[i]], round, &hits[order[i]], &one, error))
            return FALSE;
        *told &= one;
    }
    return TRUE;
}

static gboolean reproduce(XrBisect *b, XrEndsKind *kind, char **why, double *error_rate,
                          GError **error)
{
    const XrCompareRules rules = xr_compare_rules(b->state->plan);
    guint hits[2] = {0}, rounds = 0;
    gboolean told = TRUE;

    while (told && hits[0] == 0 && rounds < rules.runs_max && !knows_enough(b, hits[1], rounds)) {
        if (!reproduce_once(b, rounds, hits, &told, error))
            return FALSE;
        rounds++;
    }
    b->hits = hits[1];
    b->clean = rounds - hits[0];
    b->runs_bad = rounds;
    *error_rate = pow(xr_hits_by_chance(rounds), hits[1]);
    *kind = XR_ENDS_UNSURE;
    if (told && hits[0] == 0)
        *kind = knows_enough(b, hits[1], rounds) ? XR_ENDS_DIFFER
                : hits[1] == 0                   ? XR_ENDS_ALIKE
                                                 : XR_ENDS_UNSURE;
    *why = g_strdup_printf("a %s showed in %u of %u runs of the bad end, and in %u of %u of the "
                           "good one%s",
                           class_of(b), hits[1], rounds, hits[0], rounds,
                           told ? "" : "; the last run told nothing");
    return TRUE;
}

static gboolean decide(XrBisect *b, XrBisectStep *step, GError **error)
{
    const XrCompareRules rules = xr_compare_rules(b->state->plan);
    const guint needed = xr_hits_needed(b->hits, b->runs_bad, rules.false_same, rules.runs_max);
    guint hits = 0;
    gboolean told = TRUE;

    for (guint i = 0; i < needed && hits == 0 && told; i++) {
        if (!add_run(b, place_step, step->commit, i, &hits, &told, error))
            return FALSE;
        step->why = hits > 0 ? g_strdup_printf("a %s in run %u", class_of(b), i + 1) : NULL;
    }
    if (!told) {
        step->mark = XR_MARK_SKIP;
        step->why = g_strdup("its runs told nothing");
        return TRUE;
    }
    step->mark = hits > 0 ? XR_MARK_BAD : XR_MARK_GOOD;
    step->error =
        hits > 0 ? xr_hits_by_chance(b->clean) : xr_hits_missed(b->hits, b->runs_bad, needed);
    if (hits > 0)
        return TRUE;
    b->clean += needed;
    step->why = g_strdup_printf("no %s in %u runs", class_of(b), needed);
    return TRUE;
}

static gboolean once(XrBisect *b, const char *place, guint number, const char *commit, XrSide *side,
                     char **told, GError **error)
{
    guint hits = 0;
    gboolean one = FALSE;

    if (!add_run(b, place, commit, number, &hits, &one, error))
        return FALSE;
    *side = !one ? XR_SIDE_NEITHER : hits > 0 ? XR_SIDE_BAD : XR_SIDE_GOOD;
    *told = !one ? g_strdup("told nothing")
                 : g_strdup_printf("%s%s", hits > 0 ? "a " : "no ", class_of(b));
    return TRUE;
}

static double evidence(const XrBisect *b, const XrRunFigure *figure)
{
    const double of_bad = 1 - xr_hits_missed(b->hits, b->runs_bad, 1);
    const double of_good = xr_hits_by_chance(b->clean);

    return figure->value > 0 ? log(of_bad / of_good) : log((1 - of_bad) / (1 - of_good));
}

const XrBisectWay xr_bisect_by_kind = {reproduce, decide, once, evidence, TRUE};

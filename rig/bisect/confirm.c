/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the end of a bisection: the culprit and the last good commit measured again, and the culprit taken back.
 *
 * These runs were not used to find the culprit, so they can contradict it: what is found by many decisions is found by
 * chance more easily than one comparison suggests. Three alternating runs of each all on their sides come by chance in
 * one of 64 cases if neither side were more probable than the other. */
#include "bisect/engine.h"

#include "base/error.h"

enum { ROUNDS = 3 };
static const char place[] = "confirm";

typedef struct {
    guint good, bad; /* runs on either side */
    GString *values;
} Tally;

static gboolean add(XrBisect *b, Tally *tally, guint number, const char *commit, GError **error)
{
    XrSide side = XR_SIDE_NEITHER;
    g_autofree char *told = NULL;

    if (!b->way->once(b, place, number, commit, &side, &told, error))
        return FALSE;
    tally->good += side == XR_SIDE_GOOD;
    tally->bad += side == XR_SIDE_BAD;
    g_string_append_printf(tally->values, "%s%s", tally->values->len > 0 ? ", " : "", told);
    return TRUE;
}

static void tell(XrBisect *b, const char *what, const char *commit, const Tally *tally,
                 gboolean is_bad, guint runs)
{
    const guint as_said = is_bad ? tally->bad : tally->good;
    char *text = g_strdup_printf("%s (%.12s): %s; %u of %u on the %s end's side%s", what, commit,
                                 tally->values->str, as_said, runs, is_bad ? "bad" : "good",
                                 as_said == runs ? "" : ": not what the search found");

    g_ptr_array_add(b->result->checks, text);
    xr_bisect_note(b, "%s", text);
}

static gboolean alternate(XrBisect *b, const char *culprit, const char *parent, Tally tallies[2],
                          GError **error)
{
    const char *const commits[] = {parent, culprit};
    guint order[2];

    xr_bisect_note(b, "measuring again, in turns: %.12s and the commit before it, %.12s", culprit,
                   parent);
    for (guint round = 0; round < ROUNDS; round++) {
        xr_compare_order(b->state->task.seed + 1, round, 2, order);
        for (guint i = 0; i < 2; i++) {
            if (!add(b, &tallies[order[i]], round, commits[order[i]], error))
                return FALSE;
        }
    }
    tell(b, b->result->suspects->len == 1 ? "the culprit" : "the first bad commit", culprit,
         &tallies[1], TRUE, ROUNDS);
    tell(b, b->result->suspects->len == 1 ? "its parent" : "the last good commit", parent,
         &tallies[0], FALSE, ROUNDS);
    return TRUE;
}

/* The bad end without what the culprit brought, or, where git cannot take it back there, the culprit itself. */
static gboolean make_revert(XrBisect *b, const char *culprit, GError **error)
{
    g_autoptr(GError) local = NULL;

    g_free(b->reverted);
    b->reverted = xr_scratch_revert(b->scratch, culprit, b->state->task.bad, &local);
    if (b->reverted == NULL && local == NULL)
        g_ptr_array_add(b->result->checks,
                        g_strdup("the culprit cannot be taken back at the bad end: git finds "
                                 "conflicts"));
    if (local != NULL)
        g_propagate_error(error, g_steal_pointer(&local));
    return b->reverted != NULL;
}

/* The build fails where later commits need the culprit: told, as all else that is learnt. */
static gboolean measure_revert(XrBisect *b, GError **error)
{
    Tally tally = {.values = g_string_new(NULL)};
    g_autoptr(GError) local = NULL;
    g_autofree char *why = NULL;

    if (b->way->builds)
        g_free(xr_bisect_prepare(b, b->reverted, &why, &local));
    if (why != NULL)
        g_ptr_array_add(b->result->checks,
                        g_strdup_printf("the bad end without the culprit does not build: %s", why));
    else if (local == NULL && add(b, &tally, 0, b->reverted, &local))
        tell(b, "the bad end without the culprit", b->reverted, &tally, FALSE, 1);
    g_string_free(tally.values, TRUE);
    if (local == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&local));
    return FALSE;
}

gboolean xr_bisect_confirm(XrBisect *b, GError **error)
{
    const char *culprit = b->result->suspects->pdata[0];
    Tally tallies[2] = {{.values = g_string_new(NULL)}, {.values = g_string_new(NULL)}};
    g_autoptr(GError) local = NULL;
    gboolean done;

    done = alternate(b, culprit, b->result->parent, tallies, error);
    for (guint i = 0; i < 2; i++)
        g_string_free(tallies[i].values, TRUE);
    if (!done || b->result->outcome != XR_BISECT_FOUND)
        return done;
    if (make_revert(b, culprit, &local))
        return measure_revert(b, error);
    if (local == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&local));
    return FALSE;
}

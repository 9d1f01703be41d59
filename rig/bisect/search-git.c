/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the search as git does it: halves, and ways around what cannot be tested.
 *
 * git chooses the commits, rules out the others and knows when the search is over. Where the culprit is next to
 * commits that could not be tested it names all that may be it, and so does the result: the first commit behind
 * a broken stretch is not blamed for what the stretch may have brought. */
#include "bisect/engine.h"

static const double minute_s = 60;

/* Steps take as long as those before that were measured; the first, half of what the ends took. */
static double expected_seconds(const XrBisect *b)
{
    double spent = 0;
    guint measured = 0;

    for (guint i = 0; i < b->result->steps->len; i++) {
        const XrBisectStep *step = b->result->steps->pdata[i];
        const gboolean is_cheap = step->taken_over || step->mark == XR_MARK_SKIP;

        spent += is_cheap ? 0 : step->seconds;
        measured += !is_cheap;
    }
    return measured > 0 ? spent / measured : b->ends_seconds / 2;
}

static void tell_step(const XrBisect *b, const XrBisectStep *step)
{
    const guint left = b->scratch->left + 1;
    const double seconds = expected_seconds(b) * left;
    g_autofree char *time = seconds < minute_s ? g_strdup_printf("%.0f s", seconds)
                                               : g_strdup_printf("%.0f min", seconds / minute_s);

    xr_bisect_note(b, "step %u, about %u left, some %s: %.12s %s", b->result->steps->len + 1, left,
                   time, step->commit, step->subject);
}

static gboolean keep_log(const XrBisect *b, GError **error)
{
    g_autofree char *text = g_strconcat(b->scratch->log, "\n", NULL);

    return xr_bisect_state_put(b->state, "bisect.log", text, error);
}

static gboolean one_step(XrBisect *b, GError **error)
{
    g_autoptr(XrBisectStep) step = xr_bisect_step_new(b, b->scratch->next);
    const double before = b->result->seconds;
    const XrMark *mark = &step->mark;

    tell_step(b, step);
    if (!xr_bisect_decide(b, step, error))
        return FALSE;
    step->seconds = b->result->seconds - before;
    xr_bisect_note(b, "  %s: %s", xr_mark_name(*mark), step->why);
    g_ptr_array_add(b->result->steps, g_steal_pointer(&step));
    return xr_scratch_mark(b->scratch, *mark, error) && keep_log(b, error);
}

gboolean xr_bisect_search_git(XrBisect *b, GError **error)
{
    if (!keep_log(b, error))
        return FALSE;
    while (b->scratch->next != NULL) {
        if (!one_step(b, error))
            return FALSE;
    }
    for (guint i = 0; i < b->scratch->suspects->len; i++)
        g_ptr_array_add(b->result->suspects, g_strdup(b->scratch->suspects->pdata[i]));
    b->result->outcome = b->result->suspects->len == 1 ? XR_BISECT_FOUND : XR_BISECT_RANGE;
    return TRUE;
}

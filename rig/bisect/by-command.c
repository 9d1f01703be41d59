/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a bisection's decisions by the exit code of a command, as `git bisect run` takes them.
 *
 * 0 is good, 125 skip, all others up to 127 bad; above, the bisection ends. The command is taken at its word: how often
 * it is wrong is not known here. */
#include "bisect/engine.h"

enum { ROUNDS = 2, SKIP = 125 };

static XrSide side_of(int code)
{
    return code == 0 ? XR_SIDE_GOOD : code == SKIP ? XR_SIDE_NEITHER : XR_SIDE_BAD;
}

static gboolean reproduce(XrBisect *b, XrEndsKind *kind, char **why, double *error_rate,
                          GError **error)
{
    const char *const commits[] = {b->state->task.good, b->state->task.bad};
    int codes[2][ROUNDS];
    gboolean good = TRUE, bad = TRUE, alike;

    for (guint i = 0; i < 2 * ROUNDS; i++) {
        const int code = xr_bisect_command(b, "ends", commits[i % 2], i / 2, error);

        if (code < 0)
            return FALSE;
        codes[i % 2][i / 2] = code;
    }
    for (guint i = 0; i < ROUNDS; i++) {
        good &= side_of(codes[0][i]) == XR_SIDE_GOOD;
        bad &= side_of(codes[1][i]) == XR_SIDE_BAD;
    }
    alike = codes[0][0] == codes[1][0] && codes[0][1] == codes[1][1];
    *error_rate = 0;
    *kind = good && bad ? XR_ENDS_DIFFER : alike ? XR_ENDS_ALIKE : XR_ENDS_UNSURE;
    *why = g_strdup_printf("the command ends with %d and %d at the good end, with %d and %d at the "
                           "bad one%s",
                           codes[0][0], codes[0][1], codes[1][0], codes[1][1],
                           good && bad ? ""
                                       : "; wanted is 0 at the good one, and 1 to 127, but not "
                                         "125, at the bad one");
    return TRUE;
}

static gboolean decide(XrBisect *b, XrBisectStep *step, GError **error)
{
    static const XrMark marks[] = {[XR_SIDE_NEITHER] = XR_MARK_SKIP,
                                   [XR_SIDE_GOOD] = XR_MARK_GOOD,
                                   [XR_SIDE_BAD] = XR_MARK_BAD};
    const int code = xr_bisect_command(b, "step", step->commit, 0, error);

    if (code < 0)
        return FALSE;
    step->mark = marks[side_of(code)];
    step->why = g_strdup_printf("the command ends with %d", code);
    return TRUE;
}

static gboolean once(XrBisect *b, const char *place, guint number, const char *commit, XrSide *side,
                     char **told, GError **error)
{
    const int code = xr_bisect_command(b, place, commit, number, error);

    if (code < 0)
        return FALSE;
    *side = side_of(code);
    *told = g_strdup_printf("%d", code);
    return TRUE;
}

const XrBisectWay xr_bisect_by_command = {reproduce, decide, once, NULL, FALSE};

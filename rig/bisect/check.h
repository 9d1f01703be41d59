/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: one commit told good or bad, for `git bisect run`. */
#pragma once

#include "judge/worse.h"
#include "run/compare-stored.h"

/* What `git bisect run` understands; above 127 it ends. */
typedef enum {
    XR_CHECK_GOOD = 0,
    XR_CHECK_BAD = 1,
    XR_CHECK_SKIP = 125,
    XR_CHECK_ERROR = 128,
} XrCheckCode;

typedef struct {
    const char *repo;  /* folder in it */
    const char *build; /* what is tested in place of the commit as a source of Xen; NULL: none */
    const char *good;  /* build that the commit is compared with; not used for verdict:… */
    const char *with;  /* behind the commit's build name; may be "" */
    const char *plan;  /* NULL: "default" */
    const char *const *overrides;
    XrWorse worse;
} XrCheckTask;

/* The commit that git has come to: BISECT_HEAD of a bisection without checkout, else HEAD. told: a sentence. Only what
 * is known to be worse is bad; what cannot be tested or decided is skip. XR_CHECK_ERROR with error where it is not the
 * commit's business, also after a signal. */
XrCheckCode xr_check(const XrCheckTask *task, const XrCompareOptions *options, char **told,
                     GError **error);

/* The same of the good build's comparison with the commit: its result, or the error that ended it (taken). */
XrCheckCode xr_check_compared(const XrCheckTask *task, const XrCompareResult *result, GError *ended,
                              char **told, GError **error);
/* The same of one run by a kind of finding, whose record is there: figure's metric is verdict:CLASS. told: NULL, or what this gave
 * for a run before it of the same commit; taken. */
XrCheckCode xr_check_ran(const XrRunFigure *figure, gboolean interrupted, const char *record,
                         char **told, GError **error);

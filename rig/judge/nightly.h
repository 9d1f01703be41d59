/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: whether a build regressed, judged from the runs of one night and the host's history. Pure. */
#pragma once

#include "judge/fence.h"
#include "judge/ranks.h"

enum { XR_NIGHT_FEWEST = 3 }; /* runs of each build, below which nothing is told */

/* The worst wins. What was seen of a build is worse than what could not be seen. */
typedef enum {
    XR_NIGHT_SAME,
    XR_NIGHT_IMPROVED,
    XR_NIGHT_UNSURE,
    XR_NIGHT_ERROR, /* the rig's or the host's fault, or it cannot be built: never a figure's */
    XR_NIGHT_REGRESSED,
    XR_NIGHT_FAILED, /* a run failed: never a figure's */
} XrNightKind;
/* "same", "improved", "unsure", "error", "regressed", "failed"; static. */
const char *xr_night_kind_name(XrNightKind kind);
/* 0 same and improved, 2 unsure, 1 regressed and failed, 99 error. */
int xr_night_exit_code(XrNightKind kind);

typedef enum {
    XR_NIGHT_BY_RANKS,  /* regressed, improved: the night's rank test rejects */
    XR_NIGHT_BY_FENCE,  /* … all runs are apart, and farther than the fence allows */
    XR_NIGHT_BY_BOUNDS, /* same: the night's interval lies within the smallest effect that matters */
    XR_NIGHT_BY_USUAL,  /* … what is seen is what the fence calls usual */
    XR_NIGHT_FEW_RUNS,  /* unsure: … */
    XR_NIGHT_NO_FENCE,  /* … the night cannot tell, and no fence is known */
    XR_NIGHT_MIXED,     /* … farther apart than usual, but runs overlap or scatter */
    XR_NIGHT_ALONE,     /* … beyond its own fence, while the night finds no difference */
} XrNightWhy;
/* "ranks", "fence", "bounds", "usual", "few-runs", "no-fence", "mixed", "alone"; static. */
const char *xr_night_why_name(XrNightWhy why);

/* One metric of one build under one plan. Borrowed. */
typedef struct {
    const char *metric, *unit;
    const GArray *base,
        *values; /* double, above zero: tonight's runs of the baseline and of the build */
    double smallest_effect, false_same; /* of the plan's [compare] */
    XrFence base_fence, fence;          /* of what was before tonight */
} XrNightInput;

typedef struct {
    XrNightKind kind;
    XrNightWhy why;
    gboolean worse;     /* the build's figures are on the bad side of the baseline's */
    double p;           /* of the rank test alone, two-sided; NaN: too few runs */
    XrEffect effect;    /* the build's as a factor of the baseline's, with the interval at 95 % */
    XrEffect bounds;    /* … at 1 - 2 false_same, which decides on the same */
    double usual;       /* the change from run to run that is usual; NaN: no fence is known */
    gboolean by_base;   /* usual is the baseline's */
    double base, value; /* medians of tonight; NaN without runs */
    int base_side,
        side; /* of base and value beside their fences: -1 below, 1 above, 0 within or not known */
} XrNightResult;

/* Judges all metrics of a night together: false_alarm is shared by all. results has room for count. */
void xr_night_judge(const XrNightInput *inputs, XrNightResult *results, guint count,
                    double false_alarm);

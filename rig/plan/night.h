/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a night, a file of builds that plans are run over, against a pinned one. */
#pragma once

#include <glib.h>

enum { XR_NIGHT_BUILDS_MAX = 16, XR_NIGHT_PLANS_MAX = 16, XR_NIGHT_METRICS_MAX = 32 };

/* Strings and arrays belong to the night; arrays are NULL-terminated and name nothing twice. */
typedef struct {
    char *name;        /* the file's base name without .night */
    char *description; /* "" */
    char *baseline;    /* what the others are compared with, as hypervisor.build takes it */
    char **builds;     /* one or more; the baseline's own name is A/A: it shows the noise */
    char **plans;      /* one or more, as `xenrig run` takes them */
    char **metrics;    /* figures that are judged; empty: auto, by the plan */
    guint runs;        /* 3..100, 10: of each build under each plan */
    guint64 budget;    /* 0: time of all runs, nanoseconds; 0 is no limit */
    double
        false_alarm; /* 0.1%: how often a night in which nothing changed may call anything changed */
} XrNight;

/* Reads section [nightly] of the file (a path, or the name of a shipped one), then the changes ("key=value",
 * NULL-terminated, may be NULL; told as --KEY). XR_ERROR_INPUT naming place, key, value and what is taken. */
XrNight *xr_night_load(const char *path, const char *const *changes, GError **error);
void xr_night_free(XrNight *night);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrNight, xr_night_free)

/* The night as such a file, every key with its value. Free with g_free. */
char *xr_night_show(const XrNight *night);

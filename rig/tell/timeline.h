/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what happened when, read from a record: for pictures and excerpts. Times are of the rig's clock, ns. */
#pragma once

#include "watch/observation.h"

typedef enum {
    XR_MARK_CREATED,
    XR_MARK_RELEASED,
    XR_MARK_READY,
    XR_MARK_STREAMING,
    XR_MARK_ENDED, /* exited, destroyed, left as a zombie */
    XR_MARK_FAULT, /* ordered by the plan */
    XR_MARK_RIG,   /* what the rig and the machine went through: retry, interrupted, timeout … */
    XR_MARKS
} XrMarkKind;
/* "domU created"; static. */
const char *xr_timeline_name(XrMarkKind kind);

/* Strings are guest text: whoever shows them escapes them. */
typedef struct {
    XrMarkKind kind;
    gint64 t_ns;
    char *where, *text;
} XrMark;

typedef struct {
    char *name; /* "create", "window 2": people count from 1 */
    gint64 begin_ns, end_ns;
    gboolean measured; /* a window: figures are of it */
} XrStage;

typedef struct {
    gint64 t_ns;
    char *line; /* guest text */
} XrSaid;

/* What a console said around a finding. */
typedef struct {
    const XrFinding *finding; /* borrowed */
    char *source;             /* of the record's console events */
    GQueue before;            /* XrSaid: the last lines before the finding */
    GQueue after;             /* XrSaid: the line of the finding, and what follows */
} XrExcerpt;

typedef struct {
    gint64 t_ns, guest_ns;
} XrClock;

typedef struct {
    GPtrArray *stages;   /* XrStage, in order of begin */
    GPtrArray *marks;    /* XrMark, in order of time */
    GPtrArray *excerpts; /* XrExcerpt, in order of findings; of those that have one */
    GArray *clocks;      /* XrClock: of each sample, both rising */
    gint64 end_ns;       /* the last event of all */
} XrTimeline;

/* Reads the record in dir once. findings: XrFinding, worst first; the first few that are of a moment get an excerpt; what
 * another's excerpt shows already has none of its own. XR_ERROR_RECORD. */
XrTimeline *xr_timeline_read(const char *dir, const GPtrArray *findings, GError **error);
void xr_timeline_free(XrTimeline *timeline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrTimeline, xr_timeline_free)

/* dom0's clock at a time of the rig's, linear between samples and beyond the outer ones as between the two next to
 * them; -1 with less than two samples. */
gint64 xr_timeline_guest(const XrTimeline *timeline, gint64 t_ns);

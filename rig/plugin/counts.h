/* SPDX-License-Identifier: GPL-2.0-or-later */
/* count plugin: what is counted, and the window in which it counts. Pure. */
#pragma once

#include "plugin/classes.h"

enum {
    XR_COUNT_GUESTS = 64,     /* domUs that can be told apart */
    XR_COUNT_HYPERCALLS = 64, /* numbers of hypercalls */
};

/* Who makes a hypercall. */
typedef enum { XR_CALLER_DOM0, XR_CALLER_GUEST, XR_CALLERS } XrCaller;

/* All since the counting began, or of a window. Of 64-bit numbers and nothing else. */
typedef struct {
    guint64 instructions[XR_CLASSES]; /* XR_CLASS_GUEST: of all domUs */
    guint64 guests[XR_COUNT_GUESTS +
                   1]; /* [n]: instructions of domU number n, from 1; [0]: of none that is known */
    guint64 pause_xen; /* PAUSE among Xen's */
    guint64 hypercalls[XR_CALLERS][XR_COUNT_HYPERCALLS];
    guint64 maps, unmaps, copies;       /* grant references that dom0 asked to be mapped, … */
    guint64 bytes[XR_COUNT_GUESTS + 1]; /* moved by domU number n, as its last mark says */
} XrCounts;

typedef enum {
    XR_COUNT_IDLE,   /* no domU has made a mark: nothing is counted */
    XR_COUNT_WARMUP, /* until the window begins (counts.c) */
    XR_COUNT_WINDOW, /* until it ends */
    XR_COUNT_DONE
} XrCountPhase;

typedef struct {
    guint domus;            /* that make marks */
    guint64 warmup, window; /* bytes; window 0: marks alone bound it */
    XrCountPhase phase;
    XrCounts now, begin;                 /* begin: as it was when the window began */
    XrCounts result;                     /* of the window; phase DONE */
    guint64 spaces[XR_COUNT_GUESTS + 1]; /* page tables of domU number n; 0: it has made no mark */
    guint marks[XR_COUNT_GUESTS + 1];    /* that domU number n has made */
    GHashTable *pending;                 /* stack pointers of dom0's hypercalls under way */
} XrCounter;

/* Free with xr_counter_free. */
XrCounter *xr_counter_new(guint domus, guint64 warmup, guint64 window);
void xr_counter_free(XrCounter *counter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrCounter, xr_counter_free)

/* DomU number n (from 1), whose page tables are at space, has moved so many bytes since it began to. TRUE where the
 * phase became another one. */
gboolean xr_counter_mark(XrCounter *counter, guint64 number, guint64 bytes, guint64 space);

/* Number of the domU with those page tables; 0: none that has made a mark. */
guint xr_counter_guest(const XrCounter *counter, guint64 space);

/* The registers that matter when a hypercall is made. */
typedef struct {
    guint64 number;         /* rax */
    guint64 command, count; /* rdi and rdx: of grant_table_op's, what and how many */
    guint64 stack;          /* rsp */
} XrHypercall;

void xr_counter_hypercall(XrCounter *counter, XrCaller caller, const XrHypercall *call);
/* dom0 goes on behind a hypercall made with that stack. */
void xr_counter_returned(XrCounter *counter, guint64 stack);

/* The result as one JSON object in a line, the event "count" (watch/observation.h) without its time. unsettled: times that
 * a CPU halted unsettled (settle.h). Free with g_free. */
char *xr_counter_text(const XrCounter *counter, guint64 unsettled);

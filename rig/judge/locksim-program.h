/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the loops of guests/lockcheck as steps of a simulation; private to judge/locksim. */
#pragma once

#include "lockcheck/draws.h"
#include <glib.h>

/* Each step is one instruction of work.S but PLAIN, THINK and CRIT, which are several, and LABEL, which is
 * none. From TAKE on they read or write a word that vCPUs share: when they run matters. */
typedef enum {
    XR_LOCK_LABEL,
    XR_LOCK_PLAIN, /* `value` instructions that touch nothing shared */
    XR_LOCK_THINK, /* the draw's loops, two instructions each */
    XR_LOCK_CRIT,
    XR_LOCK_PAUSE,
    XR_LOCK_NEXT,    /* counts a critical section, and goes to the next draw */
    XR_LOCK_GOTO,    /* all of these to label `to` */
    XR_LOCK_IF,      /* if word & mask == value */
    XR_LOCK_IF_NOT,  /* if word & mask != value */
    XR_LOCK_IF_FLAG, /* if the draw's flag is `value` */
    XR_LOCK_TAKE,    /* a ticket of lock `value` */
    XR_LOCK_LOOK,    /* word: 1 if lock `value` has our ticket's turn, else 0 */
    XR_LOCK_RELEASE, /* next turn of lock `value` */
    XR_LOCK_READ,    /* the rwlock's counts into word */
    XR_LOCK_ADD,     /* `value` to the counts; word: what they were */
    XR_LOCK_AND,     /* the counts with `mask` */
    XR_LOCK_SWAP,    /* counts `mask` become `value`; word: 1 if they were that, else 0 */
    XR_LOCK_MARK,    /* counts that are still `word` get `value` as well; word as for SWAP */
} XrLockStepKind;

typedef struct {
    XrLockStepKind kind;
    guint to; /* a label; an index once linked */
    guint32 mask, value;
} XrLockStep;

/* What all share. */
typedef struct {
    guint16 head[2], tail[2];
    guint32 counts;
} XrLockWords;

/* A worker, standing before step `at`, of which `left` instructions are to be run. */
typedef struct {
    const XrLockStep *program;
    const struct lc_draw *draws; /* LC_DRAWS of them */
    guint at;
    guint64 left;
    guint draw;
    guint16 ticket[2];
    guint32 word;
    guint64 done; /* critical sections */
} XrLockWorker;

/* Static. */
const XrLockStep *xr_lock_program(enum lc_lock lock);

/* At the program's beginning, behind `late` loops of two instructions. */
void xr_lock_worker_begin(XrLockWorker *worker, enum lc_lock lock, const struct lc_draw *draws,
                          guint32 late);
gboolean xr_lock_is_shared(const XrLockWorker *worker);
/* Runs instructions up to a shared one, at most budget; returns how many. Ends behind a PAUSE, if
 * stop_at_pause, and sets *paused. */
guint64 xr_lock_run_private(XrLockWorker *worker, guint64 budget, gboolean stop_at_pause,
                            gboolean *paused);
/* Runs the shared instruction that the worker stands before. */
void xr_lock_run_shared(XrLockWorker *worker, XrLockWords *words);

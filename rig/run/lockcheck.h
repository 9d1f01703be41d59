/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine in lockstep against the truth: guests/lockcheck run and simulated. */
#pragma once

#include "lockcheck/options.h"
#include <gio/gio.h>

enum { XR_LOCKCHECK_SLICES = 6, XR_LOCKCHECK_WINDOWS = 5 /* the first is not counted */ };

/* What the vCPUs do. */
typedef struct {
    enum lc_lock lock;
    enum lc_spread spread;
    guint cpus;   /* workers: one vCPU more than these is the metronome */
    double share; /* of its time that a lone worker holds the lock: S / (S + Z), above 0, below 1 */
    guint hold;   /* S: mean instructions of a critical section */
} XrLockcheckCase;

/* How they are run. */
typedef struct {
    const char *qemu;
    guint shift;     /* an instruction takes 2^shift ns of guest time */
    gboolean fires;  /* slices by a timer that fires, which are unequal: to see that it shows */
    guint seed;      /* of the draws */
    double sections; /* critical sections to be run, about; fewer where they are far apart */
} XrLockcheckHow;

/* Of one run; rates are critical sections per tick. */
typedef struct {
    double slice;     /* instructions, on average */
    double rate;      /* by QEMU */
    double truth;     /* by N CPUs in parallel, simulated */
    double predicted; /* by slices of this length, simulated */
    guint64 sections; /* counted by QEMU */
    gboolean lapsed;  /* a slice was longer than it should be */
} XrLockcheckRun;

/* Boots the machine, waits for its end, simulates the same twice. QEMU is told to end with this process, and
 * after a minute of CPU time. XR_ERROR_MACHINE if it does not give figures, XR_ERROR_INPUT for what the
 * guest or lockstep does not take. */
gboolean xr_lockcheck_run(const XrLockcheckCase *what, const XrLockcheckHow *how, guint slice,
                          XrLockcheckRun *run, GError **error);

/* How far runs of one case, at several slice lengths, are off: rate / truth - 1, and that on the straight
 * line through them (least squares) where slices have no length. n of 1: that one. */
double xr_lockcheck_off(const XrLockcheckRun *run);
double xr_lockcheck_off_at_zero(const XrLockcheckRun *runs, guint n);

/* The guest's options for a case, `ticks` of a window as close as beats allow. Pure. */
void xr_lockcheck_options(const XrLockcheckCase *what, const XrLockcheckHow *how, guint slice,
                          struct lc_options *options);

/* What the guest printed: counts of windows * workers, to be freed with g_free; NULL with XR_ERROR_MACHINE
 * which quotes what it said instead. Pure. */
guint64 *xr_lockcheck_parse(const char *text, guint workers, guint windows, guint64 *ticks,
                            gboolean *lapsed, GError **error);

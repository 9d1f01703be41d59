/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine whose vCPUs advance together in short equal slices; see lockstep.c for how. Pure. */
#pragma once

#include <glib.h>

/* Slices by timers that the metronome pushes on and that never fire: equal ones. */
typedef struct {
    guint pcpus; /* vCPUs of the machine, the metronome among them, which is best the last */
    guint shift; /* an instruction takes 2^shift ns of guest time */
    guint beat;  /* the metronome pushes its timers each `beat` instructions */
    guint
        reach; /* TimerInt of the first two timers, in 30 ns of guest time; the third: four times */
    double slice; /* instructions that each vCPU runs in a round, on average: what to report */
} XrLockstepPush;

/* The reach whose slices come closest to `slice` instructions. A beat must not be longer than a slice.
 * XR_ERROR_INPUT for that, and for values that QEMU does not take. */
gboolean xr_lockstep_push(guint pcpus, guint shift, guint slice, guint beat, XrLockstepPush *push,
                          GError **error);

/* QEMU's words for the three timers. As all words here to be freed with g_strfreev. */
char **xr_lockstep_timer_args(void);

/* QEMU's words for the rest: one thread, icount, the clocks that follow it, no randomness but `seed`, and
 * the port that a filter-buffer can hang on. */
char **xr_lockstep_args(guint shift, guint seed);

/* Slices by a filter-buffer that fires each interval_us: unequal ones, see lockstep.c. */
typedef struct {
    guint pcpus, shift;
    guint interval_us; /* of the timer, in guest time */
    guint slice;       /* instructions each vCPU would run in a round if they were equal */
    guint remainder;   /* instructions left of an interval after full rounds */
} XrLockstep;

/* The interval whose slices come closest to `slice` instructions. XR_ERROR_INPUT, naming a shift that
 * would do, where the closest is off by more than a fifth, and for values that QEMU does not take. */
gboolean xr_lockstep_fit(guint pcpus, guint shift, guint slice, XrLockstep *lockstep,
                         GError **error);

/* The words that have that timer there from the start ("-object", …); else the machine boots
 * coarse, and QMP does it. */
char **xr_lockstep_fine_args(guint interval_us);

/* QMP commands, one JSON object each: slices become fine, and coarse again. They take effect at the
 * moment they arrive: to be repeatable the machine must be stopped (a snapshot just loaded, or a stop
 * that the guest asked for). To change the interval: coarse, then fine. */
char *xr_lockstep_fine_qmp(guint interval_us);
char *xr_lockstep_coarse_qmp(void);

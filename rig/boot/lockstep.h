/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine whose vCPUs advance together in short equal slices; see lockstep.c for how. Pure. */
#pragma once

#include <glib.h>

/* The slices of a machine. All of it follows from pcpus, shift and interval_us. */
typedef struct {
    guint pcpus;       /* vCPUs of the machine, the metronome among them */
    guint shift;       /* an instruction takes 2^shift ns of guest time */
    guint interval_us; /* of the fast timer, in guest time */
    guint slice;       /* instructions that each vCPU runs in a full round: what to report */
    guint remainder;   /* instructions left of an interval after full rounds: shared unequally */
} XrLockstep;

/* The interval whose slices come closest to `slice` instructions. XR_ERROR_INPUT, naming the shift or
 * the lengths that would do, where the closest is off by more than a fifth, and for values that QEMU
 * does not take. */
gboolean xr_lockstep_fit(guint pcpus, guint shift, guint slice, XrLockstep *lockstep,
                         GError **error);

/* The smallest shift at which slices of that length, and of any longer one, can be had; as above. */
gboolean xr_lockstep_shift(guint pcpus, guint slice, guint *shift, GError **error);

/* How many instructions a runnable vCPU gets of a round on average while `waiting` of the vCPUs do
 * nothing (halted) or run `poll` instructions and PAUSE: less than slice, see lockstep.c. */
double xr_lockstep_mean_slice(const XrLockstep *lockstep, guint waiting, guint poll);

/* QEMU's words for all of it but the fast timer: one thread, icount, the clocks that follow it, no
 * randomness but `seed`, and the port that the timer hangs on. To be freed with g_strfreev. */
char **xr_lockstep_args(guint shift, guint seed);

/* The words that have the fast timer there from the start ("-object", …); else the machine boots
 * coarse, and QMP does it. */
char **xr_lockstep_fine_args(guint interval_us);

/* QMP commands, one JSON object each: slices become fine, and coarse again. They take effect at the
 * moment they arrive: to be repeatable the machine must be stopped (a snapshot just loaded, or a stop
 * that the guest asked for). To change the interval: coarse, then fine. */
char *xr_lockstep_fine_qmp(guint interval_us);
char *xr_lockstep_coarse_qmp(void);

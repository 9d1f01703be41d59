/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what guests/lockcheck must count, from simulations of its vCPUs; see locksim.c. Pure. */
#pragma once

#include "lockcheck/options.h"
#include <glib.h>

/* N CPUs in parallel, one instruction a tick each: the truth. Gives the critical sections that each of
 * options->vcpus - 1 workers has done at the end of each of options->windows windows of `ticks`, as the
 * guest prints them: windows * workers numbers, freed with g_free. */
guint64 *xr_locksim_parallel(const struct lc_options *options, guint64 ticks);

/* The same vCPUs one after another in slices, a PAUSE ending one: what lockstep makes of them. */
guint64 *xr_locksim_sliced(const struct lc_options *options, guint64 ticks, guint slice);

/* Critical sections per tick between the end of the first window and that of the last. At least two
 * windows. */
double xr_locksim_rate(const guint64 *counts, guint workers, guint windows, guint64 ticks);

/* Theory, to check simulations by: N customers think for z and are served for s by one server.
 * Exponential times: the machine repairman, M/M/1//N. Throughput per tick. */
double xr_locksim_repairman(guint n, double z, double s);

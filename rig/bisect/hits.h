/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: how much is said by runs in which a fault did not show, or did. Pure. */
#pragma once

#include <glib.h>

/* How probable it is that a fault that showed in hits of runs does not show in further runs. */
double xr_hits_missed(guint hits, guint runs, guint further);
/* The fewest further runs with xr_hits_missed at most that; 0 if more than limit. */
guint xr_hits_needed(guint hits, guint runs, double most, guint limit);
/* How probable it is that a run shows the fault by chance, if clean runs without it did not. */
double xr_hits_by_chance(guint clean);

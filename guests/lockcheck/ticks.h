/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lockcheck guest: how long a window is, in instructions of the metronome (lc_metronome in work.S). */
#pragma once

/* From one push of the timers to the next. */
#define LC_BEAT_TICKS(spin) (9u + 2u * (spin))

/* From one note of n counters to the next. */
#define LC_WINDOW_TICKS(beats, spin, n) (LC_BEAT_TICKS(spin) * (beats) + 12u * (n) + 5u)

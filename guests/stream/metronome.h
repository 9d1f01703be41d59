/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the metronome, a domain that does nothing but count.
 *
 * Where the machine goes forward in lockstep (rig/boot/lockstep.h) each pCPU runs as many instructions as any other
 * that does not wait, so the instructions of one that never waits are the time that all of them share. This one
 * runs a loop that counts itself in a page which other domains may read, and pushes the
 * machine's three timers on, which keeps slices short and equal (rig/boot/lockstep.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SG_METRONOME_TIMERS 3

/* A tick is one instruction of the metronome: what it counts is loops (sg_metronome_count, main.c). The loop must
 * not be longer than a slice, and the shorter it is the more often the host has a timer to push. Its instructions
 * but those of the spin, of two each, which is there at least once. */
#define SG_LOOP_FIXED     (SG_METRONOME_TIMERS + 3)
#define SG_TICKS_LOOP_MIN (SG_LOOP_FIXED + 2)
#define SG_TICKS_LOOP_MAX 50

/* What its page begins with. */
struct sg_beats {
    uint64_t loops;
    uint64_t ticks; /* of a loop */
};

/* The ticks of a loop that the command line asks a metronome for (guests/wire.h); 0: it asks for none, but for a stream. */
unsigned sg_metronome_asked(const char *cmdline);

/* Waits for the order to start, maps the timers that node "timers" names, shares its count with the domains that node "readers" names and writes the grant
 * references, in their order, to node "shares" (guests/wire.h); NULL where that fails, which it says on the
 * console. */
struct sg_beats *sg_metronome_share(unsigned ticks);

/* Each timer's register page, mapped by sg_metronome_share. */
extern unsigned char sg_metronome_timers[SG_METRONOME_TIMERS][4096];

/* Counts for ever. */
void sg_metronome_count(struct sg_beats *beats) __attribute__((noreturn));

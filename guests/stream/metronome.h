/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the metronome, a domain that does nothing but count.
 *
 * Where the machine goes forward in lockstep (rig/boot/lockstep.h) each pCPU runs as many instructions as any other
 * that does not wait, so the instructions of one that never waits are the time that all of them share. This one
 * runs a loop of SG_TICKS_A_LOOP instructions that counts itself in a page which other domains may read, and pushes the
 * machine's three timers on, which keeps slices short and equal (rig/boot/lockstep.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A tick is one instruction of the metronome: what it counts is loops (sg_metronome_count, main.c). The loop must
 * not be longer than a slice. */
#define SG_METRONOME_SPIN   22
#define SG_METRONOME_TIMERS 3
#define SG_TICKS_A_LOOP     (3 + 1 + 1 + 2 * SG_METRONOME_SPIN + 1)

/* Whether the command line asks for a metronome instead of a stream. */
bool sg_metronome_asked(const char *cmdline);

/* Waits for the order to start, maps the timers that node "timers" names, shares its count with the domains that node "readers" names and writes the grant
 * references, in their order, to node "shares" (guests/wire.h); NULL where that fails, which it says on the
 * console. */
uint64_t *sg_metronome_share(void);

/* Each timer's register page, mapped by sg_metronome_share. */
extern unsigned char sg_metronome_timers[SG_METRONOME_TIMERS][4096];

/* Counts for ever. */
void sg_metronome_count(uint64_t *loops) __attribute__((noreturn));

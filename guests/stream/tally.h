/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: what its VBDs move in a window that the metronome's ticks bound.
 *
 * On the order "measure" it disturbs itself a little, as its seed says: each VBD begins nothing new until an offset of
 * its own has passed, and each turn of the domain's loop takes some instructions more or less from then on. A
 * machine in lockstep is deterministic, and one interleaving of its CPUs is one throw of the dice: seeds throw them again
 * (Alameldeen and Wood, "Variability in Architectural Simulations of Multi-threaded Workloads", HPCA 2003). Then come
 * the warm-up, and the window. Ticks and bytes are read together, by the same vCPU within some hundred
 * instructions, at the first turn in which the window's bound is seen to have passed; what is told is these ticks, not
 * those asked for. */
#pragma once

#include "blkfront.h"
#include "mark.h"
#include "metronome.h"

#include <stdbool.h>
#include <stdint.h>

enum sg_tally_phase {
    SG_TALLY_NONE,
    SG_TALLY_HOLD, /* no VBD begins anything */
    SG_TALLY_OFFSETS,
    SG_TALLY_WARMUP,
    SG_TALLY_WINDOW,
};

struct sg_tally {
    const volatile struct sg_beats *beats; /* the metronome's; NULL: there is none */
    enum sg_tally_phase phase;
    struct sg_mark *mark; /* the domU's, made as each phase of a measurement ends; NULL: none */
    bool held;            /* told */
    uint64_t hold_after;  /* bytes that are moved before it holds unasked; 0: it does not */
    uint64_t random, warmup, window;
    uint64_t rate;    /* bytes in 10^9 ticks that each VBD is held to; 0: as many as it can */
    uint64_t ordered; /* tick at which it was told to measure */
    uint64_t next;    /* tick that ends the phase */
    uint64_t begin;   /* of the window */
    uint64_t offset[SG_VBDS_MAX]; /* tick before which a VBD begins nothing */
    uint64_t origin[SG_VBDS_MAX]; /* bytes that each VBD had placed when it was ordered */
    uint64_t bytes[SG_VBDS_MAX];  /* of each VBD at the window's begin */
};

/* Offsets are below this, a few requests' time; where VBDs are held to a rate, below the ticks from one request to the
 * next. */
#define SG_TALLY_OFFSET_MAX 262144

/* The order "hold", or what "measure SEED WARMUP WINDOW RATE" says, ticks, and bytes in 10^9 ticks; false: that is not what the text is. */
bool sg_tally_order(struct sg_tally *tally, const char *text, const struct sg_vbd *vbds,
                    unsigned count);

/* One turn, before VBDs are served. When the window has ended it is told (node tally, guests/wire.h) and the phase
 * is NONE again. */
void sg_tally_turn(struct sg_tally *tally, const struct sg_vbd *vbds, unsigned count);

/* After VBDs were served: while it holds it tells once when nothing is in flight any more (node held). */
void sg_tally_settle(struct sg_tally *tally, const struct sg_vbd *vbds, unsigned count);

/* Whether the VBD may not begin anything now: its offset has not passed, or it is to hold. */
bool sg_tally_holds(const struct sg_tally *tally, const struct sg_vbd *vbd);

/* What vbd->may_place is to be now: a VBD that is held to a rate puts one request after the other on its ring, each when
 * the ticks that those before it may take have passed. All ones where it is held to none. */
uint64_t sg_tally_allows(const struct sg_tally *tally, const struct sg_vbd *vbd);

/* Whether some VBD is held in either way, and must be looked at again before anything happens to it. */
bool sg_tally_waits(const struct sg_tally *tally, const struct sg_vbd *vbds, unsigned count);

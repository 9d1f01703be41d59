/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lockcheck guest: how long each vCPU thinks and holds, drawn beforehand. Pure; the rig's simulation
 * draws the same. */
#pragma once

#include "options.h"

#define LC_DRAWS 1024u /* a vCPU's, a power of two; it takes them round and round */

/* 16 bytes: the loops in work.S know the layout. */
struct lc_draw {
    uint32_t think, crit; /* loops of two instructions, at least 1 */
    uint32_t flag;        /* see lc_options.flagged */
    uint32_t unused;
};

/* Fills count (a power of two) draws of one vCPU; returns the loops by which it starts late. The same for
 * the same options on every machine: whole numbers only. */
uint32_t lc_draws_fill(const struct lc_options *options, unsigned vcpu, struct lc_draw *draws,
                       unsigned count);

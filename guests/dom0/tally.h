/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: what a stream domU tells of its window in lockstep (guests/wire.h, node tally); pure. */
#pragma once

#include "config.h"

typedef struct {
    unsigned long long ordered, begin, ticks;
    size_t vbds;
    unsigned long long bytes[AG_VBDS_MAX];
} AgTally;

/* NULL, or why text makes no sense, a clause; static. */
const char *ag_tally_parse(const char *text, AgTally *tally);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the machine's three timers that bound slices in lockstep (rig/boot/lockstep.h), RTL8139 network
 * cards without a network. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { AG_TIMERS = 3 };

/* Finds their register pages; false where the machine has not all of them. frames gets their machine frames. */
bool ag_timers_find(uint64_t frames[AG_TIMERS]);

/* Lets them bound slices from now on: reach is in units of 30 ns. Found before. False with errno set. */
bool ag_timers_set(uint32_t reach);

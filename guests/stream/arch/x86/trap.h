/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: CPU exceptions, and the end that they have. */
#pragma once

#include <stdint.h>

/* Entries of the exceptions (traps.S). */
#define SG_TRAP(n) void sg_trap_##n(void)
SG_TRAP(0);
SG_TRAP(1);
SG_TRAP(3);
SG_TRAP(4);
SG_TRAP(5);
SG_TRAP(6);
SG_TRAP(7);
SG_TRAP(8);
SG_TRAP(10);
SG_TRAP(11);
SG_TRAP(12);
SG_TRAP(13);
SG_TRAP(14);
SG_TRAP(16);
SG_TRAP(17);
SG_TRAP(18);
SG_TRAP(19);

/* Called by them. Says "xenrig-stream: trap N …" on the console and ends the domain as crashed. */
void sg_trap(unsigned vector, uint64_t error, uint64_t rip) __attribute__((noreturn));

/* Says "xenrig-stream: panic: …" and ends the domain as crashed. */
void sg_panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

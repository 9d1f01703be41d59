/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lockcheck guest: the few devices it knows. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Text and numbers on the first serial port. */
void lc_print(const char *text);
void lc_print_number(uint32_t number);

/* Wakes all other vCPUs: each enters lc_other_main(its index). */
void lc_wake_others(void);

enum { LC_TIMERS = 3 };

/* Timers that fire reach[i] * 30 ns after anything was last written to timers[i]: the PCI timers of RTL8139
 * network cards, which are on no network. False where there are fewer. */
bool lc_timers(const uint32_t reach[LC_TIMERS], volatile uint32_t *timers[LC_TIMERS]);

/* What the metronome needs; work.S knows the layout. */
struct lc_beat {
    uint32_t beats, spin, windows;
    volatile uint32_t *timers[LC_TIMERS]; /* the last is the farthest */
    const uint32_t *counts;               /* n of them */
    uint32_t n;
    uint32_t *out;               /* n a window */
    volatile uint32_t *released; /* set once the timers run */
    uint32_t lapsed;             /* result: not 0 if the last timer ever fired */
};

/* Ends QEMU by its isa-debug-exit device at LC_EXIT_PORT: exit code 2 * code + 1. */
#define LC_EXIT_PORT 0xf4
enum { LC_EXIT_DONE = 16, LC_EXIT_REFUSED = 17 };
_Noreturn void lc_exit(uint32_t code);

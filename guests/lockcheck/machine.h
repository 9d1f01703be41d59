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

/* The I/O ports of two timers, each of which fires reach * 30 ns after anything was last written to its
 * port: the PCI timers of two RTL8139 network cards, which are on no network. False where they are
 * missing. */
bool lc_timers(uint32_t reach, uint32_t ports[2]);

/* What the metronome needs; work.S knows the layout. */
struct lc_beat {
    uint32_t beats, spin, windows;
    uint32_t ports[2];
    const uint32_t *counts; /* n of them */
    uint32_t n;
    uint32_t *out; /* n a window */
};

/* Ends QEMU by its isa-debug-exit device at LC_EXIT_PORT: exit code 2 * code + 1. */
#define LC_EXIT_PORT 0xf4
enum { LC_EXIT_DONE = 16, LC_EXIT_REFUSED = 17 };
_Noreturn void lc_exit(uint32_t code);

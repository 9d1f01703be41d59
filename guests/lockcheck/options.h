/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lockcheck guest: what is asked of it, on its command line. Pure; the rig uses the same. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LC_VCPUS_MAX   32u /* metronome included */
#define LC_WINDOWS_MAX 256u

enum lc_lock {
    LC_NONE,   /* no lock: what slices alone do */
    LC_TICKET, /* Xen's spinlock */
    LC_RWLOCK, /* Xen's plain rwlock: a ticket lock and a word of readers and writers */
    LC_TWO,    /* two ticket locks: B alone, or B inside A */
    LC_LOCKS
};

enum lc_spread { LC_FIXED, LC_UNIFORM, LC_EXPONENTIAL, LC_SPREADS };

/* End in NULL. */
extern const char *const lc_lock_names[LC_LOCKS + 1];
extern const char *const lc_spread_names[LC_SPREADS + 1];

struct lc_options {
    unsigned vcpus; /* workers and the metronome, which is the last */
    enum lc_lock lock;
    enum lc_spread spread;
    uint32_t think, crit; /* mean loops of two instructions outside and inside of the lock */
    uint32_t flagged;     /* of 256 draws: writers (rwlock), B inside A (two) */
    uint32_t seed;
    uint32_t windows;
    uint32_t beats; /* of the metronome in a window: each pushes the timers on */
    uint32_t spin;  /* loops of two instructions between two beats */
    uint32_t
        reach; /* how far two of the timers are ahead, in 30 ns of guest time; 0: there are none */
};

/* Words KEY=NUMBER or KEY=NAME in any order, by the names above; the last of a key counts, other words are
 * passed over. False, with the key at fault in *key, where one is missing or out of range. */
bool lc_options_parse(const char *cmdline, struct lc_options *options, const char **key);

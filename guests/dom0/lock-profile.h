/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: Xen's lock profile as xenlockprof prints it; pure. */
#pragma once

#include <stddef.h>

enum {
    AG_LOCKS_MAX = 4096, /* 64 domains with 64 locks each */
    AG_LOCK_NAME_MAX = 39,
    AG_LOCK_GLOBAL = -1,
};

typedef struct {
    int domid; /* AG_LOCK_GLOBAL: of no domain */
    char name[AG_LOCK_NAME_MAX + 1];
    unsigned long long acquired, contended; /* contended: of those, that had to wait */
    unsigned long long hold_ns, wait_ns;    /* in sum */
} AgLock;

typedef struct {
    size_t count;
    AgLock lock[AG_LOCKS_MAX]; /* in the order of their first lines */
} AgLockProfile;

/* text is what xenlockprof printed, whole. NULL, or what is wrong with it (static). Locks of one name and
 * domain, of which there may be one for each vCPU, are added up; those that nobody has taken or waited for
 * are left out. */
const char *ag_lock_profile_parse(const char *text, size_t len, AgLockProfile *profile);

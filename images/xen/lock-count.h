/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes into a hypervisor: counts for locks that its lock profiling does not know.
 *
 * Such a lock is stood for by a spinlock that nobody takes and that has a profile: its name, and the
 * counts. They are exact for acquisitions, whoever counts at the same time. Whether the lock was free is
 * looked up just before it is taken, so contended acquisitions are right within those few instructions.
 * Holding times are not kept. */
#pragma once

#include <xen/spinlock.h>
#include <xen/time.h>
#include <xen/xenrig-has.h>

static always_inline s_time_t rig_before(bool waits)
{
    return waits ? NOW() : 0;
}

static always_inline void rig_count(const spinlock_t *name, s_time_t since)
{
    struct lock_profile *profile = name->profile;

    if (!profile)
        return;
    __sync_fetch_and_add(&profile->lock_cnt, 1);
    if (likely(!since))
        return;
    __sync_fetch_and_add(&profile->block_cnt, 1);
    __sync_fetch_and_add(&profile->time_block, NOW() - since);
}

#ifdef RIG_REGISTER_TAKES_NAME
#define rig_register(ptr, idx)                                                                     \
    lock_profile_register_struct(LOCKPROF_TYPE_PERDOM, ptr, idx, "Domain")
#else
#define rig_register(ptr, idx) lock_profile_register_struct(LOCKPROF_TYPE_PERDOM, ptr, idx)
#endif

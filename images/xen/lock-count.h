/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes into a hypervisor: counts for locks that its lock profiling does not know.
 *
 * Such a lock is stood for by a spinlock that nobody takes and that has a profile: its name, and the
 * counts. They are exact for acquisitions, whoever counts at the same time. Whether the lock was free is
 * looked up just before it is taken, so contended acquisitions are right within those few instructions.
 *
 * How long it was held is taken by the CPU that holds it, from a few slots of its own, since a lock for
 * readers has several holders: a hypervisor's CPU does nothing else meanwhile. An interrupt on top of it
 * gives its slot back before it ends. Where all slots are taken, that one holding is not timed. */
#pragma once

#include <xen/percpu.h>
#include <xen/spinlock.h>
#include <xen/time.h>
#include <xen/xenrig-has.h>
#include <xen/xmalloc.h>

struct rig_held {
    const void *lock;
    struct lock_profile *profile;
    s_time_t since;
};

struct rig_cpu {
    struct rig_held held[4];
};

static DEFINE_PER_CPU(struct rig_cpu, rig_cpu);

static always_inline s_time_t rig_before(bool waits)
{
    return waits ? NOW() : 0;
}

/* From 4.19 on the count of blocked acquisitions shares its word with a flag in the top bit, as bit-fields that have no
 * address. The word is the one after lock_cnt in all releases, the count its lowest bits. */
static always_inline void rig_count_blocked(struct lock_profile *profile)
{
    BUILD_BUG_ON(offsetof(struct lock_profile, time_hold) !=
                 offsetof(struct lock_profile, lock_cnt) + 2 * sizeof(uint64_t));
    __sync_fetch_and_add(
        (uint64_t *)((char *)profile + offsetof(struct lock_profile, lock_cnt) + sizeof(uint64_t)),
        1);
}

static always_inline void rig_count(const spinlock_t *name)
{
    if (name->profile)
        __sync_fetch_and_add(&name->profile->lock_cnt, 1);
}

/* lock was taken; since: when the wait for it began, 0 for none. */
static inline void rig_taken(const spinlock_t *name, const void *lock, s_time_t since)
{
    struct lock_profile *profile = name->profile;
    struct rig_held *held = this_cpu(rig_cpu).held;
    s_time_t now;
    unsigned int i;

    if (!profile)
        return;
    now = NOW();
    __sync_fetch_and_add(&profile->lock_cnt, 1);
    if (unlikely(since)) {
        rig_count_blocked(profile);
        __sync_fetch_and_add(&profile->time_block, now - since);
    }
    for (i = 0; i < ARRAY_SIZE(this_cpu(rig_cpu).held); i++) {
        if (held[i].lock)
            continue;
        held[i] = (struct rig_held){.lock = lock, .profile = profile, .since = now};
        return;
    }
}

/* lock is about to be given back. */
static inline void rig_given(const void *lock)
{
    struct rig_held *held = this_cpu(rig_cpu).held;
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(this_cpu(rig_cpu).held); i++) {
        if (held[i].lock != lock)
            continue;
        __sync_fetch_and_add(&held[i].profile->time_hold, NOW() - held[i].since);
        held[i].lock = NULL;
        return;
    }
}

/* Profiles of a structure's locks go when it has been deregistered; Xen itself leaves them. */
static inline void rig_free_profiles(struct lock_profile_qhead *head)
{
    struct lock_profile *profile, *next;

    for (profile = head->elem_q; profile; profile = next) {
        next = profile->next;
        xfree(profile);
    }
    head->elem_q = NULL;
}

#ifdef RIG_REGISTER_TAKES_NAME
#define rig_register(ptr, idx)                                                                     \
    lock_profile_register_struct(LOCKPROF_TYPE_PERDOM, ptr, idx, "Domain")
#else
#define rig_register(ptr, idx) lock_profile_register_struct(LOCKPROF_TYPE_PERDOM, ptr, idx)
#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes into a hypervisor's grant_table.c, after a variant's header: profiles of the grant locks. */
#include <xen/xenrig-lock-count.h>

static inline void rig_profile_table(struct grant_table *gt, domid_t domid)
{
    spin_lock_init_prof(gt, maptrack_lock);
    spin_lock_init_prof(gt, grant_read);
    spin_lock_init_prof(gt, grant_write);
    spin_lock_init_prof(gt, active_entry);
    spin_lock_init_prof(gt, granted_map);
    spin_lock_init_prof(gt, granted_unmap);
    rig_register(gt, domid);
}

static inline void rig_unprofile_table(struct grant_table *gt)
{
    struct lock_profile *profile, *next;

    lock_profile_deregister_struct(LOCKPROF_TYPE_PERDOM, gt);
    for (profile = gt->profile_head.elem_q; profile; profile = next) {
        next = profile->next;
        xfree(profile);
    }
}

/* Each vCPU's list has a profile of its own, all of one name; the lock in the table lends it. */
static inline void rig_profile_vcpu(struct vcpu *v)
{
    struct grant_table *gt = v->domain->grant_table;

    if (!gt)
        return;
    spin_lock_init_prof(gt, freelist);
    v->maptrack_freelist_lock.profile = gt->freelist.profile;
}

#define rig_count_both(a, b, what)                                                                 \
    do {                                                                                           \
        rig_count(&(a)->what, 0);                                                                  \
        if ((a) != (b))                                                                            \
            rig_count(&(b)->what, 0);                                                              \
    } while (0)

#ifndef RIG_TABLE_LOCK_IS_SPINLOCK

#ifndef RIG_READER_WAITS
/* The per-CPU rwlock: readers mind writers only; readers on other CPUs are not visible to a writer. */
#define RIG_READER_WAITS(gt) ((gt)->lock.writer_activating)
#define RIG_WRITER_WAITS(gt) (rw_is_locked(&(gt)->lock.rwlock) || (gt)->lock.writer_activating)
#endif

static always_inline void rig_counted_read_lock(struct grant_table *gt)
{
    s_time_t since = rig_before(RIG_READER_WAITS(gt));

    grant_read_lock(gt);
    rig_count(&gt->grant_read, since);
}

static always_inline void rig_counted_write_lock(struct grant_table *gt)
{
    s_time_t since = rig_before(RIG_WRITER_WAITS(gt));

    grant_write_lock(gt);
    rig_count(&gt->grant_write, since);
}

static always_inline struct active_grant_entry *rig_counted_entry(struct grant_table *gt,
                                                                  grant_ref_t ref)
{
    s_time_t since = rig_before(spin_is_locked(&_active_entry(gt, ref).lock));
    struct active_grant_entry *entry = active_entry_acquire(gt, ref);

    rig_count(&gt->active_entry, since);
    return entry;
}

#undef grant_read_lock
#undef grant_write_lock
#define grant_read_lock(gt)           rig_counted_read_lock(gt)
#define grant_write_lock(gt)          rig_counted_write_lock(gt)
#define active_entry_acquire(gt, ref) rig_counted_entry(gt, ref)

#endif

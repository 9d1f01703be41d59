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
    lock_profile_deregister_struct(LOCKPROF_TYPE_PERDOM, gt);
    rig_free_profiles(&gt->profile_head);
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
        rig_count(&(a)->what);                                                                     \
        if ((a) != (b))                                                                            \
            rig_count(&(b)->what);                                                                 \
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
    rig_taken(&gt->grant_read, gt, since);
}

static always_inline void rig_counted_write_lock(struct grant_table *gt)
{
    s_time_t since = rig_before(RIG_WRITER_WAITS(gt));

    grant_write_lock(gt);
    rig_taken(&gt->grant_write, gt, since);
}

static always_inline void rig_counted_read_unlock(struct grant_table *gt)
{
    rig_given(gt);
    grant_read_unlock(gt);
}

static always_inline void rig_counted_write_unlock(struct grant_table *gt)
{
    rig_given(gt);
    grant_write_unlock(gt);
}

static always_inline struct active_grant_entry *rig_counted_entry(struct grant_table *gt,
                                                                  grant_ref_t ref)
{
    s_time_t since = rig_before(spin_is_locked(&_active_entry(gt, ref).lock));
    struct active_grant_entry *entry = active_entry_acquire(gt, ref);

    rig_taken(&gt->active_entry, entry, since);
    return entry;
}

static always_inline void rig_counted_release(struct active_grant_entry *entry)
{
    rig_given(entry);
    active_entry_release(entry);
}

#undef grant_read_lock
#undef grant_read_unlock
#undef grant_write_lock
#undef grant_write_unlock
#define grant_read_lock(gt)           rig_counted_read_lock(gt)
#define grant_read_unlock(gt)         rig_counted_read_unlock(gt)
#define grant_write_lock(gt)          rig_counted_write_lock(gt)
#define grant_write_unlock(gt)        rig_counted_write_unlock(gt)
#define active_entry_acquire(gt, ref) rig_counted_entry(gt, ref)
#define active_entry_release(entry)   rig_counted_release(entry)

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes into a hypervisor's grant_table.c: one spinlock per grant table for everything.
 *
 * Where two tables are locked, the one at the lower address comes first, and one that is both is locked
 * once. No caller holds a table's lock when it asks for another, so nothing else orders them. All are
 * taken with interrupts enabled, as the locks they replace. */

static inline void rig_init_grant_locks(struct grant_table *gt)
{
    spin_lock_init_prof(gt, grant_lock);
    gt->maptrack_free = MAPTRACK_TAIL;
}

static always_inline void rig_lock(struct grant_table *gt)
{
    spin_lock(&gt->grant_lock);
}

static inline void rig_unlock(struct grant_table *gt)
{
    spin_unlock(&gt->grant_lock);
}

#define grant_read_lock(gt)    rig_lock(gt)
#define grant_read_unlock(gt)  rig_unlock(gt)
#define grant_write_lock(gt)   rig_lock(gt)
#define grant_write_unlock(gt) rig_unlock(gt)

/* The table's lock is held: no entry needs one of its own. */
static always_inline struct active_grant_entry *rig_active_entry(struct grant_table *gt,
                                                                 grant_ref_t ref)
{
    return &_active_entry(gt, ref);
}

#define active_entry_acquire(gt, ref) rig_active_entry(gt, ref)
#define active_entry_release(act)     ((void)(act))

static always_inline void rig_lock_both(struct grant_table *a, struct grant_table *b)
{
    rig_lock(a < b ? a : b);
    if (a != b)
        rig_lock(a < b ? b : a);
}

static inline void rig_unlock_both(struct grant_table *a, struct grant_table *b)
{
    rig_unlock(a);
    if (a != b)
        rig_unlock(b);
}

#define rig_lock_list(gt)   rig_lock(gt)
#define rig_unlock_list(gt) rig_unlock(gt)
#define RIG_TABLE_LOCK_IS_SPINLOCK

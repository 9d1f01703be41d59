/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes into a hypervisor's grant_table.c: a plain rwlock per grant table.
 *
 * Active entries keep the release's own spinlocks. No path takes a second read lock of a table it has
 * locked, which a waiting writer would turn into a deadlock. */

static inline void rig_init_grant_locks(struct grant_table *gt)
{
    rwlock_init(&gt->grant_rw);
    gt->maptrack_free = MAPTRACK_TAIL;
}

#define grant_read_lock(gt)    read_lock(&(gt)->grant_rw)
#define grant_read_unlock(gt)  read_unlock(&(gt)->grant_rw)
#define grant_write_lock(gt)   write_lock(&(gt)->grant_rw)
#define grant_write_unlock(gt) write_unlock(&(gt)->grant_rw)

#define RIG_READER_WAITS(gt) rw_is_write_locked(&(gt)->grant_rw)
#define RIG_WRITER_WAITS(gt) rw_is_locked(&(gt)->grant_rw)

#define rig_lock_list(gt)   spin_lock(&(gt)->maptrack_lock)
#define rig_unlock_list(gt) spin_unlock(&(gt)->maptrack_lock)

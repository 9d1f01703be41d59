/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Goes into a hypervisor's grant_table.c: one free list of mapping handles per domain.
 *
 * Last in, first out, linked by the entries' ref, ended by MAPTRACK_TAIL (zero is a handle like any
 * other). All of it, growing by a page included, is under the lock that rig_lock_list takes. There are no
 * lists of vCPUs and nothing is stolen. */

static bool rig_grow_list(struct grant_table *gt)
{
    struct grant_mapping *page;
    grant_handle_t first = gt->maptrack_limit;
    unsigned int i;

    if (nr_maptrack_frames(gt) >= gt->max_maptrack_frames)
        return false;
    page = alloc_xenheap_page();
    if (!page)
        return false;
    clear_page(page);
    for (i = 0; i < MAPTRACK_PER_PAGE - 1; i++)
        page[i].ref = first + i + 1;
    page[i].ref = gt->maptrack_free;
    gt->maptrack[nr_maptrack_frames(gt)] = page;
    /* Who sees the limit sees the page: handles are looked up without the lock. */
    smp_wmb();
    gt->maptrack_limit += MAPTRACK_PER_PAGE;
    gt->maptrack_free = first;
    return true;
}

static grant_handle_t rig_get_handle(struct grant_table *gt)
{
    grant_handle_t handle = INVALID_MAPTRACK_HANDLE;

    rig_lock_list(gt);
    if (gt->maptrack_free != MAPTRACK_TAIL || rig_grow_list(gt)) {
        handle = gt->maptrack_free;
        gt->maptrack_free = maptrack_entry(gt, handle).ref;
    }
    rig_unlock_list(gt);
    return handle;
}

static void rig_put_handle(struct grant_table *gt, grant_handle_t handle)
{
    rig_lock_list(gt);
    maptrack_entry(gt, handle).ref = gt->maptrack_free;
    gt->maptrack_free = handle;
    rig_unlock_list(gt);
}

#define get_maptrack_handle(gt)         rig_get_handle(gt)
#define put_maptrack_handle(gt, handle) rig_put_handle(gt, handle)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: its grant table, version 1 (public/grant_table.h). */
#include "grant.h"

static struct grant_entry_v1 *entries;
static uint32_t *next_free; /* by entry; 0 ends the list */
static uint32_t first_free;
static unsigned used;

void sg_grant_init(struct grant_entry_v1 *table, uint32_t *next, unsigned frames)
{
    entries = table;
    next_free = next;
    used = 0;
    first_free = 0;
    /* From the end, so that low entries, which are near one another, are used first. */
    for (uint32_t ref = (uint32_t)(frames * SG_GRANTS_A_FRAME); ref-- > SG_GRANTS_RESERVED;) {
        next_free[ref] = first_free;
        first_free = ref;
    }
}

grant_ref_t sg_grant_access(unsigned domid, uint64_t frame, bool readonly)
{
    grant_ref_t ref = first_free;

    if (!ref)
        return 0;
    first_free = next_free[ref];
    used++;
    entries[ref].domid = (domid_t)domid;
    entries[ref].frame = (uint32_t)frame;
    /* Valid from here on: what it says must be there before. */
    __atomic_store_n(&entries[ref].flags, GTF_permit_access | (readonly ? GTF_readonly : 0),
                     __ATOMIC_RELEASE);
    return ref;
}

bool sg_grant_end(grant_ref_t ref)
{
    uint16_t flags = __atomic_load_n(&entries[ref].flags, __ATOMIC_RELAXED);

    do {
        if (flags & (GTF_reading | GTF_writing))
            return false;
    } while (!__atomic_compare_exchange_n(&entries[ref].flags, &flags, 0, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_RELAXED));
    next_free[ref] = first_free;
    first_free = ref;
    used--;
    return true;
}

unsigned sg_grant_count(void)
{
    return used;
}

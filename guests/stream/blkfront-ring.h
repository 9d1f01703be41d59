/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: what the two sides of a VBD's rings share, requests and replies. */
#pragma once

#include "blkfront.h"

#define xen_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#include <xen/io/blkif.h>

#define SG_LAST_FREE 0xffff /* ends the list of free slots */

static inline uint64_t sg_slot_id(const struct sg_queue *queue, const struct sg_slot *slot)
{
    return (uint64_t)slot->sequence << 16 | (uint64_t)(slot - queue->slots);
}

/* Takes a grant back. False, and the VBD is broken, where the backend has it mapped; what says when. */
bool sg_ring_end_grant(struct sg_vbd *vbd, grant_ref_t *ref, const char *what);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: memory in pages. */
#include "memory.h"

#include <string.h>

static uintptr_t next, limit;

void sg_memory_init(uintptr_t begin, uintptr_t end)
{
    next = (begin + SG_PAGE - 1) & ~(uintptr_t)(SG_PAGE - 1);
    limit = end & ~(uintptr_t)(SG_PAGE - 1);
}

unsigned sg_pages_left(void)
{
    return next < limit ? (unsigned)((limit - next) / SG_PAGE) : 0;
}

void *sg_pages_as_they_are(unsigned count)
{
    void *pages = (void *)next;

    if (count > sg_pages_left())
        return NULL;
    next += (uintptr_t)count * SG_PAGE;
    return pages;
}

void *sg_pages(unsigned count)
{
    void *pages = sg_pages_as_they_are(count);

    return pages ? memset(pages, 0, (size_t)count * SG_PAGE) : NULL;
}

void *sg_bytes(size_t size)
{
    return sg_pages((unsigned)((size + SG_PAGE - 1) / SG_PAGE));
}

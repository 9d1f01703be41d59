/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: marks (guests/wire.h, MARKS). */
#include "mark.h"

#include "wire.h"

static uint64_t moved(const struct sg_vbd *vbds, unsigned count)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < count; i++)
        bytes += vbds[i].figures.write_bytes + vbds[i].figures.read_bytes;
    return bytes;
}

void sg_mark_make(struct sg_mark *mark, const struct sg_vbd *vbds, unsigned count)
{
    uint64_t leaf = XR_WIRE_MARK, number = mark->number, bytes = moved(vbds, count), rest;

    if (!number)
        return;
    mark->bytes = bytes;
    __asm__ volatile("cpuid" : "+a"(leaf), "+b"(bytes), "+c"(number), "=d"(rest) : : "memory");
}

void sg_mark_turn(struct sg_mark *mark, const struct sg_vbd *vbds, unsigned count)
{
    if (mark->number && moved(vbds, count) != mark->bytes)
        sg_mark_make(mark, vbds, count);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: marks (guests/wire.h, MARKS). */
#include "mark.h"

#include "wire.h"

void sg_mark_turn(struct sg_mark *mark, const struct sg_vbd *vbds, unsigned count)
{
    uint64_t bytes = 0;

    if (!mark->number)
        return;
    for (unsigned i = 0; i < count; i++)
        bytes += vbds[i].figures.write_bytes + vbds[i].figures.read_bytes;
    if (bytes == mark->bytes)
        return;
    mark->bytes = bytes;
    uint64_t leaf = XR_WIRE_MARK, number = mark->number, rest;
    __asm__ volatile("cpuid" : "+a"(leaf), "+b"(bytes), "+c"(number), "=d"(rest) : : "memory");
}

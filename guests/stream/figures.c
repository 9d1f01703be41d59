/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: what is counted of one VBD, and how it is told. */
#include "figures.h"

#include <inttypes.h>
#include <stdio.h>

void sg_figures_latency(struct sg_figures *figures, uint64_t ns)
{
    unsigned bucket = 63 - (unsigned)__builtin_clzll(ns | 1);

    figures->latency[bucket < SG_BUCKETS ? bucket : SG_BUCKETS - 1]++;
}

void sg_figures_text(const struct sg_figures *f, uint64_t now_ns, char *text, size_t size)
{
    const char *separator = "";
    int used = snprintf(text, size,
                        "v=1 t=%" PRIu64 " writes=%" PRIu64 " write_bytes=%" PRIu64
                        " reads=%" PRIu64 " read_bytes=%" PRIu64 " flushes=%" PRIu64
                        " discards=%" PRIu64 " errors=%" PRIu64 " gap=%" PRIu64 " latency=",
                        now_ns, f->writes, f->write_bytes, f->reads, f->read_bytes, f->flushes,
                        f->discards, f->errors, f->gap_ns);

    for (unsigned i = 0; i < SG_BUCKETS && (size_t)used < size; i++) {
        if (!f->latency[i])
            continue;
        used += snprintf(text + used, size - (size_t)used, "%s%u:%" PRIu64, separator, i,
                         f->latency[i]);
        separator = ",";
    }
}

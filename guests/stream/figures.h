/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: what is counted of one VBD, and how it is told (guests/wire.h, figures/V). Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SG_BUCKETS      40   /* the last holds all that took 2^39 ns, nine minutes, or more */
#define SG_FIGURES_SIZE 1280 /* all numbers may have 20 digits */

struct sg_figures {
    uint64_t writes, write_bytes, reads, read_bytes, flushes, discards, errors;
    uint64_t gap_ns;              /* longest time without a reply while requests were in flight */
    uint64_t latency[SG_BUCKETS]; /* replies that took 2^i to 2^(i+1) - 1 ns; 0 is in the first */
};

void sg_figures_latency(struct sg_figures *figures, uint64_t ns);

/* "v=1 t=… …" into text; cut where it does not fit, which SG_FIGURES_SIZE bytes do not let happen. */
void sg_figures_text(const struct sg_figures *figures, uint64_t now_ns, char *text, size_t size);

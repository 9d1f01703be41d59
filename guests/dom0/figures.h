/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the figures a domU writes of one VBD (wire.h, DOMU CONTROL); pure. */
#pragma once

#include <stddef.h>

enum { AG_BUCKETS_MAX = 64 };

typedef struct {
    unsigned long long guest_ns; /* the domU's clock */
    unsigned long long writes, write_bytes, reads, read_bytes, flushes, discards, errors;
    unsigned long long gap_ns;
    size_t buckets;
    struct {
        unsigned bucket; /* requests of 2^bucket to 2^(bucket + 1) - 1 ns */
        unsigned long long requests;
    } latency[AG_BUCKETS_MAX]; /* bucket rising */
} AgFigures;

/* text is the domU's, len bytes of anything. NULL, or what is wrong with it (static). Each number
 * must be there once, latency at most once; words not known are passed over. */
const char *ag_figures_parse(const char *text, size_t len, AgFigures *figures);

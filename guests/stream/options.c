/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: what the rig asks of it. */
#include "options.h"

#include "blkfront.h"

#include <stdio.h>
#include <string.h>

bool sg_options_parse(const char *cmdline, struct sg_options *options, char error[XG_SENTENCE_SIZE])
{
    unsigned long ring_pages, queues, reads, random, paranoid, flush, discard, figures, seed;

    memset(options, 0, sizeof(*options));
    if (!xg_args_parse(cmdline, &options->args, error) ||
        !xg_args_number(cmdline, "xenrig.ring_pages", 1, SG_RING_PAGES_MAX, &ring_pages, error) ||
        !xg_args_number(cmdline, "xenrig.queues", 1, SG_QUEUES_MAX, &queues, error) ||
        !xg_args_number(cmdline, "xenrig.reads", 0, 1000, &reads, error) ||
        !xg_args_number(cmdline, "xenrig.random", 0, 1, &random, error) ||
        !xg_args_number(cmdline, "xenrig.paranoid", 0, 1, &paranoid, error) ||
        !xg_args_number(cmdline, "xenrig.flush_every", 0, 1000000, &flush, error) ||
        !xg_args_number(cmdline, "xenrig.discard_every", 0, 1000000, &discard, error) ||
        !xg_args_number(cmdline, "xenrig.figures", 0, 86400000, &figures, error) ||
        !xg_args_number(cmdline, "xenrig.seed", 0, 0xffffffff, &seed, error))
        return false;
    if (ring_pages & (ring_pages - 1)) {
        snprintf(error, XG_SENTENCE_SIZE, "xenrig.ring_pages=%lu: not a power of two", ring_pages);
        return false;
    }
    if (options->args.vbds > SG_VBDS_MAX) {
        snprintf(error, XG_SENTENCE_SIZE, "xenrig.vbds=%u: at most %u here", options->args.vbds,
                 SG_VBDS_MAX);
        return false;
    }
    options->ring_pages = (unsigned)ring_pages;
    options->queues = (unsigned)queues;
    options->reads = (unsigned)reads;
    options->random = random != 0;
    options->paranoid = paranoid != 0;
    options->flush_every = (unsigned)flush;
    options->discard_every = (unsigned)discard;
    options->figures_ms = (unsigned)figures;
    options->seed = seed;
    return true;
}

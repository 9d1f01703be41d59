/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: what the rig asks of it beyond what it asks of every domU (guests/wire.h). Pure. */
#pragma once

#include "args.h"

struct sg_options {
    struct xg_args args; /* the words that Linux domUs know, too */
    unsigned ring_pages, queues;
    unsigned reads; /* of 1000 blocks */
    bool random, paranoid;
    unsigned flush_every, discard_every; /* blocks; 0: never */
    unsigned figures_ms;                 /* 0: only at the end */
    unsigned long seed;
};

/* All words must be there and valid; else false, and error is a sentence. */
bool sg_options_parse(const char *cmdline, struct sg_options *options,
                      char error[XG_SENTENCE_SIZE]);

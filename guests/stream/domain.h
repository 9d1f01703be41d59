/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the domU as a whole, from its VBDs' handshakes to its last status. */
#pragma once

#include "blkfront.h"
#include "domu-status.h"
#include "stream.h"

struct sg_domain {
    struct sg_options options;
    struct sg_vbd vbds[SG_VBDS_MAX];
    struct sg_stream streams[SG_VBDS_MAX];
    unsigned count; /* of both */
    enum xg_state state;
    bool failed;  /* state failed, once what goes before has been said */
    bool news;    /* error or mismatches not yet published */
    bool started, stopping, crash;
    char error[XG_SENTENCE_SIZE]; /* the last one */
    char mismatch[XG_MISMATCHES_KEPT][XG_SENTENCE_SIZE];
    unsigned mismatches, published; /* of those kept */
    uint64_t figures_ns;            /* when they are due, 0: never */
};

/* Sets up a grant table that is large enough for the options, or as large as Xen lets it be (main.c).
 * False: there is none. */
bool sg_domain_grants(const struct sg_options *options);

/* Finds the VBDs and connects them, readies the streams, says ready (or failed); then does what the
 * rig orders until all is done, closes the VBDs and says done (or failed). Returns when nothing is
 * left to be done but the end; true if that is a crash that was ordered. */
bool sg_domain_run(struct sg_domain *domain, const char *cmdline);

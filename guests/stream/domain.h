/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the domU as a whole, from its VBDs' handshakes to its last status. */
#pragma once

#include "blkfront.h"
#include "domu-status.h"
#include "mark.h"
#include "store.h"
#include "stream.h"
#include "tally.h"

#define SG_COMMAND_WATCH (SG_STORE_WATCHES - 1) /* those of the VBDs come first */
#define SG_SECOND_NS     1000000000ul

struct sg_domain {
    struct sg_options options;
    struct sg_vbd vbds[SG_VBDS_MAX];
    struct sg_stream streams[SG_VBDS_MAX];
    unsigned count; /* of both */
    enum xg_state state;
    bool failed;                   /* state failed, once what goes before has been said */
    bool news;                     /* error or mismatches not yet published */
    bool started, stopping, crash; /* ordered */
    bool stopped;                  /* the streams have been told */
    uint32_t told;                 /* VBDs that are broken and were told of, a bit each */
    char error[XG_SENTENCE_SIZE];  /* the last one */
    char mismatch[XG_MISMATCHES_KEPT][XG_SENTENCE_SIZE];
    unsigned mismatches, published; /* of those kept */
    uint64_t figures_ns;            /* when they are due, 0: never */
    struct sg_tally tally;
    struct sg_mark mark;
};

/* Sets up a grant table that is large enough for the options, or as large as Xen lets it be (main.c).
 * False: there is none. */
bool sg_domain_grants(const struct sg_options *options);

/* The metronome's count, mapped, where node "metronome" says "DOMID REFERENCE"; NULL if it cannot be had (main.c):
 * status is then Xen's GNTST_…, or a negative errno. */
const volatile struct sg_beats *sg_domain_map_metronome(const char *text, int *status);

/* Finds the VBDs and connects them, readies the streams, says ready (or failed); then does what the
 * rig orders until all is done, closes the VBDs and says done (or failed). Returns when nothing is
 * left to be done but the end; true if that is a crash that was ordered. */
bool sg_domain_run(struct sg_domain *domain, const char *cmdline);

/* --- within (domain.c) --- */

/* Becomes the last error; the next status is failed. */
void sg_domain_fail(struct sg_domain *domain, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* --- its VBDs (domain-connect.c) --- */

/* Finds the VBDs and watches their backends; false: the domain has failed. */
bool sg_domain_find_vbds(struct sg_domain *domain);
/* Takes what the watches have brought, orders and states of backends. */
void sg_domain_watches(struct sg_domain *domain);
/* Does so until all VBDs are in that state, or broken; false where that takes too long. */
bool sg_domain_await(struct sg_domain *domain, enum sg_vbd_state state, uint64_t patience_ns);
/* Tells of each VBD that has broken, once, and ends its stream. */
void sg_domain_look(struct sg_domain *domain);

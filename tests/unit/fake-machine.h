/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a machine for the stream guest, its xenstore, backends and the rig's agent; for tests. */
#pragma once

#include "domain.h"
#include "fake-backend.h"
#include "fake-xen.h"

typedef struct Machine Machine;

struct Machine {
    FakeStore store;
    FakeBackend backends[SG_VBDS_MAX];
    guint count;
    struct sg_domain *domain;
    /* The agent: says start once the domain is ready, and stop … */
    guint stop_after; /* … after so many replies of all backends, 0: at once; G_MAXUINT: never */
    guint64 stop_at_ns; /* … or at that time, if it is not 0 */
    gboolean started, stopped;
    const char *first_command, *last_command; /* instead of start and stop; NULL: these */
    /* Called at each step of the world, before the agent acts; true if it did something. */
    gboolean (*on_step)(Machine *machine);
    gpointer user_data;
};

/* count VBDs of size bytes each, 32 MiB of memory and grants enough. */
void machine_init(Machine *machine, guint count, guint64 size);
/* The same with other memory and frames of the grant table. */
void machine_init_small(Machine *machine, guint count, guint64 size, gsize memory, guint frames);
void machine_clear(Machine *machine);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Machine, machine_clear)

/* Runs the domain to its end. words come after those that it is always given: one VBD each, blocks of
 * 64 KiB, two in flight, requests of 32 segments, all else off, figures each second. True: it crashes
 * as ordered. */
gboolean machine_run(Machine *machine, const char *words);

/* Nodes that the domain has written, below data/xenrig; the store's. */
const char *machine_said(Machine *machine, const char *name);
/* "state=done", "bytes=4096", … is a word of the status. */
gboolean machine_status_has(Machine *machine, const char *word);

#define assert_said(machine, name, text)                                                           \
    g_assert_cmpstr(machine_said((machine), (name)), ==, (text))
#define assert_status(machine, word)                                                               \
    do {                                                                                           \
        if (!machine_status_has((machine), (word)))                                                \
            g_error("\"%s\" is not in \"%s\" (error: %s)", (word),                                 \
                    machine_said((machine), "status"), machine_said((machine), "error"));          \
    } while (0)
/* What must be so after each orderly end: all grants given back and every port closed but
 * xenstore's. */
void assert_nothing_left(const Machine *machine);

/* --- a single VBD, without a domain around it --- */

/* Handshakes until it is connected or broken. */
void machine_connect(Machine *machine, struct sg_vbd *vbd, const struct sg_vbd_config *wishes);
/* Waits, reaps and pushes until nothing is in flight or waits, or it is broken. */
void machine_drain(struct sg_vbd *vbd);
/* Lets the rings of a VBD that has not been used begin at that index. */
void machine_shift(struct sg_vbd *vbd, FakeBackend *backend, guint32 index);

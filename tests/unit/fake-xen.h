/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the machine below the stream guest, for tests of its code on the host.
 *
 * Memory is an arena, of which the guest's own memory.c gives out pages; the grant table is the one
 * that grant.c fills. Event channels are modelled as event.c does them: an event is pending until
 * the guest collects it in sg_event_wait, whatever port it waits for, and leaves a mark then. So what
 * is collected by one who waits for something else and is looked for by nobody later is lost here as
 * it is there. Time passes only where the guest waits; a guest that waits while nothing can ever
 * happen ends the test.
 *
 * One at a time, as the guest's own state is static. */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <xen/grant_table.h>

#define FAKE_PORTS     512
#define FAKE_HANG_TEXT "the guest waits, and nothing can happen any more"

/* Who else runs on the machine. */
typedef struct {
    /* Does something, and says whether it did. */
    gboolean (*step)(gpointer user_data);
    /* When it will do something by itself; 0: never. */
    guint64 (*due_ns)(gpointer user_data);
    /* The guest has notified that port. */
    void (*notified)(gpointer user_data, guint port);
    gpointer user_data;
} FakeWorld;

typedef struct {
    guint8 *arena;
    gsize arena_size;
    struct grant_entry_v1 *grants;
    guint32 *next_grant; /* grant.c's list */
    guint grant_count;   /* entries of the table */
    guint8 *maps;        /* by entry: how often it is mapped */
    guint maps_made;
    FakeWorld world;
    guint64 now_ns;
    gboolean open[FAKE_PORTS], pending[FAKE_PORTS], marked[FAKE_PORTS];
    guint notified[FAKE_PORTS]; /* how often, by the guest */
    guint collected;            /* how often there was something pending */
    guint ports;                /* next one to give */
    guint ports_left;           /* then none is given any more */
    guint waits;
    guint idle_waits; /* of these, where only time made an end */
    GPtrArray *log;   /* what sg_log was given */
    gboolean no_grant_table;
    /* Called instead of abort when the guest hangs; must not return. */
    void (*hang)(void);
} FakeXen;

extern FakeXen fake_xen;

/* Readies memory, the grant table of so many frames (grant.c's, too) and a world where nothing is. */
void fake_xen_init(gsize arena_size, guint grant_frames);
void fake_xen_clear(void);

/* The page with that frame number; ends the test if it is not of the guest's memory. */
guint8 *fake_xen_page(guint64 frame);

/* Maps what is granted, as domain 0 does; ends the test if Xen would refuse it. */
guint8 *fake_xen_map(guint32 ref, gboolean writable);
void fake_xen_unmap(guint32 ref);

/* A port that is open from the start, as those of console and xenstore are. */
guint fake_xen_port(void);
/* Sends the guest an event. */
void fake_xen_send(guint port);

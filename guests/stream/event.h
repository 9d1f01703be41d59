/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: event channels.
 *
 * There are no interrupt handlers: an event leaves a mark, and whoever waits for its port looks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct shared_info;

/* Before all else; the timer's event is bound. */
void sg_event_init(struct shared_info *shared);

/* A port that the domain may bind to; a negative errno if there is none. */
int sg_event_alloc(unsigned domid);
void sg_event_close(unsigned port);
/* Lets events of that port through. */
void sg_event_unmask(unsigned port);
void sg_event_notify(unsigned port);

/* Whether an event has come since the last call. */
bool sg_event_take(unsigned port);

/* Waits in Xen until some event comes, or until that time of sg_clock_ns (0: no end). May return early.
 */
void sg_event_wait(uint64_t deadline_ns);

/* How often sg_event_wait has found events, whoever called it. */
unsigned sg_event_count(void);

/* Waits, unless something has come since the count was that. Who looks at many things takes the count
 * first: while it looks at one of them, xenstore's reply may be waited for, and events of the others
 * are found then, which Xen does not tell again. */
static inline void sg_event_wait_since(unsigned count, uint64_t deadline_ns)
{
    if (sg_event_count() == count)
        sg_event_wait(deadline_ns);
}

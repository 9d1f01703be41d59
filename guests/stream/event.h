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

/* Waits in Xen until some event comes, or until that time of sg_clock_ns (0: no end). May return early, and
 * does so where an event came during sg_event_await. */
void sg_event_wait(uint64_t deadline_ns);

/* Waits until an event of that port comes, or until that time, and takes it. May return early. For who
 * waits in the middle of something else: events of other ports are left to the next sg_event_wait. */
void sg_event_await(unsigned port, uint64_t deadline_ns);

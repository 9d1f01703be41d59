/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: one epoll loop; file descriptors and one-shot timers.
 *
 * Callbacks may add and remove sources and timers, their own included. Times are nanoseconds of
 * CLOCK_MONOTONIC. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct AgLoop AgLoop;
typedef struct AgSource AgSource;
typedef struct AgTimer AgTimer;

typedef void (*AgSourceFn)(uint32_t epoll_events, void *data);
typedef void (*AgTimerFn)(void *data);

AgLoop *ag_loop_new(void);
/* Its sources and timers must be gone, or their data no longer matter. */
void ag_loop_free(AgLoop *loop);
/* Until ag_loop_quit. */
void ag_loop_run(AgLoop *loop);
void ag_loop_quit(AgLoop *loop);

int64_t ag_now(void);

/* fd stays the caller's: remove the source before closing it. */
AgSource *ag_loop_add(AgLoop *loop, int fd, uint32_t epoll_events, AgSourceFn fn, void *data);
void ag_source_set_events(AgSource *source, uint32_t epoll_events);
void ag_source_remove(AgSource *source); /* NULL is none */

/* Fires once, at or after when_ns; gone then. */
AgTimer *ag_loop_at(AgLoop *loop, int64_t when_ns, AgTimerFn fn, void *data);
void ag_timer_cancel(AgTimer *timer); /* NULL is none */

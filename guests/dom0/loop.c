/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: one epoll loop.
 *
 * What is removed while events are handed out may still have an event waiting in the batch: it is
 * marked dead and freed when the batch is done. Timers stand in a list, soonest first; there are
 * never more than some dozens. */
#include "loop.h"

#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

struct AgSource {
    AgLoop *loop;
    AgSource *next_dead;
    int fd;
    bool dead;
    AgSourceFn fn;
    void *data;
};

struct AgTimer {
    AgLoop *loop;
    AgTimer *next;
    int64_t when_ns;
    AgTimerFn fn;
    void *data;
};

struct AgLoop {
    int fd;
    bool quit;
    AgSource *dead;
    AgTimer *timers;
};

int64_t ag_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

AgLoop *ag_loop_new(void)
{
    AgLoop *loop = ag_alloc(sizeof *loop);

    loop->fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->fd < 0)
        abort();
    return loop;
}

AgSource *ag_loop_add(AgLoop *loop, int fd, uint32_t epoll_events, AgSourceFn fn, void *data)
{
    AgSource *source = ag_alloc(sizeof *source);
    struct epoll_event event = {.events = epoll_events, .data.ptr = source};

    *source = (AgSource){.loop = loop, .fd = fd, .fn = fn, .data = data};
    if (epoll_ctl(loop->fd, EPOLL_CTL_ADD, fd, &event) < 0)
        abort();
    return source;
}

void ag_source_set_events(AgSource *source, uint32_t epoll_events)
{
    struct epoll_event event = {.events = epoll_events, .data.ptr = source};

    epoll_ctl(source->loop->fd, EPOLL_CTL_MOD, source->fd, &event);
}

void ag_source_remove(AgSource *source)
{
    if (!source)
        return;
    epoll_ctl(source->loop->fd, EPOLL_CTL_DEL, source->fd, NULL);
    source->dead = true;
    source->next_dead = source->loop->dead;
    source->loop->dead = source;
}

AgTimer *ag_loop_at(AgLoop *loop, int64_t when_ns, AgTimerFn fn, void *data)
{
    AgTimer *timer = ag_alloc(sizeof *timer), **at = &loop->timers;

    while (*at && (*at)->when_ns <= when_ns)
        at = &(*at)->next;
    *timer = (AgTimer){.loop = loop, .next = *at, .when_ns = when_ns, .fn = fn, .data = data};
    *at = timer;
    return timer;
}

void ag_timer_cancel(AgTimer *timer)
{
    if (!timer)
        return;
    AgTimer **at = &timer->loop->timers;
    while (*at && *at != timer)
        at = &(*at)->next;
    if (*at)
        *at = timer->next;
    free(timer);
}

static void run_timers(AgLoop *loop)
{
    int64_t now = ag_now();

    while (loop->timers && loop->timers->when_ns <= now) {
        AgTimer *timer = loop->timers;
        loop->timers = timer->next;
        timer->fn(timer->data);
        free(timer);
    }
}

static int wait_ms(const AgLoop *loop)
{
    if (!loop->timers)
        return -1;
    int64_t left = loop->timers->when_ns - ag_now();
    if (left <= 0)
        return 0;
    return left > 3600000000000 ? 3600000 : (int)((left + 999999) / 1000000);
}

static void bury(AgLoop *loop)
{
    while (loop->dead) {
        AgSource *source = loop->dead;
        loop->dead = source->next_dead;
        free(source);
    }
}

void ag_loop_run(AgLoop *loop)
{
    struct epoll_event events[32];

    while (!loop->quit) {
        int count = epoll_wait(loop->fd, events, 32, wait_ms(loop));
        if (count < 0 && errno != EINTR)
            abort();
        for (int i = 0; i < count; i++) {
            AgSource *source = events[i].data.ptr;
            if (!source->dead)
                source->fn(events[i].events, source->data);
        }
        run_timers(loop);
        bury(loop);
    }
}

void ag_loop_free(AgLoop *loop)
{
    while (loop->timers)
        ag_timer_cancel(loop->timers);
    bury(loop);
    close(loop->fd);
    free(loop);
}

void ag_loop_quit(AgLoop *loop)
{
    loop->quit = true;
}

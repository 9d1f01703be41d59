/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: lines on its console, by the ring that xenconsoled reads (public/io/console.h). */
#include "console.h"

#include "clock.h"
#include "event.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <xen/io/console.h>

static const uint64_t PATIENCE_NS = 1000000000;

static struct xencons_interface *ring;
static uint32_t ring_port;

void sg_console_init(void *ring_page, uint32_t port)
{
    ring = ring_page;
    ring_port = port;
    sg_event_unmask(port);
}

/* A dom0 that does not read its consoles must not stop the stream for good. */
static bool wait_for_room(void)
{
    uint64_t end = sg_clock_ns() + PATIENCE_NS;

    while (ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) >=
           sizeof(ring->out)) {
        if (sg_clock_ns() >= end)
            return false;
        sg_event_wait(end);
        sg_event_take(ring_port);
    }
    return true;
}

static void put_text(const char *text)
{
    for (; *text; text++) {
        if (ring->out_prod - ring->out_cons >= sizeof(ring->out)) {
            sg_event_notify(ring_port);
            if (!wait_for_room())
                return;
        }
        ring->out[ring->out_prod & (sizeof(ring->out) - 1)] = *text;
        __atomic_store_n(&ring->out_prod, ring->out_prod + 1, __ATOMIC_RELEASE);
    }
}

void sg_log(const char *format, ...)
{
    char line[512];
    va_list args;

    if (!ring)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    put_text("xenrig-stream: ");
    put_text(line);
    put_text("\n");
    sg_event_notify(ring_port);
}

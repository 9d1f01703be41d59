/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the virtio-serial port, and what waits to be written to it.
 *
 * The queue is bounded: while the rig does not read, samples, figures and console lines are dropped and
 * counted, replies and changes of state never are; they are bounded by reading no more requests. */
#pragma once

#include "lines.h"
#include "loop.h"

#include <jansson.h>

typedef struct AgPort AgPort;

/* Finds the port named name below /sys/class/virtio-ports and opens it, waiting for it for at most
 * wait_ns. NULL, with a sentence on the console, where there is none. fn gets the lines that come
 * in. */
AgPort *ag_port_open(AgLoop *loop, const char *name, int64_t wait_ns, AgLineFn fn, void *data);

/* Queue a line; both take over the reference to object. An object that makes too long a line goes
 * out as a "log" event that says so. */
void ag_port_send(AgPort *port, json_t *object);
/* false if it was dropped. */
bool ag_port_send_if_room(AgPort *port, json_t *object);

/* {"event":"log","text":…} */
void ag_port_log(AgPort *port, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* fn once, when all that is queued has been written or wait_ns is over. */
void ag_port_when_drained(AgPort *port, int64_t wait_ns, AgTimerFn fn, void *data);

/* From now on nothing more is written. */
void ag_port_silence(AgPort *port);

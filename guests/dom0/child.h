/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: programs started on the side, most of all xl. */
#pragma once

#include "loop.h"

#include <stddef.h>

enum {
    /* /run/lock of its own: every xl takes one lock for the whole creation of a domain, so that
     * several would queue up. It guards ballooning of dom0, which is off here. */
    AG_CHILD_OWN_LOCK = 1 << 0,
    /* Before all that is not real-time: for what must keep up with a buffer. */
    AG_CHILD_REALTIME = 1 << 1,
};

typedef struct {
    bool ok;            /* it exited with status 0, in time */
    char *what;         /* how it ended, e.g. "exit status 1", "signal 11", "no end after 60 s" */
    const char *output; /* the end of what it wrote on both outputs, NUL-terminated */
    size_t len;
    int64_t duration_ns;
} AgChildResult;

/* result lives for the time of the call. */
typedef void (*AgChildFn)(const AgChildResult *result, void *data);

/* Starts argv[0] (a path) with no standard input and at a higher priority than blkback's threads
 * have; keeps the last keep bytes of its output; ends it after timeout_ns. fn is called once, never
 * from within ag_child_start. */
void ag_child_start(AgLoop *loop, const char *const argv[], unsigned flags, size_t keep,
                    int64_t timeout_ns, AgChildFn fn, void *data);

/* "xl create: exit status 1: last lines of its output", to be freed with free(). */
char *ag_child_error(const char *program, const AgChildResult *result);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: one program for each of several things, some at a time. */
#pragma once

#include "child.h"

typedef struct {
    /* The arguments for item i; they live until the call after. NULL passes the item over. */
    const char *const *(*command)(size_t i, void *data);
    /* Item i is done. False: no further one is started. */
    bool (*done)(size_t i, const AgChildResult *result, void *data);
    /* Once, at the end, when none runs any more; data may be freed here. Never from within
     * ag_batch_start. */
    void (*all_done)(void *data);
    unsigned flags; /* AG_CHILD_… */
    size_t count, parallel;
    int64_t timeout_ns; /* of each program */
} AgBatch;

void ag_batch_start(AgLoop *loop, const AgBatch *batch, void *data);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: one program for each of several things, some at a time. */
#include "batch.h"

#include "text.h"

#include <stdlib.h>

enum { KEPT_OUTPUT = 8192 };

typedef struct {
    AgLoop *loop;
    AgBatch batch;
    void *data;
    size_t next, running;
    bool stopped;
} Run;

typedef struct {
    Run *run;
    size_t index;
} Item;

static void start_more(Run *run);

static void on_child(const AgChildResult *result, void *data)
{
    Item *item = data;
    Run *run = item->run;

    run->running--;
    if (!run->batch.done(item->index, result, run->data))
        run->stopped = true;
    free(item);
    start_more(run);
}

static void on_all_done(void *data)
{
    Run *run = data;

    run->batch.all_done(run->data);
    free(run);
}

static void start_more(Run *run)
{
    while (!run->stopped && run->next < run->batch.count && run->running < run->batch.parallel) {
        size_t index = run->next++;
        const char *const *argv = run->batch.command(index, run->data);
        if (!argv)
            continue;
        Item *item = ag_alloc(sizeof *item);
        *item = (Item){.run = run, .index = index};
        run->running++;
        ag_child_start(run->loop, argv, run->batch.flags, KEPT_OUTPUT, run->batch.timeout_ns,
                       on_child, item);
    }
    if (run->running == 0)
        ag_loop_at(run->loop, 0, on_all_done, run);
}

void ag_batch_start(AgLoop *loop, const AgBatch *batch, void *data)
{
    Run *run = ag_alloc(sizeof *run);

    *run = (Run){.loop = loop, .batch = *batch, .data = data};
    start_more(run);
}

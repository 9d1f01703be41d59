/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the domU's VBDs, opened and made into engines. */
#pragma once

#include "aio.h"
#include "args.h"
#include "writer.h"

struct xg_disks {
    unsigned count;
    struct xg_aio aio[XG_ENGINES_MAX];
    struct xg_engine engines[XG_ENGINES_MAX];
    void *buffers;
    size_t buffers_size;
};

/* Waits until all device files are there, at most seconds. Returns how many are; below args->vbds
 * missing holds the path of the first that is not. */
unsigned xg_disks_wait(const struct xg_args *args, unsigned seconds, char *missing, size_t size);

/* Opens them (xg_args_device), allocates buffers and initialises the engines with the events given.
 * false: error is a sentence, and nothing is open. */
bool xg_disks_open(struct xg_disks *disks, const struct xg_args *args,
                   const struct xg_engine_events *events, char error[XG_SENTENCE_SIZE]);

/* No engine may run. */
void xg_disks_close(struct xg_disks *disks);

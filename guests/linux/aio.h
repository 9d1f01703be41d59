/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a block device or file as struct xg_io, through libaio. */
#pragma once

#include "engine.h"

#include <libaio.h>

struct xg_aio {
    int fd;
    io_context_t context;
    uint64_t size; /* bytes */
    struct iocb iocbs[XG_IN_FLIGHT_MAX];
};

/* Opens path for reading and writing, past the page cache if direct. false: nothing is open and
 * error is a sentence that names the path. */
bool xg_aio_open(struct xg_aio *aio, const char *path, bool direct, unsigned in_flight,
                 char error[XG_SENTENCE_SIZE]);

/* Nothing may be in flight. */
void xg_aio_close(struct xg_aio *aio);

/* Its functions; valid as long as aio is open. */
struct xg_io xg_aio_io(struct xg_aio *aio);

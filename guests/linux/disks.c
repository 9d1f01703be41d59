/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the domU's VBDs, opened and made into engines. */
#include "disks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define WAIT_STEP_MS 20

unsigned xg_disks_wait(const struct xg_args *args, unsigned seconds, char *missing, size_t size)
{
    const struct timespec step = {.tv_nsec = WAIT_STEP_MS * 1000000};
    unsigned there = 0;
    /* Frontends connect in any order, but all are wanted: look for one after the other. */
    for (unsigned steps = seconds * 1000 / WAIT_STEP_MS; there < args->vbds;) {
        xg_args_device(there, missing, size);
        if (access(missing, F_OK) == 0)
            there++;
        else if (steps-- == 0)
            break;
        else
            nanosleep(&step, NULL);
    }
    unsigned found = there;
    for (unsigned i = there + 1; i < args->vbds; i++) {
        char path[32];
        xg_args_device(i, path, sizeof(path));
        found += access(path, F_OK) == 0;
    }
    return found;
}

/* A run's mark in every sector: the time, because at this point of a boot there may be no entropy,
 * and waiting for some would stop a domU for minutes. */
static uint32_t make_run(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint32_t)now.tv_sec * 2654435761u ^ (uint32_t)now.tv_nsec;
}

static bool allocate(struct xg_disks *disks, const struct xg_args *args,
                     char error[XG_SENTENCE_SIZE])
{
    size_t blocks = args->verify ? (size_t)args->vbds * args->in_flight : 1;
    disks->buffers_size = blocks * args->block;
    struct sysinfo info;
    /* A domU that runs out of memory kills its init, so find out before. */
    if (sysinfo(&info) == 0 &&
        disks->buffers_size > (uint64_t)info.freeram * info.mem_unit / 10 * 9) {
        snprintf(
            error, XG_SENTENCE_SIZE,
            "buffers for verify need %zu bytes (%u VBDs, %u blocks of %u bytes in flight), but "
            "only %llu are free: give the domU more memory or fewer blocks in flight",
            disks->buffers_size, args->vbds, args->in_flight, args->block,
            (unsigned long long)info.freeram * info.mem_unit);
        return false;
    }
    disks->buffers = mmap(NULL, disks->buffers_size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (disks->buffers != MAP_FAILED)
        return true;
    snprintf(error, XG_SENTENCE_SIZE, "cannot allocate %zu bytes of buffers: %s",
             disks->buffers_size, strerror(errno));
    return false;
}

static void init_engine(struct xg_disks *disks, unsigned i, const struct xg_args *args,
                        uint32_t run, const struct xg_engine_events *events)
{
    struct xg_engine_config config = {
        .domain = args->name,
        .vbd = i,
        .size = disks->aio[i].size,
        .block = args->block,
        .in_flight = args->in_flight,
        .fsync = args->fsync,
        .verify = args->verify,
        .run = run,
        .buffers = disks->buffers,
    };
    if (args->verify)
        config.buffers =
            (unsigned char *)disks->buffers + (size_t)i * args->in_flight * args->block;
    struct xg_io io = xg_aio_io(&disks->aio[i]);
    xg_engine_init(&disks->engines[i], &config, &io, events);
}

bool xg_disks_open(struct xg_disks *disks, const struct xg_args *args,
                   const struct xg_engine_events *events, char error[XG_SENTENCE_SIZE])
{
    disks->count = 0;
    if (!allocate(disks, args, error))
        return false;
    uint32_t run = make_run();
    if (!args->verify) {
        struct xg_block block = {.run = run};
        memcpy(block.domain, args->name, sizeof(block.domain));
        xg_pattern_fill(&block, disks->buffers, args->block);
    }
    for (unsigned i = 0; i < args->vbds; i++) {
        char path[32];
        xg_args_device(i, path, sizeof(path));
        if (!xg_aio_open(&disks->aio[i], path, true, args->in_flight, error)) {
            xg_disks_close(disks);
            return false;
        }
        disks->count++;
        init_engine(disks, i, args, run, events);
    }
    return true;
}

void xg_disks_close(struct xg_disks *disks)
{
    for (unsigned i = 0; i < disks->count; i++)
        xg_aio_close(&disks->aio[i]);
    munmap(disks->buffers, disks->buffers_size);
    disks->count = 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a block device or file as struct xg_io, through libaio. */
#include "aio.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int aio_submit(void *self, const struct xg_request *request)
{
    struct xg_aio *aio = self;
    struct iocb *iocb = &aio->iocbs[request->slot];
    if (request->write)
        io_prep_pwrite(iocb, aio->fd, request->buffer, request->length, (long long)request->offset);
    else
        io_prep_pread(iocb, aio->fd, request->buffer, request->length, (long long)request->offset);
    iocb->data = (void *)(uintptr_t)request->slot;
    int result = io_submit(aio->context, 1, &iocb);
    if (result < 0)
        return result;
    return result == 1 ? 0 : -EAGAIN;
}

static int aio_wait(void *self, struct xg_done *done, unsigned max)
{
    struct xg_aio *aio = self;
    struct io_event events[XG_IN_FLIGHT_MAX];
    int count;
    do
        count = io_getevents(aio->context, 1, max, events, NULL);
    while (count == -EINTR);
    for (int i = 0; i < count; i++) {
        done[i].slot = (unsigned)(uintptr_t)events[i].data;
        done[i].result = (long)events[i].res;
    }
    return count;
}

static int aio_flush(void *self)
{
    struct xg_aio *aio = self;
    return fsync(aio->fd) == 0 ? 0 : -errno;
}

/* Bytes the device or file holds; 0 or a negative errno. */
static int find_size(int fd, uint64_t *size)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -errno;
    *size = (uint64_t)st.st_size;
    if (S_ISBLK(st.st_mode) && ioctl(fd, BLKGETSIZE64, size) != 0)
        return -errno;
    return 0;
}

bool xg_aio_open(struct xg_aio *aio, const char *path, bool direct, unsigned in_flight,
                 char error[XG_SENTENCE_SIZE])
{
    memset(aio, 0, sizeof(*aio));
    aio->fd = open(path, O_RDWR | O_CLOEXEC | (direct ? O_DIRECT : 0));
    if (aio->fd < 0) {
        snprintf(error, XG_SENTENCE_SIZE, "%s: cannot open it for %swriting: %s", path,
                 direct ? "direct " : "", strerror(errno));
        return false;
    }
    int result = find_size(aio->fd, &aio->size);
    if (result < 0) {
        snprintf(error, XG_SENTENCE_SIZE, "%s: cannot find its size: %s", path, strerror(-result));
    } else if (aio->size < XG_SECTOR || aio->size % XG_SECTOR != 0) {
        snprintf(error, XG_SENTENCE_SIZE,
                 "%s: is %" PRIu64 " bytes long; a VBD has one or more sectors of %d bytes", path,
                 aio->size, XG_SECTOR);
        result = -EINVAL;
    } else {
        result = io_setup((int)in_flight, &aio->context);
        if (result < 0)
            snprintf(error, XG_SENTENCE_SIZE, "%s: cannot set up %u asynchronous requests: %s",
                     path, in_flight, strerror(-result));
    }
    if (result < 0)
        close(aio->fd);
    return result >= 0;
}

void xg_aio_close(struct xg_aio *aio)
{
    io_destroy(aio->context);
    close(aio->fd);
}

struct xg_io xg_aio_io(struct xg_aio *aio)
{
    return (struct xg_io){.self = aio, .submit = aio_submit, .wait = aio_wait, .flush = aio_flush};
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: changes bytes on a block device behind everybody's back.
 *
 * All bits of the bytes are turned over, so that none stays what it was. Whole blocks are read and
 * written past the page cache; what else lies in them is written back as it was read, so a write by
 * a domU to the same blocks in between would be lost: use it where that does not matter. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 4096 };

static int change(int fd, unsigned char *buf, off_t start, size_t span, size_t skip, size_t length)
{
    ssize_t got = pread(fd, buf, span, start);

    if (got != (ssize_t)span)
        return got < 0 ? errno : ERANGE;
    for (size_t i = 0; i < length; i++)
        buf[skip + i] ^= 0xff;
    got = pwrite(fd, buf, span, start);
    return got == (ssize_t)span ? 0 : got < 0 ? errno : EIO;
}

int ag_corrupt_main(const char *device, const char *offset, const char *length)
{
    off_t at = strtoll(offset, NULL, 10), start = at / BLOCK * BLOCK;
    size_t count = strtoull(length, NULL, 10), skip = (size_t)(at - start);
    size_t span = (skip + count + BLOCK - 1) / BLOCK * BLOCK;
    unsigned char *buf = aligned_alloc(BLOCK, span);
    int fd = open(device, O_RDWR | O_DIRECT | O_CLOEXEC);
    int err = fd < 0 || !buf ? errno : change(fd, buf, start, span, skip, count);

    free(buf);
    if (fd >= 0)
        close(fd);
    if (err)
        fprintf(stderr, "%s: %s bytes at %s: %s\n", device, length, offset, strerror(err));
    return err ? 1 : 0;
}

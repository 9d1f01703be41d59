/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: one xenstore watch (see watch.h). */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#include <xen/io/xs_wire.h>

static bool write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t done = write(fd, at, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        len -= (size_t)done;
    }
    return true;
}

static bool read_all(int fd, void *bytes, size_t len)
{
    char *at = bytes;
    while (len > 0) {
        ssize_t got = read(fd, at, len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = EIO;
        if (got <= 0)
            return false;
        at += got;
        len -= (size_t)got;
    }
    return true;
}

int xg_watch_open(const char *path)
{
    /* Path and token, each with its NUL; the token is of no interest with a single watch. */
    char body[XENSTORE_ABS_PATH_MAX];
    int len = snprintf(body, sizeof(body), "%s%cw", path, '\0') + 1;
    struct xsd_sockmsg message = {.type = XS_WATCH, .len = (uint32_t)len};
    int fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (write_all(fd, &message, sizeof(message)) && write_all(fd, body, (size_t)len))
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

bool xg_watch_wait(int fd)
{
    struct xsd_sockmsg message;
    char body[XENSTORE_PAYLOAD_MAX];
    if (!read_all(fd, &message, sizeof(message)))
        return false;
    if (message.len > sizeof(body)) {
        errno = EPROTO;
        return false;
    }
    if (!read_all(fd, body, message.len))
        return false;
    errno = EINVAL;
    return message.type != XS_ERROR;
}

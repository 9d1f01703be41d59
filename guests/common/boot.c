/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guests/common: what every init of ours does first. */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int gc_make_dirs(const char *path)
{
    char buf[512];

    if (strlen(path) >= sizeof buf)
        return -ENAMETOOLONG;
    strcpy(buf, path);
    for (char *p = buf + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(buf, 0755) < 0 && errno != EEXIST)
            return -errno;
        *p = '/';
    }
    return mkdir(buf, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

int gc_mount(const char *type, const char *target, const char *options)
{
    int err = gc_make_dirs(target);

    if (err)
        return err;
    if (mount(type, target, type, 0, options) < 0 && errno != EBUSY)
        return -errno;
    return 0;
}

int gc_mount_basics(unsigned extra, const char **failed)
{
    static const struct {
        unsigned flag;
        const char *type, *target, *options;
    } table[] = {
        {0, "proc", "/proc", NULL},
        {0, "sysfs", "/sys", NULL},
        {0, "devtmpfs", "/dev", "mode=0755"},
        {GC_MOUNT_DEVPTS, "devpts", "/dev/pts", "mode=0620,ptmxmode=0666"},
        {GC_MOUNT_TMPFS, "tmpfs", "/run", "mode=0755"},
        {GC_MOUNT_TMPFS, "tmpfs", "/tmp", "mode=1777"},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].flag && !(extra & table[i].flag))
            continue;
        int err = gc_mount(table[i].type, table[i].target, table[i].options);
        if (err) {
            *failed = table[i].target;
            return err;
        }
    }
    return 0;
}

ssize_t gc_read_file(const char *path, char *buf, size_t size)
{
    size_t len = 0;
    ssize_t got = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    while (len + 1 < size && (got = read(fd, buf + len, size - 1 - len)) > 0)
        len += (size_t)got;
    int err = got < 0 ? errno : 0;
    close(fd);
    buf[len] = '\0';
    return err ? -err : (ssize_t)len;
}

int gc_write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    int err = write(fd, text, strlen(text)) < 0 ? errno : 0;
    close(fd);
    return -err;
}

int gc_read_cmdline(char *buf, size_t size)
{
    ssize_t len = gc_read_file("/proc/cmdline", buf, size);

    if (len < 0)
        return (int)len;
    buf[strcspn(buf, "\n")] = '\0';
    return 0;
}

int gc_load_module(const char *line)
{
    char path[256], name[64], cmdline[4096], found[1024], params[2048];
    size_t len = strcspn(line, " \t");

    if (len >= sizeof path)
        return -ENAMETOOLONG;
    memcpy(path, line, len);
    path[len] = '\0';
    if (!gc_module_name(path, name, sizeof name))
        return -ENAMETOOLONG;
    int err = gc_read_cmdline(cmdline, sizeof cmdline);
    if (err)
        return err;
    if (!gc_module_params(cmdline, name, found, sizeof found) ||
        snprintf(params, sizeof params, "%s %s", line + len, found) >= (int)sizeof params)
        return -E2BIG;

    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    err = syscall(SYS_finit_module, fd, params, 0) < 0 ? errno : 0;
    close(fd);
    return err == EEXIST ? 0 : -err;
}

void gc_open_console(void)
{
    int fd = open("/dev/console", O_RDWR | O_NOCTTY);

    if (fd < 0)
        fd = open("/dev/kmsg", O_WRONLY);
    if (fd < 0)
        return;
    for (int i = 0; i <= 2; i++)
        if (fd != i)
            dup2(fd, i);
    if (fd > 2)
        close(fd);
}

void gc_log(const char *format, ...)
{
    char line[1024] = "xenrig: ";
    size_t used = strlen(line), room = sizeof line - used - 1;
    va_list args;

    va_start(args, format);
    int len = vsnprintf(line + used, room, format, args);
    va_end(args);
    if (len < 0)
        return;
    used += (size_t)len < room ? (size_t)len : room - 1;
    line[used++] = '\n';
    if (write(STDERR_FILENO, line, used) < 0)
        return; /* nowhere left to say it */
}

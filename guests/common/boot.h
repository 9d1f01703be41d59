/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guests/common: what every init of ours does first. Linux only; no GLib in here.
 *
 * Functions return 0 or a negative errno, and log nothing themselves: the caller knows the noun. */
#pragma once

#include "cmdline.h"

#include <sys/types.h>

/* What gc_mount_basics mounts besides proc, sysfs and devtmpfs. */
enum {
    GC_MOUNT_DEVPTS = 1 << 0, /* /dev/pts */
    GC_MOUNT_TMPFS = 1 << 1,  /* /run and /tmp */
};

/* Mounts one file system, making the directory where it is missing. Already mounted is success. */
int gc_mount(const char *type, const char *target, const char *options);

/* proc, sysfs, devtmpfs and those of extra. On failure *failed names the place. */
int gc_mount_basics(unsigned extra, const char **failed);

/* Loads a module file. line: its path, then parameters if any, separated by spaces. Parameters on
 * the kernel's command line (see gc_module_params) come after them, so they win. A module that is
 * there already is success. */
int gc_load_module(const char *line);

/* /proc/cmdline without its newline. */
int gc_read_cmdline(char *buf, size_t size);

/* A whole small file, NUL-terminated, cut at size - 1 bytes. Bytes read, or a negative errno. */
ssize_t gc_read_file(const char *path, char *buf, size_t size);

/* Writes text in one write(2), as sysfs and configfs want it. Creates no file. */
int gc_write_file(const char *path, const char *text);

/* Like mkdir -p, mode 0755. */
int gc_make_dirs(const char *path);

/* Opens /dev/console as standard input, output and error. Call after gc_mount_basics. Where there
 * is no console /dev/kmsg takes its place for output. */
void gc_open_console(void);

/* One line "xenrig: …" on standard error, in one write(2) so that lines of several processes do
 * not mix; cut at 1024 bytes. */
void gc_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the machine's three timers that bound slices in lockstep. */
#include "timers.h"

#include "boot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices"

enum {
    BAR_LINE = 1,     /* of file resource: registers in memory */
    TIMER_INT = 0x54, /* when it fires, counted from its last push; 0: never */
    PAGE_SIZE = 4096,
    /* The third reaches further: it bounds slices while Xen keeps the metronome from pushing, some thousand
     * instructions each time. */
    BACKSTOP = 40
};

static char names[AG_TIMERS][32];

static bool is_timer(const char *name)
{
    char path[320], vendor[16] = "", device[16] = "";

    snprintf(path, sizeof path, DEVICES "/%s/vendor", name);
    gc_read_file(path, vendor, sizeof vendor);
    snprintf(path, sizeof path, DEVICES "/%s/device", name);
    gc_read_file(path, device, sizeof device);
    return strncmp(vendor, "0x10ec", 6) == 0 && strncmp(device, "0x8139", 6) == 0;
}

/* The address at the begin of a line of file resource: "0x00000000febd1000 0x… 0x…". */
static uint64_t bar_of(const char *name)
{
    char path[320], text[1024] = "";
    const char *line = text;

    snprintf(path, sizeof path, DEVICES "/%s/resource", name);
    gc_read_file(path, text, sizeof text);
    for (int i = 0; i < BAR_LINE && line; i++)
        line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
    return line ? strtoull(line, NULL, 16) : 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

bool ag_timers_find(uint64_t frames[AG_TIMERS])
{
    DIR *folder = opendir(DEVICES);
    const struct dirent *entry;
    int found = 0;

    while (folder && found < AG_TIMERS && (entry = readdir(folder)))
        if (strlen(entry->d_name) < sizeof names[0] && is_timer(entry->d_name))
            strcpy(names[found++], entry->d_name);
    if (folder)
        closedir(folder);
    qsort(names, (size_t)found, sizeof names[0], by_name);
    for (int i = 0; i < found; i++)
        frames[i] = bar_of(names[i]) / PAGE_SIZE;
    return found == AG_TIMERS;
}

static bool set_one(const char *name, uint32_t reach)
{
    char path[320];

    snprintf(path, sizeof path, DEVICES "/%s/resource1", name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *page =
        fd >= 0 ? mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    int err = errno;
    if (fd >= 0)
        close(fd);
    if (page == MAP_FAILED) {
        errno = err;
        return false;
    }
    *(volatile uint32_t *)((char *)page + TIMER_INT) = reach;
    munmap(page, PAGE_SIZE);
    return true;
}

bool ag_timers_set(uint32_t reach)
{
    for (int i = 0; i < AG_TIMERS; i++)
        if (!set_one(names[i], i == AG_TIMERS - 1 ? reach * BACKSTOP : reach))
            return false;
    return true;
}

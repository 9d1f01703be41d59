/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the devices that lie behind the VBDs. */
#include "agent.h"

#include "boot.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIGFS "/sys/kernel/config"

static const long long MIB = 1024 * 1024, XL_TIMEOUT_NS = 60 * 1000000000LL;

typedef struct {
    bool memory;
    long long size;       /* bytes */
    long long block_size; /* logical block size of the device, bytes */
} NullParams;

static char *set_attribute(const char *dir, const char *name, long long value)
{
    char path[160], text[32];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    snprintf(text, sizeof text, "%lld", value);
    int err = gc_write_file(path, text);
    return err ? ag_printf("%s: %s: %s", path, text, strerror(-err)) : NULL;
}

/* Some Linux versions name the device after the folder, others after an index of their own choice. */
static char *null_device(const char *dir, size_t i)
{
    char path[160], text[32] = "";
    char *device = ag_printf("/dev/nullb%zu", i);

    if (access(device, F_OK) == 0)
        return device;
    free(device);
    snprintf(path, sizeof path, "%s/index", dir);
    gc_read_file(path, text, sizeof text);
    device = ag_printf("/dev/nullb%d", atoi(text));
    if (access(device, F_OK) == 0)
        return device;
    free(device);
    return NULL;
}

/* One null_blk device. irqmode 0 completes a request where it was submitted: no timer and no
 * softirq between Xen's block path and the figure measured. */
static char *make_null(const NullParams *params, size_t i, char **device)
{
    const struct {
        const char *name;
        long long value;
    } attributes[] = {
        {"size", params->size / MIB},
        {"blocksize", params->block_size},
        {"irqmode", 0},
        {"memory_backed", params->memory},
        {"discard", params->memory}, /* without memory behind it Linux has no use for them */
        {"power", 1},
    };
    char dir[64];
    char *error = NULL;

    snprintf(dir, sizeof dir, CONFIGFS "/nullb/nullb%zu", i);
    if (mkdir(dir, 0755) < 0)
        return ag_printf("%s: %s (is the module null_blk loaded?)", dir, strerror(errno));
    for (size_t k = 0; k < sizeof attributes / sizeof attributes[0] && !error; k++)
        error = set_attribute(dir, attributes[k].name, attributes[k].value);
    if (!error && !(*device = null_device(dir, i)))
        error = ag_printf("%s is switched on, but its device is not in /dev", dir);
    return error;
}

/* --- virtio disks, put there by the rig --- */

static bool serial_is(const char *disk, const char *serial)
{
    char path[300], text[64];

    snprintf(path, sizeof path, "/sys/block/%s/serial", disk);
    if (gc_read_file(path, text, sizeof text) <= 0)
        return false;
    text[strcspn(text, "\n")] = '\0';
    return strcmp(text, serial) == 0;
}

static char *find_disk(long long size, size_t i, char **device)
{
    char serial[32], path[300], text[32] = "";
    struct dirent *entry;
    DIR *dir = opendir("/sys/block");

    snprintf(serial, sizeof serial, "vbd%02zu", i);
    while (dir && !*device && (entry = readdir(dir)))
        if (strncmp(entry->d_name, "vd", 2) == 0 && serial_is(entry->d_name, serial))
            *device = ag_printf("/dev/%s", entry->d_name);
    if (dir)
        closedir(dir);
    if (!*device)
        return ag_printf("no virtio disk has the serial \"%s\"", serial);
    snprintf(path, sizeof path, "/sys/block/%s/size", *device + strlen("/dev/"));
    gc_read_file(path, text, sizeof text);
    if (atoll(text) * 512 == size)
        return NULL;
    return ag_printf("the disk \"%s\" has %lld bytes, not %lld", serial, atoll(text) * 512, size);
}

/* --- the requests --- */

static void take_down(AgBacking *backing)
{
    for (size_t i = 0; i < backing->count; i++) {
        char dir[64];
        snprintf(dir, sizeof dir, CONFIGFS "/nullb/nullb%zu", i);
        rmdir(dir);
        free(backing->devices[i]);
    }
    free(backing->devices);
    free(backing->kind);
    *backing = (AgBacking){0};
}

static char *make_all(AgBacking *backing, const AgRequest *request)
{
    bool disk = strcmp(backing->kind, "disk") == 0;
    NullParams params = {.memory = strcmp(backing->kind, "memory") == 0,
                         .size = ag_request_int(request, "size", 0),
                         .block_size = ag_request_int(request, "block_size", 4096)};

    if (!disk) {
        int err = gc_mount("configfs", CONFIGFS, NULL);
        if (err)
            return ag_printf(CONFIGFS ": %s (is the module configfs loaded?)", strerror(-err));
    }
    for (size_t i = 0; i < backing->count; i++) {
        char *error = disk ? find_disk(params.size, i, &backing->devices[i])
                           : make_null(&params, i, &backing->devices[i]);
        if (error)
            return error;
    }
    return NULL;
}

static char *check(const Agent *agent, const AgRequest *request, const char *kind)
{
    json_int_t size = ag_request_int(request, "size", 0);
    json_int_t block = ag_request_int(request, "block_size", 4096);

    if (agent->backing.kind)
        return ag_printf("%zu devices of kind %s exist already", agent->backing.count,
                         agent->backing.kind);
    if (strcmp(kind, "null") != 0 && strcmp(kind, "memory") != 0 && strcmp(kind, "disk") != 0) {
        ag_autofree char *shown = ag_text_clean(kind, strlen(kind), 40);
        return ag_printf("member \"kind\" is \"%s\"; known: null, memory, disk", shown);
    }
    if (block & (block - 1))
        return ag_printf("member \"block_size\" must be 512, 1024, 2048 or 4096, the device's "
                         "logical block size");
    if (strcmp(kind, "disk") != 0 && size % MIB)
        return ag_printf("member \"size\" must be whole MiB");
    return NULL;
}

void ag_op_backing(Agent *agent, const AgRequest *request)
{
    const char *kind = ag_request_string(request, "kind", "");
    ag_autofree char *wrong = check(agent, request, kind);
    json_t *devices;

    if (wrong) {
        ag_reply_error(agent, request->id, "backing: %s", wrong);
        return;
    }
    AgBacking *backing = &agent->backing;
    *backing = (AgBacking){.kind = ag_strndup(kind, strlen(kind)),
                           .count = (size_t)ag_request_int(request, "count", 0)};
    backing->devices = ag_alloc(backing->count * sizeof *backing->devices);
    ag_autofree char *error = make_all(backing, request);
    if (error) {
        ag_reply_error(agent, request->id, "backing: %s", error);
        take_down(backing);
        return;
    }
    devices = json_array();
    for (size_t i = 0; i < backing->count; i++)
        json_array_append_new(devices, json_string(backing->devices[i]));
    ag_reply(agent, request->id, json_pack("{s:o}", "devices", devices));
}

typedef struct {
    Agent *agent;
    json_int_t id;
} Asked;

static void corrupted(const AgChildResult *result, void *data)
{
    Asked *job = data;

    if (result->ok) {
        ag_reply(job->agent, job->id, NULL);
    } else {
        ag_autofree char *error = ag_child_error("corrupt", result);
        ag_reply_error(job->agent, job->id, "%s", error);
    }
    free(job);
}

/* In a process of its own: a slow disk must not keep the loop waiting. */
void ag_op_corrupt(Agent *agent, const AgRequest *request)
{
    size_t index = (size_t)ag_request_int(request, "device", 0);
    char offset[24], length[24];

    if (index >= agent->backing.count) {
        ag_reply_error(agent, request->id, "corrupt: there is no backing device %zu; there are %zu",
                       index, agent->backing.count);
        return;
    }
    snprintf(offset, sizeof offset, "%lld", (long long)ag_request_int(request, "offset", 0));
    snprintf(length, sizeof length, "%lld", (long long)ag_request_int(request, "length", 0));
    const char *const argv[] = {"/proc/self/exe", "corrupt", agent->backing.devices[index],
                                offset,           length,    NULL};
    Asked *job = ag_alloc(sizeof *job);
    *job = (Asked){.agent = agent, .id = request->id};
    ag_child_start(agent->loop, argv, 0, 4096, XL_TIMEOUT_NS, corrupted, job);
}

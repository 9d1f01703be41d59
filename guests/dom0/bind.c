/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: to which vCPUs of dom0 the event channels of its block backends are bound. */
#include "agent.h"

#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How blkback names its event channels in /proc/interrupts. */
#define BACKEND_NAME "blkif-backend"

enum { IRQS_MAX = 1024 };

/* The interrupts of all block backends, in ascending order, which is that of their connection. */
static size_t find_irqs(unsigned *irqs, size_t max)
{
    FILE *file = fopen("/proc/interrupts", "re");
    char *line = NULL;
    size_t size = 0, count = 0;

    while (file && count < max && getline(&line, &size, file) > 0)
        if (strstr(line, BACKEND_NAME))
            irqs[count++] = (unsigned)strtoul(line, NULL, 10);
    free(line);
    if (file)
        fclose(file);
    return count;
}

static bool set_cpu(unsigned irq, long cpu)
{
    char path[64], text[16];

    snprintf(path, sizeof path, "/proc/irq/%u/smp_affinity_list", irq);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int len = snprintf(text, sizeof text, "%ld", cpu);
    bool written = fd >= 0 && write(fd, text, (size_t)len) == len;
    if (fd >= 0)
        close(fd);
    return written;
}

static long read_cpu(unsigned irq)
{
    char path[64], text[16] = "";

    snprintf(path, sizeof path, "/proc/irq/%u/effective_affinity_list", irq);
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    bool read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    return read ? strtol(text, NULL, 10) : -1;
}

/* vCPUs in turn, as interrupts come: those of one domU's VBDs are spread as well as those of many domUs. */
void ag_op_bind(Agent *agent, const AgRequest *request)
{
    long cpus = (long)ag_request_int(request, "vcpus", 0);
    unsigned irqs[IRQS_MAX];
    size_t count = find_irqs(irqs, IRQS_MAX);
    json_t *bound = json_array();

    for (size_t i = 0; i < count; i++) {
        if (cpus > 0 && !set_cpu(irqs[i], (long)i % cpus)) {
            ag_reply_error(agent, request->id, "bind: interrupt %u to vCPU %ld: %s", irqs[i],
                           (long)i % cpus, strerror(errno));
            json_decref(bound);
            return;
        }
        json_array_append_new(bound, json_integer(read_cpu(irqs[i])));
    }
    ag_reply(agent, request->id, json_pack("{s:o}", "vcpus", bound));
}

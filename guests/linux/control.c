/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the domU's xenstore nodes (see control.h). */
#include "control.h"

#include "../wire.h"
#include "boot.h"
#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODE_COMMAND XR_WIRE_NODE "/command"

bool xg_control_open(struct xg_control *control, char error[XG_SENTENCE_SIZE])
{
    memset(control, 0, sizeof(*control));
    control->commands = xs_open(0);
    control->nodes = control->commands ? xs_open(0) : NULL;
    if (control->nodes)
        return true;
    snprintf(error, XG_SENTENCE_SIZE, "cannot reach xenstore through /dev/xen/xenbus: %s",
             strerror(errno));
    if (control->commands)
        xs_close(control->commands);
    return false;
}

void xg_control_write(struct xg_control *control, const char *name, const char *text)
{
    char path[64];
    snprintf(path, sizeof(path), XR_WIRE_NODE "/%s", name);
    if (!xs_write(control->nodes, XBT_NULL, path, text, (unsigned)strlen(text)))
        gc_log("cannot write \"%s\" to xenstore's %s: %s", text, path, strerror(errno));
}

static void read_command(struct xg_control *control)
{
    char *command = xs_read(control->commands, XBT_NULL, NODE_COMMAND, NULL);
    if (command)
        xg_writer_command(control->writer, command);
    free(command);
}

/* The node is read after each sign of life, so that no command is lost; one may be read twice. */
static void *listen_thread(void *data)
{
    struct xg_control *control = data;
    while (xg_watch_wait(control->watch))
        read_command(control);
    char sentence[XG_SENTENCE_SIZE];
    snprintf(sentence, sizeof(sentence), "no commands any more, xenstore's watch failed: %s",
             strerror(errno));
    xg_writer_problem(control->writer, sentence, true);
    return NULL;
}

bool xg_control_listen(struct xg_control *control, struct xg_writer *writer,
                       char error[XG_SENTENCE_SIZE])
{
    control->writer = writer;
    control->watch = xg_watch_open(NODE_COMMAND);
    if (control->watch < 0) {
        snprintf(error, XG_SENTENCE_SIZE, "cannot watch xenstore's " NODE_COMMAND ": %s",
                 strerror(errno));
        return false;
    }
    pthread_t thread;
    int result = pthread_create(&thread, NULL, listen_thread, control);
    if (result != 0) {
        snprintf(error, XG_SENTENCE_SIZE, "cannot start the thread that waits for commands: %s",
                 strerror(result));
        return false;
    }
    pthread_detach(thread);
    return true;
}

void xg_control_frontends(struct xg_control *control, char *text, size_t size)
{
    unsigned count = 0;
    char **devices = xs_directory(control->nodes, XBT_NULL, "device/vbd", &count);
    size_t used = 0;
    snprintf(text, size, "none");
    for (unsigned i = 0; devices && i < count && used < size; i++) {
        char path[64];
        snprintf(path, sizeof(path), "device/vbd/%.32s/state", devices[i]);
        char *state = xs_read(control->nodes, XBT_NULL, path, NULL);
        int added = snprintf(text + used, size - used, "%s%s: state %s", i ? ", " : "", devices[i],
                             state ? state : "?");
        used += added > 0 ? (size_t)added : 0;
        free(state);
    }
    free(devices);
}

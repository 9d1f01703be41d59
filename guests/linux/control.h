/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the domU's xenstore nodes (wire.h, DOMU CONTROL).
 *
 * Two connections: one belongs to the thread that waits for commands, the other to the thread that
 * writes, because a static libxenstore has no locks of its own. */
#pragma once

#include "writer.h"

#include <xenstore.h>

struct xg_control {
    struct xs_handle *commands;
    struct xs_handle *nodes;
    int watch;                /* on the command node */
    struct xg_writer *writer; /* gets the commands */
};

/* Connects. false: error is a sentence. */
bool xg_control_open(struct xg_control *control, char error[XG_SENTENCE_SIZE]);

/* Writes XR_WIRE_NODE/name; a failure is only logged. One thread at a time. */
void xg_control_write(struct xg_control *control, const char *name, const char *text);

/* From now on hands commands to the writer, on a thread of its own. false: error is a sentence. */
bool xg_control_listen(struct xg_control *control, struct xg_writer *writer,
                       char error[XG_SENTENCE_SIZE]);

/* What the frontends say of themselves, "51712: state 4, 51728: state 3", for error messages. */
void xg_control_frontends(struct xg_control *control, char *text, size_t size);

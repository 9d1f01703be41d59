/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a VBD of the stream guest that is driven by hand, for tests of its rings. */
#pragma once

#include "fake-machine.h"

#include "event.h"
#include "grant.h"
#include "memory.h"

#include <string.h>

#define KIB  1024u
#define MIB  (1024u * KIB)
#define DISK (4u * MIB)

/* A machine with one VBD that is driven by hand. */
typedef struct {
    Machine m;
    FakeBackend *backend;
    struct sg_vbd vbd;
    guint done;
    struct sg_io *last;
} Front;

static inline void front_done(void *user, struct sg_io *io)
{
    Front *front = user;
    front->done++;
    front->last = io;
}

static inline void front_init(Front *front, const struct sg_vbd_config *wishes)
{
    memset(front, 0, sizeof *front);
    machine_init_small(&front->m, 1, DISK, 64 * MIB, 64);
    front->backend = &front->m.backends[0];
    machine_connect(&front->m, &front->vbd, wishes);
    front->vbd.done = front_done;
    front->vbd.user = front;
}

static inline void front_clear(Front *front)
{
    machine_clear(&front->m);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Front, front_clear)

#define assert_connected(front)                                                                    \
    do {                                                                                           \
        if ((front)->vbd.state != SG_VBD_CONNECTED)                                                \
            g_error("not connected: %s", (front)->vbd.problem);                                    \
    } while (0)

/* Pages with bytes that differ from place to place and from seed to seed. */
static inline guint8 *make_data(guint length, guint seed)
{
    guint8 *data = sg_bytes(length);
    for (guint i = 0; i < length; i++)
        data[i] = (guint8)((i >> 12) * 31 + (i >> 9) * 7 + i + seed * 101);
    return data;
}

static inline struct sg_io make_io(enum sg_op op, guint64 offset, guint length, void *buffer)
{
    return (struct sg_io){.op = op, .offset = offset, .length = length, .buffer = buffer};
}

/* Writes, compares with the disk, reads back, compares. */
static inline void write_and_read(Front *front, guint64 offset, guint length)
{
    guint8 *data = make_data(length, (guint)(offset >> 9) + 1), *back = sg_bytes(length);
    struct sg_io out = make_io(SG_WRITE, offset, length, data),
                 in = make_io(SG_READ, offset, length, back);
    guint before = front->done;

    sg_vbd_submit(&front->vbd, &out);
    machine_drain(&front->vbd);
    assert_connected(front);
    g_assert_cmpuint(front->done, ==, before + 1);
    g_assert_true(front->last == &out && out.status == 0);
    g_assert_cmpmem(front->backend->disk + offset, length, data, length);
    sg_vbd_submit(&front->vbd, &in);
    machine_drain(&front->vbd);
    assert_connected(front);
    g_assert_true(front->last == &in && in.status == 0);
    g_assert_cmpmem(back, length, data, length);
}

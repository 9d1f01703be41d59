/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a disk in memory that misbehaves as told, behind struct xg_io; for tests of the writer. */
#pragma once

#include "engine.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#define FAKE_NONE G_MAXUINT64

typedef struct {
    guint8 *data;
    guint64 size;
    struct xg_request queue[XG_IN_FLIGHT_MAX];
    guint queued;
    /* seen */
    guint writes, reads, flushes; /* submitted */
    guint most_queued;
    guint64 last_offset;
    guint32 last_length;
    /* told */
    gboolean newest_first; /* ends requests in this order instead of oldest first */
    guint64 fail_write;    /* offset, FAKE_NONE for no such thing; so in all that follows */
    guint64 fail_read;
    guint64 refuse;  /* submit itself fails */
    guint64 shorten; /* the write ends after 512 bytes */
    guint64 lose;    /* the write is said to be done, and is not: in pass lose_pass */
    guint lose_pass;
    guint64 corrupt; /* byte changed after the write that holds it */
    guint64 swap[2]; /* offsets whose writes go to each other's place */
    int flush_result, wait_result;
    gboolean fail_all;
    /* called before each write is queued */
    void (*on_write)(gpointer user_data);
    gpointer user_data;
} FakeDisk;

static inline void fake_disk_init(FakeDisk *disk, guint64 size)
{
    memset(disk, 0, sizeof *disk);
    disk->data = g_malloc0(size);
    disk->size = size;
    disk->fail_write = disk->fail_read = disk->refuse = disk->shorten = FAKE_NONE;
    disk->lose = disk->corrupt = disk->swap[0] = disk->swap[1] = FAKE_NONE;
}

static inline void fake_disk_clear(FakeDisk *disk)
{
    g_free(disk->data);
}

static inline int fake_submit(void *self, const struct xg_request *request)
{
    FakeDisk *disk = self;
    if (request->write) {
        disk->writes++;
        if (disk->on_write)
            disk->on_write(disk->user_data);
    } else {
        disk->reads++;
    }
    disk->last_offset = request->offset;
    disk->last_length = request->length;
    g_assert_cmpuint(request->offset + request->length, <=, disk->size);
    g_assert_cmpuint(disk->queued, <, XG_IN_FLIGHT_MAX);
    for (guint i = 0; i < disk->queued; i++)
        g_assert_cmpuint(disk->queue[i].slot, !=, request->slot);
    if (disk->refuse == request->offset)
        return -ENOSPC;
    disk->queue[disk->queued++] = *request;
    disk->most_queued = MAX(disk->most_queued, disk->queued);
    return 0;
}

static inline gint64 fake_write(FakeDisk *disk, const struct xg_request *request)
{
    guint64 offset = request->offset, length = request->length;
    struct xg_block block;
    if (disk->fail_all || disk->fail_write == offset)
        return -EIO;
    if (disk->shorten == offset)
        return 512;
    if (disk->lose == offset && xg_pattern_decode(request->buffer, &block) &&
        block.pass == disk->lose_pass)
        return request->length;
    if (disk->swap[0] == offset)
        offset = disk->swap[1];
    else if (disk->swap[1] == offset)
        offset = disk->swap[0];
    memcpy(disk->data + offset, request->buffer, length);
    if (disk->corrupt >= offset && disk->corrupt < offset + length)
        disk->data[disk->corrupt] ^= 0xff;
    return request->length;
}

static inline int fake_wait(void *self, struct xg_done *done, unsigned max)
{
    FakeDisk *disk = self;
    g_assert_cmpuint(disk->queued, >, 0);
    g_assert_cmpuint(max, >, 0);
    if (disk->wait_result < 0)
        return disk->wait_result;
    guint i = disk->newest_first ? disk->queued - 1 : 0;
    struct xg_request request = disk->queue[i];
    disk->queued--;
    memmove(&disk->queue[i], &disk->queue[i + 1], (disk->queued - i) * sizeof request);
    done->slot = request.slot;
    if (request.write) {
        done->result = fake_write(disk, &request);
    } else if (disk->fail_read == request.offset) {
        done->result = -EIO;
    } else {
        memcpy(request.buffer, disk->data + request.offset, request.length);
        done->result = request.length;
    }
    return 1;
}

static inline int fake_flush(void *self)
{
    FakeDisk *disk = self;
    g_assert_cmpuint(disk->queued, ==, 0);
    disk->flushes++;
    return disk->flush_result;
}

static inline struct xg_io fake_disk_io(FakeDisk *disk)
{
    return (struct xg_io){
        .self = disk, .submit = fake_submit, .wait = fake_wait, .flush = fake_flush};
}

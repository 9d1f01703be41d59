/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: xenstored as the stream guest sees it, at the other end of the ring; for tests.
 *
 * Nodes, relative paths, watches and the messages of xs_wire.h, read and written here by their
 * offsets. It answers right unless told otherwise. */
#pragma once

#include <glib.h>

#define FAKE_HOME "/local/domain/7/"

enum { FAKE_STORE_RING = 1024 }; /* bytes of each half */

typedef struct FakeStore FakeStore;

struct FakeStore {
    guint8 *page; /* the ring: requests, replies, four indices */
    guint port;
    gboolean kicked;
    gboolean full;      /* there was no room: it waits to be told that there is */
    GHashTable *nodes;  /* absolute path → value */
    GPtrArray *watches; /* "path\0token" of the guest */
    GByteArray *in;     /* of a request, so far */
    GByteArray *out;    /* not yet on the ring */
    GPtrArray *written; /* "path value" for each write of the guest, path as it said it */
    guint requests;
    /* told */
    guint chunk; /* at most so many bytes each way at a time; 0: as many as there are */
    gboolean
        events_first; /* a watch event is sent before the reply to the request that caused it */
    gboolean silent;  /* does nothing at all */
    const char *fail_path;  /* requests for paths that end so are answered with … */
    const char *fail_error; /* … this, as "ENOSPC" */
    /* Called before a reply is queued: may change or replace it. False: it is not sent. */
    gboolean (*tamper)(FakeStore *store, GByteArray *reply);
    /* Called when the guest has written a node. */
    void (*on_write)(FakeStore *store, const char *path, const char *value);
    gpointer user_data;
};

/* Makes it, on a page of the guest's, and tells sg_store_init. */
void fake_store_init(FakeStore *store);
void fake_store_clear(FakeStore *store);

/* Takes and answers what there is; false if there was nothing. */
gboolean fake_store_step(FakeStore *store);
/* The guest has notified that port. */
void fake_store_notified(FakeStore *store, guint port);

/* Lets all indices of an idle ring be that. */
void fake_store_shift(FakeStore *store, guint32 index);

/* By others; the guest's watches fire. value NULL: the node is removed. Paths without "/" are the
 * guest's. */
void fake_store_set(FakeStore *store, const char *path, const char *value);
void fake_store_setf(FakeStore *store, const char *path, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* "" if there is no such node; the store's. */
const char *fake_store_get(FakeStore *store, const char *path);

/* Values that the guest has written to that path, in order, with commas between; free with g_free. */
char *fake_store_history(FakeStore *store, const char *path);

/* Puts a message behind those that wait to be sent. */
void fake_store_send(FakeStore *store, guint32 type, guint32 id, const void *payload, guint32 size);

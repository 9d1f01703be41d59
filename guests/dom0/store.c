/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: xenstore. */
#include "store.h"

#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <xenstore.h>

struct AgStore {
    struct xs_handle *handle;
    AgSource *source;
    AgStoreFn fn;
    AgTimerFn lost;
    void *data;
};

static void on_watches(uint32_t events, void *data)
{
    AgStore *store = data;
    char **watch;

    while ((watch = xs_check_watch(store->handle))) {
        store->fn(watch[XS_WATCH_PATH], watch[XS_WATCH_TOKEN], store->data);
        free(watch);
    }
    if (errno == EAGAIN)
        return;
    ag_source_remove(store->source);
    store->source = NULL;
    if (store->lost)
        store->lost(store->data);
}

AgStore *ag_store_open(AgLoop *loop, AgStoreFn fn, AgTimerFn lost, void *data)
{
    struct xs_handle *handle = xs_open(XS_OPEN_SOCKETONLY);

    if (!handle)
        return NULL;
    AgStore *store = ag_alloc(sizeof *store);
    *store = (AgStore){.handle = handle, .fn = fn, .lost = lost, .data = data};
    store->source = ag_loop_add(loop, xs_fileno(handle), EPOLLIN, on_watches, store);
    return store;
}

bool ag_store_watch(AgStore *store, const char *path, const char *token)
{
    return xs_watch(store->handle, path, token);
}

void ag_store_unwatch(AgStore *store, const char *path, const char *token)
{
    xs_unwatch(store->handle, path, token);
}

char *ag_store_read(AgStore *store, const char *path, size_t *len)
{
    unsigned size = 0;
    char *value = xs_read(store->handle, XBT_NULL, path, &size);

    if (len)
        *len = size;
    return value;
}

bool ag_store_write(AgStore *store, const char *path, const char *value)
{
    return xs_write(store->handle, XBT_NULL, path, value, (unsigned)strlen(value));
}

void ag_store_remove(AgStore *store, const char *path)
{
    xs_rm(store->handle, XBT_NULL, path);
}

bool ag_store_make_owned(AgStore *store, const char *path, unsigned domid)
{
    struct xs_permissions owner = {.id = domid, .perms = XS_PERM_NONE};

    return xs_mkdir(store->handle, XBT_NULL, path) &&
           xs_set_permissions(store->handle, XBT_NULL, path, &owner, 1);
}

int ag_store_find_domain(AgStore *store, const char *name)
{
    unsigned count = 0;
    ag_autofree char **domids = xs_directory(store->handle, XBT_NULL, "/local/domain", &count);
    int found = -1;

    for (unsigned i = 0; domids && i < count && found < 0; i++) {
        char path[64];
        snprintf(path, sizeof path, "/local/domain/%.10s/name", domids[i]);
        ag_autofree char *value = ag_store_read(store, path, NULL);
        if (value && strcmp(value, name) == 0)
            found = atoi(domids[i]);
    }
    return found;
}

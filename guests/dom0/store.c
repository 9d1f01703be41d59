/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: xenstore.
 *
 * The static libxenstore is built without threads of its own. Such a handle breaks when a watch fires
 * while an answer is awaited, and has no file descriptor to poll. So there are three: one for
 * requests, and one for each of two watches, on which a thread of ours waits and passes what matters
 * through a pipe to the loop. Watches on all single nodes would need a thread each; one on
 * /local/domain sees them all, and domains write little while they run. */
#include "store.h"

#include "text.h"
#include "vbd.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <xenstore.h>

enum { PATH_MAX_LEN = 255 };

typedef struct {
    struct xs_handle *handle;
    int pipe_fd; /* the end to write to */
} Watch;

struct AgStore {
    struct xs_handle *handle;
    Watch domains, release;
    int pipe_fd; /* the end to read from */
    AgSource *source;
    char partial[PATH_MAX_LEN + 1];
    size_t partial_len;
    AgStoreFn fn;
    AgTimerFn lost;
    void *data;
};

static bool matters(const char *path)
{
    unsigned domid;
    int vbd;

    return path[0] == '@' || ag_guest_path(path, &domid, &vbd);
}

/* What a thread starts with is not what the agent runs with: SCHED_RESET_ON_FORK. */
static void take_priority(void)
{
    struct sched_param param = {.sched_priority = 1};

    sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param);
}

/* Paths go through the pipe NUL and all; writes of this size are not mixed up. An empty one says
 * that the connection is gone. */
static void *watch_thread(void *data)
{
    const Watch *watch = data;
    unsigned count;
    char **event;

    take_priority();
    while ((event = xs_read_watch(watch->handle, &count))) {
        const char *path = event[XS_WATCH_PATH];
        size_t len = strlen(path);
        if (len <= PATH_MAX_LEN && matters(path) && write(watch->pipe_fd, path, len + 1) < 0)
            break;
        free(event);
    }
    free(event);
    return write(watch->pipe_fd, "", 1) < 0 ? data : NULL;
}

static void on_path(AgStore *store)
{
    if (store->partial_len == 0)
        store->lost(store->data);
    else
        store->fn(store->partial, store->data);
    store->partial_len = 0;
}

static void on_pipe(uint32_t events, void *data)
{
    AgStore *store = data;
    char buf[4096];
    ssize_t got = read(store->pipe_fd, buf, sizeof buf);

    for (ssize_t i = 0; i < got; i++) {
        store->partial[store->partial_len] = buf[i];
        if (buf[i] == '\0')
            on_path(store);
        else if (store->partial_len < PATH_MAX_LEN)
            store->partial_len++;
    }
}

static bool start_watch(Watch *watch, const char *path, int pipe_fd)
{
    pthread_t thread;

    watch->pipe_fd = pipe_fd;
    watch->handle = xs_open(0);
    if (!watch->handle || !xs_watch(watch->handle, path, "w"))
        return false;
    errno = pthread_create(&thread, NULL, watch_thread, watch);
    return errno == 0;
}

AgStore *ag_store_open(AgLoop *loop, AgStoreFn fn, AgTimerFn lost, void *data)
{
    AgStore *store = ag_alloc(sizeof *store);
    int fds[2];

    *store = (AgStore){.handle = xs_open(0), .fn = fn, .lost = lost, .data = data};
    if (!store->handle || pipe2(fds, O_CLOEXEC) < 0)
        return NULL; /* the agent gives up: no need to tidy */
    store->pipe_fd = fds[0];
    if (!start_watch(&store->domains, "/local/domain", fds[1]) ||
        !start_watch(&store->release, "@releaseDomain", fds[1]))
        return NULL;
    store->source = ag_loop_add(loop, store->pipe_fd, EPOLLIN, on_pipe, store);
    return store;
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

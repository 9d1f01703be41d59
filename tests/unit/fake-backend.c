/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a fake backend's xenstore side (see fake-backend.h). */
#include "fake-backend.h"

#include "fake-xen.h"

#include <stdlib.h>
#include <string.h>

/* enum xenbus_state of public/io/xenbus.h. */
enum { INIT_WAIT = 2, INITIALISED = 3, CONNECTED = 4, CLOSING = 5, CLOSED = 6 };

/* "xvda" to "xvdp" have a major of their own, what follows is numbered otherwise. */
static guint handle_of(guint index)
{
    return index < 16 ? 202u << 8 | index << 4 : 1u << 28 | index << 8;
}

void fake_backend_init(FakeBackend *backend, FakeStore *store, guint index, guint64 size)
{
    static const struct {
        const char *name;
        guint64 value;
    } nodes[] = {{"max-ring-page-order", 4},
                 {"multi-queue-max-queues", 4},
                 {"feature-persistent", 1},
                 {"feature-max-indirect-segments", 256},
                 {"feature-flush-cache", 1},
                 {"feature-discard", 1},
                 {"discard-granularity", 512},
                 {"sector-size", 512},
                 {"info", 0}};

    memset(backend, 0, sizeof *backend);
    backend->store = store;
    backend->index = index;
    backend->handle = handle_of(index);
    backend->path = g_strdup_printf("/local/domain/0/backend/vbd/7/%u", backend->handle);
    backend->frontend = g_strdup_printf("device/vbd/%u", backend->handle);
    backend->disk = g_malloc0(size);
    backend->size = size;
    backend->kept = g_hash_table_new(NULL, NULL);
    backend->pending = g_ptr_array_new_with_free_func(g_free);
    backend->rand = g_rand_new_with_seed(index + 1);
    for (guint i = 0; i < G_N_ELEMENTS(nodes); i++)
        fake_backend_node(backend, nodes[i].name, nodes[i].value);
    fake_backend_node(backend, "sectors", size / 512);
    fake_backend_enter(backend, INIT_WAIT);
    g_autofree char *node = g_strconcat(backend->frontend, "/backend", NULL);
    fake_store_set(store, node, backend->path);
    g_autofree char *state = g_strconcat(backend->frontend, "/state", NULL);
    fake_store_set(store, state, "1");
}

void fake_backend_clear(FakeBackend *backend)
{
    g_free(backend->path);
    g_free(backend->frontend);
    g_free(backend->disk);
    g_hash_table_unref(backend->kept);
    g_ptr_array_unref(backend->pending);
    g_rand_free(backend->rand);
}

void fake_backend_node(FakeBackend *backend, const char *name, guint64 value)
{
    g_autofree char *node = g_strconcat(backend->path, "/", name, NULL);

    fake_store_setf(backend->store, node, "%" G_GUINT64_FORMAT, value);
}

void fake_backend_enter(FakeBackend *backend, guint state)
{
    backend->state = state;
    fake_backend_node(backend, "state", state);
}

/* --- the frontend's nodes --- */

static guint64 frontend_number(FakeBackend *backend, const char *name, gboolean must)
{
    g_autofree char *node = g_strconcat(backend->frontend, "/", name, NULL);
    const char *value = fake_store_get(backend->store, node);

    g_assert_true(!must || value[0] != '\0');
    return strtoull(value, NULL, 10);
}

static guint64 own_number(FakeBackend *backend, const char *name)
{
    g_autofree char *node = g_strconcat(backend->path, "/", name, NULL);

    return strtoull(fake_store_get(backend->store, node), NULL, 10);
}

/* As read_per_ring_refs of blkback. */
static void connect_queue(FakeBackend *backend, FakeQueue *queue, const char *folder, guint order,
                          gboolean told_order)
{
    guint32 requests;

    queue->page_count = 1u << order;
    for (guint i = 0; i < queue->page_count; i++) {
        g_autofree char *name = told_order ? g_strdup_printf("%sring-ref%u", folder, i)
                                           : g_strconcat(folder, "ring-ref", NULL);
        queue->refs[i] = (guint32)frontend_number(backend, name, TRUE);
        queue->pages[i] = fake_xen_map(queue->refs[i], TRUE);
    }
    g_autofree char *name = g_strconcat(folder, "event-channel", NULL);
    queue->port = (guint)frontend_number(backend, name, TRUE);
    g_assert_true(fake_xen.open[queue->port]);
    /* 64 bytes of indices, then entries of 112 bytes, a power of two of them. */
    requests = (queue->page_count * 4096 - 64) / 112;
    queue->size = 1u << (31 - (guint)__builtin_clz(requests));
    queue->req_cons = queue->rsp_prod = 0;
    queue->kicked = TRUE;
}

static void connect_rings(FakeBackend *backend)
{
    g_autofree char *node = g_strconcat(backend->frontend, "/protocol", NULL);
    g_autofree char *order_node = g_strconcat(backend->frontend, "/ring-page-order", NULL);
    gboolean told_order = fake_store_get(backend->store, order_node)[0] != '\0';
    guint order = (guint)frontend_number(backend, "ring-page-order", FALSE);

    g_assert_cmpstr(fake_store_get(backend->store, node), ==, "x86_64-abi");
    g_assert_cmpuint(order, <=, own_number(backend, "max-ring-page-order"));
    backend->queue_count = (guint)frontend_number(backend, "multi-queue-num-queues", FALSE);
    backend->queue_count = MAX(backend->queue_count, 1);
    g_assert_cmpuint(backend->queue_count, <=,
                     MAX(own_number(backend, "multi-queue-max-queues"), 1));
    if (backend->late)
        fake_backend_node(backend, "feature-persistent", 1);
    backend->persistent = own_number(backend, "feature-persistent") &&
                          frontend_number(backend, "feature-persistent", FALSE);
    for (guint q = 0; q < backend->queue_count; q++) {
        g_autofree char *folder =
            backend->queue_count > 1 ? g_strdup_printf("queue-%u/", q) : g_strdup("");
        connect_queue(backend, &backend->queues[q], folder, order, told_order);
    }
}

static void disconnect_rings(FakeBackend *backend)
{
    if (backend->keep_rings)
        return;
    fake_backend_forget(backend);
    for (guint q = 0; q < backend->queue_count; q++)
        for (guint i = 0; i < backend->queues[q].page_count; i++)
            fake_xen_unmap(backend->queues[q].refs[i]);
    backend->queue_count = 0;
}

/* frontend_changed of blkback. */
static gboolean follow(FakeBackend *backend)
{
    guint64 other = frontend_number(backend, "state", FALSE);

    if (backend->silent_at_state != 0 && backend->state >= backend->silent_at_state)
        return FALSE;
    if (backend->state == INIT_WAIT && (other == INITIALISED || other == CONNECTED)) {
        connect_rings(backend);
        fake_backend_enter(backend, CONNECTED);
    } else if (backend->state < CLOSING && other == CLOSING) {
        fake_backend_enter(backend, CLOSING);
    } else if (backend->state < CLOSED && other == CLOSED) {
        disconnect_rings(backend);
        fake_backend_enter(backend, CLOSED);
    } else {
        return FALSE;
    }
    return TRUE;
}

gboolean fake_backend_step(FakeBackend *backend)
{
    if (backend->deaf)
        return FALSE;
    gboolean did = follow(backend);
    return (backend->queue_count > 0 && fake_backend_serve(backend)) || did;
}

void fake_backend_notified(FakeBackend *backend, guint port)
{
    for (guint q = 0; q < backend->queue_count; q++)
        backend->queues[q].kicked |= backend->queues[q].port == port;
}

guint64 fake_backend_due(FakeBackend *backend)
{
    guint64 due_ns = 0;

    for (guint i = 0; i < backend->pending->len && !backend->hold && !backend->deaf; i++) {
        const FakeRequest *request = g_ptr_array_index(backend->pending, i);
        if (due_ns == 0 || request->due_ns < due_ns)
            due_ns = request->due_ns;
    }
    return due_ns;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: xenstored as the stream guest sees it (see fake-store.h). */
#include "fake-store.h"

#include "fake-xen.h"
#include "memory.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

/* public/io/xs_wire.h, by its numbers. */
enum {
    TYPE_DIRECTORY = 1,
    TYPE_READ = 2,
    TYPE_WATCH = 4,
    TYPE_WRITE = 11,
    TYPE_WATCH_EVENT = 15,
    TYPE_ERROR = 16
};
enum { HEADER = 16, AT_TYPE = 0, AT_ID = 4, AT_LENGTH = 12 };
enum {
    AT_REQUESTS = 0,
    AT_REPLIES = 1024,
    AT_REQ_CONS = 2048,
    AT_REQ_PROD,
    AT_RSP_CONS,
    AT_RSP_PROD
};

static guint32 *store_index(FakeStore *store, guint which)
{
    return (guint32 *)(store->page + AT_REQ_CONS) + (which - AT_REQ_CONS);
}

void fake_store_init(FakeStore *store)
{
    memset(store, 0, sizeof *store);
    store->page = sg_pages(1);
    store->port = fake_xen_port();
    store->nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    store->watches = g_ptr_array_new_with_free_func(g_free);
    store->in = g_byte_array_new();
    store->out = g_byte_array_new();
    store->written = g_ptr_array_new_with_free_func(g_free);
    sg_store_init(store->page, store->port);
}

void fake_store_clear(FakeStore *store)
{
    g_hash_table_unref(store->nodes);
    g_ptr_array_unref(store->watches);
    g_byte_array_unref(store->in);
    g_byte_array_unref(store->out);
    g_ptr_array_unref(store->written);
}

/* --- nodes --- */

static char *absolute(const char *path)
{
    return path[0] == '/' ? g_strdup(path) : g_strconcat(FAKE_HOME, path, NULL);
}

static void queue_event(FakeStore *store, const char *path, const char *token)
{
    g_autoptr(GString) payload = g_string_new(path);

    g_string_append_c(payload, '\0');
    g_string_append(payload, token);
    g_string_append_c(payload, '\0');
    fake_store_send(store, TYPE_WATCH_EVENT, 0, payload->str, (guint32)payload->len);
}

static void fire_watches(FakeStore *store, const char *path)
{
    for (guint i = 0; i < store->watches->len; i++) {
        const char *watched = g_ptr_array_index(store->watches, i);
        g_autofree char *full = absolute(watched);
        gsize length = strlen(full);
        if (strncmp(full, path, length) == 0 && (path[length] == '/' || path[length] == '\0'))
            queue_event(store, watched, watched + strlen(watched) + 1);
    }
}

void fake_store_set(FakeStore *store, const char *path, const char *value)
{
    g_autofree char *full = absolute(path);

    if (value != NULL)
        g_hash_table_replace(store->nodes, g_strdup(full), g_strdup(value));
    else
        g_hash_table_remove(store->nodes, full);
    fire_watches(store, full);
}

void fake_store_setf(FakeStore *store, const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *value = g_strdup_vprintf(format, args);
    va_end(args);
    fake_store_set(store, path, value);
}

const char *fake_store_get(FakeStore *store, const char *path)
{
    g_autofree char *full = absolute(path);
    const char *value = g_hash_table_lookup(store->nodes, full);

    return value != NULL ? value : "";
}

char *fake_store_history(FakeStore *store, const char *path)
{
    g_autofree char *prefix = g_strconcat(path, " ", NULL);
    GString *values = g_string_new("");

    for (guint i = 0; i < store->written->len; i++) {
        const char *line = g_ptr_array_index(store->written, i);
        if (g_str_has_prefix(line, prefix))
            g_string_append_printf(values, "%s%s", values->len ? "," : "", line + strlen(prefix));
    }
    return g_string_free(values, FALSE);
}

/* --- messages --- */

void fake_store_send(FakeStore *store, guint32 type, guint32 id, const void *payload, guint32 size)
{
    guint32 header[HEADER / 4] = {type, id, 0, size};

    g_byte_array_append(store->out, (const guint8 *)header, sizeof header);
    g_byte_array_append(store->out, payload, size);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of children, each with its 0. */
static void append_children(FakeStore *store, const char *full, GByteArray *reply)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *prefix = g_strconcat(full, "/", NULL);
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, store->nodes);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        if (!g_str_has_prefix(key, prefix))
            continue;
        const char *rest = (const char *)key + strlen(prefix);
        g_autofree char *name = g_strndup(rest, strcspn(rest, "/"));
        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    /* Backwards, as no order is promised. */
    g_ptr_array_sort(names, compare_names);
    for (guint i = names->len; i-- > 0;) {
        const char *name = g_ptr_array_index(names, i);
        g_byte_array_append(reply, (const guint8 *)name, (guint)strlen(name) + 1);
    }
}

static void answer_error(GByteArray *reply, const char *error)
{
    guint32 type = TYPE_ERROR;

    memcpy(reply->data, &type, sizeof type);
    g_byte_array_append(reply, (const guint8 *)error, (guint)strlen(error) + 1);
}

static void take_write(FakeStore *store, const char *path, const guint8 *value, gsize size)
{
    g_autofree char *text = g_strndup((const char *)value, size);

    g_ptr_array_add(store->written, g_strconcat(path, " ", text, NULL));
    fake_store_set(store, path, text);
    if (store->on_write != NULL)
        store->on_write(store, path, text);
}

static void take_watch(FakeStore *store, const char *path, const char *token)
{
    gsize path_size = strlen(path) + 1, token_size = strlen(token) + 1;
    char *watch = g_malloc(path_size + token_size);

    memcpy(watch, path, path_size);
    memcpy(watch + path_size, token, token_size);
    g_ptr_array_add(store->watches, watch);
    queue_event(store, path, token);
}

/* Does what is asked, and appends the reply's payload to its header. */
static void serve(FakeStore *store, guint32 type, const char *path, gsize size, GByteArray *reply)
{
    gsize path_size = strlen(path) + 1;
    g_autofree char *full = absolute(path);
    const char *value = g_hash_table_lookup(store->nodes, full);

    if (store->fail_path != NULL && g_str_has_suffix(path, store->fail_path)) {
        answer_error(reply, store->fail_error);
    } else if (type == TYPE_READ && value != NULL) {
        g_byte_array_append(reply, (const guint8 *)value, (guint)strlen(value));
    } else if (type == TYPE_DIRECTORY) {
        append_children(store, full, reply);
    } else if (type == TYPE_WRITE) {
        take_write(store, path, (const guint8 *)path + path_size, size - path_size);
        g_byte_array_append(reply, (const guint8 *)"OK", 3);
    } else if (type == TYPE_WATCH) {
        g_assert_cmpuint(path[size - 1], ==, '\0');
        take_watch(store, path, path + path_size);
        g_byte_array_append(reply, (const guint8 *)"OK", 3);
    } else {
        g_assert_cmpuint(type, ==, TYPE_READ);
        answer_error(reply, "ENOENT");
    }
}

/* One whole request, header and payload. */
static void take_request(FakeStore *store, const guint8 *request, guint32 size)
{
    g_autoptr(GByteArray) reply = g_byte_array_new();
    g_autoptr(GByteArray) before = store->out;
    guint32 type, length;

    memcpy(&type, request + AT_TYPE, sizeof type);
    g_assert_nonnull(memchr(request + HEADER, 0, size));
    g_byte_array_append(reply, request, HEADER); /* type and ids are the request's */
    store->requests++;
    store->out = g_byte_array_new();
    serve(store, type, (const char *)request + HEADER, size, reply);
    length = reply->len - HEADER;
    memcpy(reply->data + AT_LENGTH, &length, sizeof length);
    /* What the request has caused stands in out, alone. */
    gboolean sent = store->tamper == NULL || store->tamper(store, reply);
    if (store->events_first)
        g_byte_array_append(before, store->out->data, store->out->len);
    if (sent)
        g_byte_array_append(before, reply->data, reply->len);
    if (!store->events_first)
        g_byte_array_append(before, store->out->data, store->out->len);
    g_byte_array_unref(store->out);
    store->out = g_steal_pointer(&before);
}

static gboolean take_requests(FakeStore *store)
{
    guint32 size;

    if (store->in->len < HEADER)
        return FALSE;
    memcpy(&size, store->in->data + AT_LENGTH, sizeof size);
    g_assert_cmpuint(size, <=, 4096);
    if (store->in->len < HEADER + size)
        return FALSE;
    take_request(store, store->in->data, size);
    g_byte_array_remove_range(store->in, 0, HEADER + size);
    return TRUE;
}

/* --- the ring --- */

static guint32 limit(const FakeStore *store, guint32 bytes)
{
    return store->chunk > 0 ? MIN(bytes, store->chunk) : bytes;
}

gboolean fake_store_step(FakeStore *store)
{
    guint32 *req_cons = store_index(store, AT_REQ_CONS),
            *rsp_prod = store_index(store, AT_RSP_PROD);
    guint32 ready = *store_index(store, AT_REQ_PROD) - *req_cons;
    guint32 room = FAKE_STORE_RING - (*rsp_prod - *store_index(store, AT_RSP_CONS));

    /* It sleeps until it is told, but for what it has to send itself. */
    if (store->silent || (!store->kicked && (store->full || store->out->len == 0)))
        return FALSE;
    g_assert_cmpuint(ready, <=, FAKE_STORE_RING);
    g_assert_cmpuint(room, <=, FAKE_STORE_RING);
    ready = limit(store, ready);
    for (guint32 i = 0; i < ready; i++, (*req_cons)++)
        g_byte_array_append(store->in, store->page + AT_REQUESTS + *req_cons % FAKE_STORE_RING, 1);
    while (take_requests(store))
        continue;
    guint32 sent = MIN(limit(store, room), store->out->len);
    for (guint32 i = 0; i < sent; i++, (*rsp_prod)++)
        store->page[AT_REPLIES + *rsp_prod % FAKE_STORE_RING] = store->out->data[i];
    if (sent > 0)
        g_byte_array_remove_range(store->out, 0, sent);
    store->kicked = *store_index(store, AT_REQ_PROD) != *req_cons;
    store->full = sent == room;
    if (ready > 0 || sent > 0)
        fake_xen_send(store->port);
    return ready > 0 || sent > 0;
}

void fake_store_shift(FakeStore *store, guint32 index)
{
    for (guint which = AT_REQ_CONS; which <= AT_RSP_PROD; which++)
        *store_index(store, which) = index;
}

void fake_store_notified(FakeStore *store, guint port)
{
    store->kicked |= port == store->port;
}

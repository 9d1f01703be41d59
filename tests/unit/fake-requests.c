/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a fake backend's side of the rings (see fake-backend.h).
 *
 * The layout of x86_64-abi, by its offsets. Ring: producers' and events' indices of requests and
 * replies, then entries from byte 64 on, 112 bytes each. Request: operation 0, segments 1, handle 2, id
 * 8, sector 16, segments from 24; indirect: operation 1, segments 2 (16 bits), handle 24, pages of
 * segments from 28; discard: flags 1, sectors 24 (64 bits). Segment: grant 0, first and last sector
 * 4 and 5, 8 bytes. Reply: id 0, operation 8, status 10. */
#include "fake-backend.h"

#include "fake-xen.h"

#include <string.h>

enum { REQ_PROD = 0, REQ_EVENT = 4, RSP_PROD = 8, RSP_EVENT = 12, ENTRIES = 64, ENTRY = 112 };
enum { INDIRECT = 6, DIRECT_SEGMENTS = 11, SECTOR = 512, PAGE = 4096 };

guint8 *fake_queue_byte(FakeQueue *queue, gsize at)
{
    g_assert_cmpuint(at, <, queue->page_count * PAGE);
    return queue->pages[at / PAGE] + at % PAGE;
}

/* Entries may lie across pages, which need not be neighbours here. */
static void read_entry(FakeQueue *queue, guint32 index, guint8 *entry)
{
    for (guint i = 0; i < ENTRY; i++)
        entry[i] = *fake_queue_byte(queue, ENTRIES + (index % queue->size) * ENTRY + i);
}

static guint32 load_index(FakeQueue *queue, gsize at)
{
    guint32 value;

    memcpy(&value, fake_queue_byte(queue, at), sizeof value);
    return value;
}

static void store_index(FakeQueue *queue, gsize at, guint32 value)
{
    memcpy(fake_queue_byte(queue, at), &value, sizeof value);
}

static guint64 field(const guint8 *entry, gsize at, gsize size)
{
    guint64 value = 0;

    memcpy(&value, entry + at, size);
    return value;
}

/* --- taking requests --- */

static guint8 *map_page(FakeBackend *backend, guint32 ref, gboolean writable)
{
    if (!backend->persistent)
        return fake_xen_map(ref, writable);
    guint8 *page = g_hash_table_lookup(backend->kept, GUINT_TO_POINTER(ref));
    if (page == NULL) {
        page = fake_xen_map(ref, TRUE);
        g_hash_table_insert(backend->kept, GUINT_TO_POINTER(ref), page);
    }
    return page;
}

static void map_segments(FakeBackend *backend, FakeRequest *request, const guint8 *segments)
{
    for (guint i = 0; i < request->segments; i++, segments += 8) {
        request->refs[i] = (guint32)field(segments, 0, 4);
        request->first[i] = segments[4];
        request->last[i] = segments[5];
        g_assert_cmpuint(request->first[i], <=, request->last[i]);
        g_assert_cmpuint(request->last[i], <, PAGE / SECTOR);
        request->sectors += request->last[i] - request->first[i] + 1u;
        request->pages[i] = map_page(backend, request->refs[i], request->op == FAKE_READ);
    }
}

static void parse_indirect(FakeBackend *backend, FakeRequest *request, const guint8 *entry)
{
    request->indirect = TRUE;
    request->op = entry[1];
    request->segments = (guint)field(entry, 2, 2);
    request->indirect_ref = (guint32)field(entry, 28, 4);
    g_assert_cmpuint(field(entry, 24, 2), ==, backend->handle & 0xffff);
    g_assert_true(request->op == FAKE_READ || request->op == FAKE_WRITE);
    g_assert_cmpuint(request->segments, >, 0);
    g_assert_cmpuint(request->segments, <=, FAKE_SEGMENTS);
    map_segments(backend, request, map_page(backend, request->indirect_ref, FALSE));
    backend->indirect++;
}

static void parse(FakeBackend *backend, FakeRequest *request, const guint8 *entry)
{
    request->op = entry[0];
    request->id = request->reply_id = field(entry, 8, 8);
    request->sector = field(entry, 16, 8);
    if (request->op == INDIRECT) {
        parse_indirect(backend, request, entry);
        return;
    }
    g_assert_cmpuint(field(entry, 2, 2), ==, backend->handle & 0xffff);
    if (request->op == FAKE_DISCARD) {
        g_assert_cmpuint(entry[1], ==, 0);
        request->sectors = field(entry, 24, 8);
        g_assert_cmpuint(request->sectors, >, 0);
    } else if (request->op == FAKE_FLUSH || request->op == FAKE_BARRIER) {
        g_assert_cmpuint(entry[1], ==, 0);
    } else {
        g_assert_true(request->op == FAKE_READ || request->op == FAKE_WRITE);
        request->segments = entry[1];
        g_assert_cmpuint(request->segments, >, 0);
        g_assert_cmpuint(request->segments, <=, DIRECT_SEGMENTS);
        map_segments(backend, request, entry + 24);
    }
}

/* What blkback and the disk would refuse. */
static void check(FakeBackend *backend, const FakeRequest *request)
{
    g_assert_cmpuint(request->sector, <=, backend->size / SECTOR);
    g_assert_cmpuint(request->sectors, <=, backend->size / SECTOR - request->sector);
    for (guint i = 0; i < backend->pending->len; i++) {
        const FakeRequest *other = g_ptr_array_index(backend->pending, i);
        g_assert_true(other->replied || other->queue != request->queue || other->id != request->id);
    }
}

static void take_request(FakeBackend *backend, guint q)
{
    FakeQueue *queue = &backend->queues[q];
    FakeRequest *request = g_new0(FakeRequest, 1);
    guint8 entry[ENTRY];

    read_entry(queue, queue->req_cons++, entry);
    request->queue = q;
    request->number = ++backend->requests;
    request->due_ns = fake_xen.now_ns + backend->delay_ns;
    parse(backend, request, entry);
    check(backend, request);
    backend->seen[request->op]++;
    queue->requests++;
    queue->in_flight++;
    queue->most_in_flight = MAX(queue->most_in_flight, queue->in_flight);
    g_assert_cmpuint(queue->in_flight, <=, queue->size);
    g_ptr_array_add(backend->pending, request);
    if (backend->on_request != NULL)
        backend->on_request(backend, request);
}

static gboolean take_requests(FakeBackend *backend, guint q)
{
    FakeQueue *queue = &backend->queues[q];
    guint32 before = queue->req_cons;

    if (!queue->kicked)
        return FALSE;
    queue->kicked = FALSE;
    do {
        guint32 prod = load_index(queue, REQ_PROD);
        g_assert_cmpuint(prod - queue->rsp_prod, <=, queue->size);
        while (queue->req_cons != prod)
            take_request(backend, q);
        store_index(queue, REQ_EVENT, queue->req_cons + 1);
    } while (load_index(queue, REQ_PROD) != queue->req_cons);
    return queue->req_cons != before;
}

/* --- replying --- */

static void move_data(FakeBackend *backend, FakeRequest *request)
{
    FakeBackend *target = request->other != NULL ? request->other : backend;
    guint64 at = request->sector * SECTOR;

    if (request->status != 0 || request->lose)
        return;
    if (request->op == FAKE_DISCARD)
        memset(target->disk + at, 0, request->sectors * SECTOR);
    for (guint i = 0; i < request->segments; i++) {
        guint8 *page = request->pages[i] + request->first[i] * SECTOR;
        gsize length = (request->last[i] - request->first[i] + 1u) * SECTOR;
        if (request->op == FAKE_WRITE)
            memcpy(target->disk + at, page, length);
        else
            memcpy(page, target->disk + at, length);
        at += length;
    }
}

static void unmap(FakeBackend *backend, FakeRequest *request)
{
    if (backend->persistent || request->keep_mapped)
        return;
    for (guint i = 0; i < request->segments; i++)
        fake_xen_unmap(request->refs[i]);
    if (request->indirect)
        fake_xen_unmap(request->indirect_ref);
}

static void put_reply(FakeBackend *backend, const FakeRequest *request)
{
    FakeQueue *queue = &backend->queues[request->queue];
    guint32 old = queue->rsp_prod++;
    gsize at = ENTRIES + (old % queue->size) * ENTRY;
    guint8 reply[16] = {0};

    memcpy(reply, &request->reply_id, 8);
    reply[8] = request->op;
    memcpy(reply + 10, &request->status, 2);
    for (guint i = 0; i < sizeof reply; i++)
        *fake_queue_byte(queue, at + i) = reply[i];
    queue->overrun |= request->overrun;
    store_index(queue, RSP_PROD, queue->rsp_prod + queue->overrun);
    backend->replies++;
    /* The event index lies in what has just been put there, or a lie has. */
    if (queue->rsp_prod - load_index(queue, RSP_EVENT) < queue->rsp_prod - old ||
        queue->overrun > 0) {
        backend->events++;
        fake_xen_send(queue->port);
    }
}

static void reply_to(FakeBackend *backend, FakeRequest *request)
{
    if (backend->on_reply != NULL)
        backend->on_reply(backend, request);
    if (request->never)
        return;
    if (!request->late)
        move_data(backend, request);
    unmap(backend, request);
    backend->queues[request->queue].in_flight--;
    put_reply(backend, request);
    if (request->twice)
        put_reply(backend, request);
}

/* The next one whose time has come; NULL if there is none. */
static FakeRequest *choose(FakeBackend *backend)
{
    guint length = backend->pending->len;
    guint from = backend->shuffle && length > 0
                     ? (guint)g_rand_int_range(backend->rand, 0, (gint32)length)
                     : 0;

    for (guint i = 0; i < length; i++) {
        FakeRequest *request = g_ptr_array_index(backend->pending, (from + i) % length);
        if (!request->replied && request->due_ns <= fake_xen.now_ns)
            return request;
    }
    return NULL;
}

/* Data of those that were replied to before it moved. */
static gboolean move_late(FakeBackend *backend)
{
    gboolean did = FALSE;

    for (guint i = backend->pending->len; i-- > 0;) {
        FakeRequest *request = g_ptr_array_index(backend->pending, i);
        if (!request->replied)
            continue;
        move_data(backend, request);
        g_ptr_array_remove_index(backend->pending, i);
        did = TRUE;
    }
    return did;
}

static gboolean reply_to_some(FakeBackend *backend)
{
    FakeRequest *request;
    guint count = 0;

    while (!backend->hold && (backend->per_step == 0 || count < backend->per_step) &&
           (request = choose(backend)) != NULL) {
        count++;
        reply_to(backend, request);
        if (request->late || request->never)
            request->replied = TRUE;
        else
            g_ptr_array_remove(backend->pending, request);
    }
    return count > 0;
}

gboolean fake_backend_serve(FakeBackend *backend)
{
    gboolean did = move_late(backend);

    for (guint q = 0; q < backend->queue_count; q++)
        did |= take_requests(backend, q);
    return reply_to_some(backend) || did;
}

void fake_backend_forget(FakeBackend *backend)
{
    GHashTableIter iter;
    gpointer ref;

    g_ptr_array_set_size(backend->pending, 0);
    g_hash_table_iter_init(&iter, backend->kept);
    while (g_hash_table_iter_next(&iter, &ref, NULL))
        fake_xen_unmap(GPOINTER_TO_UINT(ref));
    g_hash_table_remove_all(backend->kept);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzing of the stream guest by its backends.
 *
 * The first bytes choose what the guest is asked for and what the backends offer; each one after them
 * is something that happens next: a step of the backends, a reply that is not as it should be, a
 * state, an index, an event, an order, an error of xenstore. When they end, the guest is told to stop.
 * Whatever comes, it may not crash, touch what is not its own, or ask what a backend would refuse; and
 * it ends: a wait that nothing can end aborts. What ends as done has left nothing behind. */
#include "fake-machine.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

#define KIB 1024u

typedef struct {
    const guint8 *data;
    gsize left;
    gboolean ended;
} Bytes;

static Bytes bytes;

static guint take(void)
{
    if (bytes.left == 0)
        return 0;
    bytes.left--;
    return *bytes.data++;
}

static guint64 take_many(guint count)
{
    guint64 value = 0;

    while (count-- > 0)
        value = value << 8 | take();
    return value;
}

/* --- before it begins --- */

/* As the toolstack would not set it up: any number, no number, nothing. */
static void choose_node(FakeBackend *backend, const char *name)
{
    g_autofree char *path = g_strconcat(backend->path, "/", name, NULL);
    guint kind = take() % 6;

    if (kind == 0)
        fake_store_set(backend->store, path, NULL);
    else if (kind == 1)
        fake_store_setf(backend->store, path, "%" G_GUINT64_FORMAT, take_many(8));
    else if (kind == 2)
        fake_store_set(backend->store, path, "12 apples");
    else if (kind == 3)
        fake_store_setf(backend->store, path, "%u", take());
}

/* The disk stays as large as it is, or is none at all. */
static void choose_size(FakeBackend *backend)
{
    static const char *const sizes[] = {"0", "",  "x", "36028797018963967", "18446744073709551615",
                                        "1", "7", "16"};
    guint kind = take() % 16;

    if (kind >= G_N_ELEMENTS(sizes))
        return;
    g_autofree char *path = g_strconcat(backend->path, "/sectors", NULL);
    fake_store_set(backend->store, path, sizes[kind]);
}

static void choose_backend(FakeBackend *backend)
{
    static const char *const nodes[] = {"max-ring-page-order",
                                        "multi-queue-max-queues",
                                        "feature-max-indirect-segments",
                                        "feature-persistent",
                                        "feature-flush-cache",
                                        "feature-barrier",
                                        "feature-discard",
                                        "sector-size",
                                        "info"};
    guint which = take();

    backend->shuffle = which & 1;
    backend->per_step = which >> 1 & 1;
    if (which & 4)
        choose_size(backend);
    for (guint i = 0; (which & 8) && i < G_N_ELEMENTS(nodes); i++)
        choose_node(backend, nodes[i]);
}

static char *choose_words(void)
{
    guint bits = (guint)take_many(2), more = take();

    return g_strdup_printf(
        "xenrig.verify=%u xenrig.paranoid=%u xenrig.random=%u xenrig.reads=%u "
        "xenrig.discard_every=%u xenrig.flush_every=%u xenrig.persistent=%u xenrig.fsync=%u "
        "xenrig.in_flight=%u xenrig.block=%u xenrig.queues=%u xenrig.ring_pages=%u "
        "xenrig.segments=%u xenrig.figures=%u xenrig.seed=%u",
        bits & 1, bits >> 1 & 1, bits >> 2 & 1, (bits >> 3 & 3) * 300, bits >> 5 & 3, bits >> 7 & 3,
        bits >> 9 & 1, bits >> 10 & 1, 1 + (bits >> 11 & 7), (1 + (bits >> 14 & 3)) * 16 * KIB,
        1 + (more & 3), 1u << (more >> 2 & 1), (more >> 3 & 3) * 8, (more >> 5 & 1) * 10, more);
}

/* --- while it runs --- */

static void spoil_reply(FakeBackend *backend, FakeRequest *request)
{
    switch (bytes.left > 0 ? take() % 32 : 31) {
    case 0:
        request->reply_id ^= 1ull << take() % 64;
        break;
    case 1:
        request->reply_id = take_many(8);
        break;
    case 2:
        request->status = (gint16)take_many(2);
        break;
    case 3:
        request->twice = TRUE;
        break;
    case 4:
        request->never = TRUE;
        break;
    case 5:
        request->keep_mapped = TRUE;
        break;
    case 6:
        request->overrun = (guint32)take_many(4);
        break;
    case 7:
        request->late = TRUE;
        break;
    case 8:
        request->lose = TRUE;
        break;
    case 9:
        request->status = -1;
        break;
    default:
        break;
    }
}

static void send_anything(Machine *m, FakeBackend *backend)
{
    static const char *const orders[] = {"start", "stop", "crash", "", "begin", "start "};
    static const char *const errors[] = {"EIO", "ENOENT", "EAGAIN"};

    switch (take() % 8) {
    case 0:
        fake_store_setf(&m->store, "data/xenrig/command", "%s",
                        orders[take() % G_N_ELEMENTS(orders)]);
        break;
    case 1:
        fake_backend_node(backend, "state", take() % 10);
        break;
    case 2:
        choose_node(backend, "state");
        break;
    case 3:
        fake_xen_send(take() % FAKE_PORTS);
        break;
    case 4:
        m->store.fail_path = "e"; /* of state, or any like it */
        m->store.fail_error = errors[take() % G_N_ELEMENTS(errors)];
        break;
    case 5:
        m->store.fail_path = NULL;
        break;
    case 6:
        m->store.chunk = take();
        break;
    default:
        fake_xen.now_ns += take_many(5);
        break;
    }
}

/* A byte of the ring's indices that are the backend's to write, or are where notices are asked for. */
static void scribble(FakeBackend *backend)
{
    guint at = 4 + take() % 12;

    if (backend->queue_count > 0)
        *fake_queue_byte(&backend->queues[0], at) = (guint8)take();
}

static gboolean on_step(Machine *m)
{
    FakeBackend *backend = &m->backends[m->count - 1];

    if (bytes.left == 0) {
        if (bytes.ended)
            return FALSE;
        bytes.ended = TRUE;
        m->store.fail_path = NULL;
        backend->hold = FALSE;
        fake_store_set(&m->store, "data/xenrig/command", "stop");
        return TRUE;
    }
    guint what = take() % 16;
    if (what == 0)
        send_anything(m, backend);
    else if (what == 1)
        scribble(backend);
    else if (what == 2)
        backend->hold = !backend->hold;
    else if (what == 3)
        backend->delay_ns = take_many(4);
    else if (what == 4)
        fake_store_set(&m->store, "data/xenrig/command", "start");
    return TRUE;
}

/* --- and when it has ended --- */

static void check_end(Machine *m, gboolean crashed)
{
    const char *status = machine_said(m, "status"), *error = machine_said(m, "error");
    gboolean done = machine_status_has(m, "state=done");

    for (const char *p = error; *p; p++)
        g_assert_true(g_ascii_isprint(*p));
    g_assert_cmpuint(strlen(error), <, XG_SENTENCE_SIZE);
    g_assert_true(crashed || done || machine_status_has(m, "state=failed"));
    g_assert_true(status[0] == '\0' || g_str_has_prefix(status, "v=1 state="));
    if (done)
        assert_nothing_left(m);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_auto(Machine) m;

    bytes = (Bytes){data, size, FALSE};
    g_autofree char *words = choose_words();
    machine_init_small(&m, 1 + take() % 2, 160 * KIB + 512, (1 + take() % 8) << 20,
                       1 + take() % 16);
    m.started = m.stopped = TRUE; /* orders are among the bytes */
    m.on_step = on_step;
    m.backends[m.count - 1].on_reply = spoil_reply;
    choose_backend(&m.backends[m.count - 1]);
    gboolean crashed = machine_run(&m, words);
    check_end(&m, crashed);
    return 0;
}

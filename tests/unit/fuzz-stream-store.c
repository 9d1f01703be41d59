/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzing of the stream guest by xenstored: the input is what stands in the ring, byte by byte.
 *
 * The guest asks one thing after another, with buffers of just the size it says. It may not crash nor
 * touch what is not its own. That it waits once the bytes have ended is as it should be, and ends the
 * run. */
#include "fake-xen.h"

#include "event.h"
#include "memory.h"
#include "store.h"

#include <setjmp.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

enum { RING = 1024, AT_REPLIES = 1024, AT_REQ_CONS = 2048, AT_REQ_PROD = 2052, AT_RSP_PROD = 2060 };

static const guint8 *bytes;
static gsize left;
static guint8 *page;
static guint port;
static guint32 parsed; /* index behind the last request looked at */
static jmp_buf ended;

static guint32 *store_index(gsize at)
{
    return (guint32 *)(page + at);
}

static void put(const guint8 *from, gsize count)
{
    guint32 *prod = store_index(AT_RSP_PROD);

    for (gsize i = 0; i < count; i++, (*prod)++)
        page[AT_REPLIES + *prod % RING] = from[i];
}

static guint32 request_field(guint32 at)
{
    guint32 value = 0;

    for (guint i = 0; i < 4; i++)
        value |= (guint32)page[(at + i) % RING] << (8 * i);
    return value;
}

/* The id of the last request that stands whole in the ring. */
static guint32 last_id(void)
{
    static guint32 id;
    guint32 prod = *store_index(AT_REQ_PROD);

    if (prod < parsed || prod - parsed > RING)
        parsed = prod; /* it was told lies of the room that there is */
    while (prod - parsed >= 16 && prod - parsed >= 16 + request_field(parsed + 12)) {
        id = request_field(parsed + 4);
        parsed += 16 + request_field(parsed + 12);
    }
    return id;
}

/* A header that the guest waits for, so that what is behind it is looked at. */
static void put_header(guint8 type, guint8 length)
{
    guint32 header[4] = {type % 20, last_id(), 0, length};

    put((const guint8 *)header, sizeof header);
}

static gboolean step(gpointer user_data)
{
    guint8 kind;

    if (left < 8)
        return FALSE;
    kind = bytes[0];
    left--;
    bytes++;
    *store_index(AT_REQ_CONS) = *store_index(AT_REQ_PROD);
    if (kind == 0) {
        memcpy(store_index(AT_RSP_PROD), bytes, 4);
    } else if (kind == 1) {
        memcpy(store_index(AT_REQ_CONS), bytes, 4);
    } else if (kind < 64) {
        put_header(bytes[0], bytes[1]);
    } else {
        gsize count = MIN(left, kind - 63u);
        put(bytes, count);
        left -= count;
        bytes += count;
    }
    fake_xen_send(port);
    return TRUE;
}

static void on_hang(void)
{
    longjmp(ended, 1);
}

static void ask(guint what, char *buffer, gsize size)
{
    int result = 0;

    if (what % 5 == 0)
        result = sg_store_read("some/node", buffer, size);
    else if (what % 5 == 1)
        result = sg_store_list("some/folder", buffer, size);
    else if (what % 5 == 2)
        result = sg_store_write("some/node", "value");
    else if (what % 5 == 3)
        result = sg_store_watch("some/node", what % 64);
    else
        sg_store_fired();
    g_assert_true(result < 0 || (gsize)result < size);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    /* Kept over the jump. */
    static char *buffer;

    bytes = data;
    left = size;
    parsed = 0;
    fake_xen_init(16 * SG_PAGE, 1);
    page = sg_pages(1);
    port = fake_xen_port();
    sg_store_init(page, port);
    fake_xen.world = (FakeWorld){step, NULL, NULL, NULL};
    fake_xen.hang = on_hang;
    if (setjmp(ended) == 0) {
        for (guint i = 0; i < 64 && left > 0; i++) {
            gsize room = 1 + i * i % 300;
            buffer = g_malloc(room);
            ask(i, buffer, room);
            g_clear_pointer(&buffer, g_free);
        }
    }
    g_clear_pointer(&buffer, g_free);
    fake_xen_clear();
    return 0;
}

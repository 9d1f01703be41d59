/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: xenstore, by the ring and messages of public/io/xs_wire.h. */
#include "store.h"

/* Before errno.h: with it comes a list of error names that needs more numbers than there are here. */
#include <stdint.h>
#include <xen/io/xs_wire.h>

#include "event.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct xenstore_domain_interface *ring;
static uint32_t ring_port;
static uint32_t next_id = 1;
static uint64_t fired;

/* The message that comes in, as far as it has; whole when it has all of its length. */
static struct {
    struct xsd_sockmsg header;
    char payload[XENSTORE_PAYLOAD_MAX + 1];
    size_t got; /* bytes of header and payload */
    bool broken;
} message;

void sg_store_init(void *ring_page, uint32_t port)
{
    ring = ring_page;
    ring_port = port;
    memset(&message, 0, sizeof(message));
    fired = 0;
    sg_event_unmask(port);
}

/* --- out --- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void send(const void *bytes, size_t size)
{
    const char *from = bytes;

    for (size_t sent = 0; sent < size;) {
        uint32_t prod = ring->req_prod;
        uint32_t room =
            XENSTORE_RING_SIZE - (prod - __atomic_load_n(&ring->req_cons, __ATOMIC_ACQUIRE));
        if (room == 0 || room > XENSTORE_RING_SIZE) {
            sg_event_wait(0);
            sg_event_take(ring_port);
            continue;
        }
        uint32_t at = MASK_XENSTORE_IDX(prod);
        size_t part = least(size - sent, least(room, XENSTORE_RING_SIZE - at));
        memcpy(ring->req + at, from + sent, part);
        sent += part;
        __atomic_store_n(&ring->req_prod, prod + (uint32_t)part, __ATOMIC_RELEASE);
        sg_event_notify(ring_port);
    }
}

/* --- in --- */

static size_t wanted(void)
{
    if (message.got < sizeof(message.header))
        return sizeof(message.header) - message.got;
    return sizeof(message.header) + message.header.len - message.got;
}

/* Takes what is there of the message that is coming in; true once it is whole. */
static bool receive(void)
{
    while (!message.broken) {
        uint32_t cons = ring->rsp_cons;
        uint32_t ready = __atomic_load_n(&ring->rsp_prod, __ATOMIC_ACQUIRE) - cons;
        size_t want = wanted();
        char *to = message.got < sizeof(message.header)
                       ? (char *)&message.header + message.got
                       : message.payload + (message.got - sizeof(message.header));
        if (want == 0 && message.got >= sizeof(message.header))
            return true;
        message.broken = ready > XENSTORE_RING_SIZE;
        if (ready == 0 || message.broken)
            return false;
        for (; ready > 0 && want > 0; ready--, want--, message.got++)
            *to++ = ring->rsp[MASK_XENSTORE_IDX(cons++)];
        __atomic_store_n(&ring->rsp_cons, cons, __ATOMIC_RELEASE);
        sg_event_notify(ring_port);
        message.broken =
            message.got >= sizeof(message.header) && message.header.len > XENSTORE_PAYLOAD_MAX;
    }
    return false;
}

/* A watch event's payload is path, 0, token, 0; the token is our number. */
static void take_watch_event(void)
{
    size_t path = strnlen(message.payload, message.header.len) + 1;
    unsigned long number;

    message.payload[message.header.len] = '\0';
    if (path >= message.header.len)
        return;
    number = strtoul(message.payload + path, NULL, 10);
    if (number < SG_STORE_WATCHES)
        fired |= 1ull << number;
}

uint64_t sg_store_fired(void)
{
    sg_event_take(ring_port);
    while (receive()) {
        if (message.header.type == XS_WATCH_EVENT)
            take_watch_event();
        message.got = 0;
    }
    uint64_t result = fired;
    fired = 0;
    return result;
}

/* Waits for the answer to the request; watch events that come first are kept. */
static int await_answer(uint32_t id)
{
    for (;;) {
        while (!receive()) {
            if (message.broken)
                return -EPROTO;
            sg_event_wait(0);
            sg_event_take(ring_port);
        }
        message.got = 0;
        message.payload[message.header.len] = '\0';
        if (message.header.type == XS_WATCH_EVENT)
            take_watch_event();
        else if (message.header.req_id == id)
            return 0;
    }
}

static int error_number(const char *name)
{
    if (strcmp(name, "ENOENT") == 0)
        return -ENOENT;
    if (strcmp(name, "ENOSPC") == 0)
        return -ENOSPC;
    return strcmp(name, "EINVAL") == 0 ? -EINVAL : -EIO;
}

/* A path and a value, both with the 0 where zeros says so. */
static int request(uint32_t type, const char *path, const char *value, bool last_zero)
{
    size_t path_size = strlen(path) + 1, value_size = value ? strlen(value) + last_zero : 0;
    struct xsd_sockmsg header = {
        .type = type, .req_id = next_id++, .len = (uint32_t)(path_size + value_size)};

    if (header.len > XENSTORE_PAYLOAD_MAX)
        return -E2BIG;
    send(&header, sizeof(header));
    send(path, path_size);
    send(value, value_size);
    int error = await_answer(header.req_id);
    if (error)
        return error;
    return message.header.type == XS_ERROR ? error_number(message.payload) : 0;
}

static int fetch(uint32_t type, const char *path, char *buf, size_t size)
{
    int error = request(type, path, NULL, false);

    buf[0] = '\0';
    if (error)
        return error;
    if (message.header.len >= size)
        return -E2BIG;
    memcpy(buf, message.payload, message.header.len);
    buf[message.header.len] = '\0';
    return (int)message.header.len;
}

int sg_store_read(const char *path, char *buf, size_t size)
{
    return fetch(XS_READ, path, buf, size);
}

int sg_store_list(const char *path, char *buf, size_t size)
{
    return fetch(XS_DIRECTORY, path, buf, size);
}

int sg_store_write(const char *path, const char *value)
{
    return request(XS_WRITE, path, value, false);
}

int sg_store_watch(const char *path, unsigned number)
{
    char token[3] = {(char)('0' + number / 10), (char)('0' + number % 10), '\0'};

    if (number >= SG_STORE_WATCHES)
        return -EINVAL;
    return request(XS_WATCH, path, token, true);
}

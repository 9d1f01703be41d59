/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: xenstore.
 *
 * One request at a time, each waited for. Paths are relative to the domain's own home unless they begin
 * with "/". Errors are negative errnos; -EPROTO: xenstored said something that makes no sense. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SG_STORE_WATCHES 64

void sg_store_init(void *ring_page, uint32_t port);

/* The node's value into buf, with a 0 behind it; its length. -E2BIG: it does not fit. */
int sg_store_read(const char *path, char *buf, size_t size);
/* The names of the node's children into buf, each with a 0 behind it; the length of all. */
int sg_store_list(const char *path, char *buf, size_t size);
int sg_store_write(const char *path, const char *value);

/* Watches the path; number, below SG_STORE_WATCHES, is told by sg_store_fired. It fires at once. */
int sg_store_watch(const char *path, unsigned number);

/* The numbers of the watches that have fired since the last call, a bit each. Reads what has come
 * in without waiting. */
uint64_t sg_store_fired(void);

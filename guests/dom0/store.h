/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: xenstore. Calls wait for xenstored's answer, which is short. */
#pragma once

#include "loop.h"

#include <stddef.h>

typedef struct AgStore AgStore;

/* path is where something changed: "@releaseDomain" (a domain has shut down or is gone) or a
 * node in a domU's corner (see vbd.h). */
typedef void (*AgStoreFn)(const char *path, void *data);

/* NULL with errno set. lost is called should xenstored's end close. */
AgStore *ag_store_open(AgLoop *loop, AgStoreFn fn, AgTimerFn lost, void *data);

/* All give false, NULL or -1 with errno set on failure. */

/* To be freed with free(); NUL-terminated. len may be NULL. */
char *ag_store_read(AgStore *store, const char *path, size_t *len);
bool ag_store_write(AgStore *store, const char *path, const char *value);
/* A node that belongs to domain domid, which may read and write below it; nobody else may (dom0
 * always may). */
bool ag_store_make_owned(AgStore *store, const char *path, unsigned domid);
/* The domain that bears name, -1 if there is none. */
int ag_store_find_domain(AgStore *store, const char *name);

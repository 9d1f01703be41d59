/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: xenstore. Calls wait for xenstored's answer, which is short. */
#pragma once

#include "loop.h"

#include <stddef.h>

typedef struct AgStore AgStore;

/* path is where something changed, token as given to ag_store_watch. */
typedef void (*AgStoreFn)(const char *path, const char *token, void *data);

/* NULL with errno set. Watches are handed to fn; lost, if not NULL, is called once should
 * xenstored's end close. */
AgStore *ag_store_open(AgLoop *loop, AgStoreFn fn, AgTimerFn lost, void *data);

/* All give false or NULL with errno set on failure. */
bool ag_store_watch(AgStore *store, const char *path, const char *token);
void ag_store_unwatch(AgStore *store, const char *path, const char *token);
/* To be freed with free(); NUL-terminated. len may be NULL. */
char *ag_store_read(AgStore *store, const char *path, size_t *len);
bool ag_store_write(AgStore *store, const char *path, const char *value);
void ag_store_remove(AgStore *store, const char *path);
/* A node that belongs to domain domid, which may read and write below it; nobody else may (dom0
 * always may). */
bool ag_store_make_owned(AgStore *store, const char *path, unsigned domid);

/* The domain that bears name, -1 if there is none. */
int ag_store_find_domain(AgStore *store, const char *name);

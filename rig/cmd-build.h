/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the words of the command "build" that are about the cache. Each prints and returns the exit code. */
#pragma once

#include <glib.h>

int cmd_build_list(void);
int cmd_build_show(const char *name);
int cmd_build_remove(const char *name);
/* size: as written; NULL is an error. */
int cmd_build_gc(const char *size, gboolean dry);

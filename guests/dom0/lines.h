/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: lines out of a stream of bytes; pure.
 *
 * A line longer than max is given once, cut, with too_long set; its rest up to the newline is
 * thrown away. Memory is bounded by max whatever comes in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    char *buf;
    size_t len, size, max;
    bool discarding;
} AgLines;

/* line has no newline and is NUL-terminated for convenience; it may hold NULs of its own. */
typedef void (*AgLineFn)(const char *line, size_t len, bool too_long, void *data);

void ag_lines_init(AgLines *lines, size_t max);
void ag_lines_feed(AgLines *lines, const char *bytes, size_t len, AgLineFn fn, void *data);
void ag_lines_clear(AgLines *lines);

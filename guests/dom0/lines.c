/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: lines out of a stream of bytes. */
#include "lines.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

void ag_lines_init(AgLines *lines, size_t max)
{
    memset(lines, 0, sizeof *lines);
    lines->max = max;
}

void ag_lines_clear(AgLines *lines)
{
    free(lines->buf);
    ag_lines_init(lines, lines->max);
}

static void append(AgLines *lines, const char *bytes, size_t len)
{
    size_t need = lines->len + len + 1;

    if (need > lines->size) {
        lines->size = need < 256 ? 256 : need * 2;
        if (lines->size > lines->max + 1)
            lines->size = lines->max + 1;
        lines->buf = ag_grow(lines->buf, lines->size);
    }
    memcpy(lines->buf + lines->len, bytes, len);
    lines->len += len;
    lines->buf[lines->len] = '\0';
}

/* Takes a piece of a line; says so at once when the line becomes too long. */
static void take(AgLines *lines, const char *bytes, size_t len, AgLineFn fn, void *data)
{
    size_t room = lines->max - lines->len;

    if (lines->discarding)
        return;
    append(lines, bytes, len < room ? len : room);
    if (len <= room)
        return;
    lines->discarding = true;
    fn(lines->buf, lines->len, true, data);
    lines->len = 0;
}

void ag_lines_feed(AgLines *lines, const char *bytes, size_t len, AgLineFn fn, void *data)
{
    const char *end = bytes + len;

    while (bytes < end) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        const char *stop = newline ? newline : end;

        take(lines, bytes, (size_t)(stop - bytes), fn, data);
        if (!newline)
            return;
        bytes = newline + 1;
        if (!lines->discarding)
            fn(lines->buf, lines->len, false, data);
        lines->discarding = false;
        lines->len = 0;
    }
}

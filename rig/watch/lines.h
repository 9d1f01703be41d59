/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: cuts a byte stream into lines, bounded. */
#pragma once

#include <glib.h>

typedef struct _XrLines XrLines;
/* line is NUL-terminated, without its newline and carriage returns, valid UTF-8 (bad bytes
 * replaced), never longer than max_line bytes: the rest of a longer line is dropped and counted in
 * dropped. */
typedef void (*XrLineFunc)(const char *line, gsize dropped, gpointer user_data);

XrLines *xr_lines_new(gsize max_line, XrLineFunc func, gpointer user_data);
void xr_lines_push(XrLines *lines, const char *bytes, gsize len);
/* Gives an unfinished line, if any (end of stream). */
void xr_lines_flush(XrLines *lines);
void xr_lines_free(XrLines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrLines, xr_lines_free)

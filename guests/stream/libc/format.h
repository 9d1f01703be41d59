/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: printing into a buffer.
 *
 * As snprintf, for %d %i %u %x %lu … %llx %zu %c %s %% with width, 0 and - flags and, for %s,
 * a precision (also .*). Anything else is printed as it stands. Pure; the host's tests use it under
 * these names. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Writes at most size bytes, the last of which is 0 (size 0: none); returns the length of the whole
 * text, without its 0, whether it fitted or not. */
int sg_snprintf(char *buf, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int sg_vsnprintf(char *buf, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

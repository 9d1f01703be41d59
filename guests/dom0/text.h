/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: texts made fit for JSON, and small helpers for memory; pure. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* For scopes that leave early: frees with free(). */
#define ag_autofree __attribute__((cleanup(ag_free_at)))
void ag_free_at(void *pointer);

/* Memory that is there or the end: an agent without memory is of no use, and its death is reported
 * by dom0-init. */
void *ag_alloc(size_t size); /* zeroed */
void *ag_grow(void *old, size_t size);
char *ag_strndup(const char *text, size_t len);
char *ag_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *ag_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* Valid UTF-8 out of any bytes: what is no UTF-8 and control characters (all but newline and tab)
 * become U+FFFD, one for each byte; carriage returns and NULs are left out. At most max bytes of
 * result, never cut inside a character. Free with free(). */
char *ag_text_clean(const char *bytes, size_t len, size_t max);

/* The last lines of a process's output as one line: cleaned, newlines as "; ", at most max bytes,
 * of which the end is kept. Free with free(). */
char *ag_text_last_lines(const char *bytes, size_t len, size_t max);

/* Any bytes as base64 (RFC 4648, padded, in one line). Free with free(). */
char *ag_text_base64(const void *bytes, size_t len);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the part of <string.h> it has (libc/string.c). */
#pragma once

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
/* Freestanding code gets none of gcc's knowledge of these by itself: without it, a word is copied by a
 * call. */
#define memcpy(to, from, size) __builtin_memcpy(to, from, size)
#define memset(to, byte, size) __builtin_memset(to, byte, size)
#define memcmp(a, b, size)     __builtin_memcmp(a, b, size)

char *strrchr(const char *text, int c);
size_t strcspn(const char *text, const char *reject);

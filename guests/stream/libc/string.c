/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: memory and strings. gcc calls memcpy, memset and others of its own accord. */
#include <string.h>

#include <errno.h>
#include <stdint.h>

#undef memcpy
#undef memset
#undef memcmp

int errno;

/* No SSE here. Eight bytes at a time: an emulator takes as long for one. */
void *memcpy(void *to, const void *from, size_t size)
{
    size_t words = size / 8, rest = size % 8;
    void *at = to;

    __asm__ volatile("rep movsq" : "+D"(at), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(rest) : : "memory");
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    size_t words = size / 8, rest = size % 8;
    uint64_t word = (unsigned char)byte * 0x0101010101010101ull;
    void *at = to;

    __asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(word) : "memory");
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(rest) : "a"(word) : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    unsigned char *a = to;
    const unsigned char *b = from;

    if ((uintptr_t)a - (uintptr_t)b >= size)
        return memcpy(to, from, size);
    while (size-- > 0)
        a[size] = b[size];
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;

    for (; size >= 8; x += 8, y += 8, size -= 8)
        if (*(const uint64_t *)x != *(const uint64_t *)y)
            break;
    for (; size > 0; x++, y++, size--)
        if (*x != *y)
            return *x - *y;
    return 0;
}

size_t strnlen(const char *text, size_t max)
{
    size_t length = 0;

    while (length < max && text[length])
        length++;
    return length;
}

size_t strlen(const char *text)
{
    return strnlen(text, (size_t)-1);
}

int strncmp(const char *a, const char *b, size_t max)
{
    for (; max > 0; a++, b++, max--)
        if (*a != *b || !*a)
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, (size_t)-1);
}

char *strrchr(const char *text, int c)
{
    const char *found = NULL;

    for (;; text++) {
        if (*text == (char)c)
            found = text;
        if (!*text)
            return (char *)(uintptr_t)found;
    }
}

size_t strcspn(const char *text, const char *reject)
{
    size_t length = 0;

    for (; text[length]; length++)
        for (const char *r = reject; *r; r++)
            if (text[length] == *r)
                return length;
    return length;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: texts made fit for JSON. */
#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ag_free_at(void *pointer)
{
    free(*(void **)pointer);
}

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

void *ag_alloc(size_t size)
{
    return must(calloc(1, size ? size : 1));
}

void *ag_grow(void *old, size_t size)
{
    return must(realloc(old, size ? size : 1));
}

char *ag_strndup(const char *text, size_t len)
{
    char *copy = ag_alloc(len + 1);

    memcpy(copy, text, len);
    return copy;
}

char *ag_vprintf(const char *format, va_list args)
{
    char *text = NULL;

    if (vasprintf(&text, format, args) < 0)
        abort();
    return text;
}

char *ag_printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = ag_vprintf(format, args);
    va_end(args);
    return text;
}

/* Length of the UTF-8 character at p, 0 if there is none (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF). */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    static const struct {
        unsigned char low, high;   /* of the first byte */
        unsigned char low2, high2; /* of the second */
        size_t length;
    } forms[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    if (p[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (p[0] < forms[i].low || p[0] > forms[i].high)
            continue;
        if (left < forms[i].length || p[1] < forms[i].low2 || p[1] > forms[i].high2)
            return 0;
        for (size_t k = 2; k < forms[i].length; k++)
            if ((p[k] & 0xc0) != 0x80)
                return 0;
        return forms[i].length;
    }
    return 0;
}

static bool is_control(const unsigned char *p, size_t length)
{
    if (length == 1)
        return (*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f;
    return length == 2 && p[0] == 0xc2 && p[1] < 0xa0; /* C1 */
}

char *ag_text_clean(const char *bytes, size_t len, size_t max)
{
    static const char replacement[] = "\xef\xbf\xbd";
    const unsigned char *p = (const unsigned char *)bytes, *end = p + len;
    size_t room = len > max / 3 ? max : len * 3;
    char *clean = ag_alloc(room + 1), *out = clean;

    while (p < end) {
        size_t length = utf8_length(p, (size_t)(end - p));
        bool keep = length && !is_control(p, length);
        size_t need = keep ? length : 3;

        if (*p == '\r' || *p == '\0') {
            p++;
            continue;
        }
        if ((size_t)(out - clean) + need > room)
            break;
        memcpy(out, keep ? (const char *)p : replacement, need);
        out += need;
        p += length ? length : 1;
    }
    *out = '\0';
    return clean;
}

char *ag_text_last_lines(const char *bytes, size_t len, size_t max)
{
    ag_autofree char *clean = ag_text_clean(bytes, len, len * 3);
    size_t size = strlen(clean), used = 0;

    while (size && strchr(" \t\n", clean[size - 1]))
        clean[--size] = '\0';
    const char *start = clean;
    /* "; " is longer than the newline it stands for: reckon twice for each. */
    for (size_t i = size; i > 0; i--) {
        used += clean[i - 1] == '\n' ? 2 : 1;
        if (used > max)
            break;
        start = clean + i - 1;
    }
    while (((unsigned char)*start & 0xc0) == 0x80)
        start++;

    char *line = ag_alloc(strlen(start) * 2 + 1), *out = line;
    for (; *start; start++) {
        if (*start == '\n')
            *out++ = ';';
        *out++ = *start == '\n' || *start == '\t' ? ' ' : *start;
    }
    return line;
}

char *ag_text_base64(const void *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = bytes;
    char *text = ag_alloc((len + 2) / 3 * 4 + 1), *out = text;

    for (size_t i = 0; i < len; i += 3) {
        size_t have = len - i < 3 ? len - i : 3;
        unsigned bits = (unsigned)p[i] << 16;
        bits |= have > 1 ? (unsigned)p[i + 1] << 8 : 0;
        bits |= have > 2 ? p[i + 2] : 0;
        *out++ = digits[bits >> 18];
        *out++ = digits[bits >> 12 & 63];
        *out++ = have > 1 ? digits[bits >> 6 & 63] : '=';
        *out++ = have > 2 ? digits[bits & 63] : '=';
    }
    return text;
}

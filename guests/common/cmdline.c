/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guests/common: words of a kernel command line. */
#include "cmdline.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One word: text up to end, quotes still inside. */
typedef struct {
    const char *start, *end;
} Word;

static bool next_word(const char **cursor, Word *word)
{
    const char *p = *cursor;
    bool quoted = false;

    while (isspace((unsigned char)*p))
        p++;
    word->start = p;
    for (; *p && (quoted || !isspace((unsigned char)*p)); p++)
        if (*p == '"')
            quoted = !quoted;
    word->end = p;
    *cursor = p;
    return word->end > word->start;
}

/* Appends a character while there is room for it and the NUL. */
static bool put(char *buf, size_t size, size_t *len, char c)
{
    if (*len + 1 >= size)
        return false;
    buf[(*len)++] = c;
    buf[*len] = '\0';
    return true;
}

static bool put_unquoted(char *buf, size_t size, size_t *len, const char *start, const char *end)
{
    for (const char *p = start; p < end; p++)
        if (*p != '"' && !put(buf, size, len, *p))
            return false;
    return true;
}

static bool same_name(char a, char b)
{
    return (a == '-' ? '_' : a) == (b == '-' ? '_' : b);
}

/* Where the word's key ends, if its key is the one given; else NULL. */
static const char *match_key(Word word, const char *key, bool dashes_equal)
{
    const char *p = word.start;

    if (p < word.end && *p == '"')
        p++;
    for (; *key; key++, p++)
        if (p >= word.end || (dashes_equal ? !same_name(*p, *key) : *p != *key))
            return NULL;
    return p;
}

static bool clear(char *buf, size_t size)
{
    if (size)
        buf[0] = '\0';
    return false;
}

bool gc_cmdline_word(const char *cmdline, const char *key, char *buf, size_t size)
{
    Word word, found = {NULL, NULL};

    clear(buf, size);
    while (next_word(&cmdline, &word)) {
        const char *p = match_key(word, key, false);

        if (p && (p == word.end || *p == '=' || *p == '"')) {
            found.start = p < word.end && *p == '=' ? p + 1 : p;
            found.end = word.end;
        }
    }
    if (!found.start || !size)
        return false;
    size_t len = 0;
    if (!put_unquoted(buf, size, &len, found.start, found.end))
        return clear(buf, size);
    return true;
}

unsigned long long gc_cmdline_number(const char *cmdline, const char *key,
                                     unsigned long long fallback)
{
    char text[32], *end;

    if (!gc_cmdline_word(cmdline, key, text, sizeof text) || !isdigit((unsigned char)text[0]))
        return fallback;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    return errno || *end ? fallback : value;
}

bool gc_module_name(const char *path, char *buf, size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t len = strcspn(base, ".");

    if (len + 1 > size)
        return clear(buf, size);
    for (size_t i = 0; i < len; i++)
        buf[i] = base[i] == '-' ? '_' : base[i];
    buf[len] = '\0';
    return true;
}

bool gc_module_params(const char *cmdline, const char *name, char *buf, size_t size)
{
    size_t len = 0;
    Word word;

    clear(buf, size);
    while (next_word(&cmdline, &word)) {
        const char *p = match_key(word, name, true);

        if (!p || p >= word.end || *p != '.')
            continue;
        bool ok = len == 0 || put(buf, size, &len, ' ');
        /* An opening quote before the key was passed over: it belongs to the whole word. */
        if (*word.start == '"')
            ok = ok && put(buf, size, &len, '"');
        for (p++; ok && p < word.end; p++)
            ok = put(buf, size, &len, *p);
        if (!ok)
            return clear(buf, size);
    }
    return true;
}

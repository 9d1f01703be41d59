/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: the figures a domU writes of one VBD. */
#include "figures.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4096, NUMBERS = 9 };

static const struct {
    const char *key, *missing, *twice;
} numbers[NUMBERS] = {
#define NUMBER(key)                                                                                \
    {                                                                                              \
        key "=", "it has no " key, "it has " key " twice"                                          \
    }
    NUMBER("t"),        NUMBER("writes"),     NUMBER("write_bytes"),
    NUMBER("reads"),    NUMBER("read_bytes"), NUMBER("flushes"),
    NUMBER("discards"), NUMBER("errors"),     NUMBER("gap"),
};

typedef struct {
    AgFigures *figures;
    unsigned long long *values[NUMBERS];
    bool seen[NUMBERS];
    bool version_seen, latency_seen;
} Reading;

/* A number that ends at one of the characters of ends, or at the end of the text; p is put there. */
static bool take_number(const char **p, const char *ends, unsigned long long *number)
{
    char *end;

    if (!isdigit((unsigned char)**p))
        return false;
    errno = 0;
    *number = strtoull(*p, &end, 10);
    *p = end;
    /* JSON integers are signed here and at the other end. */
    return !errno && (!*end || strchr(ends, *end)) && *number <= 0x7fffffffffffffffULL;
}

/* "17:5,18:20" */
static const char *parse_latency(const char *text, AgFigures *figures)
{
    unsigned long long bucket, requests, least = 0;

    while (*text) {
        if (!take_number(&text, ":", &bucket) || *text++ != ':' ||
            !take_number(&text, ",", &requests))
            return "its latency is no list of bucket:requests";
        if (bucket >= AG_BUCKETS_MAX)
            return "a bucket of its latency is above 63";
        if (bucket < least)
            return "the buckets of its latency do not rise";
        figures->latency[figures->buckets].bucket = (unsigned)bucket;
        figures->latency[figures->buckets++].requests = requests;
        least = bucket + 1;
        if (*text == ',' && !*++text)
            return "its latency is no list of bucket:requests";
    }
    return NULL;
}

static const char *parse_value(Reading *reading, size_t i, const char *text)
{
    if (reading->seen[i])
        return numbers[i].twice;
    reading->seen[i] = true;
    return take_number(&text, "", reading->values[i]) ? NULL : "a number in it is none";
}

static const char *parse_word(Reading *reading, const char *word)
{
    static const char latency[] = "latency=";

    if (strncmp(word, "v=", 2) == 0) {
        reading->version_seen = strcmp(word, "v=1") == 0;
        return reading->version_seen ? NULL : "its version is not 1";
    }
    if (strncmp(word, latency, strlen(latency)) == 0) {
        if (reading->latency_seen)
            return "it has latency twice";
        reading->latency_seen = true;
        return parse_latency(word + strlen(latency), reading->figures);
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        size_t len = strlen(numbers[i].key);
        if (strncmp(word, numbers[i].key, len) == 0)
            return parse_value(reading, i, word + len);
    }
    return NULL;
}

const char *ag_figures_parse(const char *text, size_t len, AgFigures *figures)
{
    AgFigures *f = figures;
    Reading reading = {.figures = figures,
                       .values = {&f->guest_ns, &f->writes, &f->write_bytes, &f->reads,
                                  &f->read_bytes, &f->flushes, &f->discards, &f->errors,
                                  &f->gap_ns}};
    char copy[TEXT_MAX], *rest = copy, *word;

    memset(figures, 0, sizeof *figures);
    if (len >= sizeof copy)
        return "it is too long";
    if (memchr(text, '\0', len))
        return "it holds a NUL";
    memcpy(copy, text, len);
    copy[len] = '\0';
    while ((word = strsep(&rest, " \n"))) {
        const char *error = parse_word(&reading, word);
        if (error)
            return error;
    }
    if (!reading.version_seen)
        return "it has no version";
    for (size_t i = 0; i < NUMBERS; i++)
        if (!reading.seen[i])
            return numbers[i].missing;
    return NULL;
}

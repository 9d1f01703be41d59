/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the counters of -fprofile-arcs in GCC's file format, inside Xen; in the place of Xen's gcc_7.c.
 *
 * What each object file has, and what a .gcda file holds, is GCC's own business and changes with it: libgcc/libgcov.h
 * (gcov_info, gcov_fn_info) and gcc/gcov-io.h (tags, lengths) of GCC 7 to 15. Xen's public interface to it,
 * gcov.h, is the same in all releases from 4.10 on. */
#include "gcov.h"
#include <xen/string.h>

/* Kinds of counters (gcc/gcov-counter.def); -fprofile-arcs uses the first alone, the others take up room. */
#if __GNUC__ >= 15
#define KINDS 10
#elif __GNUC__ == 14
#define KINDS 9
#elif __GNUC__ >= 10
#define KINDS 8
#else
#define KINDS 9
#endif

/* Since GCC 12 lengths are told in bytes, before in words, and a compilation unit has a checksum. */
#if __GNUC__ >= 12
#define WORD 4
#else
#define WORD 1
#endif

struct counters {
    unsigned int count;
    gcov_type *values;
};

struct function {
    const struct gcov_info *unit;
    unsigned int ident, lines_checksum, graph_checksum;
    struct counters counters[];
};

struct gcov_info {
    unsigned int version;
    struct gcov_info *next;
    unsigned int stamp;
#if __GNUC__ >= 12
    unsigned int checksum;
#endif
    const char *filename;
    void (*merge[KINDS])(gcov_type *values, unsigned int count);
    unsigned int function_count;
    struct function **functions;
};

static struct gcov_info *first;

void gcov_info_link(struct gcov_info *info)
{
    info->next = first;
    first = info;
}

struct gcov_info *gcov_info_next(const struct gcov_info *info)
{
    return info ? info->next : first;
}

const char *gcov_info_filename(const struct gcov_info *info)
{
    return info->filename;
}

void gcov_info_reset(struct gcov_info *info)
{
    for (unsigned int f = 0; f < info->function_count; f++) {
        struct counters *counters = info->functions[f]->counters;

        for (unsigned int kind = 0; kind < KINDS; kind++) {
            if (!info->merge[kind])
                continue;
            memset(counters->values, 0, counters->count * sizeof(*counters->values));
            counters++;
        }
    }
}

static size_t put_counters(char *buffer, size_t at, unsigned int kind,
                           const struct counters *counters)
{
    size_t begin = at;

    at += gcov_store_uint32(buffer, at, GCOV_TAG_FOR_COUNTER(kind));
    at += gcov_store_uint32(buffer, at, counters->count * 2 * WORD);
    for (unsigned int i = 0; i < counters->count; i++)
        at += gcov_store_uint64(buffer, at, counters->values[i]);
    return at - begin;
}

/* Bytes put, or only counted where buffer is NULL. */
size_t gcov_info_to_gcda(char *buffer, const struct gcov_info *info)
{
    size_t at = 0;

    at += gcov_store_uint32(buffer, at, GCOV_DATA_MAGIC);
    at += gcov_store_uint32(buffer, at, info->version);
    at += gcov_store_uint32(buffer, at, info->stamp);
#if __GNUC__ >= 12
    at += gcov_store_uint32(buffer, at, info->checksum);
#endif
    for (unsigned int f = 0; f < info->function_count; f++) {
        const struct function *function = info->functions[f];
        const struct counters *counters = function->counters;

        at += gcov_store_uint32(buffer, at, GCOV_TAG_FUNCTION);
        at += gcov_store_uint32(buffer, at, 3 * WORD);
        at += gcov_store_uint32(buffer, at, function->ident);
        at += gcov_store_uint32(buffer, at, function->lines_checksum);
        at += gcov_store_uint32(buffer, at, function->graph_checksum);
        for (unsigned int kind = 0; kind < KINDS; kind++)
            if (info->merge[kind])
                at += put_counters(buffer, at, kind, counters++);
    }
    return at;
}

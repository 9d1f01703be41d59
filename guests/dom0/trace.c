/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: Xen's trace as xentrace writes it.
 *
 * Records of struct t_rec (xen/include/public/trace.h), one behind the other: a word of event, number of
 * further words and whether a time stamp comes first; then the stamp, 8 bytes; then the words.
 * xentrace puts a record of its own before what it takes from each CPU's buffer. */
#include "trace.h"

#include <string.h>

enum {
    EVENT_MASK = 0x0fffffff,
    EXTRA_SHIFT = 28,
    EXTRA_MASK = 7,
    CLASS_MASK = 0x0ffff000,
    CLASS_GENERAL = 0x0001f000, /* TRC_GEN */
    CLASS_MEMORY = 0x0010f000,  /* TRC_MEM */
    LOST_RECORDS = CLASS_GENERAL + 1,
    GRANT_MAP = CLASS_MEMORY + 1,
    GRANT_UNMAP = CLASS_MEMORY + 2,
    WORD = 4,
    STAMP = 8,
};

static const uint32_t CYCLES_INCLUDED = 1u << 31;

static uint32_t word_at(const unsigned char *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static size_t record_size(uint32_t header)
{
    return WORD + (header & CYCLES_INCLUDED ? STAMP : 0) +
           WORD * (header >> EXTRA_SHIFT & EXTRA_MASK);
}

static const char *take_record(AgTrace *trace, const unsigned char *record)
{
    uint32_t header = word_at(record);
    uint32_t event = header & EVENT_MASK, class = event & CLASS_MASK;
    size_t first = header & CYCLES_INCLUDED ? WORD + STAMP : WORD;

    if (class != CLASS_GENERAL && class != CLASS_MEMORY)
        return "it holds an event that was not asked for";
    if (event == LOST_RECORDS && record_size(header) < first + WORD)
        return "it does not say how many records were lost";
    if (event == LOST_RECORDS)
        trace->lost += word_at(record + first);
    trace->maps += event == GRANT_MAP;
    trace->unmaps += event == GRANT_UNMAP;
    return NULL;
}

/* Bytes of the record under way that are still to come. */
static size_t missing(const AgTrace *trace)
{
    if (trace->partial_len < WORD)
        return WORD - trace->partial_len;
    return record_size(word_at(trace->partial)) - trace->partial_len;
}

bool ag_trace_feed(AgTrace *trace, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;

    while (len > 0 && !trace->error) {
        size_t need = missing(trace), take = need < len ? need : len;

        memcpy(trace->partial + trace->partial_len, p, take);
        trace->partial_len += take;
        p += take;
        len -= take;
        if (trace->partial_len < WORD || missing(trace) > 0)
            continue;
        trace->error = take_record(trace, trace->partial);
        trace->partial_len = 0;
    }
    return !trace->error;
}

const char *ag_trace_end(const AgTrace *trace)
{
    if (trace->error)
        return trace->error;
    return trace->partial_len ? "it ends in the middle of a record" : NULL;
}

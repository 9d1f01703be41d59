/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: Xen's trace as xentrace writes it, of which grant operations are counted; pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The events to be traced, as xentrace's -e takes them. Others than these in the trace are taken for
 * a trace that is not understood. */
#define AG_TRACE_EVENTS "0x0010f000"

enum { AG_TRACE_RECORD_MAX = 4 + 8 + 7 * 4 };

typedef struct {
    unsigned long long maps, unmaps; /* one a grant reference */
    unsigned long long lost;         /* records Xen had no room for */
    unsigned char partial[AG_TRACE_RECORD_MAX];
    size_t partial_len;
    const char *error;
} AgTrace;

/* All zero is a trace that begins. Bytes as they come, cut anywhere. False once something in it was
 * wrong: trace->error says what (static). */
bool ag_trace_feed(AgTrace *trace, const void *bytes, size_t len);
/* At the end: NULL, or what was wrong (static). */
const char *ag_trace_end(const AgTrace *trace);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzing of what dom0's agent reads: figures that domUs write, Xen's trace and its lock profile.
 *
 * The first byte says which, and in what pieces a trace comes. Whatever comes in, nothing may crash,
 * what was taken is in its bounds, and a trace means the same in whatever pieces it came. */
#include "figures.h"
#include "lock-profile.h"
#include "trace.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_figures(const char *text, size_t len)
{
    AgFigures figures;

    if (ag_figures_parse(text, len, &figures))
        return;
    require(figures.guest_ns <= INT64_MAX && figures.writes <= INT64_MAX);
    require(figures.buckets <= AG_BUCKETS_MAX);
    for (size_t i = 0; i < figures.buckets; i++) {
        require(figures.latency[i].bucket < AG_BUCKETS_MAX);
        require(figures.latency[i].requests <= INT64_MAX);
        require(i == 0 || figures.latency[i].bucket > figures.latency[i - 1].bucket);
    }
}

static void check_trace(const uint8_t *bytes, size_t len, size_t step)
{
    AgTrace whole = {0}, pieces = {0};

    ag_trace_feed(&whole, bytes, len);
    for (size_t at = 0; at < len; at += step)
        ag_trace_feed(&pieces, bytes + at, step < len - at ? step : len - at);
    require(ag_trace_end(&whole) == ag_trace_end(&pieces));
    require(whole.maps == pieces.maps && whole.unmaps == pieces.unmaps);
    require(whole.lost == pieces.lost && (whole.maps + whole.unmaps) * 4 <= len);
}

/* A parser that stops early keeps what it had; all of it is in bounds. */
static void check_locks(const char *text, size_t len)
{
    static AgLockProfile profile;

    ag_lock_profile_parse(text, len, &profile);
    require(profile.count <= AG_LOCKS_MAX);
    for (size_t i = 0; i < profile.count; i++) {
        const AgLock *lock = &profile.lock[i];

        require(lock->domid >= AG_LOCK_GLOBAL && lock->domid <= UINT16_MAX);
        require(memchr(lock->name, '\0', sizeof lock->name) != NULL);
        require(lock->acquired <= INT64_MAX && lock->contended <= INT64_MAX);
        require(lock->hold_ns <= INT64_MAX && lock->wait_ns <= INT64_MAX);
        require(lock->acquired > 0 || lock->contended > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] < 64)
        check_locks((const char *)data + 1, size - 1);
    else if (data[0] < 128)
        check_figures((const char *)data + 1, size - 1);
    else
        check_trace(data + 1, size - 1, data[0] - 127);
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: how many lines a second are let through. */
#include "limiter.h"

static const int64_t SECOND = 1000000000;

bool ag_limiter_pass(AgLimiter *limiter, int64_t now_ns, unsigned per_second)
{
    if (limiter->second_ns == 0 || now_ns - limiter->second_ns >= SECOND) {
        limiter->second_ns = now_ns;
        limiter->passed = 0;
    }
    if (limiter->passed < per_second) {
        limiter->passed++;
        return true;
    }
    limiter->dropped++;
    return false;
}

uint64_t ag_limiter_take_dropped(AgLimiter *limiter, int64_t now_ns)
{
    uint64_t dropped = limiter->dropped;

    if (dropped == 0 || now_ns - limiter->second_ns < SECOND)
        return 0;
    limiter->dropped = 0;
    return dropped;
}

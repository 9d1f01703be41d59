/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: how many lines a second are let through; pure, the caller says what time it is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t second_ns; /* when the second under way began; 0: never */
    unsigned passed;
    uint64_t dropped; /* not yet told */
} AgLimiter;

/* Whether one more line may pass; else it is counted as dropped. */
bool ag_limiter_pass(AgLimiter *limiter, int64_t now_ns, unsigned per_second);
/* Lines dropped that are due to be told: once the second in which they came is over. Resets. */
uint64_t ag_limiter_take_dropped(AgLimiter *limiter, int64_t now_ns);

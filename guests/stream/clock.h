/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the domain's clock. */
#pragma once

#include <stdint.h>

struct vcpu_time_info;

void sg_clock_init(const struct vcpu_time_info *info);

/* Nanoseconds since Xen was started; never less than before. */
uint64_t sg_clock_ns(void);

/* The CPU's time stamp counter, which can be read before all else, and the nanoseconds since it was at that
 * value. */
uint64_t sg_clock_ticks(void);
uint64_t sg_clock_since(uint64_t ticks);

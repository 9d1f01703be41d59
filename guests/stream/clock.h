/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the domain's clock. */
#pragma once

#include <stdint.h>

struct vcpu_time_info;

void sg_clock_init(const struct vcpu_time_info *info);

/* Nanoseconds since Xen was started; never less than before. */
uint64_t sg_clock_ns(void);

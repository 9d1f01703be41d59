/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the domain's clock, from the time stamp counter and Xen's parameters for it
 * (public/xen.h, struct vcpu_time_info).
 *
 * Xen fits these parameters for each CPU by itself: where a vCPU changes its CPU the clock may go
 * back (by 23 ms, seen on an emulated CPU of a loaded host). Here it stands until it has caught up. */
#include "clock.h"

#include <xen/xen.h>

static const volatile struct vcpu_time_info *info;
static uint64_t latest_ns;

void sg_clock_init(const struct vcpu_time_info *vcpu_time)
{
    info = vcpu_time;
}

uint64_t sg_clock_ticks(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static uint64_t to_ns(uint64_t ticks)
{
    int shift = info->tsc_shift;

    /* A counter that is behind on this CPU must not come out as centuries. */
    if ((int64_t)ticks < 0)
        return 0;
    ticks = shift >= 0 ? ticks << shift : ticks >> -shift;
    return (uint64_t)(((unsigned __int128)ticks * info->tsc_to_system_mul) >> 32);
}

uint64_t sg_clock_since(uint64_t ticks)
{
    return to_ns(sg_clock_ticks() - ticks);
}

uint64_t sg_clock_ns(void)
{
    uint32_t version;
    uint64_t ns;

    do {
        version = info->version & ~1u;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        ns = info->system_time + to_ns(sg_clock_ticks() - info->tsc_timestamp);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while (info->version != version);
    if (ns > latest_ns)
        latest_ns = ns;
    return latest_ns;
}

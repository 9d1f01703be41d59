/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: hypercalls. Each returns what Xen does: 0 or more, or a negative errno. */
#pragma once

#include <stdint.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/sched.h>
#include <xen/xen.h>

extern char sg_hypercall_page[];

/* Xen's calling convention for 64-bit guests (public/arch-x86/xen-x86_64.h): number by entry of
 * the hypercall page, arguments in rdi, rsi, rdx, r10; rcx and r11 are lost by syscall. */
static inline long sg_hypercall(unsigned number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    register uint64_t r10 __asm__("r10") = d;
    long result;

    __asm__ volatile("call *%[entry]"
                     : "=a"(result), "+D"(a), "+S"(b), "+d"(c), "+r"(r10)
                     : [entry] "r"(sg_hypercall_page + number * 32)
                     : "rcx", "r8", "r9", "r11", "memory");
    return result;
}

static inline long sg_event_channel_op(unsigned op, void *arg)
{
    return sg_hypercall(__HYPERVISOR_event_channel_op, op, (uintptr_t)arg, 0, 0);
}

static inline long sg_sched_op(unsigned op, void *arg)
{
    return sg_hypercall(__HYPERVISOR_sched_op, op, (uintptr_t)arg, 0, 0);
}

static inline long sg_grant_table_op(unsigned op, void *arg)
{
    return sg_hypercall(__HYPERVISOR_grant_table_op, op, (uintptr_t)arg, 1, 0);
}

static inline long sg_memory_op(unsigned op, void *arg)
{
    return sg_hypercall(__HYPERVISOR_memory_op, op, (uintptr_t)arg, 0, 0);
}

/* Asks for VIRQ_TIMER at that time of the domain's clock, ns; 0: none. */
static inline long sg_set_timer_op(uint64_t deadline_ns)
{
    return sg_hypercall(__HYPERVISOR_set_timer_op, deadline_ns, 0, 0, 0);
}

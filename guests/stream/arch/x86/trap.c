/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: CPU exceptions, and the end that they have. */
#include "trap.h"

#include "console.h"
#include "hypercall.h"

#include <stdarg.h>
#include <stdio.h>

static void __attribute__((noreturn)) crash(void)
{
    struct sched_shutdown shutdown = {.reason = SHUTDOWN_crash};

    for (;;)
        sg_sched_op(SCHEDOP_shutdown, &shutdown);
}

void sg_trap(unsigned vector, uint64_t error, uint64_t rip)
{
    uint64_t cr2 = 0;

    /* Xen emulates this read for PV. */
    if (vector == 14)
        __asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
    sg_log("trap %u (error %lx) at rip %lx, address %lx", vector, error, rip, cr2);
    crash();
}

void sg_panic(const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sg_log("panic: %s", text);
    crash();
}

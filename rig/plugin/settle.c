/* SPDX-License-Identifier: GPL-2.0-or-later */
/* count plugin: QEMU's main thread at rest where the guest could notice that it is not.
 *
 * Where. Before a CPU halts (HLT): with icount and sleep=off a machine whose CPUs all halt has its clock moved to the next
 * timer, and it is the main thread that does so, when it sees them halted (icount_start_warp_timer,
 * accel/tcg/icount-common.c of 10.0). HLT marks its CPU as halted without a lock, some microseconds before the CPU's thread
 * has added the instructions of its turn to the clock. A main thread that happens to be awake in between, for each
 * timer wakes it, moves the clock by the way from where it was before that turn: too far, by up to as many nanoseconds as
 * the turn had instructions. Where it sleeps, the CPU's thread wakes it when all is added up.
 * Before a CPU reads a port (IN, INS) after it has written to the IDE controller, which the machine has though no disk is on it:
 * a reset is done by the main thread, when it gets to it, and SeaBIOS orders one and then looks for its end. Not
 * before each reading, as it takes some microseconds, and Xen reads the PIT's ports in loops.
 *
 * How. Linux tells which system call a thread sleeps in. It is runnable, and told as running, from the moment at which
 * something wakes it; so one that sleeps in poll here has nothing to do, and will be woken by nothing but what this CPU
 * does next, or the host's own doing: bytes on a socket, QMP. A second is more than any turn of the main loop takes; the
 * loop looks again each 20 us.
 *
 * Limits. Devices in memory are not looked at when they are read. An interrupt that the main thread raises by itself comes
 * when it does. None of the devices that the rig gives a counting machine does either. */
#include "plugin/settle.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STEP_US = 20, TRIES = 1000000 / STEP_US };

gboolean xr_settle_port(guint16 port)
{
    const guint16 registers = port & 0xfff8; /* eight of them, and one of control apart */

    return registers == 0x1f0 || registers == 0x170 || port == 0x3f6 || port == 0x376;
}

gboolean xr_settle_sleeps(const char *text)
{
    char *end;
    const long number = strtol(text, &end, 10);

    return end != text && (number == SYS_ppoll || number == SYS_poll);
}

/* The first thread's number is the process'. */
static int open_syscall(void)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)getpid());
    return open(path, O_RDONLY | O_CLOEXEC);
}

gboolean xr_settle(void)
{
    static int fd = -1;
    char text[256];

    if (fd < 0)
        fd = open_syscall();
    for (guint i = 0; fd >= 0 && i < TRIES; i++) {
        const ssize_t len = pread(fd, text, sizeof text - 1, 0);

        text[MAX(len, 0)] = '\0';
        if (xr_settle_sleeps(text))
            return TRUE;
        g_usleep(STEP_US);
    }
    return FALSE;
}

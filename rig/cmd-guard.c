/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the hidden command "guard", which ends a machine whose rig was killed. */
#include "boot/machine.h"
#include "commands.h"
#include <stdio.h>
#include <unistd.h>

int cmd_guard(int argc, char **argv)
{
    if (argc != 2) {
        fputs("xenrig guard: the rig starts this itself; it is of no use to people\n", stderr);
        return XR_EXIT_ERROR;
    }
    return xr_guard_main(argv[1], STDIN_FILENO);
}

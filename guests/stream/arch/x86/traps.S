/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: the CPU exceptions of both modes, for assembly; needs the macro trap. */

/* Whatever it is ends the guest, which says where: vector, error code and rip are on the stack. */
    trap 0, 0
    trap 1, 0
    trap 3, 0
    trap 4, 0
    trap 5, 0
    trap 6, 0
    trap 7, 0
    trap 8, 1
    trap 10, 1
    trap 11, 1
    trap 12, 1
    trap 13, 1
    trap 14, 1
    trap 16, 0
    trap 17, 1
    trap 18, 0
    trap 19, 0

sg_trap_common:
    cld
    mov (%rsp), %edi
    mov 8(%rsp), %rsi
    mov 16(%rsp), %rdx
    and $-16, %rsp
    call sg_trap
    ud2

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: where Xen starts a PV domain, and how Xen comes back in. */
#define __ASSEMBLY__ 1
#include <xen/elfnote.h>

/* The addresses of a PV guest start at 0, so that a virtual address and a pseudo-physical one are the
 * same, as they are in the PVH image. */
.macro note type, value:vararg
    .pushsection .note.xen, "a", @note
    .balign 4
    .long 4, 9f - 8f, \type
    .asciz "Xen"
8:  \value
9:  .balign 4
    .popsection
.endm

    note XEN_ELFNOTE_GUEST_OS, .asciz "xenrig-stream"
    note XEN_ELFNOTE_GUEST_VERSION, .asciz "1"
    note XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
    note XEN_ELFNOTE_LOADER, .asciz "generic"
    note XEN_ELFNOTE_PAE_MODE, .asciz "yes"
    note XEN_ELFNOTE_VIRT_BASE, .quad 0
    note XEN_ELFNOTE_ENTRY, .quad sg_entry
    note XEN_ELFNOTE_HYPERCALL_PAGE, .quad sg_hypercall_page

    .section .text.head, "ax"
    .globl sg_entry
sg_entry:                               /* rsi: struct start_info */
    cld
    lea sg_boot_stack_end(%rip), %rsp
    xor %ebp, %ebp
    mov %rsi, %rdi
    call sg_setup_pv
    ud2

    .balign 4096
    .globl sg_hypercall_page
sg_hypercall_page:                      /* filled in by Xen */
    .skip 4096

    .text
/* Events come only while the guest waits in SCHEDOP_block. The frame is that of an interrupt within
 * ring 3, though Xen shows the kernel's as ring 0, with rcx and r11 on top; Xen has masked further
 * events: so nothing is left to do. */
    .globl sg_pv_event_callback
sg_pv_event_callback:
    pop %rcx
    pop %r11
    orb $3, 8(%rsp)
    iretq

/* A segment register of Xen's choice did not load: cannot happen here. */
    .globl sg_pv_failsafe_callback
sg_pv_failsafe_callback:
    ud2

/* CPU exceptions: drop rcx and r11, so that the frame is the CPU's own. */
.macro trap vector, has_error
    .globl sg_trap_\vector
sg_trap_\vector:
    pop %rcx
    pop %r11
    .if !\has_error
    push $0
    .endif
    push $\vector
    jmp sg_trap_common
.endm
#include "traps.S"

    .section .bss
    .balign 16
    .skip 32768
sg_boot_stack_end:
    .section .note.GNU-stack, "", @progbits

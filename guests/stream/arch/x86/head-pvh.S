/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream guest: where Xen starts a PVH domain: from 32-bit flat mode to 64-bit mode. */
#define __ASSEMBLY__ 1
#include <xen/elfnote.h>

    .section .note.xen, "a", @note
    .balign 4
    .long 4, 4, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long sg_entry
    .balign 4

#define CR0_PG    0x80000000
#define CR0_WP    0x00010000
#define CR4_PAE   0x20
#define MSR_EFER  0xc0000080
#define EFER_LME  0x100
#define RFLAGS_IF 0x200
#define PTE_TABLE 0x3  /* present, writable */
#define PTE_LARGE 0x83 /* and 2 MiB */

    .section .text.head, "ax"
    .code32
    .globl sg_entry
sg_entry:                               /* ebx: struct hvm_start_info */
    cld
    mov $sg_boot_stack_end, %esp
    /* 2 MiB pages for the first 4 GiB: Xen's special pages lie below their end. */
    mov $sg_l2, %edi
    mov $PTE_LARGE, %eax
    mov $(4 * 512), %ecx
1:  mov %eax, (%edi)
    add $0x200000, %eax
    add $8, %edi
    loop 1b
    movl $(sg_l3 + PTE_TABLE), sg_l4
    mov $sg_l3, %edi
    mov $(sg_l2 + PTE_TABLE), %eax
    mov $4, %ecx
2:  mov %eax, (%edi)
    add $0x1000, %eax
    add $8, %edi
    loop 2b

    mov %cr4, %eax
    or $CR4_PAE, %eax
    mov %eax, %cr4
    mov $sg_l4, %eax
    mov %eax, %cr3
    mov $MSR_EFER, %ecx
    rdmsr
    or $EFER_LME, %eax
    wrmsr
    mov %cr0, %eax
    or $(CR0_PG | CR0_WP), %eax
    mov %eax, %cr0
    lgdt sg_gdt_pointer
    ljmp $8, $3f
    .code64
3:  mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    xor %ebp, %ebp
    mov %ebx, %edi
    call sg_setup_pvh
    ud2

    .balign 4096
    .globl sg_hypercall_page
sg_hypercall_page:                      /* filled in by Xen, see setup-pvh.c */
    .skip 4096

    .text
/* Waits for an event. sti holds interrupts back for one instruction more, so that none is lost before hlt. */
    .globl sg_arch_block
sg_arch_block:
    sti
sg_halt:
    hlt
    cli
    ret

/* Sent while the guest waits in hlt; that it woke is all that is wanted. Xen sends it again and again
 * until the guest has seen to its events, so it returns with interrupts off. Never to hlt: a CPU whose exits
 * are emulated may lose what sti holds back, and hlt with interrupts off is how a PVH domain powers off. */
    .globl sg_pvh_event_vector
sg_pvh_event_vector:
    andl $~RFLAGS_IF, 16(%rsp)
    cmpq $sg_halt, (%rsp)
    jne 1f
    incq (%rsp)
1:  iretq

.macro trap vector, has_error
    .globl sg_trap_\vector
sg_trap_\vector:
    .if !\has_error
    push $0
    .endif
    push $\vector
    jmp sg_trap_common
.endm
#include "traps.S"

    .section .rodata
    .balign 8
sg_gdt:
    .quad 0
    .quad 0x00af9b000000ffff            /* 8: 64-bit code */
    .quad 0x00cf93000000ffff            /* 16: data */
sg_gdt_pointer:
    .word . - sg_gdt - 1
    .long sg_gdt

    .section .bss
    .balign 4096
sg_l4:
    .skip 4096
sg_l3:
    .skip 4096
sg_l2:
    .skip 4 * 4096
    .skip 32768
sg_boot_stack_end:
    .section .note.GNU-stack, "", @progbits

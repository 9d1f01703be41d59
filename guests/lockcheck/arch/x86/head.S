/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lockcheck guest: where QEMU's multiboot loader starts the first vCPU, and a SIPI the others. 32 bits, flat,
 * no paging, interrupts off for good. */
#define MULTIBOOT_MAGIC 0x1badb002
#define TRAMPOLINE      0x8000 /* page 8: the vector of the SIPI in machine.c */
#define CODE            8
#define DATA            16
#define CR0_PE          1
#define STACK_SHIFT     12

    .section .text.head, "ax"
    .balign 4
    .long MULTIBOOT_MAGIC, 0, -MULTIBOOT_MAGIC

    .code32
    .globl lc_entry
lc_entry:                               /* eax: the loader's magic, ebx: its information */
    cli
    cld
    lgdt lc_gdt_pointer
    ljmp $CODE, $1f
1:  mov $DATA, %ecx
    mov %ecx, %ds
    mov %ecx, %es
    mov %ecx, %ss
    mov $(lc_stacks + (1 << STACK_SHIFT)), %esp
    push %ebx
    push %eax
    call lc_main
2:  hlt
    jmp 2b

/* Copied to TRAMPOLINE. Real mode, cs = TRAMPOLINE >> 4. */
    .globl lc_trampoline, lc_trampoline_end
    .code16
lc_trampoline:
    cli
    cld
    mov %cs, %ax
    mov %ax, %ds
    lgdtl lc_trampoline_gdt - lc_trampoline
    mov %cr0, %eax
    or $CR0_PE, %eax
    mov %eax, %cr0
    ljmpl $CODE, $lc_other
    .balign 4
lc_trampoline_gdt:
    .word 3 * 8 - 1
    .long lc_gdt
lc_trampoline_end:

    .code32
lc_other:
    mov $DATA, %ecx
    mov %ecx, %ds
    mov %ecx, %es
    mov %ecx, %ss
    mov $1, %eax
    cpuid
    shr $24, %ebx                       /* initial APIC id: QEMU's index of the vCPU */
    cmp $LC_STACKS, %ebx
    jae 2b
    lea 1(%ebx), %eax
    shl $STACK_SHIFT, %eax
    lea lc_stacks(%eax), %esp
    push %ebx
    call lc_other_main
    jmp 2b

    .section .rodata
    .balign 8
lc_gdt:
    .quad 0
    .quad 0x00cf9b000000ffff            /* CODE */
    .quad 0x00cf93000000ffff            /* DATA */
lc_gdt_pointer:
    .word . - lc_gdt - 1
    .long lc_gdt

    .section .bss
    .balign 4096
lc_stacks:
    .skip LC_STACKS << STACK_SHIFT
    .section .note.GNU-stack, "", @progbits

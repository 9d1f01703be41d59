/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lockcheck guest: what vCPUs do all the time, instruction by instruction.
 *
 * The rig's simulation (rig/judge/locksim-program.c) runs these loops as steps of its own, one for each
 * instruction: who changes something here changes it there. With one worker both must agree to the last
 * digit; the tests see to it.
 *
 * The locks go the way of Xen's (common/spinlock.c, common/rwlock.c, as of 4.17): same operations on the
 * shared words in the same order, PAUSE where Xen has it. Debugging, statistics, preemption counts and
 * a writer's CPU number are left out.
 *
 * Registers: ebx the vCPU's draws, esi the offset into them, edi the locks, ebp its counter. */
#define LOCK_A (%edi)
#define LOCK_B 64(%edi)
#define CNTS   128(%edi) /* of the rwlock, whose ticket lock is A */

#define DRAW_THINK (%ebx, %esi)
#define DRAW_CRIT  4(%ebx, %esi)
#define DRAW_FLAG  8(%ebx, %esi)
#define DRAW_SIZE  16
#define DRAWS_MASK (1024 * DRAW_SIZE - 1) /* LC_DRAWS */

#define W_WAITING 0x1000
#define W_MASK    0x3000
#define W_LOCKED  0x3000
#define R_BIAS    0x4000

/* 1 + 2 * loops */
.macro spend loops:vararg
    mov \loops, %ecx
.Lspend\@:
    dec %ecx
    jnz .Lspend\@
.endm

/* A ticket lock is a word of two halves: head, whose turn it is, and above it tail, the next ticket. */
.macro take lock:vararg
    mov $0x10000, %eax
    lock xadd %eax, \lock
    shr $16, %eax
    jmp .Llook\@
.Lpause\@:
    pause
.Llook\@:
    mov \lock, %dx
    cmp %ax, %dx
    jne .Lpause\@
.endm

.macro release lock:vararg
    incw \lock
.endm

/* To the next draw. */
.macro again to
    incl (%ebp)
    add $DRAW_SIZE, %esi
    and $DRAWS_MASK, %esi
    jmp \to
.endm

/* void NAME(ebx, edi, ebp as above; eax: loops by which to start late) */
.macro worker name
    .globl \name
\name:
    xor %esi, %esi
    mov %eax, %ecx
.Llate\@:
    dec %ecx
    jnz .Llate\@
.endm

    .text
worker lc_work_none
.Lnone:
    spend DRAW_THINK
    spend DRAW_CRIT
    again .Lnone

worker lc_work_ticket
.Lticket:
    spend DRAW_THINK
    take LOCK_A
    spend DRAW_CRIT
    release LOCK_A
    again .Lticket

worker lc_work_two
.Ltwo:
    spend DRAW_THINK
    cmpl $0, DRAW_FLAG
    je .Ltwo_b
    take LOCK_A
    spend DRAW_CRIT
.Ltwo_b:
    take LOCK_B
    spend DRAW_CRIT
    release LOCK_B
    cmpl $0, DRAW_FLAG
    je .Ltwo_end
    release LOCK_A
.Ltwo_end:
    again .Ltwo

worker lc_work_rwlock
.Lrw:
    spend DRAW_THINK
    cmpl $0, DRAW_FLAG
    jne .Lwrite
    mov $R_BIAS, %eax
    lock xadd %eax, CNTS
    test $W_MASK, %eax
    jnz .Lread_slow
.Lread_held:
    spend DRAW_CRIT
    lock subl $R_BIAS, CNTS
    again .Lrw

.Lread_slow:
    lock subl $R_BIAS, CNTS
    take LOCK_A
    jmp .Lread_look
.Lread_pause:
    pause
.Lread_look:
    mov CNTS, %eax
    test $W_MASK, %eax
    jnz .Lread_pause
    mov $R_BIAS, %eax
    lock xadd %eax, CNTS
    jmp .Lread_check
.Lread_stolen:
    pause
    mov CNTS, %eax
.Lread_check:
    and $W_MASK, %eax
    cmp $W_LOCKED, %eax
    je .Lread_stolen
    release LOCK_A
    jmp .Lread_held

.Lwrite:
    xor %eax, %eax
    mov $W_LOCKED, %edx
    lock cmpxchg %edx, CNTS
    jnz .Lwrite_slow
.Lwrite_held:
    spend DRAW_CRIT
    lock andl $~W_MASK, CNTS
    again .Lrw

.Lwrite_slow:
    take LOCK_A
    mov CNTS, %eax
    test %eax, %eax
    jnz .Lwrite_wait
    mov $W_LOCKED, %edx
    lock cmpxchg %edx, CNTS
    jz .Lwrite_got
    jmp .Lwrite_wait
.Lwrite_pause:
    pause
.Lwrite_wait:
    mov CNTS, %eax
    test $W_MASK, %eax
    jnz .Lwrite_pause
    mov %eax, %edx
    or $W_WAITING, %edx
    lock cmpxchg %edx, CNTS
    jnz .Lwrite_pause
    jmp .Lwrite_drain
.Lwrite_readers:
    pause
.Lwrite_drain:
    mov CNTS, %eax
    cmp $W_WAITING, %eax
    jne .Lwrite_readers
    mov $W_LOCKED, %edx
    lock cmpxchg %edx, CNTS
    jnz .Lwrite_readers
.Lwrite_got:
    release LOCK_A
    jmp .Lwrite_held

/* void lc_metronome(const struct lc_beat *beat): see machine.h.
 *
 * Nothing but counting and pushing timers on, and after each window the counters of all, one after
 * another. LC_BEAT_TICKS and LC_WINDOW_TICKS (ticks.h) say how many instructions that is. */
#define BEATS    0(%ebp)
#define SPIN     4(%ebp)
#define WINDOWS  8(%ebp)
#define TIMER(n) 12 + 4 * (n)(%ebp)
#define COUNTS   24(%ebp)
#define N        28(%ebp)
#define OUT      32(%ebp)
#define RELEASED 36(%ebp)
#define LAPSED   40(%ebp)

#define RTL_STATUS 0x3e - 0x48 /* from the timer's register */
#define RTL_FIRED  0x4000

/* 6 instructions */
.macro push_timers
    mov TIMER(0), %edx
    mov %eax, (%edx)
    mov TIMER(1), %edx
    mov %eax, (%edx)
    mov TIMER(2), %edx
    mov %eax, (%edx)
.endm

    .globl lc_metronome
lc_metronome:
    push %ebp
    push %ebx
    push %esi
    push %edi
    mov 20(%esp), %ebp
    mov OUT, %edi
    push_timers
    movw $0xffff, RTL_STATUS(%edx)      /* of the last: clears */
    mov RELEASED, %eax
    incl (%eax)
.Lwindow:
    mov BEATS, %ecx
.Lbeat:
    push_timers
    mov SPIN, %eax
.Lspin:
    dec %eax
    jnz .Lspin
    dec %ecx
    jnz .Lbeat
    mov COUNTS, %esi
    mov N, %ecx
.Lcopy:
    push_timers
    mov (%esi), %eax
    mov %eax, (%edi)
    add $4, %esi
    add $4, %edi
    dec %ecx
    jnz .Lcopy
    decl WINDOWS
    jnz .Lwindow
    mov TIMER(2), %edx
    movzwl RTL_STATUS(%edx), %eax
    and $RTL_FIRED, %eax
    mov %eax, LAPSED
    pop %edi
    pop %esi
    pop %ebx
    pop %ebp
    ret

/* void lc_wait(const volatile uint32_t *word): until it is not 0. */
    .globl lc_wait
lc_wait:
    mov 4(%esp), %eax
    jmp .Lwait_look
.Lwait_pause:
    pause
.Lwait_look:
    cmpl $0, (%eax)
    je .Lwait_pause
    ret

/* void lc_start(void (*work)(void), const struct lc_draw *, void *locks, uint32_t *count, uint32_t late):
 * never returns. */
    .globl lc_start
lc_start:
    mov 8(%esp), %ebx
    mov 12(%esp), %edi
    mov 16(%esp), %ebp
    mov 20(%esp), %eax
    jmp *4(%esp)
    .section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* count plugin: whose an instruction is, by its address and bytes.
 *
 * Method. An instruction's virtual address is known when it is translated, and on x86-64 Xen shares one address space
 * with each paravirtual domain. The ranges:
 *  - Xen's: 0xffff800000000000 to 0xffff87ffffffffff, reserved for it by its ABI (HYPERVISOR_VIRT_START and _END of
 *    xen/include/public/arch-x86/xen-x86_64.h). A domain cannot map anything of its own there. Code that Xen makes
 *    while it runs is within.
 *  - dom0's kernel: all above. Linux has its image, modules, and whatever else it can execute there.
 *  - domUs of guests/stream: below 0x400000. They are linked to 0x10000, kernel and all (arch/x86/stream.lds), and are a
 *    tenth of that.
 *  - dom0's programs: the rest below. Programs linked to a fixed address begin at 0x400000, others far above: neither
 *    loader nor mmap() puts anything lower unasked.
 * Limits. PVH domUs and domUs that run Linux have addresses of their own choice, which overlap with dom0's: plans that
 * count are refused both. So is a lockstep machine's metronome a domU like others. */
#include "plugin/classes.h"

#include <string.h>

#define XEN_BEGIN  G_GUINT64_CONSTANT(0xffff800000000000)
#define XEN_END    G_GUINT64_CONSTANT(0xffff880000000000)
#define GUESTS_END G_GUINT64_CONSTANT(0x400000)

XrClass xr_class_of(guint64 address)
{
    if (address >= XEN_END)
        return XR_CLASS_DOM0_KERNEL;
    if (address >= XEN_BEGIN)
        return XR_CLASS_XEN;
    return address < GUESTS_END ? XR_CLASS_GUEST : XR_CLASS_DOM0_USER;
}

/* With an operand size or a repetition before it, or not. */
static XrInsn port_insn(const guint8 *bytes, gsize len)
{
    static const guint8 ins[] = {0x6c, 0x6d, 0xe4, 0xe5, 0xec, 0xed};
    static const guint8 outs[] = {0x6e, 0x6f, 0xe6, 0xe7, 0xee, 0xef};
    const gsize at = len > 1 && (bytes[0] == 0x66 || bytes[0] == 0xf3) ? 1 : 0;

    if (len > at && memchr(ins, bytes[at], sizeof ins) != NULL)
        return XR_INSN_IN;
    return len > at && memchr(outs, bytes[at], sizeof outs) != NULL ? XR_INSN_OUT : XR_INSN_OTHER;
}

XrInsn xr_insn_of(const guint8 *bytes, gsize len)
{
    static const struct {
        guint8 bytes[2];
        gsize len;
        XrInsn insn;
    } known[] = {{{0x0f, 0xa2}, 2, XR_INSN_CPUID},
                 {{0x0f, 0x05}, 2, XR_INSN_SYSCALL},
                 {{0xf3, 0x90}, 2, XR_INSN_PAUSE},
                 {{0xf4}, 1, XR_INSN_HLT}};

    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (len >= known[i].len && memcmp(bytes, known[i].bytes, known[i].len) == 0)
            return known[i].insn;
    return port_insn(bytes, len);
}

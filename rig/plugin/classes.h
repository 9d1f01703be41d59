/* SPDX-License-Identifier: GPL-2.0-or-later */
/* count plugin: whose an instruction is, by its address and bytes. Pure. */
#pragma once

#include <glib.h>

typedef enum {
    XR_CLASS_XEN,
    XR_CLASS_DOM0_KERNEL,
    XR_CLASS_DOM0_USER,
    XR_CLASS_GUEST, /* domUs, each by its page tables (counts.h) */
    XR_CLASSES
} XrClass;

/* By virtual address, in a machine whose domains are all paravirtual on x86-64 and whose domUs are all of
 * guests/stream; see classes.c. */
XrClass xr_class_of(guint64 address);

/* Instructions that mean something to the plugin. */
typedef enum {
    XR_INSN_OTHER,
    XR_INSN_CPUID,
    XR_INSN_SYSCALL,
    XR_INSN_PAUSE,
    XR_INSN_HLT,
    XR_INSN_IN,  /* reads a port: IN, INS */
    XR_INSN_OUT, /* writes one: OUT, OUTS */
} XrInsn;

/* By an instruction's first bytes. Prefixes are looked for where they are used: of those with ports, and PAUSE's own. */
XrInsn xr_insn_of(const guint8 *bytes, gsize len);

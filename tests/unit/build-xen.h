/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source tree that is built as Xen's is, in a blink: one file, which the host's own gcc compiles. */
#pragma once

#include "build-fixture.h"

/* Where it is built, XENRIG_TEST_LOG (a file's path) gets a line; with XENRIG_TEST_PAUSE (seconds) the build then
 * stands still for so long, its process id in the line. */
static inline void xen_put_tree(const char *top, const char *name, const char *body)
{
    g_autofree char *tree = g_build_filename(top, name, NULL);
    g_autofree char *code =
        g_strconcat("const unsigned multiboot[] = {0x1badb002, 0, 0xe4524ffe};\n", body, NULL);

    fixture_put(tree, "Config.mk", "");
    fixture_put(tree, "config/x86_64.mk", "");
    fixture_put(tree, "xen/xen.c", code);
    fixture_put(tree, "xen/include/public/domctl.h",
                "#define XEN_DOMCTL_INTERFACE_VERSION 0x00000015\n");
    fixture_put(tree, "xen/include/public/sysctl.h",
                "#define XEN_SYSCTL_INTERFACE_VERSION 0x00000015\n");
    fixture_put(
        tree, "xen/Makefile",
        "export XEN_VERSION = 4\n"
        "export XEN_SUBVERSION = 17\n"
        "export XEN_EXTRAVERSION ?= .5\n"
        "all: xen-syms\n"
        "defconfig:\n\techo CONFIG_NR_CPUS=16 >.config\n"
        "olddefconfig distclean:\n"
        "xen.o: xen.c\n"
        "\tgcc -m32 -O2 -ffreestanding -fno-pic -fno-asynchronous-unwind-tables -c -o $@ $<\n"
        "xen: xen.o\n"
        "\t[ -z \"$$XENRIG_TEST_LOG\" ] || echo \"make $$$$\" >>\"$$XENRIG_TEST_LOG\"\n"
        "\t[ -z \"$$XENRIG_TEST_PAUSE\" ] || sh -c 'echo \"pause $$$$\" >>\"$$XENRIG_TEST_LOG\"; "
        "exec sleep \"$$XENRIG_TEST_PAUSE\"'\n"
        "\tld -m elf_i386 -n -e start -Ttext=0x200000 -o $@ $<\n"
        "xen-syms: xen\n\tcp $< $@\n");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rig whose packages, tools and scripts are made up, for tests of whole builds. */
#pragma once

#include "build-fixture.h"
#include <elf.h>

static const char *const build_rig_names[] = {"debian:bullseye", "debian:bookworm",
                                              "debian:trixie"};

/* What QEMU's multiboot loader takes; the text tells one version from another. */
static inline void build_rig_put_xen(const char *folder, const char *path, const char *version)
{
    guint8 bytes[256] = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32};
    static const guint8 multiboot[] = {0x02, 0xb0, 0xad, 0x1b};
    const Elf32_Phdr segment = {.p_type = PT_LOAD, .p_offset = 96, .p_filesz = 160, .p_memsz = 160};
    Elf32_Ehdr header = {.e_phoff = sizeof header, .e_phnum = 1};

    memcpy(header.e_ident, bytes, SELFMAG + 1);
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, &segment, sizeof segment);
    memcpy(bytes + 96, multiboot, sizeof multiboot);
    g_strlcpy((char *)bytes + 128, version, sizeof bytes - 128);
    g_autoptr(GBytes) xen = g_bytes_new(bytes, sizeof bytes);
    fixture_put_bytes(folder, path, xen);
}

/* A bzImage whose payload is not compressed at all: an ELF64 with one segment. */
static inline void build_rig_put_kernel(const char *top)
{
    enum { SETUP = 2 * 512, TEXT = 256, SIZE = 512 };
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segment;
    } elf = {{.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
              .e_type = ET_EXEC,
              .e_machine = EM_X86_64,
              .e_version = EV_CURRENT,
              .e_phoff = sizeof(Elf64_Ehdr),
              .e_ehsize = sizeof(Elf64_Ehdr),
              .e_phentsize = sizeof(Elf64_Phdr),
              .e_phnum = 1},
             {.p_type = PT_LOAD, .p_offset = TEXT, .p_filesz = SIZE - TEXT, .p_memsz = SIZE}};
    static const char magic[] = {'H', 'd', 'r', 'S'};
    guint8 image[SETUP + SIZE + 4] = {[0x1f1] = 1, [0x206] = 0x0f, [0x207] = 0x02};
    const guint32 length = SIZE + 4;

    memcpy(image + 0x202, magic, sizeof magic);
    memcpy(image + 0x24c, &length, sizeof length);
    memcpy(image + SETUP, &elf, sizeof elf);
    memset(image + SETUP + TEXT, 0x90, SIZE - TEXT);
    g_autoptr(GBytes) data = g_bytes_new(image, sizeof image);
    fixture_put_bytes(top, "trees/kernel-bookworm/boot/vmlinuz-6.1.0-1-amd64", data);
}

static inline void build_rig_put_manifest(const char *top, const char *set, const char *package)
{
    g_autofree char *path = g_strdup_printf("trees/%s/manifest.json", set);
    g_autofree char *text = g_strdup_printf("[{\"package\":\"%s\",\"version\":\"%s\","
                                            "\"arch\":\"amd64\",\"sha256\":\"00\"}]\n",
                                            package, set);
    fixture_put(top, path, text);
}

/* Sets that a fetch.sh of ours takes from a folder, and notes that it did. */
static inline char *build_rig_new(void)
{
    char *top = fixture_new();
    g_autofree char *data = g_build_filename(top, "data", NULL);
    g_autofree char *cache = g_build_filename(top, "cache", NULL);
    g_autofree char *script = g_build_filename(top, "data/images/fetch.sh", NULL);
    g_autofree char *tool = g_build_filename(top, "bin/mmdebstrap", NULL);
    g_autofree char *path = g_strdup_printf("%s/bin:/usr/bin:/bin", top);

    fixture_put(top, "data/images/fetch.sh",
                "#!/bin/sh\ntop=${0%/data/*}\necho \"$1\" >>\"$top/fetched\"\n"
                "cp -a \"$top/trees/$1\" \"$2\"\n");
    fixture_put(top, "data/images/initramfs/domu", "module xenfs\n");
    fixture_put(top, "data/images/initramfs/dom0",
                "artefact /boot/vmlinux vmlinux\nartefact /boot/domu domu-initramfs\n");
    fixture_put(top, "bin/mmdebstrap", "#!/bin/sh\n");
    g_assert_cmpint(g_chmod(script, 0755), ==, 0);
    g_assert_cmpint(g_chmod(tool, 0755), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(build_rig_names); i++) {
        g_autofree char *set = g_strdelimit(g_strdup(build_rig_names[i]), ":", '-');
        g_autofree char *xen = g_strdup_printf("trees/%s/boot/xen-4-amd64.gz", set);
        build_rig_put_xen(top, xen, set);
        build_rig_put_manifest(top, set, "xen-hypervisor-4.99-amd64");
    }
    build_rig_put_kernel(top);
    build_rig_put_manifest(top, "kernel-bookworm", "linux-image-amd64");
    fixture_put(top, "trees/kernel-bookworm/lib/modules/6.1.0-1-amd64/modules.dep",
                "kernel/xenfs.ko:\n");
    fixture_put(top, "trees/kernel-bookworm/lib/modules/6.1.0-1-amd64/modules.builtin", "");
    fixture_put(top, "trees/kernel-bookworm/lib/modules/6.1.0-1-amd64/kernel/xenfs.ko", "module");
    g_setenv("XENRIG_DATA", data, TRUE);
    g_setenv("XENRIG_CACHE", cache, TRUE);
    g_setenv("PATH", path, TRUE);
    return top;
}

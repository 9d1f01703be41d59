/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rig whose packages, tools and scripts are made up, for tests of whole builds. */
#pragma once

#include "build-fixture.h"
#include "kernel-fixture.h"

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

static inline void build_rig_put_kernel(const char *top, const char *path, const char *release)
{
    g_autoptr(GBytes) image = kernel_bzimage(release, TRUE, TRUE);

    fixture_put_bytes(top, path, image);
}

static inline void build_rig_put_manifest(const char *top, const char *set, const char *package)
{
    g_autofree char *path = g_strdup_printf("trees/%s/manifest.json", set);
    g_autofree char *text = g_strdup_printf("[{\"package\":\"%s\",\"version\":\"%s\","
                                            "\"arch\":\"amd64\",\"sha256\":\"00\"}]\n",
                                            package, set);
    fixture_put(top, path, text);
}

/* A kernel's package set of a release, with one module. */
static inline void build_rig_put_linux(const char *top, const char *debian, const char *release)
{
    g_autofree char *set = g_strconcat("kernel-", debian, NULL);
    g_autofree char *image = g_strdup_printf("trees/%s/boot/vmlinuz-%s", set, release);
    g_autofree char *modules = g_strdup_printf("trees/%s/lib/modules/%s", set, release);
    g_autofree char *depends = g_build_filename(modules, "modules.dep", NULL);
    g_autofree char *builtin = g_build_filename(modules, "modules.builtin", NULL);
    g_autofree char *module = g_build_filename(modules, "kernel/xenfs.ko", NULL);

    build_rig_put_kernel(top, image, release);
    build_rig_put_manifest(top, set, "linux-image-amd64");
    fixture_put(top, depends, "kernel/xenfs.ko:\n");
    fixture_put(top, builtin, "");
    fixture_put(top, module, "module");
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
                "artefact /boot/vmlinux domu-vmlinux\nartefact /boot/domu domu-initramfs\n");
    fixture_put(top, "bin/mmdebstrap", "#!/bin/sh\n");
    g_assert_cmpint(g_chmod(script, 0755), ==, 0);
    g_assert_cmpint(g_chmod(tool, 0755), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(build_rig_names); i++) {
        g_autofree char *set = g_strdelimit(g_strdup(build_rig_names[i]), ":", '-');
        g_autofree char *xen = g_strdup_printf("trees/%s/boot/xen-4-amd64.gz", set);
        build_rig_put_xen(top, xen, set);
        build_rig_put_manifest(top, set, "xen-hypervisor-4.99-amd64");
    }
    build_rig_put_linux(top, "bookworm", "6.1.0-1-amd64");
    build_rig_put_linux(top, "trixie", "6.12.1-amd64");
    g_setenv("XENRIG_DATA", data, TRUE);
    g_setenv("XENRIG_CACHE", cache, TRUE);
    g_setenv("PATH", path, TRUE);
    return top;
}

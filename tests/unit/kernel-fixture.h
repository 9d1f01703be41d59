/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up kernels: a bzImage whose payload is not compressed, and modules that say what they need. */
#pragma once

#include <elf.h>
#include <glib.h>
#include <string.h>

enum { KERNEL_SETUP = 2 * 512, KERNEL_NOTES = 256, KERNEL_TEXT = 512, KERNEL_SIZE = 768 };

/* A note of Xen's, of that type, without content. */
static inline void kernel_note(guint8 *at, guint32 type)
{
    const Elf64_Nhdr note = {.n_namesz = sizeof "Xen", .n_descsz = 0, .n_type = type};
    static const char name[] = "Xen";

    memcpy(at, &note, sizeof note);
    memcpy(at + sizeof note, name, sizeof name);
}

/* An ELF64 with one segment, and one of notes: XEN_ELFNOTE_ENTRY for pv, XEN_ELFNOTE_PHYS32_ENTRY for pvh. */
static inline GBytes *kernel_bzimage(const char *release, gboolean pv, gboolean pvh)
{
    enum { NOTE = sizeof(Elf64_Nhdr) + sizeof "Xen" };
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segments[2];
    } elf = {{.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
              .e_type = ET_EXEC,
              .e_machine = EM_X86_64,
              .e_version = EV_CURRENT,
              .e_phoff = sizeof(Elf64_Ehdr),
              .e_ehsize = sizeof(Elf64_Ehdr),
              .e_phentsize = sizeof(Elf64_Phdr),
              .e_phnum = 2},
             {{.p_type = PT_LOAD,
               .p_offset = KERNEL_TEXT,
               .p_filesz = KERNEL_SIZE - KERNEL_TEXT,
               .p_memsz = KERNEL_SIZE},
              {.p_type = PT_NOTE, .p_offset = KERNEL_NOTES, .p_filesz = 2 * NOTE, .p_align = 4}}};
    static const char magic[] = {'H', 'd', 'r', 'S'};
    guint8 image[KERNEL_SETUP + KERNEL_SIZE + 4] = {[0x1f1] = 1, [0x206] = 0x0f, [0x207] = 0x02};
    const guint32 length = KERNEL_SIZE + 4;

    memcpy(image + 0x202, magic, sizeof magic);
    memcpy(image + 0x24c, &length, sizeof length);
    image[0x20e] = 0x80; /* from 0x200 on */
    g_snprintf((char *)image + 0x280, 128, "%s (somebody@somewhere) #1 SMP", release);
    memcpy(image + KERNEL_SETUP, &elf, sizeof elf);
    kernel_note(image + KERNEL_SETUP + KERNEL_NOTES, pv ? 1 : 2);
    kernel_note(image + KERNEL_SETUP + KERNEL_NOTES + NOTE, pvh ? 18 : 2);
    memset(image + KERNEL_SETUP + KERNEL_TEXT, 0x90, KERNEL_SIZE - KERNEL_TEXT);
    return g_bytes_new(image, sizeof image);
}

/* depends: names with commas between; release: of the kernel that it was built for. */
static inline GBytes *kernel_module(const char *depends, const char *release)
{
    enum { NAMES = sizeof(Elf64_Ehdr), INFO = NAMES + 32, SECTIONS = 512 };
    static const char names[] = "\0.modinfo\0.shstrtab";
    guint8 bytes[SECTIONS + 3 * sizeof(Elf64_Shdr)] = {0};
    g_autofree char *needs = g_strconcat("depends=", depends, NULL);
    g_autofree char *magic = g_strdup_printf("vermagic=%s SMP mod_unload ", release);
    const gsize first = strlen(needs) + 1;
    const Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_REL,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_shoff = SECTIONS,
        .e_ehsize = sizeof header,
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = 3,
        .e_shstrndx = 2};
    const Elf64_Shdr sections[] = {{.sh_type = SHT_NULL},
                                   {.sh_name = 1,
                                    .sh_type = SHT_PROGBITS,
                                    .sh_offset = INFO,
                                    .sh_size = first + strlen(magic) + 1,
                                    .sh_addralign = 1},
                                   {.sh_name = 10,
                                    .sh_type = SHT_STRTAB,
                                    .sh_offset = NAMES,
                                    .sh_size = sizeof names,
                                    .sh_addralign = 1}};

    g_assert_cmpuint(INFO + sections[1].sh_size, <=, SECTIONS);
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + NAMES, names, sizeof names);
    memcpy(bytes + INFO, needs, first);
    memcpy(bytes + INFO + first, magic, strlen(magic) + 1);
    memcpy(bytes + SECTIONS, sections, sizeof sections);
    return g_bytes_new(bytes, sizeof bytes);
}

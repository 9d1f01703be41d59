/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the rig reads in ELF files. */
#pragma once

#include <glib.h>

/* What a dynamically linked program or library asks for. */
typedef struct {
    char *interpreter; /* NULL: a library, or statically linked */
    GPtrArray *needed; /* char *: DT_NEEDED in order */
    char *runpath;     /* DT_RUNPATH or DT_RPATH as it stands; NULL if none */
} XrElfNeeds;

/* XR_ERROR_FETCH if path is no ELF file for x86-64. */
XrElfNeeds *xr_elf_needs(const char *path, GError **error);
void xr_elf_needs_free(XrElfNeeds *needs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrElfNeeds, xr_elf_needs_free)

/* Those of names (NULL-terminated) that the program at path does not export for what it loads while it runs; empty if it
 * exports all. Elements are borrowed from names. NULL with XR_ERROR_FETCH if path is no ELF file for x86-64. */
GPtrArray *xr_elf_not_exported(const char *path, const char *const *names, GError **error);

/* A symbol of a function, or of none that is known of: a label of assembler. */
typedef struct {
    const char *name, *section;
    guint64 value,
        size; /* value: an address, or in a relocatable file an offset into the section */
} XrElfSymbol;
typedef void (*XrElfSymbolFunc)(const XrElfSymbol *symbol, gpointer user_data);
/* Each of them that the symbol table has, and that is in a section. XR_ERROR_FETCH, naming what, if data is no ELF64 file for
 * x86-64; damaged entries are passed over. */
gboolean xr_elf_symbols(GBytes *data, const char *what, XrElfSymbolFunc func, gpointer user_data,
                        GError **error);

/* What the kernel module at path, packed or not, says of itself: of "depends", say, "virtio,virtio_ring". Free with g_free.
 * NULL with XR_ERROR_BUILD if it does not, XR_ERROR_FETCH if it is no ELF file. */
char *xr_elf_modinfo(const char *path, const char *name, GError **error);

/* How a kernel can be started by Xen, as its ELF notes say. */
typedef struct {
    gboolean pv;  /* XEN_ELFNOTE_ENTRY: CONFIG_XEN_PV */
    gboolean pvh; /* XEN_ELFNOTE_PHYS32_ENTRY: CONFIG_PVH */
} XrElfXen;

/* Those of vmlinux, which need not have section headers. XR_ERROR_FETCH naming what if it is no ELF64 for x86-64. */
gboolean xr_elf64_xen_notes(GBytes *vmlinux, const char *what, XrElfXen *found, GError **error);

/* TRUE if data is what QEMU's multiboot loader takes: an ELF32 with a multiboot header in its first
 * 8 KiB. Else XR_ERROR_FETCH naming what. */
gboolean xr_elf32_check_multiboot(GBytes *data, const char *what, GError **error);

/* The same ELF64 executable without its section headers and without the zeros at the end of its
 * last segment, which a loader fills in by itself: a third of a Linux kernel. XR_ERROR_FETCH if
 * data is no ELF64 executable for x86-64 or is cut short. Free with g_bytes_unref. */
GBytes *xr_elf64_trim(GBytes *data, const char *what, GError **error);

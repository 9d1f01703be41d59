/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: names of code by address: of Xen, of dom0's kernel and of its modules. */
#pragma once

#include <glib.h>

typedef struct {
    guint64 address;
    guint64 size;       /* 0: until the next one */
    const char *name;   /* without the source file that Xen puts before names of static functions */
    const char *module; /* of dom0's kernel; "" where it is none */
} XrSymbol;

/* Names that are no valid text, or longer than XR_SYMBOL_MAX, and those beyond XR_SYMBOLS_MAX are left out: what symbols are
 * read from is not trusted. */
enum { XR_SYMBOL_MAX = 128, XR_SYMBOLS_MAX = 1000000 };

typedef struct _XrSymbols XrSymbols;
XrSymbols *xr_symbols_new(void);
void xr_symbols_free(XrSymbols *symbols);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSymbols, xr_symbols_free)

/* name need not end with NUL. module may be NULL. */
void xr_symbols_add(XrSymbols *symbols, guint64 address, guint64 size, const char *name, gsize len,
                    const char *module);
guint xr_symbols_count(const XrSymbols *symbols);
/* The function that the address is in, or NULL. Of several names at one address it is the one with the fewest leading
 * underscores, then the first in order: the same for each build. Belongs to symbols, until one is added. */
const XrSymbol *xr_symbols_find(XrSymbols *symbols, guint64 address);

/* --- where they come from; each FALSE with XR_ERROR_FETCH, naming what, where there are none --- */

/* The symbol table of an ELF64 executable, such as xen-syms: functions and labels of its code. */
gboolean xr_symbols_add_executable(XrSymbols *symbols, GBytes *data, const char *what,
                                   GError **error);
/* That of a kernel module (.ko), whose sections are at these addresses (name -> "0xffffffffc0012000", as dom0's agent told:
 * what is no address is left out). */
gboolean xr_symbols_add_module(XrSymbols *symbols, GBytes *data, const char *module,
                               GHashTable *sections, GError **error);
/* The compressed table that Xen's and Linux' builds put into the image itself, for their own backtraces (symbols-table.c).
 * origin: what the offsets in Xen's are counted from; of Linux' the table says so itself. */
gboolean xr_symbols_add_table(XrSymbols *symbols, GBytes *image, guint64 origin, const char *what,
                              GError **error);
/* Modules in an initramfs (uncompressed), /lib/modules/NAME.ko, that addresses has: NAME -> sections as above. Returns how
 * many there were; those that cannot be read are left out. */
guint xr_symbols_add_modules(XrSymbols *symbols, const char *initramfs, GHashTable *addresses);

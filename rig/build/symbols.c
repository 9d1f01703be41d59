/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: names of code by address: of Xen, of dom0's kernel and of its modules. */
#include "build/symbols.h"

#include "base/error.h"
#include "build/elf.h"
#include <string.h>

/* How far behind the last symbol, which has no size, its function may reach. */
static const guint64 last_size = 64 * 1024;

struct _XrSymbols {
    GArray *list; /* XrSymbol, sorted when sorted is TRUE */
    GStringChunk *names;
    gboolean sorted;
};

XrSymbols *xr_symbols_new(void)
{
    XrSymbols *symbols = g_new0(XrSymbols, 1);

    symbols->list = g_array_new(FALSE, FALSE, sizeof(XrSymbol));
    symbols->names = g_string_chunk_new(64 * 1024);
    return symbols;
}

void xr_symbols_free(XrSymbols *symbols)
{
    if (symbols == NULL)
        return;
    g_array_unref(symbols->list);
    g_string_chunk_free(symbols->names);
    g_free(symbols);
}

static gboolean is_name(const char *name, gsize len)
{
    for (gsize i = 0; i < len; i++)
        if (!g_ascii_isalnum(name[i]) && strchr("_.$", name[i]) == NULL)
            return FALSE;
    return len > 0 && len <= XR_SYMBOL_MAX;
}

void xr_symbols_add(XrSymbols *symbols, guint64 address, guint64 size, const char *name, gsize len,
                    const char *module)
{
    const char *file = memrchr(name, '#', len);
    XrSymbol symbol = {.address = address, .size = size};

    if (file != NULL) {
        len -= (gsize)(file + 1 - name);
        name = file + 1;
    }
    if (!is_name(name, len) || symbols->list->len >= XR_SYMBOLS_MAX)
        return;
    symbol.name = g_string_chunk_insert_len(symbols->names, name, (gssize)len);
    symbol.module = g_string_chunk_insert_const(symbols->names, module != NULL ? module : "");
    g_array_append_val(symbols->list, symbol);
    symbols->sorted = FALSE;
}

guint xr_symbols_count(const XrSymbols *symbols)
{
    return symbols->list->len;
}

static gsize underscores(const char *name)
{
    return strspn(name, "_");
}

static gint by_address(gconstpointer a, gconstpointer b)
{
    const XrSymbol *x = a, *y = b;

    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    if (underscores(x->name) != underscores(y->name))
        return underscores(x->name) < underscores(y->name) ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The last index whose address is no greater; -1: none. */
static gint64 index_of(const XrSymbols *symbols, guint64 address)
{
    gint64 low = -1, high = symbols->list->len;

    while (high - low > 1) {
        const gint64 middle = (low + high) / 2;

        if (g_array_index(symbols->list, XrSymbol, middle).address <= address)
            low = middle;
        else
            high = middle;
    }
    return low;
}

const XrSymbol *xr_symbols_find(XrSymbols *symbols, guint64 address)
{
    gint64 i;
    const XrSymbol *symbol;
    guint64 size;

    if (!symbols->sorted)
        g_array_sort(symbols->list, by_address);
    symbols->sorted = TRUE;
    i = index_of(symbols, address);
    if (i < 0)
        return NULL;
    symbol = &g_array_index(symbols->list, XrSymbol, i);
    while (i > 0 && g_array_index(symbols->list, XrSymbol, i - 1).address == symbol->address)
        symbol = &g_array_index(symbols->list, XrSymbol, --i);
    size = symbol->size > 0 ? symbol->size : last_size;
    return address - symbol->address < size ? symbol : NULL;
}

/* --- from ELF files --- */

typedef struct {
    XrSymbols *symbols;
    const char *module;
    GHashTable *sections; /* NULL: addresses are whole */
} Reader;

static gboolean is_code_section(const char *section)
{
    return strstr(section, "text") != NULL || strstr(section, "fixup") != NULL;
}

static void take(const XrElfSymbol *found, gpointer user_data)
{
    const Reader *reader = user_data;
    const char *base =
        reader->sections != NULL ? g_hash_table_lookup(reader->sections, found->section) : "0x0";
    guint64 address;

    if (base == NULL || !g_str_has_prefix(base, "0x") || !is_code_section(found->section))
        return;
    address = g_ascii_strtoull(base + 2, NULL, 16);
    if (reader->sections != NULL && address == 0)
        return;
    xr_symbols_add(reader->symbols, address + found->value, found->size, found->name,
                   strlen(found->name), reader->module);
}

static gboolean read_elf(Reader *reader, GBytes *data, const char *what, GError **error)
{
    const guint before = xr_symbols_count(reader->symbols);

    if (!xr_elf_symbols(data, what, take, reader, error))
        return FALSE;
    if (xr_symbols_count(reader->symbols) > before)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_FETCH, "%s: has no symbols of code", what);
    return FALSE;
}

gboolean xr_symbols_add_executable(XrSymbols *symbols, GBytes *data, const char *what,
                                   GError **error)
{
    Reader reader = {.symbols = symbols};

    return read_elf(&reader, data, what, error);
}

gboolean xr_symbols_add_module(XrSymbols *symbols, GBytes *data, const char *module,
                               GHashTable *sections, GError **error)
{
    Reader reader = {.symbols = symbols, .module = module, .sections = sections};

    return read_elf(&reader, data, module, error);
}

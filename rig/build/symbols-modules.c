/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: symbols of the kernel modules that an initramfs holds. */
#include "build/symbols.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

typedef struct archive XrArchive;

static void archive_close(XrArchive *archive)
{
    if (archive != NULL)
        archive_read_free(archive);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrArchive, archive_close)

enum { BLOCK = 64 * 1024, MODULE_MAX = 64 * 1024 * 1024 };

/* "xen_blkback" of "lib/modules/xen_blkback.ko"; NULL: it is none. Free with g_free. */
static char *module_of(const char *path)
{
    static const char folder[] = "lib/modules/", ending[] = ".ko";
    const gsize length = path != NULL ? strlen(path) : 0;
    const gsize fixed = sizeof folder - 1 + sizeof ending - 1;

    if (length <= fixed || !g_str_has_prefix(path, folder) || !g_str_has_suffix(path, ending))
        return NULL;
    return g_strndup(path + sizeof folder - 1, length - fixed);
}

static GBytes *read_entry(XrArchive *archive, struct archive_entry *entry)
{
    const gint64 size = archive_entry_size(entry);
    g_autofree guint8 *bytes = NULL;

    if (size <= 0 || size > MODULE_MAX)
        return NULL;
    bytes = g_malloc((gsize)size);
    if (archive_read_data(archive, bytes, (gsize)size) != size)
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&bytes), (gsize)size);
}

guint xr_symbols_add_modules(XrSymbols *symbols, const char *initramfs, GHashTable *addresses)
{
    g_autoptr(XrArchive) archive = archive_read_new();
    struct archive_entry *entry;
    guint count = 0;

    archive_read_support_format_cpio(archive);
    if (archive_read_open_filename(archive, initramfs, BLOCK) != ARCHIVE_OK)
        return 0;
    while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
        g_autofree char *module = module_of(archive_entry_pathname(entry));
        GHashTable *sections = module != NULL ? g_hash_table_lookup(addresses, module) : NULL;
        g_autoptr(GBytes) data = sections != NULL ? read_entry(archive, entry) : NULL;

        if (data != NULL)
            count += xr_symbols_add_module(symbols, data, module, sections, NULL);
    }
    return count;
}

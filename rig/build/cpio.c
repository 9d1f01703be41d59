/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: an initramfs that comes out the same each time. */
#include "build/cpio.h"
#include "base/error.h"
#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    mode_t mode;
    GBytes *data; /* files */
    char *target; /* links */
} Entry;

struct _XrCpio {
    GTree *entries; /* path without leading "/" -> Entry, sorted: a folder before what is in it */
};

typedef struct archive XrArchive;
typedef struct archive_entry XrArchiveEntry;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrArchive, archive_write_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrArchiveEntry, archive_entry_free)

static void free_entry(gpointer data)
{
    Entry *entry = data;
    g_clear_pointer(&entry->data, g_bytes_unref);
    g_free(entry->target);
    g_free(entry);
}

static int by_name(gconstpointer a, gconstpointer b, gpointer unused)
{
    return strcmp(a, b);
}

XrCpio *xr_cpio_new(void)
{
    XrCpio *cpio = g_new0(XrCpio, 1);
    cpio->entries = g_tree_new_full(by_name, NULL, g_free, free_entry);
    return cpio;
}

void xr_cpio_free(XrCpio *cpio)
{
    if (!cpio)
        return;
    g_tree_unref(cpio->entries);
    g_free(cpio);
}

static const char *relative(const char *path)
{
    return path + strspn(path, "/");
}

gboolean xr_cpio_has(const XrCpio *cpio, const char *path)
{
    return g_tree_lookup(cpio->entries, relative(path)) != NULL;
}

static Entry *add(XrCpio *cpio, const char *path, mode_t mode)
{
    for (const char *slash = strchr(relative(path), '/'); slash; slash = strchr(slash + 1, '/')) {
        g_autofree char *parent = g_strndup(path, (gsize)(slash - path));
        xr_cpio_add_directory(cpio, parent);
    }
    Entry *entry = g_new0(Entry, 1);
    entry->mode = mode;
    g_tree_replace(cpio->entries, g_strdup(relative(path)), entry);
    return entry;
}

void xr_cpio_add_directory(XrCpio *cpio, const char *path)
{
    if (!xr_cpio_has(cpio, path))
        add(cpio, path, S_IFDIR | 0755);
}

void xr_cpio_add_file(XrCpio *cpio, const char *path, GBytes *data, gboolean executable)
{
    g_return_if_fail(!xr_cpio_has(cpio, path));
    add(cpio, path, S_IFREG | (executable ? 0755 : 0644))->data = g_bytes_ref(data);
}

void xr_cpio_add_link(XrCpio *cpio, const char *path, const char *target)
{
    g_return_if_fail(!xr_cpio_has(cpio, path));
    add(cpio, path, S_IFLNK | 0777)->target = g_strdup(target);
}

static gboolean write_entry(XrArchive *archive, const char *path, const Entry *entry, gint64 inode)
{
    g_autoptr(XrArchiveEntry) header = archive_entry_new();
    gsize size = 0;
    const void *bytes = entry->data ? g_bytes_get_data(entry->data, &size) : NULL;

    archive_entry_set_pathname(header, path);
    archive_entry_set_mode(header, entry->mode);
    archive_entry_set_ino64(header, inode);
    archive_entry_set_nlink(header, S_ISDIR(entry->mode) ? 2 : 1);
    archive_entry_set_uid(header, 0);
    archive_entry_set_gid(header, 0);
    archive_entry_set_mtime(header, 0, 0);
    archive_entry_set_size(header, (gint64)size);
    if (entry->target)
        archive_entry_set_symlink(header, entry->target);
    return archive_write_header(archive, header) == ARCHIVE_OK &&
           (size == 0 || archive_write_data(archive, bytes, size) == (gssize)size);
}

static gboolean write_all(XrCpio *cpio, XrArchive *archive, const char *dest)
{
    gint64 inode = 1;

    if (archive_write_set_format_cpio_newc(archive) != ARCHIVE_OK ||
        archive_write_open_filename(archive, dest) != ARCHIVE_OK)
        return FALSE;
    for (GTreeNode *node = g_tree_node_first(cpio->entries); node; node = g_tree_node_next(node))
        if (!write_entry(archive, g_tree_node_key(node), g_tree_node_value(node), inode++))
            return FALSE;
    return archive_write_close(archive) == ARCHIVE_OK;
}

gboolean xr_cpio_write(XrCpio *cpio, const char *dest, GError **error)
{
    g_autoptr(XrArchive) archive = archive_write_new();

    if (write_all(cpio, archive, dest))
        return TRUE;
    const char *reason = archive_error_string(archive);
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be written: %s", dest,
                reason ? reason : "unknown reason");
    g_unlink(dest);
    return FALSE;
}

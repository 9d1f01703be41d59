/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: decompression, and hashes of bytes. */
#include "build/unpack.h"
#include "base/error.h"
#include <archive.h>
#include <archive_entry.h>

enum { CHUNK = 1024 * 1024 };
static const gsize LARGEST = 1024UL * 1024 * 1024;

typedef struct archive XrArchive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrArchive, archive_read_free)

static GBytes *fail(XrArchive *archive, const char *what, GError **error)
{
    const char *reason = archive_error_string(archive);
    g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                "%s: cannot be decompressed: %s; remove it from the cache to fetch it again", what,
                reason ? reason : "damaged");
    return NULL;
}

GBytes *xr_unpack(GBytes *data, const char *what, GError **error)
{
    gsize size;
    const void *bytes = g_bytes_get_data(data, &size);
    g_autoptr(XrArchive) archive = archive_read_new();
    g_autoptr(GByteArray) result = g_byte_array_new();
    g_autofree guint8 *chunk = g_malloc(CHUNK);
    struct archive_entry *entry;
    gssize got;

    archive_read_support_filter_all(archive);
    archive_read_support_format_raw(archive);
    if (archive_read_open_memory(archive, bytes, size) != ARCHIVE_OK ||
        archive_read_next_header(archive, &entry) != ARCHIVE_OK)
        return fail(archive, what, error);
    while ((got = archive_read_data(archive, chunk, CHUNK)) > 0) {
        if (result->len + (gsize)got > LARGEST) {
            g_set_error(error, XR_ERROR, XR_ERROR_FETCH, "%s: is larger than 1 GiB unpacked", what);
            return NULL;
        }
        g_byte_array_append(result, chunk, (guint)got);
    }
    if (got < 0)
        return fail(archive, what, error);
    return g_byte_array_free_to_bytes(g_steal_pointer(&result));
}

GBytes *xr_unpack_file(const char *path, GError **error)
{
    g_autoptr(GBytes) data = xr_read_file(path, error);
    return data ? xr_unpack(data, path, error) : NULL;
}

GBytes *xr_read_file(const char *path, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
    return file ? g_mapped_file_get_bytes(file) : NULL;
}

char *xr_hash_file(const char *path, GError **error)
{
    g_autoptr(GBytes) data = xr_read_file(path, error);
    return data ? g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, data) : NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the vmlinux inside a bzImage.
 *
 * Offsets are those of Linux's x86 boot protocol (Documentation/x86/boot.rst). Since version 2.08
 * the setup header says where the compressed kernel is; its bytes are an ordinary compressed stream
 * and, except after gzip, one more 32-bit word, the size it unpacks to. */
#include "build/bzimage.h"
#include "base/error.h"
#include "build/elf.h"
#include "build/unpack.h"
#include <string.h>

enum {
    SETUP_SECTS = 0x1f1,
    HEADER_MAGIC = 0x202, /* "HdrS" */
    PROTOCOL = 0x206,
    KERNEL_VERSION = 0x20e, /* where its text is, from 0x200 on */
    PAYLOAD_OFFSET = 0x248, /* from the end of the setup sectors */
    PAYLOAD_LENGTH = 0x24c,
    HEADER_END = 0x250,
    SECTOR = 512,
    SIZE_WORD = 4,
    RELEASE_MAX = 64, /* of Linux's utsname */
};

static guint32 little_endian(const guint8 *bytes, gsize offset, gsize width)
{
    guint32 value = 0;
    for (gsize i = width; i > 0; i--)
        value = value << 8 | bytes[offset + i - 1];
    return value;
}

static gboolean check_header(GBytes *image, const char *what, GError **error)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(image, &size);

    if (size >= HEADER_END && memcmp(bytes + HEADER_MAGIC, "HdrS", 4) == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_FETCH, "%s: is no Linux bzImage", what);
    return FALSE;
}

static GBytes *find_payload(GBytes *image, const char *what, GError **error)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(image, &size);

    if (!check_header(image, what, error))
        return NULL;
    guint32 protocol = little_endian(bytes, PROTOCOL, 2);
    if (protocol < 0x208) {
        g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                    "%s: its boot protocol %u.%02u does not say where the kernel is; 2.08 does",
                    what, protocol >> 8, protocol & 0xff);
        return NULL;
    }
    gsize sectors = bytes[SETUP_SECTS] ? bytes[SETUP_SECTS] : 4;
    gsize offset = (sectors + 1) * SECTOR + little_endian(bytes, PAYLOAD_OFFSET, 4);
    gsize length = little_endian(bytes, PAYLOAD_LENGTH, 4);
    if (length <= SIZE_WORD || offset > size || length > size - offset) {
        g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                    "%s: is cut short: its kernel would end at byte %" G_GSIZE_FORMAT
                    ", the file at %" G_GSIZE_FORMAT,
                    what, offset + length, size);
        return NULL;
    }
    gboolean gzip = bytes[offset] == 0x1f && bytes[offset + 1] == 0x8b;
    return g_bytes_new_from_bytes(image, offset, gzip ? length : length - SIZE_WORD);
}

GBytes *xr_bzimage_vmlinux(GBytes *image, const char *what, GError **error)
{
    g_autoptr(GBytes) payload = find_payload(image, what, error);
    if (!payload)
        return NULL;
    g_autoptr(GBytes) vmlinux = xr_unpack(payload, what, error);
    return vmlinux ? xr_elf64_trim(vmlinux, what, error) : NULL;
}

char *xr_bzimage_release(GBytes *image, const char *what, GError **error)
{
    gsize size;
    const guint8 *bytes = g_bytes_get_data(image, &size);

    if (!check_header(image, what, error))
        return NULL;
    const gsize at = 0x200 + little_endian(bytes, KERNEL_VERSION, 2);
    const gsize room = at > 0x200 && at < size ? size - at : 0;
    g_autofree char *text =
        g_strndup((const char *)bytes + (room ? at : 0), MIN(room, RELEASE_MAX));
    text[strcspn(text, " ")] = '\0';
    if (*text && g_str_is_ascii(text) && !strchr(text, '/'))
        return g_steal_pointer(&text);
    g_set_error(error, XR_ERROR, XR_ERROR_FETCH, "%s: does not say its kernel's release", what);
    return NULL;
}

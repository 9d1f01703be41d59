/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: an initramfs that comes out the same each time. */
#pragma once

#include <glib.h>

/* Collects what an image holds. Paths are absolute within the image; missing parent folders (0755)
 * come by themselves. The order of calls does not matter to the result. */
typedef struct _XrCpio XrCpio;
XrCpio *xr_cpio_new(void);
void xr_cpio_free(XrCpio *cpio);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrCpio, xr_cpio_free)

/* The same folder twice is one. */
void xr_cpio_add_directory(XrCpio *cpio, const char *path);
/* A file (0755 if executable, else 0644) or a link in the place of another entry is a programming
 * error; xr_cpio_has tells. */
void xr_cpio_add_file(XrCpio *cpio, const char *path, GBytes *data, gboolean executable);
void xr_cpio_add_link(XrCpio *cpio, const char *path, const char *target);
gboolean xr_cpio_has(const XrCpio *cpio, const char *path);

/* Writes it as an uncompressed "newc" archive: sorted by name, all times 0, all owners root, inodes
 * counted from 1. Same entries, same bytes. A failure leaves no file. */
gboolean xr_cpio_write(XrCpio *cpio, const char *dest, GError **error);

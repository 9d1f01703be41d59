/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the vmlinux inside a bzImage. */
#pragma once

#include <glib.h>

/* The uncompressed kernel, without what its loader need not read (see xr_elf64_trim). Xen would
 * take a bzImage as well, but unpack it for dom0 and each domU again, which takes ten seconds a
 * time on an emulated CPU. what names the image in errors (XR_ERROR_FETCH). Free with
 * g_bytes_unref. */
GBytes *xr_bzimage_vmlinux(GBytes *image, const char *what, GError **error);

/* The kernel's release as its header says it, e.g. "6.1.0-56-amd64". XR_ERROR_FETCH naming what. Free with g_free. */
char *xr_bzimage_release(GBytes *image, const char *what, GError **error);

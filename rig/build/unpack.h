/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: decompression, and hashes of bytes. */
#pragma once

#include <glib.h>

/* Decompresses data: xz, gzip, zstd, lz4 (frame and legacy), bzip2, lzma, by what is in it; bytes
 * of no known kind are given back as they are. what names them in errors (XR_ERROR_FETCH: they came
 * with a package). Results above 1 GiB are refused. Free with g_bytes_unref. */
GBytes *xr_unpack(GBytes *data, const char *what, GError **error);
/* The same on a file. */
GBytes *xr_unpack_file(const char *path, GError **error);

/* A whole file, mapped. Free with g_bytes_unref. */
GBytes *xr_read_file(const char *path, GError **error);
/* SHA-256 of a whole file in hex. Free with g_free. */
char *xr_hash_file(const char *path, GError **error);

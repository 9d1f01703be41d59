/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: sets of Debian packages, unpacked in the cache. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

/* The cache's name for set (a file of images/packages) as it is written now: "qemu-0123456789abcdef".
 * images/fetch.sh --key says the same. Free with g_free. */
char *xr_packages_key(const char *set, GError **error);

/* The folder of the unpacked set, fetched by images/fetch.sh where it is not in the cache. *fetched
 * is called before that. XR_ERROR_FETCH with the last lines of the log; XR_ERROR_STOPPED. Free with
 * g_free. */
char *xr_packages_tree(const char *set, void (*fetching)(gpointer user_data), gpointer user_data,
                       GCancellable *cancellable, GError **error);

/* What the set came to: objects of package, version, arch and sha256. */
JsonArray *xr_packages_manifest(const char *tree, GError **error);
/* Which packages it is made of goes to checksum. */
gboolean xr_packages_hash(const char *tree, GChecksum *checksum, GError **error);
/* Version of the one package whose name begins with prefix; NULL if there is none. Belongs to
 * manifest. */
const char *xr_packages_version(JsonArray *manifest, const char *prefix);

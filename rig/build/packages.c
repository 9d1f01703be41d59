/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: sets of Debian packages, unpacked in the cache. */
#include "build/packages.h"
#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "build/cache.h"
#include "build/child.h"
#include "build/unpack.h"
#include <string.h>

enum { LOG_LINES = 8, KEY_DIGITS = 16 };

typedef struct {
    const char *set;
    void (*fetching)(gpointer user_data);
    gpointer user_data;
} Fetch;

static gboolean hash_data(GChecksum *checksum, const char *name, GError **error)
{
    g_autofree char *path = xr_paths_data(name, error);
    g_autofree char *text = NULL;
    gsize size;

    if (!path || !g_file_get_contents(path, &text, &size, error))
        return FALSE;
    g_checksum_update(checksum, (const guchar *)text, (gssize)size);
    return TRUE;
}

char *xr_packages_key(const char *set, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *file = g_strconcat("images/packages/", set, NULL);

    if (!hash_data(checksum, file, error) || !hash_data(checksum, "images/fetch.sh", error))
        return NULL;
    return g_strdup_printf("%s-%.*s", set, KEY_DIGITS, g_checksum_get_string(checksum));
}

static gboolean fetch(const char *dest, const char *log, int lock_fd, gpointer user_data,
                      GCancellable *cancellable, GError **error)
{
    const Fetch *request = user_data;
    g_autofree char *tool = g_find_program_in_path("mmdebstrap");
    if (!tool) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                    "mmdebstrap is not installed, so package set %s cannot be fetched: run "
                    "images/host.sh",
                    request->set);
        return FALSE;
    }
    g_autofree char *script = xr_paths_data("images/fetch.sh", error);
    if (!script)
        return FALSE;
    const char *const argv[] = {script, request->set, dest, log, NULL};
    gboolean success = FALSE;
    if (request->fetching)
        request->fetching(request->user_data);
    if (!xr_child_run(argv, NULL, lock_fd, "fetching packages", &success, cancellable, error))
        return FALSE;
    if (success)
        return TRUE;
    g_autofree char *tail = xr_child_log_tail(log, LOG_LINES);
    g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                "package set %s could not be fetched; the log %s ends with:%s", request->set, log,
                tail);
    return FALSE;
}

char *xr_packages_tree(const char *set, void (*fetching)(gpointer user_data), gpointer user_data,
                       GCancellable *cancellable, GError **error)
{
    Fetch request = {.set = set, .fetching = fetching, .user_data = user_data};
    g_autofree char *key = xr_packages_key(set, error);

    return key ? xr_cache_entry("trees", key, fetch, &request, cancellable, error) : NULL;
}

JsonArray *xr_packages_manifest(const char *tree, GError **error)
{
    g_autofree char *path = g_build_filename(tree, "manifest.json", NULL);
    g_autoptr(JsonParser) parser = json_parser_new();

    if (!json_parser_load_from_file(parser, path, error))
        return NULL;
    JsonNode *root = json_parser_get_root(parser);
    if (root && JSON_NODE_HOLDS_ARRAY(root))
        return json_node_dup_array(root);
    g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                "%s: holds no list of packages; remove %s to fetch it again", path, tree);
    return NULL;
}

gboolean xr_packages_hash(const char *tree, GChecksum *checksum, GError **error)
{
    g_autofree char *manifest = g_build_filename(tree, "manifest.json", NULL);
    g_autofree char *packages = xr_hash_file(manifest, error);

    if (!packages)
        return FALSE;
    g_checksum_update(checksum, (const guchar *)packages, -1);
    return TRUE;
}

const char *xr_packages_version(JsonArray *manifest, const char *prefix)
{
    for (guint i = 0; i < json_array_get_length(manifest); i++) {
        JsonObject *package = xr_json_element_object(manifest, i);
        if (package && g_str_has_prefix(xr_json_string(package, "package", ""), prefix))
            return xr_json_string(package, "version", NULL);
    }
    return NULL;
}

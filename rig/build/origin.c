/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: where a source tree comes from, and how it is told from others. */
#include "build/origin.h"
#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "build/cache.h"
#include "build/child.h"
#include "build/packages.h"
#include "build/unpack.h"
#include <string.h>

enum { LOG_LINES = 6 };

/* What a hypervisor is made of. */
static const char *const xen_parts[] = {"Config.mk", "config", "xen"};
/* Names and endings of what a build makes. */
static const char *const made[] = {".o", ".o.d", ".cmd", ".d", ".gz", ".map", "-syms"};

typedef struct {
    const char *release;
    XrBuildProgress progress;
    gpointer user_data;
} Fetch;

static gboolean is_made(const char *name)
{
    if (*name == '.')
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(made); i++)
        if (g_str_has_suffix(name, made[i]))
            return TRUE;
    return FALSE;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

gboolean xr_origin_hash_file(const char *root, const char *name, GChecksum *checksum,
                             GError **error)
{
    g_autofree char *path = g_build_filename(root, name, NULL);
    g_autofree char *link = g_file_read_link(path, NULL);
    g_autoptr(GBytes) data = link ? g_bytes_new(link, strlen(link)) : xr_read_file(path, error);
    gsize size;

    if (!data)
        return FALSE;
    const guchar *bytes = g_bytes_get_data(data, &size);
    g_autofree char *head = g_strdup_printf("%s %" G_GSIZE_FORMAT "\n", name, size);
    g_checksum_update(checksum, (const guchar *)head, -1);
    if (size > 0)
        g_checksum_update(checksum, bytes, (gssize)size);
    return TRUE;
}

static gboolean is_below(const char *path, const char *const *folders)
{
    for (; *folders; folders++) {
        gsize length = strlen(*folders);
        if (g_str_has_prefix(path, *folders) && (path[length] == '/' || path[length] == '\0'))
            return TRUE;
    }
    return FALSE;
}

static gboolean hash_path(const char *root, const char *name, const char *const *left_out,
                          GChecksum *checksum, GError **error)
{
    g_autofree char *path = g_build_filename(root, name, NULL);

    if (is_below(name, left_out))
        return TRUE;
    if (!g_file_test(path, G_FILE_TEST_IS_DIR) || g_file_test(path, G_FILE_TEST_IS_SYMLINK))
        return xr_origin_hash_file(root, name, checksum, error);
    g_autoptr(GDir) dir = g_dir_open(path, 0, error);
    if (!dir)
        return FALSE;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *file; (file = g_dir_read_name(dir));)
        if (!is_made(file))
            g_ptr_array_add(names, g_build_filename(name, file, NULL));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++)
        if (!hash_path(root, names->pdata[i], left_out, checksum, error))
            return FALSE;
    return TRUE;
}

char *xr_origin_hash_tree(const char *folder, GError **error)
{
    static const char *const all[] = {NULL};
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    for (gsize i = 0; i < G_N_ELEMENTS(xen_parts); i++) {
        g_autofree char *path = g_build_filename(folder, xen_parts[i], NULL);
        if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
            g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                        "%s is no Xen source tree: there is no %s in it", folder, xen_parts[i]);
            return NULL;
        }
        if (!hash_path(folder, xen_parts[i], all, checksum, error))
            return NULL;
    }
    return g_strdup(g_checksum_get_string(checksum));
}

static gboolean find_dir(XrOrigin *origin, const XrSource *source, GError **error)
{
    origin->folder = g_canonicalize_filename(source->where, NULL);
    origin->content = xr_origin_hash_tree(origin->folder, error);
    return origin->content != NULL;
}

static char *ask_git(const char *folder, const char *revision, const char *what, GError **error)
{
    g_autofree char *object = g_strconcat(revision, what, NULL);
    const char *const argv[] = {"git",  "-C", folder, "rev-parse", "--verify", "--end-of-options",
                                object, NULL};
    g_autoptr(GError) reason = NULL;
    char *id = xr_child_ask(argv, &reason);

    if (!id)
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "git:%s@%s: there is no such commit: %s",
                    folder, revision, reason->message);
    return id;
}

/* By the ids of what a hypervisor is made of: commits that differ elsewhere are one build. */
static char *identify_parts(const char *folder, const char *revision, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    for (gsize i = 0; i < G_N_ELEMENTS(xen_parts); i++) {
        g_autofree char *object = g_strdup_printf("%s:%s", revision, xen_parts[i]);
        const char *const argv[] = {
            "git", "-C", folder, "rev-parse", "--verify", "-q", "--end-of-options", object, NULL};
        g_autofree char *id = xr_child_ask(argv, NULL);
        if (!id) {
            g_set_error(error, XR_ERROR, XR_ERROR_BUILD,
                        "commit %.12s of %s is no Xen source tree: there is no %s in it", revision,
                        folder, xen_parts[i]);
            return NULL;
        }
        g_checksum_update(checksum, (const guchar *)id, -1);
        g_checksum_update(checksum, (const guchar *)"\n", 1);
    }
    return g_strdup(g_checksum_get_string(checksum));
}

/* By ids alone: neither the work tree nor the index is looked at. */
static gboolean find_git(XrOrigin *origin, const XrSource *source, GError **error)
{
    origin->folder = g_canonicalize_filename(source->where, NULL);
    origin->revision = ask_git(origin->folder, source->revision, "^{commit}", error);
    origin->content =
        origin->revision ? identify_parts(origin->folder, origin->revision, error) : NULL;
    if (!origin->content)
        return FALSE;
    JsonObject *object = json_object_new();
    json_object_set_string_member(object, "commit", origin->revision);
    json_array_add_object_element(origin->inputs, object);
    return TRUE;
}

static gboolean fetch(const char *dest, const char *log, int lock_fd, gpointer user_data,
                      GCancellable *cancellable, GError **error)
{
    const Fetch *request = user_data;
    g_autofree char *script = xr_paths_data("images/fetch-source.sh", error);
    const char *const argv[] = {script, request->release, "xen", dest, log, NULL};
    g_autofree char *sentence =
        g_strdup_printf("fetching Xen's source package of %s (first time only)", request->release);
    gboolean success = FALSE;

    if (request->progress)
        request->progress(sentence, request->user_data);
    if (!script ||
        !xr_child_run(argv, NULL, lock_fd, "fetching a source", &success, cancellable, error))
        return FALSE;
    if (success)
        return TRUE;
    g_autofree char *tail = xr_child_log_tail(log, LOG_LINES);
    g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                "Xen's source package of %s could not be fetched; the log %s ends with:%s",
                request->release, log, tail);
    return FALSE;
}

static char *source_key(const char *release, GError **error)
{
    g_autofree char *script = xr_paths_data("images/fetch-source.sh", error);
    const char *const argv[] = {script, "--key", release, "xen", NULL};
    g_autofree char *digits = script ? xr_child_ask(argv, error) : NULL;

    return digits ? g_strdup_printf("xen-%s-%s", release, digits) : NULL;
}

/* The source package's files say what is in the tree. */
static gboolean find_debsrc(XrOrigin *origin, const XrSource *source, Fetch *request,
                            GCancellable *cancellable, GError **error)
{
    g_autofree char *key = NULL;

    request->release = source->where;
    if (!g_regex_match_simple("^[a-z][a-z0-9-]*$", source->where, 0, 0)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "debsrc:%s: is no name of a Debian release",
                    source->where);
        return FALSE;
    }
    key = source_key(source->where, error);
    g_autofree char *entry =
        key ? xr_cache_entry("sources", key, fetch, request, cancellable, error) : NULL;
    if (!entry)
        return FALSE;
    g_autoptr(JsonArray) manifest = xr_packages_manifest(entry, error);
    g_autofree char *list = g_build_filename(entry, "manifest.json", NULL);
    origin->content = manifest ? xr_hash_file(list, error) : NULL;
    if (!origin->content)
        return FALSE;
    origin->folder = g_build_filename(entry, "source", NULL);
    origin->entry = g_strconcat("sources/", key, NULL);
    origin->version = g_strdup(xr_packages_version(manifest, "xen"));
    json_array_unref(origin->inputs);
    origin->inputs = g_steal_pointer(&manifest);
    return TRUE;
}

XrOrigin *xr_origin_find(const XrSource *source, XrBuildProgress progress, gpointer user_data,
                         GCancellable *cancellable, GError **error)
{
    g_autoptr(XrOrigin) origin = g_new0(XrOrigin, 1);
    Fetch request = {.progress = progress, .user_data = user_data};
    gboolean found = FALSE;

    origin->kind = source->kind;
    origin->inputs = json_array_new();
    if (source->kind == XR_FROM_DEBSRC)
        found = find_debsrc(origin, source, &request, cancellable, error);
    else if (source->kind == XR_FROM_GIT)
        found = find_git(origin, source, error);
    else
        found = find_dir(origin, source, error);
    return found ? g_steal_pointer(&origin) : NULL;
}

char *xr_origin_read(const XrOrigin *origin, const char *path)
{
    g_autofree char *file = g_build_filename(origin->folder, path, NULL);
    g_autofree char *object = g_strdup_printf("%s:%s", origin->revision, path);
    const char *const argv[] = {"git", "-C", origin->folder, "cat-file", "blob", object, NULL};
    char *text = NULL;

    if (origin->kind == XR_FROM_GIT)
        return xr_child_ask(argv, NULL);
    g_file_get_contents(file, &text, NULL, NULL);
    return text;
}

/* By the ids that git has of them, a line a file: "MODE blob ID<tab>PATH". */
static gboolean hash_listed(const XrOrigin *origin, const char *const *parts,
                            const char *const *left_out, GChecksum *checksum, GError **error)
{
    const char *const first[] = {"git", "-C",          origin->folder,   "ls-tree",
                                 "-r",  "--full-tree", origin->revision, "--"};
    g_autoptr(GPtrArray) argv = g_ptr_array_new();

    for (gsize i = 0; i < G_N_ELEMENTS(first); i++)
        g_ptr_array_add(argv, (gpointer)first[i]);
    for (; *parts; parts++)
        g_ptr_array_add(argv, (gpointer)*parts);
    g_ptr_array_add(argv, NULL);
    g_autofree char *text = xr_child_ask((const char *const *)argv->pdata, error);
    if (!text)
        return FALSE;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        const char *tab = strchr(*line, '\t');
        if (tab && !is_below(tab + 1, left_out)) {
            g_checksum_update(checksum, (const guchar *)*line, -1);
            g_checksum_update(checksum, (const guchar *)"\n", 1);
        }
    }
    return TRUE;
}

gboolean xr_origin_hash_parts(const XrOrigin *origin, const char *const *parts,
                              const char *const *left_out, GChecksum *checksum, GError **error)
{
    if (origin->kind == XR_FROM_GIT)
        return *parts == NULL || hash_listed(origin, parts, left_out, checksum, error);
    for (; *parts; parts++) {
        g_autofree char *path = g_build_filename(origin->folder, *parts, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS) &&
            !hash_path(origin->folder, *parts, left_out, checksum, error))
            return FALSE;
    }
    return TRUE;
}

char *xr_origin_describe_version(const XrOrigin *origin, const char *own)
{
    if (origin->version)
        return g_strdup(origin->version);
    if (origin->revision)
        return g_strdup_printf("%s-g%.12s", own, origin->revision);
    return g_strdup_printf("%s, tree %.12s", own, origin->content);
}

void xr_origin_free(XrOrigin *origin)
{
    if (!origin)
        return;
    g_free(origin->folder);
    g_free(origin->revision);
    g_free(origin->content);
    g_free(origin->version);
    g_free(origin->entry);
    g_clear_pointer(&origin->inputs, json_array_unref);
    g_free(origin);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: toolstacks built here from a hypervisor's source.
 *
 * A toolstack is what it was made of: the files of tools/ that are built, the public headers, files of xen/ that are
 * compiled into its libraries as well (ELF loader, CPU policies, decompressors), the build root and the script. All commits
 * that have these in common share one; which tree it was built from is in its build.json, and in each record.
 *
 * Which files of xen/ are compiled follows from tools/ alone, but is known only after a build: the compiler lists them. So
 * an entry of the kind "toolstack-firsts" is named after all but these. It is filled by a build and keeps their list; the
 * toolstack's own entry is named after their contents, too, and takes over what that build made if they are
 * the same as they were there. */
#include "build/toolstack-build.h"
#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "build/build-root.h"
#include "build/cache.h"
#include "build/child.h"
#include "build/origin.h"
#include "build/packages.h"
#include "build/script.h"
#include "build/tools.h"
#include "build/unpack.h"
#include <glib/gstdio.h>
#include <string.h>

/* To be raised when the same inputs come to other bytes than before. */
static const char BUILDER_VERSION[] = "2";
static const char *const scripts[] = {"images/xen/toolstack.sh", "images/xen/common.sh"};
/* What is built and what configure reads, exported beside the hypervisor's parts; and what of those is read besides the
 * compiled files: makefiles' settings, and scripts that make headers. */
static const char *const parts[] = {
    "tools",        "version.sh", "scripts",    "m4",       "configure", "config.sub",
    "config.guess", "install.sh", "install-sh", "Makefile", NULL};
static const char *const shared_parts[] = {"Config.mk", "config", "xen/tools", NULL};
enum { ID_DIGITS = 16 };

typedef struct {
    const XrSource *source;
    const XrInterfaces *interfaces;
    XrOrigin *origin;
    XrBuildRoot *root;
    char *first; /* folder of the first build of these tools/; NULL while that is filled */
    char *key;   /* of the entry that is filled */
    XrBuildProgress progress;
    gpointer user_data;
} Job;

static void free_job(Job *job)
{
    xr_origin_free(job->origin);
    xr_build_root_free(job->root);
    g_free(job->first);
    g_free(job->key);
    g_free(job);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Job, free_job)

static void say_building(const Job *job)
{
    g_autofree char *sentence = g_strdup_printf(
        "building the toolstack of %s (once for all commits that compile the same of tools/, a "
        "minute or two)",
        job->source->name);
    if (job->progress)
        job->progress(sentence, job->user_data);
}

/* --- keys --- */

static void add_word(GChecksum *checksum, const char *word)
{
    g_checksum_update(checksum, (const guchar *)word, -1);
    g_checksum_update(checksum, (const guchar *)"\n", 1);
}

static gboolean hash_scripts(GChecksum *checksum, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++) {
        g_autofree char *path = xr_paths_data(scripts[i], error);
        g_autofree char *sum = path ? xr_hash_file(path, error) : NULL;
        if (!sum)
            return FALSE;
        add_word(checksum, sum);
    }
    return TRUE;
}

/* Folders of tools/ that the script does not build, as paths, NULL at the end. */
static char **list_left_out(GError **error)
{
    g_autofree char *script = xr_paths_data(scripts[0], error);
    const char *const argv[] = {script, "--left-out", NULL};
    g_autofree char *text = script ? xr_child_ask(argv, error) : NULL;

    if (!text)
        return NULL;
    char **folders = g_strsplit(text, "\n", -1);
    for (char **folder = folders; *folder; folder++) {
        char *path = g_build_filename("tools", *folder, NULL);
        g_free(*folder);
        *folder = path;
    }
    return folders;
}

/* All but the files of xen/ that are compiled. The libraries are named after the version's first two numbers. */
static char *make_first_key(const Job *job, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_auto(GStrv) left_out = list_left_out(error);
    g_auto(GStrv) numbers = g_strsplit(job->interfaces->version, ".", 3);
    const char *minor = numbers[0] && numbers[1] ? numbers[1] : "";

    add_word(checksum, BUILDER_VERSION);
    add_word(checksum, job->interfaces->headers);
    g_checksum_update(checksum, (const guchar *)minor, (gssize)strspn(minor, "0123456789"));
    add_word(checksum, job->root->packages);
    if (!left_out || !hash_scripts(checksum, error) ||
        !xr_origin_hash_parts(job->origin, parts, (const char *const *)left_out, checksum, error) ||
        !xr_origin_hash_parts(job->origin, shared_parts, (const char *const *)left_out, checksum,
                              error))
        return NULL;
    return g_strdup_printf("toolstack-%.*s", ID_DIGITS, g_checksum_get_string(checksum));
}

/* Over the files that the first build lists, as they are in this source. */
static char *hash_sources(const Job *job, const char *folder, GError **error)
{
    static const char *const none[] = {NULL};
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *path = g_build_filename(folder, "sources", NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    g_auto(GStrv) files = g_strsplit(g_strchomp(text), "\n", -1);
    if (!xr_origin_hash_parts(job->origin, (const char *const *)files, none, checksum, error))
        return NULL;
    return g_strdup(g_checksum_get_string(checksum));
}

/* --- what is told of it --- */

static gboolean put_json(JsonNode *node, const char *dest, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(dest, name, NULL);
    g_autofree char *text = json_to_string(node, FALSE);

    return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, error);
}

/* As of a package set: what came, here libraries, and the source. */
static gboolean put_manifest(const Job *job, const char *dest, const char *version, GError **error)
{
    g_autoptr(JsonArray) manifest = xr_packages_manifest(job->root->tree, error);
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_ARRAY);
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "toolstack", job->key);
    json_object_set_string_member(object, "version", version);
    json_object_set_string_member(object, "headers", job->interfaces->headers);
    json_object_set_string_member(object, "content", job->origin->content);
    json_object_set_string_member(object, "root", job->root->release);
    json_object_set_string_member(object, "compiler", job->root->compiler);
    if (!manifest) {
        json_object_unref(object);
        return FALSE;
    }
    json_array_add_object_element(manifest, object);
    json_node_set_array(node, manifest);
    return put_json(node, dest, "manifest.json", error);
}

/* What of the cache it was made of. */
static JsonArray *list_uses(const Job *job)
{
    JsonArray *uses = json_array_new();

    json_array_add_string_element(uses, job->root->entry);
    if (job->origin->entry)
        json_array_add_string_element(uses, job->origin->entry);
    return uses;
}

/* Over all programs and libraries: nothing in them tells when or where they were built. */
static char *identify(const char *folder, GError **error)
{
    static const char *const all[] = {"usr", NULL}, *const none[] = {NULL};
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    const XrOrigin tree = {.kind = XR_FROM_DIR, .folder = (char *)folder};

    if (!xr_origin_hash_parts(&tree, all, none, checksum, error))
        return NULL;
    return g_strdup(g_checksum_get_string(checksum));
}

static gboolean describe(const Job *job, const char *dest, GError **error)
{
    g_autofree char *version = xr_origin_describe_version(job->origin, job->interfaces->version);
    g_autofree char *identity = identify(dest, error);
    g_autofree char *sources = identity ? hash_sources(job, dest, error) : NULL;
    g_autoptr(JsonObject) object = json_object_new();
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);

    if (!sources)
        return FALSE;
    json_object_set_string_member(object, "name", job->source->name);
    json_object_set_string_member(object, "id", job->key + strlen(job->key) - ID_DIGITS);
    json_object_set_string_member(object, "version", version);
    json_object_set_string_member(object, "identity", identity);
    json_object_set_string_member(object, "headers", job->interfaces->headers);
    json_object_set_string_member(object, "sources", sources);
    json_object_set_string_member(object, "content", job->origin->content);
    json_object_set_string_member(object, "root", job->root->release);
    json_object_set_string_member(object, "compiler", job->root->compiler);
    json_object_set_string_member(object, "linker", job->root->linker);
    json_object_set_int_member(object, "domctl", job->interfaces->domctl);
    json_object_set_int_member(object, "sysctl", job->interfaces->sysctl);
    json_object_set_array_member(object, "inputs", json_array_ref(job->origin->inputs));
    json_object_set_array_member(object, "uses", list_uses(job));
    json_node_set_object(node, object);
    return put_manifest(job, dest, version, error) && put_json(node, dest, "build.json", error);
}

/* --- builds --- */

static gboolean build_in(Job *job, const XrScript *script, GError **error)
{
    g_autofree char *path = xr_paths_data(scripts[0], error);
    const char *const argv[] = {path, script->tree, script->dest, NULL};

    return path && xr_script_export(script, job->origin, script->tree, parts, error) &&
           xr_script_run(script, argv, error) && describe(job, script->dest, error);
}

static gboolean fill_by_build(const char *dest, const char *log, int lock_fd, gpointer user_data,
                              GCancellable *cancellable, GError **error)
{
    Job *job = user_data;
    g_autofree char *tree = g_strconcat(dest, ".tree", NULL);
    g_autofree char *subject = g_strconcat("the toolstack of ", job->source->name, NULL);
    const XrScript script = {subject, log, lock_fd, cancellable, job->root, tree, dest};

    if (!xr_tools_check(job->source, error))
        return FALSE;
    say_building(job);
    gboolean built = build_in(job, &script, error);
    xr_cache_remove(tree);
    return built;
}

static JsonObject *read_description(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "build.json", NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    JsonObject *object = xr_json_parse_line(text, -1, NULL);
    if (!object)
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: is damaged; remove %s to make it anew",
                    path, folder);
    return object;
}

/* Whether what the first build made is of the same files as this source has. */
static gboolean is_first(const Job *job)
{
    g_autoptr(JsonObject) first = read_description(job->first, NULL);
    g_autofree char *sources = first ? hash_sources(job, job->first, NULL) : NULL;

    return sources && g_str_equal(sources, xr_json_string(first, "sources", ""));
}

/* Files of an entry never change: links will do. */
static gboolean take_over(const Job *job, const char *dest, int lock_fd, GCancellable *cancellable,
                          GError **error)
{
    const char *const argv[] = {"cp", "-a", "--link", job->first, dest, NULL};
    gboolean success = FALSE;

    if (!xr_child_run(argv, NULL, lock_fd, "copying a toolstack", &success, cancellable, error))
        return FALSE;
    g_autofree char *description = g_build_filename(dest, "build.json", NULL);
    g_autofree char *manifest = g_build_filename(dest, "manifest.json", NULL);
    if (success && g_unlink(description) == 0 && g_unlink(manifest) == 0)
        return describe(job, dest, error);
    g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be copied to %s", job->first, dest);
    return FALSE;
}

static gboolean fill(const char *dest, const char *log, int lock_fd, gpointer user_data,
                     GCancellable *cancellable, GError **error)
{
    Job *job = user_data;

    return is_first(job) ? take_over(job, dest, lock_fd, cancellable, error)
                         : fill_by_build(dest, log, lock_fd, job, cancellable, error);
}

static XrToolstack *load(const char *folder, const char *key, GError **error)
{
    g_autoptr(JsonObject) object = read_description(folder, error);

    if (!object)
        return NULL;
    XrToolstack *toolstack = g_new0(XrToolstack, 1);
    toolstack->folder = g_strdup(folder);
    toolstack->key = g_strdup(key);
    toolstack->version = g_strdup(xr_json_string(object, "version", ""));
    toolstack->name = g_strdup(xr_json_string(object, "name", ""));
    toolstack->identity = g_strdup(xr_json_string(object, "identity", ""));
    return toolstack;
}

/* The compiler of this host has no libraries for it. */
static const char *choose_root(const XrSource *source, const XrInterfaces *interfaces)
{
    gboolean is_release = source->root && strcmp(source->root, XR_BUILD_ROOT_HOST) != 0;

    return is_release ? source->root : xr_build_root_for(interfaces->version);
}

static gboolean find_first(Job *job, GCancellable *cancellable, GError **error)
{
    job->key = make_first_key(job, error);
    if (job->key)
        job->first =
            xr_cache_entry("toolstack-firsts", job->key, fill_by_build, job, cancellable, error);
    return job->first != NULL;
}

static gboolean make_key(Job *job, GError **error)
{
    g_autofree char *sources = hash_sources(job, job->first, error);
    g_autofree char *both = sources ? g_strconcat(job->key, sources, NULL) : NULL;

    if (!both)
        return FALSE;
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, both, -1);
    g_free(job->key);
    job->key = g_strdup_printf("toolstack-%.*s", ID_DIGITS, sum);
    return TRUE;
}

XrToolstack *xr_toolstack_prepare(const XrSource *source, const XrInterfaces *interfaces,
                                  XrBuildProgress progress, gpointer user_data,
                                  GCancellable *cancellable, GError **error)
{
    g_autoptr(Job) job = g_new0(Job, 1);

    job->source = source;
    job->interfaces = interfaces;
    job->progress = progress;
    job->user_data = user_data;
    job->origin = xr_origin_find(source, progress, user_data, cancellable, error);
    if (!job->origin)
        return NULL;
    job->root = xr_build_root_prepare(choose_root(source, interfaces), progress, user_data,
                                      cancellable, error);
    if (!job->root || !find_first(job, cancellable, error) || !make_key(job, error))
        return NULL;
    g_autofree char *entry = xr_cache_entry("toolstacks", job->key, fill, job, cancellable, error);
    return entry ? load(entry, job->key, error) : NULL;
}

void xr_toolstack_free(XrToolstack *toolstack)
{
    if (!toolstack)
        return;
    g_free(toolstack->folder);
    g_free(toolstack->key);
    g_free(toolstack->version);
    g_free(toolstack->name);
    g_free(toolstack->identity);
    g_free(toolstack);
}

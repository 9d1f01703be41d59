/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: toolstacks built here from a hypervisor's source.
 *
 * What a toolstack and a hypervisor must agree on stands in the public headers: one toolstack serves all commits that
 * have the same. So its entry is named after these headers, and the compiler, libraries and script that made it, not
 * after the tree; which tree it was built from is in its build.json, and in each record. */
#include "build/toolstack-build.h"
#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "build/cache.h"
#include "build/origin.h"
#include "build/packages.h"
#include "build/script.h"
#include "build/tools.h"
#include "build/unpack.h"
#include <string.h>

/* To be raised when the same inputs come to other bytes than before. */
static const char BUILDER_VERSION[] = "1";
/* Headers and libraries, for compiling and for dom0. */
static const char SYSROOT_SET[] = "toolstack-bookworm";
static const char *const scripts[] = {"images/xen/toolstack.sh", "images/xen/common.sh"};
enum { ID_DIGITS = 16 };

typedef struct {
    const XrSource *source;
    const XrInterfaces *interfaces;
    XrOrigin *origin; /* found when it is needed */
    char *sysroot;
    char *compiler;
    char *linker;
    char *key;
    XrBuildProgress progress;
    gpointer user_data;
} Job;

static void free_job(Job *job)
{
    xr_origin_free(job->origin);
    g_free(job->sysroot);
    g_free(job->compiler);
    g_free(job->linker);
    g_free(job->key);
    g_free(job);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Job, free_job)

static void say_fetching(gpointer user_data)
{
    const Job *job = user_data;

    if (job->progress)
        job->progress("fetching what toolstacks are built with (first time only)", job->user_data);
}

static void say_building(const Job *job)
{
    g_autofree char *sentence = g_strdup_printf(
        "building the toolstack of %s (once for all commits with these headers, a minute or two)",
        job->source->name);
    if (job->progress)
        job->progress(sentence, job->user_data);
}

static gboolean hash_inputs(Job *job, GChecksum *checksum, GError **error)
{
    g_autofree char *manifest = g_build_filename(job->sysroot, "manifest.json", NULL);
    g_autofree char *packages = xr_hash_file(manifest, error);

    if (!packages)
        return FALSE;
    g_checksum_update(checksum, (const guchar *)packages, -1);
    for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++) {
        g_autofree char *path = xr_paths_data(scripts[i], error);
        g_autofree char *sum = path ? xr_hash_file(path, error) : NULL;
        if (!sum)
            return FALSE;
        g_checksum_update(checksum, (const guchar *)sum, -1);
    }
    return TRUE;
}

static gboolean make_key(Job *job, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    if (!hash_inputs(job, checksum, error))
        return FALSE;
    job->compiler = xr_script_ask_version("gcc", error);
    job->linker = job->compiler ? xr_script_ask_version("ld", error) : NULL;
    if (!job->linker)
        return FALSE;
    const char *const words[] = {BUILDER_VERSION, job->interfaces->headers, job->compiler,
                                 job->linker};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_checksum_update(checksum, (const guchar *)words[i], -1);
        g_checksum_update(checksum, (const guchar *)"\n", 1);
    }
    job->key = g_strdup_printf("toolstack-%.*s", ID_DIGITS, g_checksum_get_string(checksum));
    return TRUE;
}

static gboolean put_json(JsonNode *node, const char *dest, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(dest, name, NULL);
    g_autofree char *text = json_to_string(node, FALSE);

    return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, error);
}

/* As of a package set: what came, here libraries, and the source. */
static gboolean put_manifest(const Job *job, const char *dest, const char *version, GError **error)
{
    g_autoptr(JsonArray) manifest = xr_packages_manifest(job->sysroot, error);
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_ARRAY);
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "toolstack", job->key);
    json_object_set_string_member(object, "version", version);
    json_object_set_string_member(object, "headers", job->interfaces->headers);
    json_object_set_string_member(object, "content", job->origin->content);
    json_object_set_string_member(object, "compiler", job->compiler);
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
    g_autofree char *key = g_path_get_basename(job->sysroot);
    g_autofree char *word = g_strconcat("trees/", key, NULL);

    json_array_add_string_element(uses, word);
    if (job->origin->entry)
        json_array_add_string_element(uses, job->origin->entry);
    return uses;
}

static gboolean describe(const Job *job, const char *dest, GError **error)
{
    g_autofree char *version = xr_origin_describe_version(job->origin, job->interfaces->version);
    g_autoptr(JsonObject) object = json_object_new();
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);

    json_object_set_string_member(object, "name", job->source->name);
    json_object_set_string_member(object, "id", job->key + strlen(job->key) - ID_DIGITS);
    json_object_set_string_member(object, "version", version);
    json_object_set_string_member(object, "headers", job->interfaces->headers);
    json_object_set_string_member(object, "content", job->origin->content);
    json_object_set_string_member(object, "compiler", job->compiler);
    json_object_set_string_member(object, "linker", job->linker);
    json_object_set_int_member(object, "domctl", job->interfaces->domctl);
    json_object_set_int_member(object, "sysctl", job->interfaces->sysctl);
    json_object_set_array_member(object, "inputs", json_array_ref(job->origin->inputs));
    json_object_set_array_member(object, "uses", list_uses(job));
    json_node_set_object(node, object);
    return put_manifest(job, dest, version, error) && put_json(node, dest, "build.json", error);
}

static gboolean build_in(Job *job, const XrScript *script, const char *tree, const char *dest,
                         GError **error)
{
    static const char *const parts[] = {"tools", "version.sh", "scripts", NULL};
    g_autofree char *path = xr_paths_data(scripts[0], error);
    const char *const argv[] = {path, tree, job->sysroot, dest, script->log, NULL};

    return path && xr_script_export(script, job->origin, tree, parts, error) &&
           xr_script_run(script, argv, error) && describe(job, dest, error);
}

static gboolean fill(const char *dest, const char *log, int lock_fd, gpointer user_data,
                     GCancellable *cancellable, GError **error)
{
    Job *job = user_data;
    g_autofree char *tree = g_strconcat(dest, ".tree", NULL);
    g_autofree char *subject = g_strconcat("the toolstack of ", job->source->name, NULL);
    const XrScript script = {subject, log, lock_fd, cancellable};

    if (!xr_tools_check(job->source, error))
        return FALSE;
    job->origin = xr_origin_find(job->source, job->progress, job->user_data, cancellable, error);
    if (!job->origin)
        return FALSE;
    say_building(job);
    gboolean built = build_in(job, &script, tree, dest, error);
    xr_cache_remove(tree);
    return built;
}

static XrToolstack *load(const char *folder, const char *key, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "build.json", NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    g_autoptr(JsonObject) object = xr_json_parse_line(text, -1, NULL);
    if (!object) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: is damaged; remove %s to make it anew",
                    path, folder);
        return NULL;
    }
    XrToolstack *toolstack = g_new0(XrToolstack, 1);
    toolstack->folder = g_strdup(folder);
    toolstack->key = g_strdup(key);
    toolstack->version = g_strdup(xr_json_string(object, "version", ""));
    toolstack->name = g_strdup(xr_json_string(object, "name", ""));
    return toolstack;
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
    job->sysroot = xr_packages_tree(SYSROOT_SET, say_fetching, job, cancellable, error);
    if (!job->sysroot || !make_key(job, error))
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
    g_free(toolstack);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: hypervisors built here from source.
 *
 * A build is named after all it depends on: the tree's content, the edits of variant and options, the
 * configuration, the build root's packages, and the script that drives them. The tree is exported beside the
 * cache entry that will be, edited, built and removed again. */
#include "build/hypervisor.h"
#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "build/cache.h"
#include "build/edits.h"
#include "build/elf.h"
#include "build/hypervisor-entry.h"
#include "build/origin.h"
#include "build/script.h"
#include "build/tools.h"
#include "build/unpack.h"
#include <glib/gstdio.h>
#include <string.h>

/* To be raised when the same inputs come to other bytes than before. */
static const char BUILDER_VERSION[] = "3";
enum { ID_DIGITS = 16 };

typedef struct {
    const XrSource *source;
    XrOrigin *origin;     /* NULL for file: */
    GPtrArray *edits;     /* char *: paths of lists, in the order of application */
    GPtrArray *fragments; /* char *: paths of configuration fragments, the last word counts */
    char *headers;        /* folder that edits copy from */
    char *script;
    XrBuildRoot *root;
    char *key;
    XrBuildProgress progress;
    gpointer user_data;
} Job;

static void free_job(Job *job)
{
    xr_origin_free(job->origin);
    g_clear_pointer(&job->edits, g_ptr_array_unref);
    g_clear_pointer(&job->fragments, g_ptr_array_unref);
    g_free(job->headers);
    g_free(job->script);
    xr_build_root_free(job->root);
    g_free(job->key);
    g_free(job);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Job, free_job)

/* images/xen/FOLDER/NAME.ENDING goes to paths, if there is such a file. */
static void add_part(GPtrArray *paths, const char *folder, const char *name, const char *ending)
{
    g_autofree char *file = g_strdup_printf("images/xen/%s/%s.%s", folder, name, ending);
    char *path = xr_paths_data(file, NULL);

    if (path)
        g_ptr_array_add(paths, path);
}

static gboolean find_parts(Job *job, GError **error)
{
    const XrSource *source = job->source;
    char *base = xr_paths_data("images/xen/base.config", error);

    job->edits = g_ptr_array_new_with_free_func(g_free);
    job->fragments = g_ptr_array_new_with_free_func(g_free);
    if (!base)
        return FALSE;
    g_ptr_array_add(job->fragments, base);
    add_part(job->edits, "variants", source->variant, "edits");
    add_part(job->fragments, "variants", source->variant, "config");
    for (guint i = 0; i < source->options->len; i++) {
        add_part(job->edits, "options", source->options->pdata[i], "edits");
        add_part(job->fragments, "options", source->options->pdata[i], "config");
    }
    job->headers = g_path_get_dirname(base);
    job->script = xr_paths_data("images/xen/build.sh", error);
    return job->script != NULL;
}

static gboolean hash_files(const GPtrArray *paths, GChecksum *checksum, GError **error)
{
    for (guint i = 0; i < paths->len; i++) {
        g_autofree char *sum = xr_hash_file(paths->pdata[i], error);
        if (!sum)
            return FALSE;
        g_checksum_update(checksum, (const guchar *)sum, -1);
    }
    return TRUE;
}

static gboolean make_key(Job *job, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *script = xr_hash_file(job->script, error);
    g_autofree char *path = xr_paths_data("images/xen/common.sh", error);
    g_autofree char *common = path ? xr_hash_file(path, error) : NULL;

    if (!script || !common || !hash_files(job->fragments, checksum, error))
        return FALSE;
    for (guint i = 0; i < job->edits->len; i++)
        if (!xr_edits_hash(job->edits->pdata[i], job->headers, checksum, error))
            return FALSE;
    const char *const words[] = {
        BUILDER_VERSION,     script,           common, job->origin->content, job->root->packages,
        job->root->compiler, job->root->linker};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_checksum_update(checksum, (const guchar *)words[i], -1);
        g_checksum_update(checksum, (const guchar *)"\n", 1);
    }
    job->key = g_strdup_printf("%s-%.*s", job->source->variant, ID_DIGITS,
                               g_checksum_get_string(checksum));
    return TRUE;
}

static gboolean compile_tree(Job *job, const XrScript *script, const char *tree, const char *dest,
                             GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *const words[] = {job->script, "compile", tree, dest};

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        g_ptr_array_add(argv, (gpointer)words[i]);
    g_ptr_array_extend(argv, job->fragments, NULL, NULL);
    g_ptr_array_add(argv, NULL);
    return xr_script_run(script, (const char *const *)argv->pdata, error);
}

static gboolean edit_tree(Job *job, const char *tree, GError **error)
{
    for (guint i = 0; i < job->edits->len; i++) {
        if (!xr_edits_apply(job->edits->pdata[i], job->headers, tree, error)) {
            g_prefix_error(error, "%s: ", job->source->name);
            return FALSE;
        }
    }
    return TRUE;
}

/* What of the cache it was made of. */
static JsonArray *list_uses(const Job *job)
{
    JsonArray *uses = json_array_new();

    if (job->origin->entry)
        json_array_add_string_element(uses, job->origin->entry);
    if (job->root->entry)
        json_array_add_string_element(uses, job->root->entry);
    return uses;
}

static JsonObject *describe(const Job *job, const XrInterfaces *interfaces)
{
    JsonObject *object = json_object_new();
    JsonArray *options = json_array_new();
    g_autofree char *version = xr_origin_describe_version(job->origin, interfaces->version);

    for (guint i = 0; i < job->source->options->len; i++)
        json_array_add_string_element(options, job->source->options->pdata[i]);
    json_object_set_string_member(object, "name", job->source->name);
    json_object_set_string_member(object, "version", version);
    json_object_set_string_member(object, "variant", job->source->variant);
    json_object_set_array_member(object, "options", options);
    json_object_set_string_member(object, "content", job->origin->content);
    json_object_set_string_member(object, "root", job->root->release);
    json_object_set_string_member(object, "compiler", job->root->compiler);
    json_object_set_string_member(object, "linker", job->root->linker);
    json_object_set_string_member(object, "flags", "-falign-functions=64");
    json_object_set_int_member(object, "domctl", interfaces->domctl);
    json_object_set_int_member(object, "sysctl", interfaces->sysctl);
    json_object_set_string_member(object, "xen", interfaces->version);
    json_object_set_string_member(object, "headers", interfaces->headers);
    json_object_set_array_member(object, "inputs", json_array_ref(job->origin->inputs));
    json_object_set_array_member(object, "uses", list_uses(job));
    return object;
}

static void say(const Job *job, const char *what)
{
    g_autofree char *sentence =
        g_strdup_printf("building the hypervisor %s (%s)", job->source->name, what);
    if (job->progress)
        job->progress(sentence, job->user_data);
}

static gboolean build_in(Job *job, const char *tree, const char *dest, const char *log, int lock_fd,
                         GCancellable *cancellable, GError **error)
{
    const XrScript script = {job->source->name, log, lock_fd, cancellable, job->root, tree, dest};
    const char *const no_parts[] = {NULL};
    XrInterfaces interfaces;

    if (!xr_script_export(&script, job->origin, tree, no_parts, error) ||
        !xr_toolstack_read(tree, &interfaces, error) ||
        !xr_toolstack_choose(job->source, &interfaces, error) || !edit_tree(job, tree, error))
        return FALSE;
    say(job, "first time only, a minute or two");
    if (!compile_tree(job, &script, tree, dest, error))
        return FALSE;
    g_autoptr(JsonObject) object = describe(job, &interfaces);
    return xr_hypervisor_write(object, dest, job->key + strlen(job->key) - ID_DIGITS, error);
}

static gboolean fill(const char *dest, const char *log, int lock_fd, gpointer user_data,
                     GCancellable *cancellable, GError **error)
{
    g_autofree char *tree = g_strconcat(dest, ".tree", NULL);
    gboolean built = build_in(user_data, tree, dest, log, lock_fd, cancellable, error);

    xr_cache_remove(tree);
    return built;
}

/* What somebody else built is copied: the cache may be on another host than the file will be. */
static gboolean fill_file(const char *dest, const char *log, int lock_fd, gpointer user_data,
                          GCancellable *cancellable, GError **error)
{
    const Job *job = user_data;
    g_autoptr(GBytes) xen = xr_unpack_file(job->source->where, error);
    g_autoptr(JsonObject) object = json_object_new();
    g_autofree char *path = g_build_filename(dest, "xen", NULL);
    g_autofree char *version = g_path_get_basename(job->source->where);
    gsize size;

    if (!xen || !xr_elf32_check_multiboot(xen, job->source->where, error))
        return FALSE;
    if (g_mkdir(dest, 0700) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be created", dest);
        return FALSE;
    }
    const char *bytes = g_bytes_get_data(xen, &size);
    json_object_set_string_member(object, "name", job->source->name);
    json_object_set_string_member(object, "version", version);
    json_object_set_array_member(object, "inputs", json_array_new());
    return g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0644,
                                    error) &&
           xr_hypervisor_write(object, dest, job->key + strlen(job->key) - ID_DIGITS, error);
}

static gboolean prepare_file(Job *job, GError **error)
{
    g_autofree char *sum = xr_hash_file(job->source->where, error);

    if (!sum)
        return FALSE;
    job->key = g_strdup_printf("file-%.*s", ID_DIGITS, sum);
    return TRUE;
}

static gboolean prepare_root(Job *job, GCancellable *cancellable, GError **error)
{
    g_autofree char *makefile = xr_origin_read(job->origin, "xen/Makefile");
    char version[XR_VERSION_MAX];

    xr_toolstack_parse_version(makefile, version);
    const char *release = job->source->root ? job->source->root : xr_build_root_for(version);
    job->root = xr_build_root_prepare(release, job->progress, job->user_data, cancellable, error);
    return job->root != NULL;
}

static gboolean prepare_tree(Job *job, GCancellable *cancellable, GError **error)
{
    if (!xr_tools_check(job->source, error))
        return FALSE;
    job->origin = xr_origin_find(job->source, job->progress, job->user_data, cancellable, error);
    return job->origin && prepare_root(job, cancellable, error) && find_parts(job, error) &&
           make_key(job, error);
}

/* It may have been built from another commit that comes to the same: told is the one that was asked for. */
static void name_after(XrHypervisor *hypervisor, const Job *job)
{
    g_free(hypervisor->version);
    hypervisor->version = xr_origin_describe_version(job->origin, hypervisor->interfaces.version);
    json_array_unref(hypervisor->inputs);
    hypervisor->inputs = json_array_ref(job->origin->inputs);
}

XrHypervisor *xr_hypervisor_prepare(const XrSource *source, XrBuildProgress progress,
                                    gpointer user_data, GCancellable *cancellable, GError **error)
{
    g_autoptr(Job) job = g_new0(Job, 1);
    gboolean is_file = source->kind == XR_FROM_FILE;

    job->source = source;
    job->progress = progress;
    job->user_data = user_data;
    if (!(is_file ? prepare_file(job, error) : prepare_tree(job, cancellable, error)))
        return NULL;
    g_autofree char *entry = xr_cache_entry("hypervisors", job->key, is_file ? fill_file : fill,
                                            job, cancellable, error);
    XrHypervisor *hypervisor = entry ? xr_hypervisor_load(entry, error) : NULL;
    if (hypervisor && job->origin)
        name_after(hypervisor, job);
    return hypervisor;
}

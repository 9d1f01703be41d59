/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: from Debian's packages to bytes that boot.
 *
 * Two kinds of cache entries: trees (a package set, unpacked; named after what was asked for, so
 * that a warm cache needs no network) and builds (what is booted; named after the packages that
 * came, the lists of the images and our own programs inside them). */
#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "build/build-packages.h"
#include "build/bzimage.h"
#include "build/cache.h"
#include "build/describe.h"
#include "build/elf.h"
#include "build/image.h"
#include "build/packages.h"
#include "build/tree.h"
#include "build/unpack.h"
#include <glib/gstdio.h>
#include <string.h>

/* To be raised when the same inputs come to other bytes than before. */
static const char BUILDER_VERSION[] = "3";
enum { ID_DIGITS = 16 };

/* The oldest first. */
static const struct {
    const char *name;
    const char *set;
} known_builds[] = {
    {"debian:bullseye", "debian-bullseye"},
    {"debian:bookworm", "debian-bookworm"},
    {"debian:trixie", "debian-trixie"},
};

/* How the name of the package that holds the hypervisor begins, in every set. */
static const char XEN_PACKAGE[] = "xen-hypervisor-4";
/* One kernel for all, so that two builds differ in hypervisor and toolstack alone. */
static const char KERNEL_SET[] = "kernel-bookworm";

typedef struct {
    const char *name;
    const char *set;
    gboolean has_xen; /* whether the set has a hypervisor of its own */
    char *tree;
    char *kernel_tree;
    char *domu_list;
    char *dom0_list;
    XrBuildProgress progress;
    gpointer user_data;
} Job;

static void free_job(Job *job)
{
    g_free(job->tree);
    g_free(job->kernel_tree);
    g_free(job->domu_list);
    g_free(job->dom0_list);
    g_free(job);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Job, free_job)

static Job *new_job(const char *name, const char *set, GError **error)
{
    g_autoptr(Job) job = g_new0(Job, 1);

    job->name = name;
    job->set = set;
    job->domu_list = xr_paths_data("images/initramfs/domu", error);
    job->dom0_list = job->domu_list ? xr_paths_data("images/initramfs/dom0", error) : NULL;
    return job->dom0_list ? g_steal_pointer(&job) : NULL;
}

static const char *find_set(const char *name, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(known_builds); i++) {
        g_string_append_printf(names, "%s%s", i ? ", " : "", known_builds[i].name);
        if (strcmp(known_builds[i].name, name) == 0)
            return known_builds[i].set;
    }
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "hypervisor.build: no build \"%s\"; known: %s",
                name, names->str);
    return NULL;
}

gboolean xr_build_check_packages(const char *name, GError **error)
{
    return find_set(name, error) != NULL;
}

static void say(const Job *job, const char *what)
{
    g_autofree char *sentence = g_strdup_printf("%s %s (first time only)", what, job->name);
    if (job->progress)
        job->progress(sentence, job->user_data);
}

static void say_fetching(gpointer user_data)
{
    say(user_data, "fetching the packages of");
}

static void say_fetching_kernel(gpointer user_data)
{
    say(user_data, "fetching the kernel for");
}

static gboolean put(const char *folder, const char *name, GBytes *data, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    gsize size;
    const char *bytes = g_bytes_get_data(data, &size);
    return g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0644,
                                    error);
}

static gboolean check_stopped(GCancellable *cancellable, GError **error)
{
    if (!g_cancellable_is_cancelled(cancellable))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_STOPPED, "stopped while building images");
    return FALSE;
}

/* Debian's packages say how their hypervisor was configured. */
static gboolean copy_config(const Job *job, const char *dest, GError **error)
{
    g_autofree char *match = xr_tree_match(job->tree, "boot/xen-*.config", NULL);
    g_autofree char *path = match ? xr_tree_resolve(job->tree, match, error) : NULL;
    g_autoptr(GBytes) config = path ? xr_read_file(path, error) : NULL;

    return !match || (config && put(dest, "config", config, error));
}

static gboolean make_xen(const Job *job, const char *dest, GError **error)
{
    g_autofree char *match = xr_tree_match(job->tree, "boot/xen-*.gz", error);
    g_autofree char *path = match ? xr_tree_resolve(job->tree, match, error) : NULL;
    g_autoptr(GBytes) xen = path ? xr_unpack_file(path, error) : NULL;

    return xen && xr_elf32_check_multiboot(xen, path, error) && put(dest, "xen", xen, error) &&
           copy_config(job, dest, error);
}

static GBytes *make_kernel(const Job *job, const char *dest, char **release, GError **error)
{
    static const char before[] = "/boot/vmlinuz-";
    g_autofree char *match = xr_tree_match(job->kernel_tree, "boot/vmlinuz-*", error);
    g_autofree char *path = match ? xr_tree_resolve(job->kernel_tree, match, error) : NULL;
    g_autoptr(GBytes) image = path ? xr_read_file(path, error) : NULL;
    g_autoptr(GBytes) kernel = image ? xr_bzimage_vmlinux(image, path, error) : NULL;

    if (!kernel || !put(dest, "vmlinux", kernel, error))
        return NULL;
    *release = g_strdup(match + strlen(before));
    return g_steal_pointer(&kernel);
}

static gboolean make_initramfs(const Job *job, const char *dest, GBytes *kernel,
                               const char *release, GError **error)
{
    g_autoptr(GHashTable) artefacts =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_bytes_unref);
    XrImageInputs inputs = {.tree = job->tree,
                            .kernel_tree = job->kernel_tree,
                            .kernel_release = release,
                            .artefacts = artefacts};
    g_autofree char *domu = g_build_filename(dest, "domu-initramfs", NULL);
    g_autofree char *dom0 = g_build_filename(dest, "dom0-initramfs", NULL);

    if (!xr_image_write(job->domu_list, &inputs, domu, error))
        return FALSE;
    GBytes *image = xr_read_file(domu, error);
    if (!image)
        return FALSE;
    g_hash_table_insert(artefacts, (gpointer) "domu-initramfs", image);
    g_hash_table_insert(artefacts, (gpointer) "vmlinux", g_bytes_ref(kernel));
    return xr_image_write(job->dom0_list, &inputs, dom0, error);
}

/* Sets may hold one package in two versions: each says which set it is of. */
static gboolean add_packages(JsonArray *inputs, const char *set, const char *tree, GError **error)
{
    g_autoptr(JsonArray) manifest = xr_packages_manifest(tree, error);

    for (guint i = 0; manifest && i < json_array_get_length(manifest); i++) {
        JsonObject *package = xr_json_element_object(manifest, i);
        if (!package)
            continue;
        json_object_set_string_member(package, "set", set);
        json_array_add_object_element(inputs, json_object_ref(package));
    }
    return manifest != NULL;
}

/* Packages, then artefacts. */
static JsonArray *list_inputs(const Job *job, const char *dest, GError **error)
{
    static const char *const artefacts[] = {"xen", "vmlinux", "domu-initramfs", "dom0-initramfs"};
    g_autoptr(JsonArray) inputs = json_array_new();
    gsize first = job->has_xen ? 0 : 1;

    if (!add_packages(inputs, job->set, job->tree, error) ||
        !add_packages(inputs, KERNEL_SET, job->kernel_tree, error))
        return NULL;
    for (gsize i = first; i < G_N_ELEMENTS(artefacts); i++) {
        g_autofree char *path = g_build_filename(dest, artefacts[i], NULL);
        g_autofree char *sum = xr_hash_file(path, error);
        if (!sum)
            return NULL;
        JsonObject *object = json_object_new();
        json_object_set_string_member(object, "file", artefacts[i]);
        json_object_set_string_member(object, "sha256", sum);
        json_array_add_object_element(inputs, object);
    }
    return g_steal_pointer(&inputs);
}

/* What of the cache it was made of. */
static JsonArray *list_uses(const Job *job)
{
    const char *const trees[] = {job->tree, job->kernel_tree};
    JsonArray *uses = json_array_new();

    for (gsize i = 0; i < G_N_ELEMENTS(trees); i++) {
        g_autofree char *folder = g_path_get_dirname(trees[i]);
        g_autofree char *kind = g_path_get_basename(folder);
        g_autofree char *key = g_path_get_basename(trees[i]);
        g_autofree char *word = g_build_filename(kind, key, NULL);
        json_array_add_string_element(uses, word);
    }
    return uses;
}

static gboolean describe(const Job *job, const char *dest, const char *release, GError **error)
{
    g_autoptr(JsonArray) inputs = list_inputs(job, dest, error);
    if (!inputs)
        return FALSE;
    const char *version = xr_packages_version(inputs, XEN_PACKAGE);
    g_autoptr(JsonObject) object = json_object_new();
    json_object_set_string_member(object, "name", job->name);
    json_object_set_string_member(object, "xen_version", version ? version : "unknown");
    json_object_set_string_member(object, "kernel_release", release);
    json_object_set_array_member(object, "inputs", g_steal_pointer(&inputs));
    g_autofree char *text = xr_json_line(object);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    sum[ID_DIGITS] = '\0';
    json_object_set_string_member(object, "id", sum);
    if (job->has_xen && !xr_describe_xen(object, dest, error))
        return FALSE;
    json_object_set_array_member(object, "uses", list_uses(job));
    g_autofree char *whole = xr_json_line(object);
    g_autoptr(GBytes) data = g_bytes_new(whole, strlen(whole));
    return put(dest, "build.json", data, error);
}

static gboolean fill(const char *dest, const char *log, int lock_fd, gpointer user_data,
                     GCancellable *cancellable, GError **error)
{
    const Job *job = user_data;
    g_autofree char *release = NULL;

    say(job, "building the images of");
    if (g_mkdir(dest, 0700) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be created", dest);
        return FALSE;
    }
    if ((job->has_xen && !make_xen(job, dest, error)) || !check_stopped(cancellable, error))
        return FALSE;
    g_autoptr(GBytes) kernel = make_kernel(job, dest, &release, error);
    return kernel && check_stopped(cancellable, error) &&
           make_initramfs(job, dest, kernel, release, error) && check_stopped(cancellable, error) &&
           describe(job, dest, release, error);
}

static gboolean hash_packages(const char *tree, GChecksum *checksum, GError **error)
{
    g_autofree char *manifest = g_build_filename(tree, "manifest.json", NULL);
    g_autofree char *packages = xr_hash_file(manifest, error);

    if (!packages)
        return FALSE;
    g_checksum_update(checksum, (const guchar *)packages, -1);
    return TRUE;
}

static char *make_key(const Job *job, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(checksum, (const guchar *)BUILDER_VERSION, -1);
    if (!hash_packages(job->tree, checksum, error) ||
        !hash_packages(job->kernel_tree, checksum, error) ||
        !xr_image_hash_inputs(job->domu_list, checksum, error) ||
        !xr_image_hash_inputs(job->dom0_list, checksum, error))
        return NULL;
    return g_strdup_printf("%s-%.*s", job->set, ID_DIGITS, g_checksum_get_string(checksum));
}

static XrBuild *load(const char *entry, GError **error)
{
    g_autofree char *path = g_build_filename(entry, "build.json", NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    g_autoptr(JsonObject) object = xr_json_parse_line(text, -1, error);
    JsonArray *inputs = object ? xr_json_array(object, "inputs") : NULL;
    if (!inputs) {
        g_prefix_error(error, "%s: ", path);
        if (object)
            g_set_error(error, XR_ERROR, XR_ERROR_FETCH,
                        "%s: is damaged; remove %s to make it anew", path, entry);
        return NULL;
    }
    XrBuild *build = g_new0(XrBuild, 1);
    build->name = g_strdup(xr_json_string(object, "name", ""));
    build->id = g_strdup(xr_json_string(object, "id", ""));
    build->xen_version = g_strdup(xr_json_string(object, "xen_version", ""));
    build->identity = g_strdup(xr_json_string(object, "identity", ""));
    JsonObject *pins = xr_json_object(object, "pins");
    build->pins = pins ? json_object_ref(pins) : json_object_new();
    build->kernel_release = g_strdup(xr_json_string(object, "kernel_release", ""));
    build->xen = g_build_filename(entry, "xen", NULL);
    build->kernel = g_build_filename(entry, "vmlinux", NULL);
    build->initramfs = g_build_filename(entry, "dom0-initramfs", NULL);
    build->inputs = json_array_ref(inputs);
    return build;
}

static XrBuild *prepare(Job *job, GCancellable *cancellable, GError **error)
{
    job->kernel_tree = xr_packages_tree(KERNEL_SET, say_fetching_kernel, job, cancellable, error);
    if (!job->kernel_tree || !check_stopped(cancellable, error))
        return NULL;
    g_autofree char *key = make_key(job, error);
    g_autofree char *entry =
        key ? xr_cache_entry("builds", key, fill, job, cancellable, error) : NULL;
    return entry ? load(entry, error) : NULL;
}

XrBuild *xr_build_prepare_packages(const char *name, XrBuildProgress progress, gpointer user_data,
                                   GCancellable *cancellable, GError **error)
{
    const char *set = find_set(name, error);
    g_autoptr(Job) job = set ? new_job(name, set, error) : NULL;
    if (!job)
        return NULL;
    job->has_xen = TRUE;
    job->progress = progress;
    job->user_data = user_data;
    job->tree = xr_packages_tree(job->set, say_fetching, job, cancellable, error);
    if (!job->tree || !check_stopped(cancellable, error))
        return NULL;
    XrBuild *build = prepare(job, cancellable, error);
    if (build) {
        build->toolstack = g_strdup(name);
        build->toolstack_identity = g_strdup(name);
    }
    return build;
}

XrBuild *xr_build_prepare_toolstack(const XrToolstack *toolstack, XrBuildProgress progress,
                                    gpointer user_data, GCancellable *cancellable, GError **error)
{
    g_autofree char *name = g_strdup_printf("dom0 with %s", toolstack->key);
    g_autoptr(Job) job = new_job(name, "toolstack", error);
    if (!job)
        return NULL;
    job->progress = progress;
    job->user_data = user_data;
    job->tree = g_strdup(toolstack->folder);
    XrBuild *build = prepare(job, cancellable, error);
    if (build) {
        build->toolstack =
            g_strdup_printf("%s: Xen %s, from source", toolstack->key, toolstack->version);
        build->toolstack_identity = g_strdup(toolstack->identity);
    }
    return build;
}

void xr_build_free(XrBuild *build)
{
    if (!build)
        return;
    g_free(build->name);
    g_free(build->id);
    g_free(build->xen);
    g_free(build->xen_version);
    g_free(build->identity);
    g_clear_pointer(&build->pins, json_object_unref);
    g_free(build->toolstack);
    g_free(build->toolstack_identity);
    g_free(build->assumed);
    g_free(build->coverage);
    g_free(build->kernel);
    g_free(build->kernel_release);
    g_free(build->initramfs);
    g_clear_pointer(&build->inputs, json_array_unref);
    g_free(build);
}

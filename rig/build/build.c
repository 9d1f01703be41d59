/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: from Debian's packages to bytes that boot.
 *
 * Two kinds of cache entries: trees (a package set, unpacked; named after what was asked for, so
 * that a warm cache needs no network) and builds (what is booted; named after the packages that
 * came, the lists of the images and our own programs inside them). */
#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "build/build-entry.h"
#include "build/build-job.h"
#include "build/build-packages.h"
#include "build/cache.h"
#include "build/elf.h"
#include "build/image.h"
#include "build/kernel.h"
#include "build/packages.h"
#include "build/tree.h"
#include "build/unpack.h"
#include <glib/gstdio.h>
#include <string.h>

/* To be raised when the same inputs come to other bytes than before. */
static const char BUILDER_VERSION[] = "4";
enum { KEY_DIGITS = 16 };

/* The oldest first. */
static const struct {
    const char *name;
    const char *set;
} known_builds[] = {
    {"debian:bullseye", "debian-bullseye"},
    {"debian:bookworm", "debian-bookworm"},
    {"debian:trixie", "debian-trixie"},
};

static void free_job(XrBuildJob *job)
{
    g_free(job->tree);
    for (gsize i = 0; i < XR_BUILD_USERS; i++) {
        xr_kernel_free(job->kernels[i]);
        g_free(job->lists[i]);
    }
    g_free(job);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrBuildJob, free_job)

static XrBuildJob *new_job(const char *name, const char *set, GError **error)
{
    g_autoptr(XrBuildJob) job = g_new0(XrBuildJob, 1);

    job->name = name;
    job->set = set;
    job->lists[XR_BUILD_GUESTS] = xr_paths_data("images/initramfs/domu", error);
    if (job->lists[XR_BUILD_GUESTS])
        job->lists[XR_BUILD_DOM0] = xr_paths_data("images/initramfs/dom0", error);
    return job->lists[XR_BUILD_DOM0] ? g_steal_pointer(&job) : NULL;
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

static void say(const XrBuildJob *job, const char *what)
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

static gboolean check_stopped(GCancellable *cancellable, GError **error)
{
    if (!g_cancellable_is_cancelled(cancellable))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_STOPPED, "stopped while building images");
    return FALSE;
}

/* Debian's packages say how their hypervisor was configured. */
static gboolean copy_config(const XrBuildJob *job, const char *dest, GError **error)
{
    g_autofree char *match = xr_tree_match(job->tree, "boot/xen-*.config", NULL);
    g_autofree char *path = match ? xr_tree_resolve(job->tree, match, error) : NULL;
    g_autoptr(GBytes) config = path ? xr_read_file(path, error) : NULL;

    return !match || (config && xr_build_put(dest, "config", config, error));
}

static gboolean make_xen(const XrBuildJob *job, const char *dest, GError **error)
{
    g_autofree char *match = xr_tree_match(job->tree, "boot/xen-*.gz", error);
    g_autofree char *path = match ? xr_tree_resolve(job->tree, match, error) : NULL;
    g_autoptr(GBytes) xen = path ? xr_unpack_file(path, error) : NULL;

    return xen && xr_elf32_check_multiboot(xen, path, error) &&
           xr_build_put(dest, "xen", xen, error) && copy_config(job, dest, error);
}

/* The kernel of one user, into a file of that name. */
static GBytes *make_kernel(const XrKernel *kernel, const char *dest, const char *name,
                           XrBuildKernel *facts, GError **error)
{
    g_autoptr(GBytes) vmlinux = xr_kernel_unpack(kernel, facts, error);

    return vmlinux && xr_build_put(dest, name, vmlinux, error) ? g_steal_pointer(&vmlinux) : NULL;
}

static gboolean write_image(const XrBuildJob *job, XrBuildUser user, GHashTable *artefacts,
                            const char *path, GError **error)
{
    const XrImageInputs inputs = {
        .tree = job->tree, .modules = job->kernels[user]->modules, .artefacts = artefacts};

    if (xr_image_write(job->lists[user], &inputs, path, error))
        return TRUE;
    g_prefix_error(error, "%s.kernel \"%s\": ", xr_build_users[user], job->kernels[user]->name);
    return FALSE;
}

static gboolean make_initramfs(const XrBuildJob *job, const char *dest, GBytes *kernel,
                               GError **error)
{
    g_autoptr(GHashTable) artefacts =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_bytes_unref);
    g_autofree char *domu = g_build_filename(dest, "domu-initramfs", NULL);
    g_autofree char *dom0 = g_build_filename(dest, "dom0-initramfs", NULL);

    if (!write_image(job, XR_BUILD_GUESTS, artefacts, domu, error))
        return FALSE;
    GBytes *image = xr_read_file(domu, error);
    if (!image)
        return FALSE;
    g_hash_table_insert(artefacts, (gpointer) "domu-initramfs", image);
    g_hash_table_insert(artefacts, (gpointer) "domu-vmlinux", g_bytes_ref(kernel));
    return write_image(job, XR_BUILD_DOM0, artefacts, dom0, error);
}

static gboolean fill(const char *dest, const char *log, int lock_fd, gpointer user_data,
                     GCancellable *cancellable, GError **error)
{
    const XrBuildJob *job = user_data;
    XrBuildKernel facts[XR_BUILD_USERS] = {0};

    say(job, "building the images of");
    if (g_mkdir(dest, 0700) != 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: cannot be created", dest);
        return FALSE;
    }
    if ((job->has_xen && !make_xen(job, dest, error)) || !check_stopped(cancellable, error))
        return FALSE;
    g_autoptr(GBytes) dom0 =
        make_kernel(job->kernels[XR_BUILD_DOM0], dest, "vmlinux", &facts[XR_BUILD_DOM0], error);
    g_autoptr(GBytes) domu = dom0 ? make_kernel(job->kernels[XR_BUILD_GUESTS], dest, "domu-vmlinux",
                                                &facts[XR_BUILD_GUESTS], error)
                                  : NULL;
    return domu && check_stopped(cancellable, error) && make_initramfs(job, dest, domu, error) &&
           check_stopped(cancellable, error) && xr_build_describe(job, dest, facts, error);
}

static char *make_key(const XrBuildJob *job, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(checksum, (const guchar *)BUILDER_VERSION, -1);
    if (!xr_packages_hash(job->tree, checksum, error))
        return NULL;
    for (gsize i = 0; i < XR_BUILD_USERS; i++)
        if (!xr_image_hash_inputs(job->lists[i], NULL, checksum, error) ||
            !xr_kernel_hash(job->kernels[i], job->lists[i], checksum, error))
            return NULL;
    return g_strdup_printf("%s-%.*s", job->set, KEY_DIGITS, g_checksum_get_string(checksum));
}

/* dom0's kernel and the domUs', which is the same as a rule. */
static gboolean find_kernels(XrBuildJob *job, const XrKernelWords *words, GCancellable *cancellable,
                             GError **error)
{
    const char *const names[XR_BUILD_USERS] = {words->dom0, words->guests};

    for (gsize i = 0; i < XR_BUILD_USERS; i++) {
        job->kernels[i] = xr_kernel_find(names[i], say_fetching_kernel, job, cancellable, error);
        if (!job->kernels[i]) {
            g_prefix_error(error, "%s.kernel: ", xr_build_users[i]);
            return FALSE;
        }
    }
    return check_stopped(cancellable, error);
}

static void name_kernels(const XrBuildJob *job, XrBuild *build)
{
    for (gsize i = 0; i < XR_BUILD_USERS; i++)
        build->kernels[i].name = g_strdup(job->kernels[i]->name);
}

static XrBuild *prepare(XrBuildJob *job, const XrKernelWords *words, GCancellable *cancellable,
                        GError **error)
{
    if (!find_kernels(job, words, cancellable, error))
        return NULL;
    g_autofree char *key = make_key(job, error);
    g_autofree char *entry =
        key ? xr_cache_entry("builds", key, fill, job, cancellable, error) : NULL;
    XrBuild *build = entry ? xr_build_load(entry, error) : NULL;
    if (build)
        name_kernels(job, build);
    return build;
}

XrBuild *xr_build_prepare_packages(const char *name, const XrKernelWords *kernels,
                                   XrBuildProgress progress, gpointer user_data,
                                   GCancellable *cancellable, GError **error)
{
    const char *set = find_set(name, error);
    g_autofree char *whole = xr_kernel_words_join(kernels, name);
    g_autoptr(XrBuildJob) job = set ? new_job(whole, set, error) : NULL;
    if (!job)
        return NULL;
    job->has_xen = TRUE;
    job->progress = progress;
    job->user_data = user_data;
    job->tree = xr_packages_tree(job->set, say_fetching, job, cancellable, error);
    if (!job->tree || !check_stopped(cancellable, error))
        return NULL;
    XrBuild *build = prepare(job, kernels, cancellable, error);
    if (build) {
        build->toolstack = g_strdup(name);
        build->toolstack_identity = g_strdup(name);
    }
    return build;
}

XrBuild *xr_build_prepare_toolstack(const XrToolstack *toolstack, const XrKernelWords *kernels,
                                    XrBuildProgress progress, gpointer user_data,
                                    GCancellable *cancellable, GError **error)
{
    g_autofree char *name = g_strdup_printf("dom0 with %s", toolstack->key);
    g_autofree char *whole = xr_kernel_words_join(kernels, name);
    g_autoptr(XrBuildJob) job = new_job(whole, "toolstack", error);
    if (!job)
        return NULL;
    job->progress = progress;
    job->user_data = user_data;
    job->tree = g_strdup(toolstack->folder);
    XrBuild *build = prepare(job, kernels, cancellable, error);
    if (build) {
        build->toolstack =
            g_strdup_printf("%s: Xen %s, from source", toolstack->key, toolstack->version);
        build->toolstack_identity = g_strdup(toolstack->identity);
    }
    return build;
}

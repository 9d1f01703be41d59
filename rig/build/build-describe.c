/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: build.json, what a build in the cache says of itself. */
#include "base/json.h"
#include "build/build-job.h"
#include "build/describe.h"
#include "build/packages.h"
#include "build/unpack.h"
#include <string.h>

enum { ID_DIGITS = 16 };

/* How the name of the package that holds the hypervisor begins, in every set. */
static const char XEN_PACKAGE[] = "xen-hypervisor-4";

const char *const xr_build_users[XR_BUILD_USERS] = {"dom0", "guests"};

gboolean xr_build_put(const char *folder, const char *name, GBytes *data, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    gsize size;
    const char *bytes = g_bytes_get_data(data, &size);
    return g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0644,
                                    error);
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

static gboolean is_same_kernel(const XrBuildJob *job)
{
    return strcmp(job->kernels[XR_BUILD_DOM0]->name, job->kernels[XR_BUILD_GUESTS]->name) == 0;
}

/* What the kernels came with. */
static gboolean add_kernels(const XrBuildJob *job, JsonArray *inputs, GError **error)
{
    for (gsize i = 0; i < (is_same_kernel(job) ? 1 : XR_BUILD_USERS); i++) {
        const XrKernel *kernel = job->kernels[i];
        if (kernel->tree && !add_packages(inputs, kernel->set, kernel->tree, error))
            return FALSE;
    }
    return TRUE;
}

/* Packages, then artefacts. */
static JsonArray *list_inputs(const XrBuildJob *job, const char *dest, GError **error)
{
    static const char *const artefacts[] = {"xen", "vmlinux", "domu-vmlinux", "domu-initramfs",
                                            "dom0-initramfs"};
    g_autoptr(JsonArray) inputs = json_array_new();
    gsize first = job->has_xen ? 0 : 1;

    if (!add_packages(inputs, job->set, job->tree, error) || !add_kernels(job, inputs, error))
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

/* By whom each is used, release, the hash of its bzImage, and how Xen can start it. */
static JsonArray *list_kernels(const XrBuildJob *job, const XrBuildKernel facts[XR_BUILD_USERS])
{
    JsonArray *kernels = json_array_new();

    for (gsize i = 0; i < XR_BUILD_USERS; i++) {
        JsonObject *object = json_object_new();
        json_object_set_string_member(object, "of", xr_build_users[i]);
        json_object_set_string_member(object, "release", job->kernels[i]->release);
        json_object_set_string_member(object, "sha256", job->kernels[i]->sha256);
        json_object_set_boolean_member(object, "pv", facts[i].pv);
        json_object_set_boolean_member(object, "pvh", facts[i].pvh);
        json_array_add_object_element(kernels, object);
    }
    return kernels;
}

static void add_use(JsonArray *uses, const char *tree)
{
    g_autofree char *folder = g_path_get_dirname(tree);
    g_autofree char *kind = g_path_get_basename(folder);
    g_autofree char *key = g_path_get_basename(tree);
    g_autofree char *word = g_build_filename(kind, key, NULL);

    json_array_add_string_element(uses, word);
}

/* What of the cache it was made of. */
static JsonArray *list_uses(const XrBuildJob *job)
{
    JsonArray *uses = json_array_new();

    add_use(uses, job->tree);
    for (gsize i = 0; i < (is_same_kernel(job) ? 1 : XR_BUILD_USERS); i++)
        if (job->kernels[i]->tree)
            add_use(uses, job->kernels[i]->tree);
    return uses;
}

gboolean xr_build_describe(const XrBuildJob *job, const char *dest,
                           const XrBuildKernel facts[XR_BUILD_USERS], GError **error)
{
    g_autoptr(JsonArray) inputs = list_inputs(job, dest, error);
    if (!inputs)
        return FALSE;
    const char *version = xr_packages_version(inputs, XEN_PACKAGE);
    g_autoptr(JsonObject) object = json_object_new();
    json_object_set_string_member(object, "name", job->name);
    json_object_set_string_member(object, "xen_version", version ? version : "unknown");
    json_object_set_string_member(object, "kernel_release", job->kernels[XR_BUILD_DOM0]->release);
    json_object_set_array_member(object, "kernels", list_kernels(job, facts));
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
    return xr_build_put(dest, "build.json", data, error);
}

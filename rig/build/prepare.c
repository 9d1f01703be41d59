/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a hypervisor, and the dom0 and toolstack that go with it. */
#include "base/error.h"
#include "base/json.h"
#include "build/build-packages.h"
#include "build/hypervisor.h"
#include <string.h>

enum { ID_DIGITS = 16 };
static const char debian[] = "debian:";

static void replace(char **text, const char *with)
{
    g_free(*text);
    *text = g_strdup(with);
}

/* The packages' own hypervisor is not booted: it leaves the list, the other one's inputs come. */
static JsonArray *merge_inputs(JsonArray *packages, const char *id, const XrHypervisor *hypervisor)
{
    JsonArray *merged = json_array_new();
    JsonObject *xen = json_object_new();

    for (guint i = 0; i < json_array_get_length(packages); i++) {
        JsonObject *object = xr_json_element_object(packages, i);
        if (object && strcmp(xr_json_string(object, "file", ""), "xen") != 0)
            json_array_add_object_element(merged, json_object_ref(object));
    }
    for (guint i = 0; i < json_array_get_length(hypervisor->inputs); i++) {
        JsonObject *object = xr_json_element_object(hypervisor->inputs, i);
        if (object)
            json_array_add_object_element(merged, json_object_ref(object));
    }
    json_object_set_string_member(xen, "file", "xen");
    json_object_set_string_member(xen, "sha256", hypervisor->sha256);
    json_object_set_string_member(xen, "hypervisor", hypervisor->id);
    json_object_set_string_member(xen, "identity", hypervisor->identity);
    /* By these two a record is found again from the cache. */
    json_object_set_string_member(xen, "around", id);
    json_array_add_object_element(merged, xen);
    return merged;
}

static void put_in(XrBuild *build, const XrHypervisor *hypervisor)
{
    g_autofree char *ids = g_strconcat(build->id, hypervisor->id, NULL);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, ids, -1);
    JsonArray *inputs = merge_inputs(build->inputs, build->id, hypervisor);

    sum[ID_DIGITS] = '\0';
    replace(&build->id, sum);
    replace(&build->xen, hypervisor->xen);
    replace(&build->xen_version, hypervisor->version);
    replace(&build->identity, hypervisor->identity);
    json_object_unref(build->pins);
    build->pins = json_object_ref(hypervisor->pins);
    build->coverage = g_strdup(hypervisor->coverage);
    json_array_unref(build->inputs);
    build->inputs = inputs;
}

static XrBuild *prepare_dom0(const XrSource *source, const XrInterfaces *interfaces,
                             const XrKernelWords *kernels, XrBuildProgress progress,
                             gpointer user_data, GCancellable *cancellable, GError **error)
{
    const char *release = xr_toolstack_choose(source, interfaces, error);

    if (!release)
        return NULL;
    if (strcmp(release, XR_TOOLSTACK_SOURCE) != 0) {
        g_autofree char *packages = g_strconcat(debian, release, NULL);
        return xr_build_prepare_packages(packages, kernels, progress, user_data, cancellable,
                                         error);
    }
    g_autoptr(XrToolstack) toolstack =
        xr_toolstack_prepare(source, interfaces, progress, user_data, cancellable, error);
    return toolstack ? xr_build_prepare_toolstack(toolstack, kernels, progress, user_data,
                                                  cancellable, error)
                     : NULL;
}

/* A hypervisor that is of no package, with the dom0 that goes with it. */
static XrBuild *prepare_around(const XrSource *source, const XrKernelWords *kernels,
                               XrBuildProgress progress, gpointer user_data,
                               GCancellable *cancellable, GError **error)
{
    g_autoptr(XrHypervisor) hypervisor =
        xr_hypervisor_prepare(source, progress, user_data, cancellable, error);
    if (!hypervisor)
        return NULL;
    g_autoptr(XrBuild) build = prepare_dom0(source, &hypervisor->interfaces, kernels, progress,
                                            user_data, cancellable, error);
    if (!build) {
        g_prefix_error(error, "dom0 for %s: ", source->name);
        return NULL;
    }
    put_in(build, hypervisor);
    if (source->kind == XR_FROM_FILE)
        build->assumed = g_strdup(build->toolstack + strlen(debian));
    return g_steal_pointer(&build);
}

XrBuild *xr_build_prepare(const char *name, XrBuildProgress progress, gpointer user_data,
                          GCancellable *cancellable, GError **error)
{
    g_autoptr(XrKernelWords) kernels = xr_kernel_words_cut(name, NULL, NULL);
    g_autoptr(XrSourceWords) words = xr_source_words_load(error);
    g_autoptr(XrSource) source = words ? xr_source_parse(kernels->build, words, error) : NULL;
    XrBuild *build;

    if (!source) {
        g_prefix_error(error, "hypervisor.build: ");
        return NULL;
    }
    if (source->kind == XR_FROM_PACKAGES)
        build = xr_build_prepare_packages(source->name, kernels, progress, user_data, cancellable,
                                          error);
    else
        build = prepare_around(source, kernels, progress, user_data, cancellable, error);
    if (build) {
        g_free(build->name);
        build->name = xr_kernel_words_join(kernels, source->name);
    }
    return build;
}

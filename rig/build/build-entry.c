/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the cache holds of a build, read; and whether its kernels can be started in a mode. */
#include "build/build-entry.h"
#include "base/error.h"
#include "base/json.h"

static void load_kernels(XrBuild *build, JsonArray *kernels)
{
    for (guint i = 0; kernels && i < MIN(json_array_get_length(kernels), XR_BUILD_USERS); i++) {
        JsonObject *object = xr_json_element_object(kernels, i);
        XrBuildKernel *kernel = &build->kernels[i];

        if (!object)
            continue;
        kernel->release = g_strdup(xr_json_string(object, "release", ""));
        kernel->sha256 = g_strdup(xr_json_string(object, "sha256", ""));
        kernel->pv = xr_json_bool(object, "pv", FALSE);
        kernel->pvh = xr_json_bool(object, "pvh", FALSE);
    }
}

XrBuild *xr_build_load(const char *entry, GError **error)
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
    load_kernels(build, xr_json_array(object, "kernels"));
    build->xen = g_build_filename(entry, "xen", NULL);
    build->kernel = g_build_filename(entry, "vmlinux", NULL);
    build->initramfs = g_build_filename(entry, "dom0-initramfs", NULL);
    build->inputs = json_array_ref(inputs);
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
    for (gsize i = 0; i < XR_BUILD_USERS; i++) {
        g_free(build->kernels[i].name);
        g_free(build->kernels[i].release);
        g_free(build->kernels[i].sha256);
    }
    g_clear_pointer(&build->inputs, json_array_unref);
    g_free(build);
}

gboolean xr_build_check_mode(const XrBuild *build, XrBuildUser user, gboolean pvh, GError **error)
{
    const XrBuildKernel *kernel = &build->kernels[user];
    const char *of = user == XR_BUILD_DOM0 ? "dom0" : "guests";

    if (pvh ? kernel->pvh : kernel->pv)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_BUILD,
                "%s.mode %s: %s.kernel \"%s\" (Linux %s) cannot be started so: its configuration "
                "needs %s",
                of, pvh ? "pvh" : "pv", of, kernel->name, kernel->release,
                pvh ? "CONFIG_PVH" : "CONFIG_XEN_PV");
    return FALSE;
}

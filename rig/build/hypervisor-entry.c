/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the cache holds of a hypervisor, written and read. */
#include "build/hypervisor-entry.h"
#include "base/error.h"
#include "base/json.h"
#include "build/describe.h"
#include "build/elf.h"
#include "build/unpack.h"

gboolean xr_hypervisor_write(JsonObject *object, const char *folder, const char *id, GError **error)
{
    g_autofree char *xen = g_build_filename(folder, "xen", NULL);
    g_autofree char *path = g_build_filename(folder, "build.json", NULL);
    g_autofree char *sum = xr_hash_file(xen, error);
    g_autoptr(GBytes) data = sum ? xr_read_file(xen, error) : NULL;

    if (!data || !xr_elf32_check_multiboot(data, xen, error))
        return FALSE;
    if (!xr_describe_xen(object, folder, error))
        return FALSE;
    json_object_set_string_member(object, "id", id);
    json_object_set_string_member(object, "sha256", sum);
    g_autofree char *text = xr_json_line(object);
    return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, error);
}

XrHypervisor *xr_hypervisor_load(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "build.json", NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    g_autoptr(JsonObject) object = xr_json_parse_line(text, -1, NULL);
    JsonArray *inputs = object ? xr_json_array(object, "inputs") : NULL;
    if (!inputs) {
        g_set_error(error, XR_ERROR, XR_ERROR_HOST, "%s: is damaged; remove %s to make it anew",
                    path, folder);
        return NULL;
    }
    XrHypervisor *hypervisor = g_new0(XrHypervisor, 1);
    hypervisor->folder = g_strdup(folder);
    hypervisor->xen = g_build_filename(folder, "xen", NULL);
    hypervisor->version = g_strdup(xr_json_string(object, "version", ""));
    hypervisor->id = g_strdup(xr_json_string(object, "id", ""));
    hypervisor->name = g_strdup(xr_json_string(object, "name", ""));
    hypervisor->sha256 = g_strdup(xr_json_string(object, "sha256", ""));
    hypervisor->identity = g_strdup(xr_json_string(object, "identity", ""));
    JsonObject *pins = xr_json_object(object, "pins");
    hypervisor->pins = pins ? json_object_ref(pins) : json_object_new();
    hypervisor->interfaces.domctl = (guint)xr_json_int(object, "domctl", 0);
    hypervisor->interfaces.sysctl = (guint)xr_json_int(object, "sysctl", 0);
    g_strlcpy(hypervisor->interfaces.version, xr_json_string(object, "xen", ""), XR_VERSION_MAX);
    g_strlcpy(hypervisor->interfaces.headers, xr_json_string(object, "headers", ""),
              XR_HASH_DIGITS + 1);
    hypervisor->inputs = json_array_ref(inputs);
    g_autofree char *coverage = g_build_filename(folder, "coverage", NULL);
    if (g_file_test(coverage, G_FILE_TEST_IS_DIR))
        hypervisor->coverage = g_steal_pointer(&coverage);
    return hypervisor;
}

void xr_hypervisor_free(XrHypervisor *hypervisor)
{
    if (!hypervisor)
        return;
    g_free(hypervisor->folder);
    g_free(hypervisor->xen);
    g_free(hypervisor->version);
    g_free(hypervisor->id);
    g_free(hypervisor->name);
    g_free(hypervisor->sha256);
    g_free(hypervisor->identity);
    g_clear_pointer(&hypervisor->pins, json_object_unref);
    g_free(hypervisor->coverage);
    g_clear_pointer(&hypervisor->inputs, json_array_unref);
    g_free(hypervisor);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what the cache holds of a hypervisor, written and read. */
#include "build/hypervisor-entry.h"
#include "base/error.h"
#include "base/json.h"
#include "build/describe.h"
#include "build/elf.h"
#include "build/unpack.h"

char *xr_hypervisor_read_version(const char *tree)
{
    static const char pattern[] = "(?s)XEN_VERSION\\s*=\\s*(\\d+).*XEN_SUBVERSION\\s*=\\s*(\\d+)"
                                  ".*?XEN_EXTRAVERSION\\s*\\?=\\s*([^\\s$]*)";
    g_autofree char *path = g_build_filename(tree, "xen/Makefile", NULL);
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL) || !g_regex_match(regex, text, 0, &match))
        return g_strdup("unknown");
    return g_match_info_expand_references(match, "\\1.\\2\\3", NULL);
}

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
    hypervisor->own_version = g_strdup(xr_json_string(object, "xen", "unknown"));
    hypervisor->sha256 = g_strdup(xr_json_string(object, "sha256", ""));
    hypervisor->identity = g_strdup(xr_json_string(object, "identity", ""));
    JsonObject *pins = xr_json_object(object, "pins");
    hypervisor->pins = pins ? json_object_ref(pins) : json_object_new();
    hypervisor->interfaces.domctl = (guint)xr_json_int(object, "domctl", 0);
    hypervisor->interfaces.sysctl = (guint)xr_json_int(object, "sysctl", 0);
    hypervisor->inputs = json_array_ref(inputs);
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
    g_free(hypervisor->own_version);
    g_free(hypervisor->sha256);
    g_free(hypervisor->identity);
    g_clear_pointer(&hypervisor->pins, json_object_unref);
    g_clear_pointer(&hypervisor->inputs, json_array_unref);
    g_free(hypervisor);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a build's description says of its hypervisor, and how two compare. */
#include "build/describe.h"
#include "base/json.h"
#include "build/identity.h"
#include "build/pins.h"
#include "build/unpack.h"
#include <string.h>

gboolean xr_describe_xen(JsonObject *object, const char *folder, GError **error)
{
    g_autofree char *xen = g_build_filename(folder, "xen", NULL);
    g_autofree char *path = g_build_filename(folder, "config", NULL);
    g_autoptr(GBytes) data = xr_read_file(xen, error);
    g_autofree char *identity = data ? xr_identity_of(data, xen, error) : NULL;
    g_autofree char *config = NULL;

    if (!identity)
        return FALSE;
    g_file_get_contents(path, &config, NULL, NULL);
    g_autofree char *compiler = xr_identity_compiler(data);
    json_object_set_string_member(object, "identity", identity);
    json_object_set_object_member(object, "pins",
                                  xr_pins_of(config, xr_json_string(object, "flags", NULL),
                                             xr_json_string(object, "compiler", compiler),
                                             xr_json_string(object, "linker", NULL)));
    return TRUE;
}

static gboolean has_same_kernels(const XrBuild *a, const XrBuild *b)
{
    for (gsize i = 0; i < XR_BUILD_USERS; i++)
        if (g_strcmp0(a->kernels[i].sha256, b->kernels[i].sha256) != 0)
            return FALSE;
    return TRUE;
}

gboolean xr_builds_are_identical(const XrBuild *a, const XrBuild *b)
{
    return *a->identity && strcmp(a->identity, b->identity) == 0 && has_same_kernels(a, b);
}

GPtrArray *xr_builds_list_differences(const XrBuild *a, const XrBuild *b)
{
    static const char *const users[XR_BUILD_USERS] = {"dom0", "guests"};
    GPtrArray *lines = xr_pins_differ(a->pins, b->pins);

    for (gsize i = 0; i < XR_BUILD_USERS; i++)
        if (g_strcmp0(a->kernels[i].sha256, b->kernels[i].sha256) != 0)
            g_ptr_array_add(lines, g_strdup_printf("%s.kernel: %s (%s) / %s (%s)", users[i],
                                                   a->kernels[i].release, a->kernels[i].name,
                                                   b->kernels[i].release, b->kernels[i].name));
    return lines;
}

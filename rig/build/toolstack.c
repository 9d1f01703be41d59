/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which toolstack speaks with which hypervisor. */
#include "build/toolstack.h"
#include "base/error.h"
#include <stdlib.h>
#include <string.h>

/* From xen/include/public/domctl.h and sysctl.h of each release's source; they do not change within a
 * release, security updates included. */
static const struct {
    const char *release;
    const char *xen;
    XrInterfaces interfaces;
} toolstacks[] = {
    {"bullseye", "4.14", {0x12, 0x13}},
    {"bookworm", "4.17", {0x15, 0x15}},
    {"trixie", "4.20", {0x17, 0x15}},
};

static gboolean read_one(const char *tree, const char *header, const char *macro, guint *version,
                         GError **error)
{
    g_autofree char *path = g_build_filename(tree, "xen/include/public", header, NULL);
    g_autofree char *text = NULL;

    if (g_file_get_contents(path, &text, NULL, NULL)) {
        const char *found = strstr(text, macro);
        char *rest = NULL;
        *version = found ? (guint)strtoul(found + strlen(macro), &rest, 0) : 0;
        if (*version != 0)
            return TRUE;
    }
    g_set_error(error, XR_ERROR, XR_ERROR_BUILD, "%s: says no %s: is this a Xen source tree?", path,
                macro);
    return FALSE;
}

gboolean xr_toolstack_read(const char *tree, XrInterfaces *interfaces, GError **error)
{
    return read_one(tree, "domctl.h", "XEN_DOMCTL_INTERFACE_VERSION", &interfaces->domctl, error) &&
           read_one(tree, "sysctl.h", "XEN_SYSCTL_INTERFACE_VERSION", &interfaces->sysctl, error);
}

static gboolean equal(const XrInterfaces *a, const XrInterfaces *b)
{
    return a->domctl == b->domctl && a->sysctl == b->sysctl;
}

const char *xr_toolstack_find(const XrInterfaces *interfaces, const char *subject, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(toolstacks); i++) {
        const XrInterfaces *its = &toolstacks[i].interfaces;
        if (equal(its, interfaces))
            return toolstacks[i].release;
        g_string_append_printf(known, "%s%s (Xen %s) domctl 0x%x, sysctl 0x%x", i ? "; " : "",
                               toolstacks[i].release, toolstacks[i].xen, its->domctl, its->sysctl);
    }
    g_set_error(
        error, XR_ERROR, XR_ERROR_BUILD,
        "%s speaks domctl 0x%x, sysctl 0x%x, and no toolstack here does: %s. Choose a source "
        "with the interfaces of one of these",
        subject, interfaces->domctl, interfaces->sysctl, known->str);
    return NULL;
}

const char *xr_toolstack_find_for_file(const char *path, GError **error)
{
    g_autofree char *name = g_path_get_basename(path);

    for (gsize i = 0; i < G_N_ELEMENTS(toolstacks); i++) {
        const char *found = strstr(name, toolstacks[i].xen);
        if (found && !g_ascii_isdigit(found[strlen(toolstacks[i].xen)]))
            return toolstacks[i].release;
    }
    g_set_error(
        error, XR_ERROR, XR_ERROR_INPUT,
        "file:%s: its name tells no version of Xen that there is a toolstack for: name one by "
        ",toolstack=bullseye (4.14), bookworm (4.17) or trixie (4.20)",
        path);
    return NULL;
}

gboolean xr_toolstack_check(const char *release, const XrInterfaces *interfaces, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(toolstacks); i++) {
        const XrInterfaces *its = &toolstacks[i].interfaces;
        if (strcmp(toolstacks[i].release, release) != 0)
            continue;
        if (!interfaces || equal(its, interfaces))
            return TRUE;
        g_set_error(error, XR_ERROR, XR_ERROR_BUILD,
                    "the toolstack of %s speaks domctl 0x%x, sysctl 0x%x, this hypervisor domctl "
                    "0x%x, sysctl 0x%x: they would not understand one another",
                    release, its->domctl, its->sysctl, interfaces->domctl, interfaces->sysctl);
        return FALSE;
    }
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "no toolstack \"%s\"; known: bullseye (Xen 4.14), bookworm (4.17), trixie (4.20)",
                release);
    return FALSE;
}

const char *xr_toolstack_choose(const XrSource *source, const XrInterfaces *interfaces,
                                GError **error)
{
    gboolean is_file = source->kind == XR_FROM_FILE;

    if (source->toolstack) {
        gboolean fits = xr_toolstack_check(source->toolstack, is_file ? NULL : interfaces, error);
        return fits ? source->toolstack : NULL;
    }
    if (is_file)
        return xr_toolstack_find_for_file(source->where, error);
    return xr_toolstack_find(interfaces, source->name, error);
}

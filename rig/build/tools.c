/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: programs of the host that a build needs. */
#include "build/tools.h"
#include "base/error.h"

static const struct {
    const char *program;
    const char *package;
    XrSourceKind kind; /* XR_FROM_PACKAGES: all kinds */
} tools[] = {
    {"bison", "bison", XR_FROM_PACKAGES},
    {"flex", "flex", XR_FROM_PACKAGES},
    {"gcc", "gcc", XR_FROM_PACKAGES},
    {"gcov", "gcc", XR_FROM_PACKAGES},
    {"ld", "binutils", XR_FROM_PACKAGES},
    {"make", "make", XR_FROM_PACKAGES},
    {"perl", "perl-base", XR_FROM_PACKAGES},
    {"python3", "python3-minimal", XR_FROM_PACKAGES},
    {"dpkg-source", "dpkg-dev", XR_FROM_DEBSRC},
    {"git", "git", XR_FROM_GIT},
};

gboolean xr_tools_check(const XrSource *source, GError **error)
{
    g_autoptr(GString) packages = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(tools); i++) {
        g_autofree char *path = g_find_program_in_path(tools[i].program);
        if (!path && (tools[i].kind == XR_FROM_PACKAGES || tools[i].kind == source->kind))
            g_string_append_printf(packages, " %s", tools[i].package);
    }
    if (packages->len == 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                "%s cannot be built here, tools are missing: apt-get install%s, or run "
                "images/host.sh",
                source->name, packages->str);
    return FALSE;
}

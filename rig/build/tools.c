/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: programs of the host that a build needs. */
#include "build/tools.h"
#include "base/error.h"
#include "build/build-root.h"

/* What runs on the host itself: with a build root that is only how sources come. */
static const struct {
    const char *program;
    const char *package;
    gboolean is_compiler; /* for root=host alone */
    XrSourceKind kind;    /* XR_FROM_PACKAGES: all kinds */
} tools[] = {
    {"bison", "bison", TRUE, XR_FROM_PACKAGES},
    {"flex", "flex", TRUE, XR_FROM_PACKAGES},
    {"gcc", "gcc", TRUE, XR_FROM_PACKAGES},
    {"gcov", "gcc", TRUE, XR_FROM_PACKAGES},
    {"ld", "binutils", TRUE, XR_FROM_PACKAGES},
    {"make", "make", TRUE, XR_FROM_PACKAGES},
    {"perl", "perl-base", TRUE, XR_FROM_PACKAGES},
    {"python3", "python3-minimal", TRUE, XR_FROM_PACKAGES},
    {"dpkg-source", "dpkg-dev", FALSE, XR_FROM_DEBSRC},
    {"git", "git", FALSE, XR_FROM_GIT},
};

gboolean xr_tools_check(const XrSource *source, GError **error)
{
    g_autoptr(GString) packages = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(tools); i++) {
        if (tools[i].is_compiler && g_strcmp0(source->root, XR_BUILD_ROOT_HOST) != 0)
            continue;
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

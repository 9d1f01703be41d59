/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which toolstack speaks with which hypervisor. */
#include "build/toolstack.h"
#include "base/error.h"
#include "build/origin.h"
#include <stdlib.h>
#include <string.h>

/* From xen/include/public/domctl.h and sysctl.h of each release's source; they do not change within a
 * release, security updates included. */
static const struct {
    const char *release;
    const char *xen;
    guint domctl, sysctl;
} toolstacks[] = {
    {"bullseye", "4.14", 0x12, 0x13},
    {"bookworm", "4.17", 0x15, 0x15},
    {"trixie", "4.20", 0x17, 0x15},
};

static const char public_headers[] = "xen/include/public";
/* Not spoken between a hypervisor for x86 and its toolstack. */
static const char *const foreign[] = {"io",         "arch-arm",   "arch-ppc",     "arch-riscv",
                                      "arch-arm.h", "arch-ppc.h", "arch-riscv.h", NULL};

/* The number that text defines macro to be; 0 if it does not. Its name may stand in comments as well. */
static guint parse_macro(const char *text, const char *macro)
{
    g_autofree char *pattern = g_strdup_printf(
        "(?m)^[ \\t]*#[ \\t]*define[ \\t]+%s[ \\t]+(0[xX][0-9a-fA-F]+|\\d+)", macro);
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_RAW, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    if (!g_regex_match(regex, text, 0, &match))
        return 0;
    g_autofree char *number = g_match_info_fetch(match, 1);
    return (guint)strtoul(number, NULL, 0);
}

static gboolean read_one(const char *tree, const char *header, const char *macro, guint *version,
                         GError **error)
{
    g_autofree char *path = g_build_filename(tree, public_headers, header, NULL);
    g_autofree char *text = NULL;

    if (g_file_get_contents(path, &text, NULL, NULL)) {
        *version = parse_macro(text, macro);
        if (*version != 0)
            return TRUE;
    }
    g_set_error(error, XR_ERROR, XR_ERROR_BUILD,
                "%s: does not define %s: is this a Xen source tree?", path, macro);
    return FALSE;
}

void xr_toolstack_parse_version(const char *makefile, char version[XR_VERSION_MAX])
{
    static const char pattern[] = "(?s)XEN_VERSION\\s*=\\s*(\\d+).*XEN_SUBVERSION\\s*=\\s*(\\d+)"
                                  ".*?XEN_EXTRAVERSION\\s*\\?=\\s*([^\\s$]*)";
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_RAW, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_autofree char *found = NULL;

    if (makefile && g_regex_match(regex, makefile, 0, &match))
        found = g_match_info_expand_references(match, "\\1.\\2\\3", NULL);
    g_strlcpy(version, found ? found : "", XR_VERSION_MAX);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

/* Names, relative to tree, of the headers in its folder. */
static void list_headers(const char *tree, const char *folder, GPtrArray *names)
{
    g_autofree char *path = g_build_filename(tree, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *file;

    while (dir && (file = g_dir_read_name(dir))) {
        g_autofree char *name = g_build_filename(folder, file, NULL);
        g_autofree char *whole = g_build_filename(tree, name, NULL);
        if (g_strv_contains(foreign, file))
            continue;
        if (g_file_test(whole, G_FILE_TEST_IS_DIR))
            list_headers(tree, name, names);
        else if (g_str_has_suffix(file, ".h"))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
}

char *xr_toolstack_hash_headers(const char *tree, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    list_headers(tree, public_headers, names);
    if (names->len == 0) {
        g_set_error(error, XR_ERROR, XR_ERROR_BUILD,
                    "%s/%s: there are no headers: is this a Xen source tree?", tree,
                    public_headers);
        return NULL;
    }
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++)
        if (!xr_origin_hash_file(tree, names->pdata[i], checksum, error))
            return NULL;
    return g_strdup(g_checksum_get_string(checksum));
}

gboolean xr_toolstack_read(const char *tree, XrInterfaces *interfaces, GError **error)
{
    if (!read_one(tree, "domctl.h", "XEN_DOMCTL_INTERFACE_VERSION", &interfaces->domctl, error) ||
        !read_one(tree, "sysctl.h", "XEN_SYSCTL_INTERFACE_VERSION", &interfaces->sysctl, error))
        return FALSE;
    g_autofree char *headers = xr_toolstack_hash_headers(tree, error);
    if (!headers)
        return FALSE;
    g_strlcpy(interfaces->headers, headers, sizeof interfaces->headers);
    g_autofree char *path = g_build_filename(tree, "xen/Makefile", NULL);
    g_autofree char *makefile = NULL;
    g_file_get_contents(path, &makefile, NULL, NULL);
    xr_toolstack_parse_version(makefile, interfaces->version);
    return TRUE;
}

/* "4.17.0" and "4.17.6-pre" are, "4.17-unstable" and "4.17.0-rc3" are of the time before. */
static gboolean is_stable(const char *version, const char *release)
{
    gsize length = strlen(release);

    return g_str_has_prefix(version, release) && version[length] == '.' &&
           g_ascii_isdigit(version[length + 1]) && !strstr(version, "-rc");
}

const char *xr_toolstack_find(const XrInterfaces *interfaces)
{
    for (gsize i = 0; i < G_N_ELEMENTS(toolstacks); i++) {
        if (toolstacks[i].domctl == interfaces->domctl &&
            toolstacks[i].sysctl == interfaces->sysctl &&
            is_stable(interfaces->version, toolstacks[i].xen))
            return toolstacks[i].release;
    }
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
        if (strcmp(toolstacks[i].release, release) != 0)
            continue;
        if (!interfaces || (toolstacks[i].domctl == interfaces->domctl &&
                            toolstacks[i].sysctl == interfaces->sysctl))
            return TRUE;
        g_set_error(error, XR_ERROR, XR_ERROR_BUILD,
                    "the toolstack of %s speaks domctl 0x%x, sysctl 0x%x, this hypervisor domctl "
                    "0x%x, sysctl 0x%x: they would not understand one another; "
                    "toolstack=" XR_TOOLSTACK_SOURCE " has one built from the hypervisor's source",
                    release, toolstacks[i].domctl, toolstacks[i].sysctl, interfaces->domctl,
                    interfaces->sysctl);
        return FALSE;
    }
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "no toolstack \"%s\"; known: bullseye (Xen 4.14), bookworm (4.17), trixie (4.20), "
                "and " XR_TOOLSTACK_SOURCE ": built from the hypervisor's source",
                release);
    return FALSE;
}

char *xr_toolstack_misfit(const char *release, const char *line)
{
    static const char says[] = "(XEN) Xen version ";
    const char *version = g_str_has_prefix(line, says) ? line + strlen(says) : NULL;

    for (gsize i = 0; version && i < G_N_ELEMENTS(toolstacks); i++) {
        const char *own = toolstacks[i].xen;
        if (strcmp(toolstacks[i].release, release) != 0)
            continue;
        if (g_str_has_prefix(version, own) && !g_ascii_isdigit(version[strlen(own)]))
            return NULL;
        return g_strdup_printf("the hypervisor is Xen %.*s, and the toolstack of %s is for Xen %s: "
                               "they would not understand one another; name one that fits by "
                               ",toolstack=bullseye (4.14), bookworm (4.17) or trixie (4.20)",
                               (int)strspn(version, "0123456789."), version, release, own);
    }
    return NULL;
}

static const char *choose_named(const XrSource *source, const XrInterfaces *interfaces,
                                GError **error)
{
    gboolean is_file = source->kind == XR_FROM_FILE;

    if (strcmp(source->toolstack, XR_TOOLSTACK_SOURCE) != 0)
        return xr_toolstack_check(source->toolstack, is_file ? NULL : interfaces, error)
                   ? source->toolstack
                   : NULL;
    if (!is_file)
        return XR_TOOLSTACK_SOURCE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s: a file has no source that a toolstack could be built from: name a release, "
                "bullseye (Xen 4.14), bookworm (4.17) or trixie (4.20)",
                source->name);
    return NULL;
}

const char *xr_toolstack_choose(const XrSource *source, const XrInterfaces *interfaces,
                                GError **error)
{
    if (source->toolstack)
        return choose_named(source, interfaces, error);
    if (source->kind == XR_FROM_FILE)
        return xr_toolstack_find_for_file(source->where, error);
    const char *release = source->kind == XR_FROM_DEBSRC ? xr_toolstack_find(interfaces) : NULL;
    return release ? release : XR_TOOLSTACK_SOURCE;
}

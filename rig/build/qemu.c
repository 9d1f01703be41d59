/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which QEMU to use. */
#include "base/error.h"
#include "build/build.h"
#include "build/cache.h"
#include "build/packages.h"
#include <stdlib.h>
#include <string.h>

static const char program[] = "qemu-system-x86_64";

/* "10.0.2" out of "QEMU emulator version 10.0.2 (Debian …)". */
static char *cut_version(const char *text)
{
    static const char before[] = "version ";
    const char *found = strstr(text, before);
    if (!found)
        return NULL;
    found += strlen(before);
    gsize length = strspn(found, "0123456789.");
    return length > 0 ? g_strndup(found, length) : NULL;
}

static char *ask_version(const char *path, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autofree char *output = NULL;
    g_autoptr(GSubprocess) process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &reason,
                         path, "--version", NULL);

    if (process && g_subprocess_communicate_utf8(process, NULL, NULL, &output, NULL, &reason)) {
        char *version = g_subprocess_get_successful(process) ? cut_version(output) : NULL;
        if (version)
            return version;
    }
    g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                "%s: is no QEMU that runs here: %s; name another with --qemu", path,
                reason              ? reason->message
                : output && *output ? g_strchomp(output)
                                    : "no version");
    return NULL;
}

gboolean xr_qemu_is_new_enough(const char *version)
{
    static const char oldest[] = XR_QEMU_OLDEST;
    char *rest, *oldest_rest;
    const gulong major = strtoul(version, &rest, 10);
    const gulong minor = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;
    const gulong oldest_major = strtoul(oldest, &oldest_rest, 10);

    return major > oldest_major ||
           (major == oldest_major && minor >= strtoul(oldest_rest + 1, NULL, 10));
}

static char *find_cached(void)
{
    g_autofree char *key = xr_packages_key("qemu", NULL);
    g_autofree char *tree = NULL;

    if (!key || !xr_cache_hold("trees", key) || !xr_cache_lookup("trees", key, &tree))
        return NULL;
    return g_build_filename(tree, "wrapped", "bin", program, NULL);
}

static gboolean take(char *found, char **path, char **version, GError **error)
{
    g_autofree char *candidate = found;
    g_autofree char *asked = ask_version(candidate, error);
    if (!asked)
        return FALSE;
    *path = g_canonicalize_filename(candidate, NULL);
    *version = g_steal_pointer(&asked);
    return TRUE;
}

gboolean xr_qemu_find(const char *override, char **path, char **version, GError **error)
{
    if (override) {
        char *found = g_find_program_in_path(override);
        return take(found ? found : g_strdup(override), path, version, error);
    }
    g_autofree char *host = g_find_program_in_path(program);
    g_autofree char *host_version = host ? ask_version(host, NULL) : NULL;
    if (host_version && xr_qemu_is_new_enough(host_version)) {
        *path = g_steal_pointer(&host);
        *version = g_steal_pointer(&host_version);
        return TRUE;
    }
    char *cached = find_cached();
    if (cached)
        return take(cached, path, version, error);
    g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                "QEMU " XR_QEMU_OLDEST
                " or newer is needed, this host has %s: run images/host.sh, which puts "
                "one into the cache, or name one with --qemu",
                host_version ? host_version : "none");
    return FALSE;
}

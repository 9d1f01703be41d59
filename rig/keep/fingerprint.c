/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: says what kind of host this is, without saying which. */
#include "keep/record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MIB (1024 * 1024)

/* The value of the first "key : value" line of a /proc file; NULL without one. Free with g_free. */
static char *proc_value(const char *path, const char *key)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        char *colon = strchr(*line, ':');
        if (colon == NULL)
            continue;
        *colon = '\0';
        if (g_str_equal(g_strchomp(*line), key))
            return g_strdup(g_strstrip(colon + 1));
    }
    return NULL;
}

JsonObject *xr_host_fingerprint(void)
{
    struct utsname name = {0};
    uname(&name);
    g_autofree char *cpu = proc_value("/proc/cpuinfo", "model name");
    g_autofree char *memory = proc_value("/proc/meminfo", "MemTotal");
    g_autofree char *os = g_get_os_info(G_OS_INFO_KEY_PRETTY_NAME);
    gint64 cores = sysconf(_SC_NPROCESSORS_ONLN);
    /* The kernel keeps back a little more or less with each update: whole 256 MiB, rounded up. */
    gint64 kib = memory == NULL ? 0 : strtoll(memory, NULL, 10);
    gint64 bytes = (kib * 1024 + 256 * MIB - 1) / (256 * MIB) * (256 * MIB);
    const char *cpu_name = cpu == NULL ? "unknown" : cpu;
    const char *os_name = os == NULL ? "unknown" : os;

    g_autofree char *all =
        g_strdup_printf("%s\n%s\n%" G_GINT64_FORMAT "\n%" G_GINT64_FORMAT "\n%s\n%s\n",
                        name.machine, cpu_name, cores, bytes, name.release, os_name);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
    hash[16] = '\0';

    JsonObject *host = json_object_new();
    json_object_set_string_member(host, "id", hash);
    json_object_set_string_member(host, "arch", name.machine);
    json_object_set_string_member(host, "cpu", cpu_name);
    json_object_set_int_member(host, "cores", cores);
    json_object_set_int_member(host, "memory_bytes", bytes);
    json_object_set_string_member(host, "kernel", name.release);
    json_object_set_string_member(host, "distribution", os_name);
    return host;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dom0 agent: a domU as a request describes it, and xl's configuration for it. */
#include "config.h"

#include "text.h"
#include "vbd.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const unsigned long long MIB = 1024 * 1024;

enum { ARGS_MAX = 1500 }; /* a PV domU's command line ends at 1024 bytes by Xen, 2048 by Linux */

/* Text that goes between quotes into xl's configuration: no quote can be escaped there. */
static int quotable(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!isprint((unsigned char)*p) || strchr("\"'\\", *p))
            return 0;
    return 1;
}

static int device_valid(const char *path)
{
    if (strncmp(path, "/dev/", 5) != 0 || strlen(path) > 64 || strstr(path, ".."))
        return 0;
    for (const char *p = path + 5; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("-_./", *p))
            return 0;
    return path[5] != '\0';
}

static char *parse_devices(const json_t *value, AgDomainSpec *spec)
{
    if (!json_is_array(value) || json_array_size(value) > AG_VBDS_MAX)
        return ag_printf("domain %s: \"devices\" must be a list of at most %d paths", spec->name,
                         AG_VBDS_MAX);
    spec->vbds = json_array_size(value);
    for (size_t i = 0; i < spec->vbds; i++) {
        spec->devices[i] = json_string_value(json_array_get(value, i));
        if (!spec->devices[i] || !device_valid(spec->devices[i]))
            return ag_printf("domain %s: device %zu is no path like \"/dev/nullb0\"", spec->name,
                             i);
    }
    return NULL;
}

static char *parse_name(const json_t *value, AgDomainSpec *spec)
{
    spec->name = json_string_value(json_object_get(value, "name"));
    if (!spec->name || !ag_name_valid(spec->name))
        return ag_printf("a domain's \"name\" must be 1 to %d letters, digits, \"-\", \"_\", \".\"",
                         AG_NAME_MAX);
    return NULL;
}

static char *check_known(const json_t *value, const AgDomainSpec *spec)
{
    static const char *const known[] = {"name",  "kind",    "mode", "memory",
                                        "vcpus", "devices", "args", "cpus"};
    const char *name;
    json_t *member;

    json_object_foreach((json_t *)value, name, member)
    {
        size_t i = 0;
        while (i < sizeof known / sizeof known[0] && strcmp(name, known[i]) != 0)
            i++;
        if (i < sizeof known / sizeof known[0])
            continue;
        ag_autofree char *shown = ag_text_clean(name, strlen(name), 40);
        return ag_printf("domain %s: member \"%s\" is not known; known: name, kind, mode, "
                         "memory, vcpus, devices, args, cpus",
                         spec->name, shown);
    }
    return NULL;
}

/* A member that is one of two words, the first where it is missing. */
static char *parse_choice(const json_t *value, const AgDomainSpec *spec, const char *member,
                          const char *usual, const char *other, bool *is_other)
{
    const json_t *given = json_object_get(value, member);
    const char *word = given ? json_string_value(given) : usual;

    *is_other = word && strcmp(word, other) == 0;
    if (word && (*is_other || strcmp(word, usual) == 0))
        return NULL;
    ag_autofree char *shown = ag_text_clean(word ? word : "", word ? strlen(word) : 0, 40);
    return ag_printf("domain %s: \"%s\" is \"%s\"; known: %s, %s", spec->name, member, shown, usual,
                     other);
}

/* "8" or "8-15". */
static char *parse_cpus(const json_t *value, AgDomainSpec *spec)
{
    const json_t *cpus = json_object_get(value, "cpus");

    spec->cpus = json_string_value(cpus);
    if (!cpus || (spec->cpus && strlen(spec->cpus) > 0 && strlen(spec->cpus) < 16 &&
                  strspn(spec->cpus, "0123456789-") == strlen(spec->cpus)))
        return NULL;
    return ag_printf("domain %s: \"cpus\" must be pCPUs like \"8\" or \"8-15\"", spec->name);
}

char *ag_domain_spec_parse(const json_t *value, AgDomainSpec *spec)
{
    const json_t *memory = json_object_get(value, "memory");
    const json_t *vcpus = json_object_get(value, "vcpus");
    const json_t *args = json_object_get(value, "args");

    memset(spec, 0, sizeof *spec);
    if (!json_is_object(value))
        return ag_printf("a domain must be an object");
    char *error = parse_name(value, spec);
    if (!error)
        error = check_known(value, spec);
    if (!error)
        error = parse_choice(value, spec, "kind", "linux", "stream", &spec->stream);
    if (!error)
        error = parse_choice(value, spec, "mode", "pv", "pvh", &spec->pvh);
    if (error)
        return error;
    if (!json_is_integer(memory) || json_integer_value(memory) < (json_int_t)(4 * MIB) ||
        json_integer_value(memory) > (json_int_t)(MIB * MIB))
        return ag_printf("domain %s: \"memory\" must be bytes, from 4 MiB on", spec->name);
    spec->memory = (unsigned long long)json_integer_value(memory);
    if (!json_is_integer(vcpus) || json_integer_value(vcpus) < 1 || json_integer_value(vcpus) > 64)
        return ag_printf("domain %s: \"vcpus\" must be from 1 to 64", spec->name);
    spec->vcpus = (unsigned)json_integer_value(vcpus);
    spec->args = args ? json_string_value(args) : "";
    if (!spec->args || strlen(spec->args) > ARGS_MAX || !quotable(spec->args))
        return ag_printf("domain %s: \"args\" must be printable ASCII without quotes and "
                         "backslashes, at most %d bytes",
                         spec->name, ARGS_MAX);
    error = parse_cpus(value, spec);
    return error ? error : parse_devices(json_object_get(value, "devices"), spec);
}

static char *disk_list(const AgDomainSpec *spec)
{
    char *list = ag_strndup("", 0);

    for (size_t i = 0; i < spec->vbds; i++) {
        char name[AG_VBD_NAME_SIZE];
        ag_vbd_name(i, name);
        char *longer =
            ag_printf("%s%s\n  \"phy:%s,%s,w\"", list, i ? "," : "", spec->devices[i], name);
        free(list);
        list = longer;
    }
    return list;
}

/* console=hvc0: what xenconsoled follows. panic_on_oops: a domU that lost a thread must not stream
 * on. A panic becomes a crash in Xen's eyes at once: Linux's panic handler for Xen sees to that
 * where no "panic=" is given. */
static char *linux_lines(const AgDomainSpec *spec)
{
    /* QEMU's emulated SVM tells Xen of rdtscp as of rdtsc, where Xen traps them: Xen then ends the domU. */
    return ag_printf("kernel = \"" AG_DOMU_KERNEL "\"\n"
                     "ramdisk = \"" AG_DOMU_RAMDISK "\"\n"
                     "extra = \"console=hvc0 loglevel=5 oops=panic %s\"\n"
                     "%s",
                     spec->args, spec->pvh ? "tsc_mode = \"native\"\n" : "");
}

/* tsc_mode: it reads the time stamp counter for each request. Emulated, that would be a trap to Xen
 * each time. max_maptrack_frames: it may map the metronome's page; from Xen 4.13 on a domU may map nothing unless it is
 * told. */
static char *stream_lines(const AgDomainSpec *spec)
{
    return ag_printf("kernel = \"%s\"\n"
                     "extra = \"%s\"\n"
                     "tsc_mode = \"native\"\n"
                     "max_maptrack_frames = 4\n",
                     spec->pvh ? AG_STREAM_PVH : AG_STREAM_PV, spec->args);
}

char *ag_domain_config(const AgDomainSpec *spec)
{
    ag_autofree char *disks = disk_list(spec);
    ag_autofree char *kernel = spec->stream ? stream_lines(spec) : linux_lines(spec);
    ag_autofree char *iomem =
        spec->iomem ? ag_printf("iomem = [ %s ]\n", spec->iomem) : ag_strndup("", 0);
    ag_autofree char *cpus =
        spec->cpus ? ag_printf("cpus = \"%s\"\n", spec->cpus) : ag_strndup("", 0);

    return ag_printf("name = \"%s\"\n"
                     "type = \"%s\"\n"
                     "%s"
                     "memory = %llu\n"
                     "vcpus = %u\n"
                     "%s%s"
                     "disk = [%s ]\n"
                     "vif = [ ]\n"
                     "on_poweroff = \"preserve\"\n"
                     "on_reboot = \"preserve\"\n"
                     "on_crash = \"preserve\"\n"
                     "on_watchdog = \"preserve\"\n",
                     spec->name, spec->pvh ? "pvh" : "pv", kernel, spec->memory / MIB, spec->vcpus,
                     cpus, iomem, disks);
}

char *ag_request_names(const AgRequest *request, AgNames *names)
{
    const json_t *list = json_object_get(request->members, "names");

    names->count = json_array_size(list);
    if (names->count > AG_DOMAINS_MAX)
        return ag_printf("%s: \"names\" has more than %d names", ag_op_name(request->op),
                         AG_DOMAINS_MAX);
    for (size_t i = 0; i < names->count; i++) {
        names->name[i] = json_string_value(json_array_get(list, i));
        if (!names->name[i] || !ag_name_valid(names->name[i]))
            return ag_printf("%s: \"names\" must be a list of domain names",
                             ag_op_name(request->op));
    }
    return NULL;
}

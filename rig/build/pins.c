/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what of a hypervisor's making changes its speed, and is not its source.
 *
 * A configuration has some hundred symbols; here are those that are known to move throughput, or that change
 * what is compiled all over. A symbol that a configuration does not have counts as n: releases before it came
 * do not do what it stands for. */
#include "build/pins.h"
#include "base/json.h"
#include <string.h>

static const char unknown[] = "?";

static const struct {
    const char *name;
    const char *symbol;
} pins[] = {
    {"debug", "DEBUG"},
    {"lock checking", "DEBUG_LOCKS"},
    {"lock profile", "DEBUG_LOCK_PROFILE"},
    {"frame pointers", "FRAME_POINTER"},
    {"performance counters", "PERF_COUNTERS"},
    {"coverage", "COVERAGE"},
    {"undefined behaviour sanitizer", "UBSAN"},
    {"speculative hardening of arrays", "SPECULATIVE_HARDEN_ARRAY"},
    {"speculative hardening of branches", "SPECULATIVE_HARDEN_BRANCH"},
    {"speculative hardening of guest accesses", "SPECULATIVE_HARDEN_GUEST_ACCESS"},
    {"speculative hardening of locks", "SPECULATIVE_HARDEN_LOCK"},
    {"indirect thunks", "INDIRECT_THUNK"},
    {"return thunks", "RETURN_THUNK"},
    {"shadow stacks", "XEN_SHSTK"},
    {"indirect branch tracking", "XEN_IBT"},
    {"most CPUs", "NR_CPUS"},
    {"scheduler", "SCHED_DEFAULT"},
    {"trace buffer", "TRACEBUFFER"},
    {"live patching", "LIVEPATCH"},
};

/* CONFIG_symbol's value, of the last line that has one, without quotes; "n" if there is none. */
static char *read_symbol(char **lines, const char *symbol)
{
    g_autofree char *prefix = g_strdup_printf("CONFIG_%s=", symbol);
    const char *value = "n";

    for (; *lines; lines++)
        if (g_str_has_prefix(*lines, prefix))
            value = *lines + strlen(prefix);
    gsize length = strlen(value);
    if (length >= 2 && *value == '"' && value[length - 1] == '"')
        return g_strndup(value + 1, length - 2);
    return g_strdup(value);
}

/* Releases before 4.18 know no symbol for it: then it is what the flags say. */
static char *read_alignment(char **lines, const char *flags)
{
    static const char flag[] = "-falign-functions=";
    const char *at = flags ? strstr(flags, flag) : NULL;

    if (!at)
        return read_symbol(lines, "FUNCTION_ALIGNMENT");
    at += strlen(flag);
    return g_strndup(at, strspn(at, "0123456789"));
}

JsonObject *xr_pins_of(const char *config, const char *flags, const char *compiler,
                       const char *linker)
{
    g_auto(GStrv) lines = g_strsplit(config ? config : "", "\n", -1);
    JsonObject *object = json_object_new();

    for (gsize i = 0; i < G_N_ELEMENTS(pins); i++) {
        g_autofree char *value = config ? read_symbol(lines, pins[i].symbol) : g_strdup(unknown);
        json_object_set_string_member(object, pins[i].name, value);
    }
    g_autofree char *alignment = config ? read_alignment(lines, flags) : g_strdup(unknown);
    json_object_set_string_member(object, "function alignment", alignment);
    json_object_set_string_member(object, "flags", flags ? flags : unknown);
    json_object_set_string_member(object, "compiler", compiler ? compiler : unknown);
    json_object_set_string_member(object, "linker", linker ? linker : unknown);
    return object;
}

static const char *get(JsonObject *object, const char *name)
{
    return xr_json_string(object, name, unknown);
}

GPtrArray *xr_pins_differ(JsonObject *a, JsonObject *b)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(JsonObject) whole = xr_pins_of(NULL, NULL, NULL, NULL);
    g_autoptr(GList) names = json_object_get_members(whole);

    for (GList *name = names; name; name = name->next) {
        const char *left = get(a, name->data), *right = get(b, name->data);
        if (strcmp(left, right) != 0)
            g_ptr_array_add(lines, g_strdup_printf("%s: %s / %s", (char *)name->data, left, right));
    }
    return lines;
}

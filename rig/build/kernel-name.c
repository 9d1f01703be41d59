/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: names of kernels, and where names of builds say them. */
#include "build/kernel-name.h"
#include "base/error.h"
#include <string.h>

static const char modules_is[] = "modules=";

static const struct {
    const char *prefix;
    XrKernelKind kind;
} kinds[] = {
    {"debian:", XR_KERNEL_FROM_DEBIAN},
    {"file:", XR_KERNEL_FROM_FILE},
    {"dir:", XR_KERNEL_FROM_TREE},
};

static const struct {
    const char *prefix;
    gboolean dom0;
    gboolean guests;
} options[] = {
    {"kernel=", TRUE, TRUE},
    {"dom0.kernel=", TRUE, FALSE},
    {"guests.kernel=", FALSE, TRUE},
};

void xr_kernel_name_free(XrKernelName *name)
{
    if (!name)
        return;
    g_free(name->where);
    g_free(name->modules);
    g_free(name);
}

XrKernelName *xr_kernel_name_parse(const char *name, GError **error)
{
    g_autoptr(XrKernelName) parsed = g_new0(XrKernelName, 1);
    g_auto(GStrv) words = g_strsplit(name, ",", 2);
    gboolean good = FALSE;

    for (gsize i = 0; words[0] && i < G_N_ELEMENTS(kinds); i++) {
        if (!g_str_has_prefix(words[0], kinds[i].prefix))
            continue;
        parsed->kind = kinds[i].kind;
        parsed->where = g_strdup(words[0] + strlen(kinds[i].prefix));
        good = *parsed->where != '\0';
    }
    if (good && words[1]) {
        good = parsed->kind == XR_KERNEL_FROM_FILE && g_str_has_prefix(words[1], modules_is) &&
               words[1][strlen(modules_is)] && !strchr(words[1], ',');
        parsed->modules = g_strdup(good ? words[1] + strlen(modules_is) : NULL);
    }
    if (good)
        return g_steal_pointer(&parsed);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "no kernel \"%s\"; kernels are named debian:bookworm, debian:trixie, "
                "file:VMLINUZ[,modules=DIR], dir:BUILDTREE",
                name);
    return NULL;
}

void xr_kernel_words_free(XrKernelWords *words)
{
    if (!words)
        return;
    g_free(words->build);
    g_free(words->dom0);
    g_free(words->guests);
    g_free(words);
}

static void put(char **kernel, const char *name)
{
    g_free(*kernel);
    *kernel = g_strdup(name);
}

/* The kernels that word names; FALSE if it is another word. */
static gboolean take_option(XrKernelWords *words, const char *word, const char *next,
                            gboolean *took_next)
{
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
        if (!g_str_has_prefix(word, options[i].prefix))
            continue;
        const char *value = word + strlen(options[i].prefix);
        *took_next = next && g_str_has_prefix(next, modules_is);
        g_autofree char *name = g_strconcat(value, *took_next ? "," : NULL, next, NULL);
        if (options[i].dom0)
            put(&words->dom0, name);
        if (options[i].guests)
            put(&words->guests, name);
        return TRUE;
    }
    return FALSE;
}

XrKernelWords *xr_kernel_words_cut(const char *name, const char *dom0, const char *guests)
{
    XrKernelWords *words = g_new0(XrKernelWords, 1);
    g_auto(GStrv) parts = g_strsplit(name, ",", -1);
    g_autoptr(GString) build = g_string_new(parts[0]);

    words->dom0 = g_strdup(dom0 ? dom0 : XR_KERNEL_DEFAULT);
    words->guests = g_strdup(guests ? guests : XR_KERNEL_DEFAULT);
    for (guint i = 1; parts[0] && parts[i]; i++) {
        gboolean took_next = FALSE;
        if (!take_option(words, parts[i], parts[i + 1], &took_next))
            g_string_append_printf(build, ",%s", parts[i]);
        if (took_next)
            i++;
    }
    words->build = g_string_free(g_steal_pointer(&build), FALSE);
    return words;
}

char *xr_kernel_words_join(const XrKernelWords *words, const char *build)
{
    gboolean dom0 = strcmp(words->dom0, XR_KERNEL_DEFAULT) != 0;
    gboolean guests = strcmp(words->guests, XR_KERNEL_DEFAULT) != 0;

    if (dom0 && strcmp(words->dom0, words->guests) == 0)
        return g_strconcat(build, ",kernel=", words->dom0, NULL);
    return g_strconcat(build, dom0 ? ",dom0.kernel=" : "", dom0 ? words->dom0 : "",
                       guests ? ",guests.kernel=" : "", guests ? words->guests : "", NULL);
}

char *xr_kernel_words_add(const char *name, const char *dom0, const char *guests)
{
    g_autoptr(XrKernelWords) words = xr_kernel_words_cut(name, dom0, guests);

    return xr_kernel_words_join(words, words->build);
}

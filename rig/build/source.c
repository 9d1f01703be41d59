/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: names of builds: SOURCE[+VARIANT][,OPTION…]. */
#include "build/source.h"
#include "base/error.h"
#include "base/paths.h"
#include "build/build-root.h"
#include "build/kernel-name.h"
#include <string.h>

static const struct {
    const char *prefix;
    XrSourceKind kind;
    const char *form;
} kinds[] = {
    {"debian:", XR_FROM_PACKAGES, "debian:RELEASE"},
    {"debsrc:", XR_FROM_DEBSRC, "debsrc:RELEASE"},
    {"git:", XR_FROM_GIT, "git:DIR@REV"},
    {"dir:", XR_FROM_DIR, "dir:PATH"},
    {"file:", XR_FROM_FILE, "file:PATH"},
};
static const char root_is[] = "root=", toolstack_is[] = "toolstack=";

static int compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

static gboolean contains(const GPtrArray *names, const char *name)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)names, name, g_str_equal, NULL);
}

/* Names of the files in folder, each once, without what follows the first dot. */
static GPtrArray *list_names(const char *folder, GError **error)
{
    g_autofree char *path = xr_paths_data(folder, error);
    g_autoptr(GDir) dir = path ? g_dir_open(path, 0, error) : NULL;
    const char *file;

    if (!dir)
        return NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    while ((file = g_dir_read_name(dir))) {
        g_autofree char *name = g_strndup(file, strcspn(file, "."));
        if (*name && !contains(names, name))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    g_ptr_array_sort(names, compare_names);
    return g_steal_pointer(&names);
}

XrSourceWords *xr_source_words_load(GError **error)
{
    g_autoptr(XrSourceWords) words = g_new0(XrSourceWords, 1);

    words->variants = list_names("images/xen/variants", error);
    words->options = words->variants ? list_names("images/xen/options", error) : NULL;
    return words->options ? g_steal_pointer(&words) : NULL;
}

void xr_source_words_free(XrSourceWords *words)
{
    if (!words)
        return;
    g_clear_pointer(&words->variants, g_ptr_array_unref);
    g_clear_pointer(&words->options, g_ptr_array_unref);
    g_free(words);
}

static char *list(const GPtrArray *names)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", (const char *)names->pdata[i]);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static gboolean fail_kind(const char *name, GError **error)
{
    g_autoptr(GString) forms = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        g_string_append_printf(forms, "%s%s", i ? ", " : "", kinds[i].form);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "no build \"%s\"; builds are named %s", name,
                forms->str);
    return FALSE;
}

static gboolean parse_kind(XrSource *source, const char *name, const char **rest, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!g_str_has_prefix(name, kinds[i].prefix))
            continue;
        source->kind = kinds[i].kind;
        *rest = name + strlen(kinds[i].prefix);
        return **rest != '\0' || fail_kind(name, error);
    }
    return fail_kind(name, error);
}

/* TRUE if option is one with a value, which goes to *value. */
static gboolean take_value(const char *option, const char *prefix, char **value)
{
    if (!g_str_has_prefix(option, prefix) || !option[strlen(prefix)])
        return FALSE;
    g_free(*value);
    *value = g_strdup(option + strlen(prefix));
    return TRUE;
}

static gboolean add_option(XrSource *source, const char *option, const XrSourceWords *words,
                           GError **error)
{
    if (take_value(option, toolstack_is, &source->toolstack))
        return TRUE;
    if (take_value(option, root_is, &source->root))
        return xr_build_root_check(source->root, error);
    if (contains(words->options, option)) {
        if (!contains(source->options, option))
            g_ptr_array_add(source->options, g_strdup(option));
        return TRUE;
    }
    g_autofree char *known = list(words->options);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "no option \"%s\" of a build; known: %s, toolstack=RELEASE, toolstack=source, "
                "root=RELEASE, root=host, kernel=KERNEL, dom0.kernel=KERNEL, guests.kernel=KERNEL",
                option, known);
    return FALSE;
}

/* tail: what follows the last "/", of which the words are cut off. */
static gboolean parse_words(XrSource *source, char *tail, const XrSourceWords *words,
                            GError **error)
{
    char *comma = strchr(tail, ',');
    g_auto(GStrv) options = g_strsplit(comma ? comma + 1 : "", ",", -1);

    if (comma && !comma[1]) {
        add_option(source, "", words, error);
        return FALSE;
    }
    for (guint i = 0; options[i]; i++)
        if (!add_option(source, options[i], words, error))
            return FALSE;
    g_ptr_array_sort(source->options, compare_names);
    if (comma)
        *comma = '\0';
    char *plus = strrchr(tail, '+');
    source->variant = g_strdup(plus ? plus + 1 : "stock");
    if (plus)
        *plus = '\0';
    if (contains(words->variants, source->variant))
        return TRUE;
    g_autofree char *known = list(words->variants);
    g_set_error(
        error, XR_ERROR, XR_ERROR_INPUT,
        "no variant \"%s\"; known: %s (a name that has a \"+\" in it is followed by +stock)",
        source->variant, known);
    return FALSE;
}

static gboolean check_whole(const XrSource *source, const char *name, GError **error)
{
    gboolean is_built = source->kind != XR_FROM_PACKAGES && source->kind != XR_FROM_FILE;

    if (!is_built &&
        (source->options->len > 0 || source->root || strcmp(source->variant, "stock") != 0)) {
        g_set_error(
            error, XR_ERROR, XR_ERROR_INPUT,
            "\"%s\" is built already: variants and options are for debsrc:, git: and dir:", name);
        return FALSE;
    }
    if (source->kind == XR_FROM_PACKAGES && source->toolstack) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "\"%s\" brings its own toolstack", name);
        return FALSE;
    }
    if (*source->where)
        return TRUE;
    return fail_kind(name, error);
}

static char *short_name(const XrSource *source)
{
    g_autoptr(GString) name = g_string_new(kinds[source->kind].prefix);

    g_string_append(name, source->where);
    if (source->revision)
        g_string_append_printf(name, "@%s", source->revision);
    if (strcmp(source->variant, "stock") != 0 || strchr(name->str, '+'))
        g_string_append_printf(name, "+%s", source->variant);
    for (guint i = 0; i < source->options->len; i++)
        g_string_append_printf(name, ",%s", (const char *)source->options->pdata[i]);
    if (source->root)
        g_string_append_printf(name, ",%s%s", root_is, source->root);
    if (source->toolstack)
        g_string_append_printf(name, ",%s%s", toolstack_is, source->toolstack);
    return g_string_free(g_steal_pointer(&name), FALSE);
}

XrSource *xr_source_parse(const char *name, const XrSourceWords *words, GError **error)
{
    g_autoptr(XrSource) source = g_new0(XrSource, 1);
    const char *rest = "";

    source->options = g_ptr_array_new_with_free_func(g_free);
    if (!parse_kind(source, name, &rest, error))
        return NULL;
    source->where = g_strconcat(rest, NULL);
    char *slash = strrchr(source->where, '/');
    if (!parse_words(source, slash ? slash + 1 : source->where, words, error))
        return NULL;
    if (source->kind == XR_FROM_GIT) {
        char *at = strrchr(source->where, '@');
        source->revision = g_strdup(at && at[1] ? at + 1 : "HEAD");
        if (at)
            *at = '\0';
    }
    if (!check_whole(source, name, error))
        return NULL;
    source->name = short_name(source);
    return g_steal_pointer(&source);
}

gboolean xr_source_has_option(const XrSource *source, const char *option)
{
    return contains(source->options, option);
}

gboolean xr_source_name_has_option(const char *name, const char *option)
{
    g_autoptr(XrKernelWords) kernels = xr_kernel_words_cut(name, NULL, NULL);
    const char *slash = strrchr(kernels->build, '/');
    g_auto(GStrv) words = g_strsplit(slash ? slash : kernels->build, ",", -1);

    return *words && g_strv_contains((const char *const *)words + 1, option);
}

void xr_source_free(XrSource *source)
{
    if (!source)
        return;
    g_free(source->where);
    g_free(source->revision);
    g_free(source->variant);
    g_clear_pointer(&source->options, g_ptr_array_unref);
    g_free(source->root);
    g_free(source->toolstack);
    g_free(source->name);
    g_free(source);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: from a list (images/initramfs/…) to an initramfs. */
#include "build/image.h"
#include "base/error.h"
#include "base/paths.h"
#include "build/cpio.h"
#include "build/modules.h"
#include "build/tree.h"
#include "build/unpack.h"
#include <string.h>

typedef struct {
    const XrImageInputs *inputs;
    XrCpio *cpio;
    GPtrArray *libraries;    /* of XrLibrary */
    GPtrArray *module_order; /* files relative to the modules' folder */
    GHashTable *parameters;  /* module name -> parameters */
    GHashTable *texts;       /* path -> GString */
} Image;

/* One word of a list: where is its first argument, rest what follows, "" if nothing. */
typedef gboolean (*Word)(Image *image, const char *where, const char *rest, GError **error);

static void free_text(gpointer text)
{
    g_string_free(text, TRUE);
}

static void free_image(Image *image)
{
    xr_cpio_free(image->cpio);
    g_ptr_array_unref(image->libraries);
    g_ptr_array_unref(image->module_order);
    g_hash_table_unref(image->parameters);
    g_hash_table_unref(image->texts);
    g_free(image);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Image, free_image)

static Image *new_image(const XrImageInputs *inputs)
{
    Image *image = g_new0(Image, 1);
    image->inputs = inputs;
    image->cpio = xr_cpio_new();
    image->libraries = g_ptr_array_new_with_free_func((GDestroyNotify)xr_library_free);
    image->module_order = g_ptr_array_new_with_free_func(g_free);
    image->parameters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    image->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_text);
    return image;
}

static gboolean add_file(Image *image, const char *path, const char *source, gboolean executable,
                         GError **error)
{
    g_autoptr(GBytes) data = xr_read_file(source, error);
    if (!data)
        return FALSE;
    xr_cpio_add_file(image->cpio, path, data, executable);
    return TRUE;
}

static gboolean word_directory(Image *image, const char *where, const char *rest, GError **error)
{
    xr_cpio_add_directory(image->cpio, where);
    return TRUE;
}

static gboolean word_link(Image *image, const char *where, const char *rest, GError **error)
{
    xr_cpio_add_link(image->cpio, where, rest);
    return TRUE;
}

static gboolean word_guest(Image *image, const char *where, const char *rest, GError **error)
{
    g_autofree char *source = xr_paths_data(rest, error);
    return source && add_file(image, where, source, TRUE, error);
}

static gboolean word_program(Image *image, const char *where, const char *rest, GError **error)
{
    const char *tree = image->inputs->tree;
    g_autofree char *match = xr_tree_match(tree, rest, error);
    g_autofree char *source = match ? xr_tree_resolve(tree, match, error) : NULL;

    return source && add_file(image, where, source, TRUE, error) &&
           xr_tree_add_needed(tree, where, source, image->libraries, error);
}

static gboolean word_library(Image *image, const char *where, const char *rest, GError **error)
{
    return xr_tree_add_library(image->inputs->tree, where, image->libraries, error);
}

static gboolean word_module(Image *image, const char *where, const char *rest, GError **error)
{
    if (*rest)
        g_hash_table_insert(image->parameters, xr_modules_name(where), g_strdup(rest));
    return xr_modules_add(image->inputs->modules, where, image->module_order, error);
}

static gboolean word_artefact(Image *image, const char *where, const char *rest, GError **error)
{
    GBytes *data =
        image->inputs->artefacts ? g_hash_table_lookup(image->inputs->artefacts, rest) : NULL;
    if (!data) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "no artefact \"%s\" is made for this image",
                    rest);
        return FALSE;
    }
    xr_cpio_add_file(image->cpio, where, data, FALSE);
    return TRUE;
}

static gboolean word_text(Image *image, const char *where, const char *rest, GError **error)
{
    GString *text = g_hash_table_lookup(image->texts, where);
    if (!text && xr_cpio_has(image->cpio, where)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "%s is in the image already", where);
        return FALSE;
    }
    if (!text) {
        text = g_string_new(NULL);
        g_hash_table_insert(image->texts, g_strdup(where), text);
    }
    g_string_append_printf(text, "%s\n", rest);
    return TRUE;
}

static const struct {
    const char *name;
    Word run;
    gboolean takes_path; /* its first argument is a path that must not be there yet */
    gboolean takes_rest; /* it makes no sense without a second argument */
} words[] = {
    {"artefact", word_artefact, TRUE, TRUE}, {"directory", word_directory, FALSE, FALSE},
    {"guest", word_guest, TRUE, TRUE},       {"library", word_library, FALSE, FALSE},
    {"link", word_link, TRUE, TRUE},         {"module", word_module, FALSE, FALSE},
    {"program", word_program, TRUE, TRUE},   {"text", word_text, FALSE, TRUE},
};

/* The next word of *rest, which then begins behind it. */
static char *cut_word(char **rest)
{
    char *word = *rest;
    char *end = word + strcspn(word, " \t");
    *rest = end + strspn(end, " \t");
    *end = '\0';
    return word;
}

static gboolean run_line(Image *image, char *line, GError **error)
{
    char *rest = line;
    const char *name = cut_word(&rest);
    const char *where = cut_word(&rest);

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(words[i].name, name) != 0)
            continue;
        if (!*where || (words[i].takes_rest && !*rest)) {
            g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "\"%s\" lacks an argument", name);
            return FALSE;
        }
        if (words[i].takes_path &&
            (xr_cpio_has(image->cpio, where) || g_hash_table_contains(image->texts, where))) {
            g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "%s is in the image already", where);
            return FALSE;
        }
        return words[i].run(image, where, rest, error);
    }
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "no such word: \"%s\"; known: artefact, directory, guest, library, link, module, "
                "program, text",
                name);
    return FALSE;
}

static gboolean run_list(Image *image, const char *list, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(list, &text, NULL, error))
        return FALSE;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        char *line = g_strstrip(lines[i]);
        if (!*line || *line == '#')
            continue;
        if (!run_line(image, line, error)) {
            g_prefix_error(error, "%s:%u: ", list, i + 1);
            return FALSE;
        }
    }
    return TRUE;
}

/* Modules lie flat in /lib/modules, unpacked; /etc/xenrig/modules says in which order to load. */
static gboolean add_modules(Image *image, GError **error)
{
    g_autoptr(GString) order = g_string_new(NULL);

    for (guint i = 0; i < image->module_order->len; i++) {
        const char *file = image->module_order->pdata[i];
        g_autofree char *source =
            g_build_filename(xr_modules_folder(image->inputs->modules), file, NULL);
        g_autofree char *name = xr_modules_name(file);
        g_autofree char *path = g_strdup_printf("/lib/modules/%s.ko", name);
        g_autoptr(GBytes) data = xr_unpack_file(source, error);
        if (!data)
            return FALSE;
        xr_cpio_add_file(image->cpio, path, data, FALSE);
        const char *parameters = g_hash_table_lookup(image->parameters, name);
        g_string_append_printf(order, "%s%s%s\n", path, parameters ? " " : "",
                               parameters ? parameters : "");
    }
    if (order->len > 0) {
        g_autoptr(GBytes) data = g_bytes_new(order->str, order->len);
        xr_cpio_add_file(image->cpio, "/etc/xenrig/modules", data, FALSE);
    }
    return TRUE;
}

static void add_texts(Image *image)
{
    GHashTableIter iter;
    gpointer path, text;

    g_hash_table_iter_init(&iter, image->texts);
    while (g_hash_table_iter_next(&iter, &path, &text)) {
        g_autoptr(GBytes) data = g_bytes_new(((GString *)text)->str, ((GString *)text)->len);
        xr_cpio_add_file(image->cpio, path, data, FALSE);
    }
}

gboolean xr_image_write(const char *list, const XrImageInputs *inputs, const char *dest,
                        GError **error)
{
    g_autoptr(Image) image = new_image(inputs);

    if (!run_list(image, list, error))
        return FALSE;
    for (guint i = 0; i < image->libraries->len; i++) {
        const XrLibrary *library = image->libraries->pdata[i];
        if (!xr_cpio_has(image->cpio, library->path) &&
            !add_file(image, library->path, library->source, TRUE, error))
            return FALSE;
    }
    if (!add_modules(image, error)) {
        g_prefix_error(error, "%s: ", list);
        return FALSE;
    }
    add_texts(image);
    return xr_cpio_write(image->cpio, dest, error);
}

static gboolean hash_file(const char *source, GChecksum *checksum, GError **error)
{
    g_autofree char *sum = xr_hash_file(source, error);

    if (!sum)
        return FALSE;
    g_checksum_update(checksum, (const guchar *)sum, -1);
    return TRUE;
}

gboolean xr_image_hash_inputs(const char *list, const XrModules *modules, GChecksum *checksum,
                              GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(list, &text, NULL, error))
        return FALSE;
    g_checksum_update(checksum, (const guchar *)text, -1);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        char *rest = g_strstrip(lines[i]);
        const char *word = cut_word(&rest);
        const char *where = cut_word(&rest);
        gboolean is_guest = strcmp(word, "guest") == 0;
        g_autofree char *source = is_guest ? xr_paths_data(rest, error) : NULL;

        if (is_guest && (!source || !hash_file(source, checksum, error)))
            return FALSE;
        if (modules && strcmp(word, "module") == 0 && !xr_modules_add(modules, where, files, error))
            return FALSE;
    }
    for (guint i = 0; i < files->len; i++) {
        g_autofree char *path = g_build_filename(xr_modules_folder(modules), files->pdata[i], NULL);
        if (!hash_file(path, checksum, error))
            return FALSE;
    }
    return TRUE;
}

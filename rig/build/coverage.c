/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which lines of a hypervisor's grant and event code ran, from what its build kept and what it counted.
 *
 * xencov writes "XCOV" as a number, then for each compilation unit the path of its .gcda file, NUL, the number of
 * bytes, and these (xen/common/coverage/gcov.c). Each goes beside the unit's .gcno, which the build has kept, and gcov
 * of the compiler that built it puts the two together. Units that the build knows nothing of are passed over. */
#include "build/coverage.h"
#include "base/error.h"
#include "base/json.h"
#include "build/build-root.h"
#include "build/cache.h"
#include "build/child.h"
#include <string.h>

static const guint32 MAGIC = 0x58434f56;
/* Where the build keeps the sources, below its folder and as they are named. */
static const char sources[] = "xen/common";

static void free_unit(XrCoverageUnit *unit)
{
    g_free(unit->name);
    g_bytes_unref(unit->bytes);
    g_free(unit);
}

static void free_file(XrCoverageFile *file)
{
    g_free(file->name);
    g_tree_unref(file->lines);
    g_tree_unref(file->functions);
    g_free(file);
}

static void fail_data(GError **error, const char *what)
{
    g_set_error(error, XR_ERROR, XR_ERROR_AGENT,
                "what Xen counted of its lines is not what xencov writes: %s", what);
}

/* The unit at *offset, which then is behind it; NULL if there is none. */
static XrCoverageUnit *take_unit(const char *bytes, gsize size, gsize *offset)
{
    const char *path = bytes + *offset;
    gsize length = strnlen(path, size - *offset), at = *offset + length + 1;
    guint32 count;

    if (at + sizeof count > size)
        return NULL;
    memcpy(&count, bytes + at, sizeof count);
    at += sizeof count;
    if (count > size - at)
        return NULL;
    XrCoverageUnit *unit = g_new0(XrCoverageUnit, 1);
    unit->name = g_path_get_basename(path);
    if (g_str_has_suffix(unit->name, ".gcda"))
        unit->name[strlen(unit->name) - strlen(".gcda")] = '\0';
    unit->bytes = g_bytes_new(bytes + at, count);
    *offset = at + count;
    return unit;
}

GPtrArray *xr_coverage_split(GBytes *data, GError **error)
{
    g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func((GDestroyNotify)free_unit);
    gsize size, offset = sizeof MAGIC;
    const char *bytes = g_bytes_get_data(data, &size);
    guint32 magic = 0;

    if (size >= sizeof magic)
        memcpy(&magic, bytes, sizeof magic);
    if (magic != MAGIC) {
        fail_data(error, "it does not begin with XCOV");
        return NULL;
    }
    while (offset < size) {
        XrCoverageUnit *unit = take_unit(bytes, size, &offset);
        if (!unit) {
            fail_data(error, "it ends in the middle of a unit");
            return NULL;
        }
        g_ptr_array_add(units, unit);
    }
    return g_steal_pointer(&units);
}

/* --- what gcov says --- */

static gint compare_lines(gconstpointer a, gconstpointer b, gpointer unused)
{
    return GPOINTER_TO_UINT(a) < GPOINTER_TO_UINT(b) ? -1
                                                     : GPOINTER_TO_UINT(a) > GPOINTER_TO_UINT(b);
}

static gint compare_names(gconstpointer a, gconstpointer b, gpointer unused)
{
    return strcmp(a, b);
}

GPtrArray *xr_coverage_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)free_file);
}

static XrCoverageFile *find_file(GPtrArray *files, const char *name)
{
    for (guint i = 0; i < files->len; i++) {
        XrCoverageFile *file = files->pdata[i];
        if (strcmp(file->name, name) == 0)
            return file;
    }
    XrCoverageFile *file = g_new0(XrCoverageFile, 1);
    file->name = g_strdup(name);
    file->lines = g_tree_new_full(compare_lines, NULL, NULL, g_free);
    file->functions = g_tree_new_full(compare_names, NULL, g_free, g_free);
    g_ptr_array_add(files, file);
    return file;
}

/* A line may be told of once for each function it became part of. */
static void add_line(XrCoverageFile *file, JsonObject *object)
{
    gpointer line = GUINT_TO_POINTER((guint)xr_json_int(object, "line_number", 0));
    guint64 *known = g_tree_lookup(file->lines, line);
    guint64 count = (guint64)MAX(xr_json_int(object, "count", 0), 0);

    if (known)
        *known += count;
    else
        g_tree_insert(file->lines, line, g_memdup2(&count, sizeof count));
}

static void add_function(XrCoverageFile *file, JsonObject *object)
{
    const char *name = xr_json_string(object, "name", "?");
    XrCoverageFunction *known = g_tree_lookup(file->functions, name);
    XrCoverageFunction function = {
        .line = (guint)xr_json_int(object, "start_line", 0),
        .count = (guint64)MAX(xr_json_int(object, "execution_count", 0), 0),
    };

    if (known)
        known->count += function.count;
    else
        g_tree_insert(file->functions, g_strdup(name), g_memdup2(&function, sizeof function));
}

static void for_each(JsonObject *object, const char *member, XrCoverageFile *file,
                     void (*add)(XrCoverageFile *file, JsonObject *element))
{
    JsonArray *array = xr_json_array(object, member);

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonObject *element = xr_json_element_object(array, i);
        if (element)
            add(file, element);
    }
}

gboolean xr_coverage_add(GPtrArray *files, const char *json, const char *folder, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonNode *root =
        json_parser_load_from_data(parser, json, -1, error) ? json_parser_get_root(parser) : NULL;
    JsonArray *array = root && JSON_NODE_HOLDS_OBJECT(root)
                           ? xr_json_array(json_node_get_object(root), "files")
                           : NULL;

    if (!array) {
        g_clear_error(error);
        g_set_error(error, XR_ERROR, XR_ERROR_HOST,
                    "gcov says no \"files\": is it of the compiler that built the hypervisor?");
        return FALSE;
    }
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonObject *object = xr_json_element_object(array, i);
        g_autofree char *base =
            g_path_get_basename(object ? xr_json_string(object, "file", "") : "");
        g_autofree char *name = g_build_filename(sources, base, NULL);
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (!object || !g_file_test(path, G_FILE_TEST_IS_REGULAR))
            continue;
        XrCoverageFile *file = find_file(files, name);
        for_each(object, "lines", file, add_line);
        for_each(object, "functions", file, add_function);
    }
    return TRUE;
}

static gint compare_files(gconstpointer a, gconstpointer b)
{
    const XrCoverageFile *left = *(const XrCoverageFile *const *)a;
    const XrCoverageFile *right = *(const XrCoverageFile *const *)b;

    return strcmp(left->name, right->name);
}

/* --- with gcov --- */

/* gcov reads notes of its own version alone: that of the build root, if the hypervisor was built in one. */
static XrBuildRoot *find_root(const char *folder, GError **error)
{
    g_autofree char *entry = g_path_get_dirname(folder);
    g_autofree char *path = g_build_filename(entry, "build.json", NULL);
    g_autofree char *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    g_autoptr(JsonObject) object = text ? xr_json_parse_line(text, -1, NULL) : NULL;
    return xr_build_root_prepare(object ? xr_json_string(object, "root", XR_BUILD_ROOT_HOST)
                                        : XR_BUILD_ROOT_HOST,
                                 NULL, NULL, NULL, error);
}

static char *ask_gcov(const XrBuildRoot *root, const char *scratch, const char *counts,
                      GError **error)
{
    const XrRootFolder binding = {scratch, scratch, TRUE};
    static const char *const gcov[] = {"gcov", "--json-format", "--stdout"};
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

    xr_build_root_enter(root, &binding, 1, words);
    for (gsize i = 0; i < G_N_ELEMENTS(gcov); i++)
        g_ptr_array_add(words, g_strdup(gcov[i]));
    g_ptr_array_add(words, g_strdup(counts));
    g_ptr_array_add(words, NULL);
    return xr_child_ask((const char *const *)words->pdata, error);
}

static gboolean put_together(const XrCoverageUnit *unit, const XrBuildRoot *root,
                             const char *folder, const char *scratch, GPtrArray *files,
                             GError **error)
{
    g_autofree char *notes_name = g_strconcat(unit->name, ".gcno", NULL);
    g_autofree char *counts_name = g_strconcat(unit->name, ".gcda", NULL);
    g_autofree char *notes = g_build_filename(folder, notes_name, NULL);
    g_autofree char *beside = g_build_filename(scratch, notes_name, NULL);
    g_autofree char *counts = g_build_filename(scratch, counts_name, NULL);
    g_autofree char *text = NULL;
    gsize size;

    if (!g_file_get_contents(notes, &text, &size, NULL))
        return TRUE;
    const char *bytes = g_bytes_get_data(unit->bytes, NULL);
    if (!g_file_set_contents(beside, text, (gssize)size, error) ||
        !g_file_set_contents(counts, bytes, (gssize)g_bytes_get_size(unit->bytes), error))
        return FALSE;
    g_autofree char *json = ask_gcov(root, scratch, counts, error);
    return json && xr_coverage_add(files, json, folder, error);
}

GPtrArray *xr_coverage_read(GBytes *data, const char *folder, GError **error)
{
    g_autoptr(GPtrArray) units = xr_coverage_split(data, error);
    g_autoptr(GPtrArray) files = xr_coverage_new();
    g_autoptr(XrBuildRoot) root = units ? find_root(folder, error) : NULL;
    g_autofree char *scratch = root ? g_dir_make_tmp("xenrig-coverage-XXXXXX", error) : NULL;
    gboolean fine = scratch != NULL;

    for (guint i = 0; fine && i < units->len; i++)
        fine = put_together(units->pdata[i], root, folder, scratch, files, error);
    if (scratch)
        xr_cache_remove(scratch);
    if (fine && files->len == 0) {
        fail_data(error, "no unit in it is one that the build kept the notes of");
        fine = FALSE;
    }
    g_ptr_array_sort(files, compare_files);
    return fine ? g_steal_pointer(&files) : NULL;
}

/* --- lcov --- */

typedef struct {
    GString *text;
    guint found, hit;
} Tally;

static gboolean tell_line(gpointer line, gpointer count, gpointer user_data)
{
    Tally *tally = user_data;
    guint64 times = *(const guint64 *)count;

    tally->found++;
    tally->hit += times > 0;
    if (tally->text)
        g_string_append_printf(tally->text, "DA:%u,%" G_GUINT64_FORMAT "\n", GPOINTER_TO_UINT(line),
                               times);
    return FALSE;
}

static gboolean tell_function(gpointer name, gpointer value, gpointer user_data)
{
    const XrCoverageFunction *function = value;
    Tally *tally = user_data;

    tally->found++;
    tally->hit += function->count > 0;
    g_string_append_printf(tally->text, "FN:%u,%s\nFNDA:%" G_GUINT64_FORMAT ",%s\n", function->line,
                           (const char *)name, function->count, (const char *)name);
    return FALSE;
}

guint xr_coverage_hit(const XrCoverageFile *file)
{
    Tally tally = {0};

    g_tree_foreach(file->lines, tell_line, &tally);
    return tally.hit;
}

char *xr_coverage_info(const GPtrArray *files)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < files->len; i++) {
        const XrCoverageFile *file = files->pdata[i];
        Tally functions = {.text = text}, lines = {.text = text};

        g_string_append_printf(text, "TN:xenrig\nSF:%s\n", file->name);
        g_tree_foreach(file->functions, tell_function, &functions);
        g_string_append_printf(text, "FNF:%u\nFNH:%u\n", functions.found, functions.hit);
        g_tree_foreach(file->lines, tell_line, &lines);
        g_string_append_printf(text, "LF:%u\nLH:%u\nend_of_record\n", lines.found, lines.hit);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the record of a matrix. */
#include "keep/matrix-record.h"

#include "base/error.h"
#include "base/json.h"
#include "keep/files.h"
#include "keep/folder.h"
#include "keep/record.h"
#include <string.h>

enum { PLAN_NAME_MAX = 20 };
#define SCHEMA    1
#define JSON_FILE "matrix.json"
#define JOBS_FILE "jobs"

void xr_matrix_shape_clear(XrMatrixShape *shape)
{
    g_clear_pointer(&shape->builds, g_strfreev);
    g_clear_pointer(&shape->plans, g_strfreev);
    g_clear_pointer(&shape->sets, g_strfreev);
}

static void cell_free(gpointer data)
{
    XrMatrixCell *cell = data;

    g_free(cell->dir);
    g_free(cell->name);
    g_free(cell);
}

void xr_matrix_free(XrMatrix *matrix)
{
    if (matrix == NULL)
        return;
    xr_matrix_shape_clear(&matrix->shape);
    g_clear_pointer(&matrix->cells, g_ptr_array_unref);
    g_clear_pointer(&matrix->jobs, g_ptr_array_unref);
    g_free(matrix->dir);
    g_free(matrix->id);
    g_free(matrix);
}

static guint64 count_cells(const XrMatrixShape *shape)
{
    return (guint64)g_strv_length(shape->builds) * g_strv_length(shape->plans) * shape->repeats;
}

static gboolean check_size(const XrMatrixShape *shape, GError **error)
{
    if (count_cells(shape) <= XR_MATRIX_CELLS_MAX)
        return TRUE;
    g_set_error(
        error, XR_ERROR, XR_ERROR_INPUT,
        "%u builds x %u plans x %u runs are more than %d cells: make several matrices of it",
        g_strv_length(shape->builds), g_strv_length(shape->plans), shape->repeats,
        XR_MATRIX_CELLS_MAX);
    return FALSE;
}

static XrMatrix *matrix_new(void)
{
    XrMatrix *matrix = g_new0(XrMatrix, 1);

    matrix->cells = g_ptr_array_new_with_free_func(cell_free);
    matrix->jobs = g_ptr_array_new_with_free_func(g_free);
    return matrix;
}

/* "smoke" of the shipped one's name, or of a file's. Free with g_free. */
static char *short_name(const char *plan)
{
    g_autofree char *base = g_path_get_basename(plan);
    char *suffix = g_strrstr(base, ".plan");

    if (suffix != NULL)
        *suffix = '\0';
    g_strcanon(base, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-", '-');
    return g_strndup(base, PLAN_NAME_MAX);
}

static void add_cell(XrMatrix *matrix, const char *build, const char *plan, guint repeat)
{
    XrMatrixCell *cell = g_new0(XrMatrixCell, 1);
    g_autofree char *name = short_name(plan);
    const char *mark = strrchr(matrix->id, '-');

    cell->index = matrix->cells->len;
    cell->build = build;
    cell->plan = plan;
    cell->repeat = repeat;
    cell->dir = g_strdup_printf("%s/cells/%u", matrix->dir, cell->index);
    cell->name = g_strdup_printf("%s-%u-%s", name, cell->index, mark != NULL ? mark + 1 : "0");
    g_ptr_array_add(matrix->cells, cell);
}

static void add_cells(XrMatrix *matrix)
{
    const XrMatrixShape *shape = &matrix->shape;

    for (guint repeat = 1; repeat <= shape->repeats; repeat++)
        for (char **plan = shape->plans; *plan != NULL; plan++)
            for (char **build = shape->builds; *build != NULL; build++)
                add_cell(matrix, *build, *plan, repeat);
}

/* --- writing --- */

static JsonObject *describe(const XrMatrix *matrix)
{
    const XrMatrixShape *shape = &matrix->shape;
    JsonObject *object = json_object_new();

    json_object_set_int_member(object, "schema", SCHEMA);
    json_object_set_string_member(object, "id", matrix->id);
    json_object_set_string_member(object, "rig", XR_VERSION);
    json_object_set_array_member(object, "builds",
                                 xr_json_strings((const char *const *)shape->builds));
    json_object_set_array_member(object, "plans",
                                 xr_json_strings((const char *const *)shape->plans));
    json_object_set_array_member(object, "sets", xr_json_strings((const char *const *)shape->sets));
    json_object_set_int_member(object, "repeats", matrix->shape.repeats);
    return object;
}

XrMatrix *xr_matrix_new(const char *dir, const XrMatrixShape *shape, GError **error)
{
    g_autoptr(XrMatrix) matrix = matrix_new();
    g_autoptr(JsonObject) object = NULL;
    g_autofree char *made = NULL;

    if (!check_size(shape, error))
        return NULL;
    made = xr_folder_new("matrices", dir, "matrix", &matrix->id, error);
    if (made == NULL)
        return NULL;
    matrix->dir = g_canonicalize_filename(made, NULL);
    matrix->shape = (XrMatrixShape){.builds = g_strdupv(shape->builds),
                                    .plans = g_strdupv(shape->plans),
                                    .sets = g_strdupv(shape->sets),
                                    .repeats = shape->repeats};
    object = describe(matrix);
    if (!xr_files_put_json(matrix->dir, JSON_FILE, object, error))
        return NULL;
    add_cells(matrix);
    return g_steal_pointer(&matrix);
}

gboolean xr_matrix_add_job(XrMatrix *matrix, const char *job, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_ptr_array_add(matrix->jobs, g_strdup(job));
    for (guint i = 0; i < matrix->jobs->len; i++)
        g_string_append_printf(text, "%s\n", (const char *)matrix->jobs->pdata[i]);
    return xr_files_put_text(matrix->dir, JOBS_FILE, text->str, error);
}

/* --- reading --- */

gboolean xr_matrix_is(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, JSON_FILE, NULL);

    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static char **read_strings(JsonObject *object, const char *name)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    JsonArray *array = xr_json_array(object, name);

    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);

        if (json_node_get_value_type(node) == G_TYPE_STRING)
            g_strv_builder_add(words, json_node_get_string(node));
    }
    return g_strv_builder_end(words);
}

static void read_jobs(XrMatrix *matrix)
{
    g_autofree char *path = g_build_filename(matrix->dir, JOBS_FILE, NULL);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        /* They become words of a command line. */
        if (**line != '\0' && strspn(*line, "0123456789") == strlen(*line))
            g_ptr_array_add(matrix->jobs, g_strdup(*line));
    }
}

XrMatrix *xr_matrix_open(const char *dir, GError **error)
{
    g_autoptr(XrMatrix) matrix = matrix_new();
    g_autoptr(JsonObject) object = NULL;
    gint64 repeats;

    if (!xr_matrix_is(dir)) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                    "%s: no matrix; that is the folder that `xenrig matrix` names", dir);
        return NULL;
    }
    object = xr_record_read_json(dir, JSON_FILE, error);
    if (object == NULL)
        return NULL;
    matrix->dir = g_canonicalize_filename(dir, NULL);
    matrix->id = g_strdup(xr_json_string(object, "id", ""));
    repeats = xr_json_int(object, "repeats", 0);
    if (repeats < 0 || repeats > XR_MATRIX_CELLS_MAX)
        repeats = 0;
    matrix->shape = (XrMatrixShape){.builds = read_strings(object, "builds"),
                                    .plans = read_strings(object, "plans"),
                                    .sets = read_strings(object, "sets"),
                                    .repeats = (guint)repeats};
    if (xr_json_int(object, "schema", 0) != SCHEMA || count_cells(&matrix->shape) == 0 ||
        count_cells(&matrix->shape) > XR_MATRIX_CELLS_MAX) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD,
                    "%s/" JSON_FILE ": no matrix that this xenrig wrote, or a damaged one", dir);
        return NULL;
    }
    add_cells(matrix);
    read_jobs(matrix);
    return g_steal_pointer(&matrix);
}

gboolean xr_matrix_fits(const XrMatrix *matrix, const XrMatrixShape *shape)
{
    const XrMatrixShape *own = &matrix->shape;

    return own->repeats == shape->repeats &&
           g_strv_equal((const char *const *)own->builds, (const char *const *)shape->builds) &&
           g_strv_equal((const char *const *)own->plans, (const char *const *)shape->plans) &&
           g_strv_equal((const char *const *)own->sets, (const char *const *)shape->sets);
}

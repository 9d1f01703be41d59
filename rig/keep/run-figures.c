/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: figures of many runs: from a file of lines, a folder of records, or one record. */
#include "keep/run-figure.h"

#include "base/error.h"
#include "base/json.h"
#include <string.h>

static gboolean add_line(GPtrArray *figures, const char *path, const char *line, guint number,
                         const char *metric, GError **error)
{
    g_autoptr(JsonObject) object = xr_json_parse_line(line, -1, error);
    XrRunFigure *figure = object != NULL ? xr_run_figure_parse(object, error) : NULL;

    if (figure == NULL) {
        g_prefix_error(error, "%s:%u: ", path, number);
        return FALSE;
    }
    g_ptr_array_add(figures, figure);
    if (metric == NULL || g_str_equal(figure->metric, metric))
        return TRUE;
    g_set_error(
        error, XR_ERROR, XR_ERROR_INPUT,
        "%s:%u: holds figures of the metric \"%s\", not of \"%s\"; say --metric %s, or give "
        "the records themselves",
        path, number, figure->metric, metric, figure->metric);
    return FALSE;
}

static gboolean load_lines(GPtrArray *figures, const char *path, const char *metric, GError **error)
{
    g_autofree char *text = NULL;
    gsize length = 0;

    if (!g_file_get_contents(path, &text, &length, error))
        return FALSE;
    if (strlen(text) != length) {
        g_set_error(error, XR_ERROR, XR_ERROR_RECORD, "%s: holds a NUL: no file of figures", path);
        return FALSE;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        /* What no newline ends was cut off as it was written. */
        if (lines[i + 1] == NULL)
            break;
        if (lines[i][0] != '\0' && !add_line(figures, path, lines[i], i + 1, metric, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean is_record(const char *dir)
{
    g_autofree char *verdict = g_build_filename(dir, "verdict.json", NULL);
    g_autofree char *events = g_build_filename(dir, "events.jsonl", NULL);

    return g_file_test(verdict, G_FILE_TEST_IS_REGULAR) &&
           g_file_test(events, G_FILE_TEST_IS_REGULAR);
}

static gboolean add_record(GPtrArray *figures, const char *dir, const char *metric, GError **error)
{
    XrRunFigure *figure = xr_run_figure_read(dir, metric, error);

    if (figure != NULL)
        g_ptr_array_add(figures, figure);
    return figure != NULL;
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static gboolean load_folder(GPtrArray *figures, const char *path, const char *metric,
                            GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    if (dir == NULL)
        return FALSE;
    while ((name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, g_build_filename(path, name, NULL));
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < names->len; i++) {
        if (is_record(names->pdata[i]) && !add_record(figures, names->pdata[i], metric, error))
            return FALSE;
    }
    if (figures->len > 0)
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s: neither the record of a finished run nor a folder that holds some", path);
    return FALSE;
}

GPtrArray *xr_run_figures_load(const char *path, const char *metric, GError **error)
{
    g_autoptr(GPtrArray) figures =
        g_ptr_array_new_with_free_func((GDestroyNotify)xr_run_figure_free);
    gboolean loaded;

    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        loaded = load_lines(figures, path, metric, error);
    else if (is_record(path))
        loaded = add_record(figures, path, metric, error);
    else
        loaded = load_folder(figures, path, metric, error);
    return loaded ? g_steal_pointer(&figures) : NULL;
}

GArray *xr_run_figures_values(const GPtrArray *figures)
{
    GArray *values = g_array_new(FALSE, FALSE, sizeof(double));

    for (guint i = 0; i < figures->len; i++)
        g_array_append_val(values, ((const XrRunFigure *)figures->pdata[i])->value);
    return values;
}

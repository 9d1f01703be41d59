/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a matrix is made of, and its cells run here. */
#include "run/matrix.h"

#include "base/error.h"
#include "build/build-packages.h"
#include "build/child.h"
#include "build/source.h"
#include "plan/file.h"
#include "plan/plan.h"
#include "plan/series.h"
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>

#define SELF "/proc/self/exe"

/* --- what it is made of --- */

static gboolean check_builds(char *const *builds, GError **error)
{
    g_autoptr(XrSourceWords) words = xr_source_words_load(error);

    for (gsize i = 0; words != NULL && builds[i] != NULL; i++) {
        g_autoptr(XrSource) source = xr_source_parse(builds[i], words, error);

        if (source == NULL)
            return FALSE;
        if (source->kind == XR_FROM_PACKAGES && !xr_build_check_packages(source->name, error))
            return FALSE;
    }
    return words != NULL;
}

static gboolean check_plan(const char *name, char *const *sets, GError **error)
{
    g_autoptr(XrPlan) plan = xr_plan_load(name, (const char *const *)sets, error);

    if (plan == NULL)
        return FALSE;
    if (!xr_plan_is_series(plan))
        return TRUE;
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s: is a series, and a cell is a run: use `xenrig run %s`", name, name);
    return FALSE;
}

static char *absolute(char *name)
{
    char *path = strchr(name, '/') != NULL || g_str_has_suffix(name, ".plan")
                     ? g_canonicalize_filename(name, NULL)
                     : g_strdup(name);

    g_free(name);
    return path;
}

static gboolean has_any(char *const *words)
{
    return words != NULL && words[0] != NULL;
}

gboolean xr_matrix_check(XrMatrixShape *shape, GError **error)
{
    if (!has_any(shape->builds) || !has_any(shape->plans)) {
        g_set_error_literal(
            error, XR_ERROR, XR_ERROR_INPUT,
            "a matrix is made of builds and plans: give --build and --plan, several "
            "times each, or a file");
        return FALSE;
    }
    if (shape->repeats < 1 || shape->repeats > XR_MATRIX_CELLS_MAX) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "--repeats takes 1 to %d",
                    XR_MATRIX_CELLS_MAX);
        return FALSE;
    }
    for (char **plan = shape->plans; *plan != NULL; plan++) {
        if (!check_plan(*plan, shape->sets, error))
            return FALSE;
        *plan = absolute(*plan);
    }
    return check_builds(shape->builds, error);
}

/* Words between separators, none of them empty. */
static char **split(const char *value, const char *separators)
{
    g_auto(GStrv) parts = g_strsplit_set(value, separators, -1);
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();

    for (char **part = parts; *part != NULL; part++) {
        if (*g_strstrip(*part) != '\0')
            g_strv_builder_add(words, *part);
    }
    return g_strv_builder_end(words);
}

static gboolean take_list(char ***list, const char *value, const char *separators)
{
    if (!has_any(*list)) {
        g_strfreev(*list);
        *list = split(value, separators);
    }
    return TRUE;
}

static gboolean take_repeats(XrMatrixShape *shape, const char *value, GError **error)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(value, 10, 1, XR_MATRIX_CELLS_MAX, &number, error))
        return FALSE;
    if (shape->repeats == 0)
        shape->repeats = (guint)number;
    return TRUE;
}

static gboolean take_entry(XrMatrixShape *shape, const XrPlanEntry *entry, GError **error)
{
    if (!g_str_equal(entry->section, "matrix")) {
        g_set_error(error, XR_ERROR, XR_ERROR_INPUT, "section [%s] is not known; there is [matrix]",
                    entry->section);
        return FALSE;
    }
    if (entry->key == NULL)
        return TRUE;
    if (g_str_equal(entry->key, "builds"))
        return take_list(&shape->builds, entry->value, " \t");
    if (g_str_equal(entry->key, "plans"))
        return take_list(&shape->plans, entry->value, " \t");
    if (g_str_equal(entry->key, "set"))
        return take_list(&shape->sets, entry->value, ";");
    if (g_str_equal(entry->key, "repeats"))
        return take_repeats(shape, entry->value, error);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "\"%s\": no such key; there are builds, plans, repeats and set", entry->key);
    return FALSE;
}

gboolean xr_matrix_read(const char *path, XrMatrixShape *shape, GError **error)
{
    g_autoptr(GPtrArray) entries = xr_plan_file_read(path, error);

    for (guint i = 0; entries != NULL && i < entries->len; i++) {
        const XrPlanEntry *entry = entries->pdata[i];

        if (!take_entry(shape, entry, error)) {
            g_prefix_error(error, "%s:%u: ", path, entry->line);
            return FALSE;
        }
    }
    return entries != NULL;
}

XrMatrix *xr_matrix_have(const char *dir, const XrMatrixShape *shape, GError **error)
{
    g_autoptr(XrMatrix) matrix = NULL;

    if (dir == NULL || !xr_matrix_is(dir))
        return xr_matrix_new(dir, shape, error);
    matrix = xr_matrix_open(dir, error);
    if (matrix == NULL || !has_any(shape->builds) || xr_matrix_fits(matrix, shape))
        return g_steal_pointer(&matrix);
    g_set_error(error, XR_ERROR, XR_ERROR_INPUT,
                "%s: holds another matrix; leave out builds and plans to go on with that, or give "
                "another folder by -o",
                dir);
    return NULL;
}

/* --- run here --- */

typedef struct {
    GSubprocess *process;
    gboolean stopped, ended;
} Here;

static gboolean on_signal(gpointer user_data)
{
    Here *here = user_data;

    here->stopped = TRUE;
    if (here->process != NULL)
        g_subprocess_send_signal(here->process, SIGTERM);
    return G_SOURCE_CONTINUE;
}

static void on_ended(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Here *here = user_data;

    g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
    here->ended = TRUE;
}

static char **words_of(const XrMatrix *matrix, const XrMatrixCell *cell)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    g_autofree char *record = xr_matrix_cell_next(cell);
    g_autofree char *build = g_strconcat("hypervisor.build=", cell->build, NULL);

    g_strv_builder_add_many(words, SELF, "run", "--quiet", "--record", record, NULL);
    for (char **set = matrix->shape.sets; *set != NULL; set++)
        g_strv_builder_add_many(words, "--set", *set, NULL);
    g_strv_builder_add_many(words, "--set", build, "--", cell->plan, NULL);
    return g_strv_builder_end(words);
}

static gboolean run_cell(const XrMatrix *matrix, const XrMatrixCell *cell, Here *here,
                         GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDERR_MERGE);
    g_auto(GStrv) words = NULL;
    g_autofree char *log = g_build_filename(cell->dir, "log", NULL);
    g_autoptr(GSubprocess) process = NULL;

    if (!xr_matrix_cell_clear(cell, error))
        return FALSE;
    words = words_of(matrix, cell);
    g_subprocess_launcher_set_stdout_file_path(launcher, log);
    /* A terminal's signals are for the rig, which hands them on. */
    g_subprocess_launcher_set_child_setup(launcher, xr_child_apart, NULL, NULL);
    process = g_subprocess_launcher_spawnv(launcher, (const char *const *)words, error);
    if (process == NULL)
        return FALSE;
    here->process = process;
    here->ended = FALSE;
    g_subprocess_wait_async(process, NULL, on_ended, here);
    while (!here->ended)
        g_main_context_iteration(NULL, TRUE);
    here->process = NULL;
    return TRUE;
}

static gboolean run_cells(XrMatrix *matrix, Here *here, XrMatrixNote note, gpointer user_data,
                          GError **error)
{
    for (guint i = 0; i < matrix->cells->len; i++) {
        const XrMatrixCell *cell = matrix->cells->pdata[i];
        g_autofree char *text = NULL;

        if (xr_matrix_cell_is_done(cell))
            continue;
        text = g_strdup_printf("cell %u (of %u): %s, %s", i, matrix->cells->len, cell->build,
                               cell->plan);
        note(text, user_data);
        if (!run_cell(matrix, cell, here, error))
            return FALSE;
        if (here->stopped) {
            g_set_error(error, XR_ERROR, XR_ERROR_STOPPED,
                        "interrupted; `xenrig matrix -o %s` goes on with it", matrix->dir);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean xr_matrix_run_here(XrMatrix *matrix, XrMatrixNote note, gpointer user_data, GError **error)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    guint sources[G_N_ELEMENTS(signals)];
    Here here = {0};
    gboolean done;

    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        sources[i] = g_unix_signal_add(signals[i], on_signal, &here);
    done = run_cells(matrix, &here, note, user_data, error);
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(sources[i]);
    return done;
}

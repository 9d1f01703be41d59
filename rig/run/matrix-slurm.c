/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a matrix as a job array of Slurm's, and its records gathered. */
#include "run/matrix.h"

#include "base/error.h"
#include "keep/files.h"
#include "keep/history.h"
#include <stdlib.h>
#include <string.h>

#define SCRIPT "job.sbatch"

/* Slurm's controller may be started anew meanwhile. */
enum { WAIT_STEP_S = 5, WAIT_FAILURES_MAX = 24 };

/* The last that Slurm says of the cell; NULL for nothing. */
static const XrSlurmTask *task_of(const GPtrArray *tasks, guint index)
{
    const XrSlurmTask *found = NULL;

    for (guint i = 0; i < tasks->len; i++) {
        const XrSlurmTask *task = tasks->pdata[i];

        if (task->index == index)
            found = task;
    }
    return found;
}

static gboolean is_at_work(const GPtrArray *tasks, const XrMatrixCell *cell)
{
    const XrSlurmTask *task = task_of(tasks, cell->index);

    return task != NULL && !xr_slurm_is_over(task);
}

/* --- submitting --- */

/* Those that are neither done nor at work, cleared. */
static GPtrArray *choose(const XrMatrix *matrix, const GPtrArray *tasks, GError **error)
{
    g_autoptr(GPtrArray) cells = g_ptr_array_new();

    for (guint i = 0; i < matrix->cells->len; i++) {
        XrMatrixCell *cell = matrix->cells->pdata[i];

        if (xr_matrix_cell_is_done(cell) || is_at_work(tasks, cell))
            continue;
        if (!xr_matrix_cell_clear(cell, error))
            return NULL;
        g_ptr_array_add(cells, cell);
    }
    return g_steal_pointer(&cells);
}

static gboolean submit_cells(XrMatrix *matrix, const GPtrArray *cells,
                             const XrSlurmOptions *options, XrMatrixNote note, gpointer user_data,
                             GError **error)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", error);
    g_autofree char *path = g_build_filename(matrix->dir, SCRIPT, NULL);
    g_autofree char *script = NULL;
    g_autofree char *job = NULL;
    g_autofree char *text = NULL;

    if (program == NULL)
        return FALSE;
    script = xr_slurm_script(matrix, cells, options, program);
    if (!xr_files_put_text(matrix->dir, SCRIPT, script, error))
        return FALSE;
    job = xr_slurm_submit(path, error);
    if (job == NULL || !xr_matrix_add_job(matrix, job, error))
        return FALSE;
    text = g_strdup_printf("job %s: %u cell%s, by %s", job, cells->len, cells->len == 1 ? "" : "s",
                           path);
    note(text, user_data);
    return TRUE;
}

gboolean xr_matrix_submit(XrMatrix *matrix, const XrSlurmOptions *options, XrMatrixNote note,
                          gpointer user_data, GError **error)
{
    g_autoptr(GPtrArray) tasks = xr_slurm_tasks(matrix, error);
    g_autoptr(GPtrArray) cells = tasks != NULL ? choose(matrix, tasks, error) : NULL;

    if (cells == NULL)
        return FALSE;
    return cells->len == 0 || submit_cells(matrix, cells, options, note, user_data, error);
}

/* --- waiting --- */

/* "1 running on node7, 3 pending (Resources), 4 over" */
static char *sum_up(const XrMatrix *matrix, const GPtrArray *tasks, guint *at_work)
{
    GString *text = g_string_new(NULL);
    guint waiting = 0;
    const char *reason = "";

    *at_work = 0;
    for (guint i = 0; i < matrix->cells->len; i++) {
        const XrSlurmTask *task = task_of(tasks, i);

        if (task == NULL || xr_slurm_is_over(task))
            continue;
        (*at_work)++;
        if (g_str_equal(task->state, "pending")) {
            waiting++;
            if (!g_str_equal(task->reason, "None"))
                reason = task->reason;
            continue;
        }
        g_string_append_printf(text, "%scell %u %s on %s", text->len > 0 ? ", " : "", i,
                               task->state, *task->node != '\0' ? task->node : "?");
    }
    if (waiting > 0)
        g_string_append_printf(text, "%s%u pending%s%s%s", text->len > 0 ? ", " : "", waiting,
                               *reason != '\0' ? " (" : "", reason, *reason != '\0' ? ")" : "");
    g_string_append_printf(text, "%s%u over", text->len > 0 ? ", " : "",
                           matrix->cells->len - *at_work);
    return g_string_free(text, FALSE);
}

gboolean xr_matrix_wait(const XrMatrix *matrix, XrMatrixNote note, gpointer user_data,
                        GError **error)
{
    g_autofree char *last = NULL;
    guint failures = 0, at_work = 1;

    while (at_work > 0) {
        g_autoptr(GError) trouble = NULL;
        g_autoptr(GPtrArray) tasks = xr_slurm_tasks(matrix, &trouble);

        if (tasks == NULL && ++failures == WAIT_FAILURES_MAX) {
            g_propagate_error(error, g_steal_pointer(&trouble));
            return FALSE;
        }
        if (tasks != NULL) {
            g_autofree char *text = sum_up(matrix, tasks, &at_work);

            failures = 0;
            if (g_strcmp0(text, last) != 0)
                note(text, user_data);
            g_free(last);
            last = g_steal_pointer(&text);
        }
        if (at_work > 0)
            g_usleep(WAIT_STEP_S * G_USEC_PER_SEC);
    }
    return TRUE;
}

/* --- gathering --- */

static void add_states(const XrMatrix *matrix, GPtrArray *rows, XrMatrixNote note,
                       gpointer user_data)
{
    g_autoptr(GError) trouble = NULL;
    g_autoptr(GPtrArray) tasks = xr_slurm_tasks(matrix, &trouble);

    if (tasks == NULL) {
        note(trouble->message, user_data);
        return;
    }
    for (guint i = 0; i < rows->len; i++) {
        XrMatrixRow *row = rows->pdata[i];
        const XrSlurmTask *task = task_of(tasks, row->cell->index);

        if (row->run != NULL || task == NULL || g_str_equal(task->state, "completed"))
            continue;
        g_free(row->state);
        row->state = g_strdup(task->state);
        if (row->detail == NULL && row->node == NULL && xr_slurm_is_over(task))
            row->detail =
                g_strdup_printf("it printed nothing: is %s there on %s, at the same path?",
                                row->cell->dir, *task->node != '\0' ? task->node : "the node");
    }
}

static gboolean import_row(XrHistory *history, const XrMatrixRow *row, XrMatrixNote note,
                           gpointer user_data, GError **error)
{
    g_autoptr(XrHistoryTally) tally =
        xr_history_import(history, row->run->record, row->node, error);

    if (tally == NULL)
        return FALSE;
    /* That it is known is as it should be the second time. */
    for (guint i = 0; tally->refused > 0 && i < tally->notes->len; i++)
        note(tally->notes->pdata[i], user_data);
    return TRUE;
}

GPtrArray *xr_matrix_gather(const XrMatrix *matrix, XrMatrixNote note, gpointer user_data,
                            GError **error)
{
    g_autoptr(GPtrArray) rows = xr_matrix_rows(matrix);
    g_autoptr(XrHistory) history = xr_history_open(error);

    if (history == NULL)
        return NULL;
    for (guint i = 0; i < rows->len; i++) {
        const XrMatrixRow *row = rows->pdata[i];
        g_autoptr(GError) trouble = NULL;

        if (row->run != NULL && row->node != NULL &&
            !import_row(history, row, note, user_data, &trouble))
            note(trouble->message, user_data);
    }
    if (matrix->jobs->len > 0)
        add_states(matrix, rows, note, user_data);
    return g_steal_pointer(&rows);
}

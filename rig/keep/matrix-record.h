/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the record of a matrix, builds × plans × repeats, whose cells may have run on several hosts.
 *
 *   matrix.json     what it is made of
 *   jobs            ids of Slurm's job arrays that were submitted for it, one a line
 *   job.sbatch      the script of the last of them
 *   cells/N/NAME    the record of cell N's run, "smoke-3-1f2e"; of further ones "smoke-3-1f2e-2" and so on
 *   cells/N/node    the host that it ran on by Slurm; not there for cells that ran by the rig itself
 *   cells/N/log     what it printed */
#pragma once

#include "keep/history-run.h"

/* Slurm's own limit for the elements of a job array, as it comes (MaxArraySize). */
#define XR_MATRIX_CELLS_MAX 1000

typedef struct {
    guint index;
    const char *build, *plan; /* the matrix's */
    guint repeat;             /* from 1 on */
    char *dir;
    char *name; /* of its record: plan, index, and what tells one matrix from another */
} XrMatrixCell;

typedef struct {
    char **builds, **plans; /* at least one; a plan is a shipped one's name or an absolute path */
    char **sets;            /* "section.key=value", for each run; may be empty */
    guint repeats;          /* at least 1 */
} XrMatrixShape;

typedef struct {
    char *dir; /* absolute */
    char *id;
    XrMatrixShape shape;
    GPtrArray *
        cells; /* XrMatrixCell, by index: builds vary fastest, so that neighbours in time are different ones */
    GPtrArray *jobs; /* char *, oldest first */
} XrMatrix;

void xr_matrix_shape_clear(XrMatrixShape *shape);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(XrMatrixShape, xr_matrix_shape_clear)
void xr_matrix_free(XrMatrix *matrix);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrMatrix, xr_matrix_free)

/* Makes dir, or a folder of its own in STATE/matrices. Copies shape. XR_ERROR_RECORD; XR_ERROR_INPUT for too many cells. */
XrMatrix *xr_matrix_new(const char *dir, const XrMatrixShape *shape, GError **error);
gboolean xr_matrix_is(const char *dir);
/* XR_ERROR_INPUT for what is none; XR_ERROR_RECORD for a damaged one. */
XrMatrix *xr_matrix_open(const char *dir, GError **error);
/* Whether it was made of the same. */
gboolean xr_matrix_fits(const XrMatrix *matrix, const XrMatrixShape *shape);
gboolean xr_matrix_add_job(XrMatrix *matrix, const char *job, GError **error);

/* --- a cell --- */

/* Records of a cell that was run again are NAME-2, NAME-3 and so on. The last one's path, there or not; and that of the next. Free
 * with g_free. */
char *xr_matrix_cell_record(const XrMatrixCell *cell);
char *xr_matrix_cell_next(const XrMatrixCell *cell);
/* Its first run that failed; else its last run, if that came to a verdict; else NULL. */
XrHistoryRun *xr_matrix_cell_run(const XrMatrixCell *cell);
/* Whether something was learnt from it: an error (interrupted, for one) is worth another run, a failure is not, complete or
 * not. */
gboolean xr_matrix_cell_is_done(const XrMatrixCell *cell);
/* The node's name, fit for an origin in the history ([a-z0-9-]{1,32}); NULL where there is none. Free with g_free. */
char *xr_matrix_cell_node(const XrMatrixCell *cell);
/* The last line that it printed, or NULL. Not safe to show. Free with g_free. */
char *xr_matrix_cell_last_line(const XrMatrixCell *cell);
/* Makes the cell's folder, and puts away what its last run left, if that came to no verdict. XR_ERROR_RECORD. */
gboolean xr_matrix_cell_clear(const XrMatrixCell *cell, GError **error);

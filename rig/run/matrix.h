/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: builds × plans × repeats, run here one after another, or spread over hosts by Slurm.
 *
 * Slurm's nodes need the matrix' folder, this program and what it was built from at the same paths (a shared file system), and each
 * what images/host.sh installs. A cell is `xenrig run` with a record in the matrix' folder; gathering brings the records of nodes into
 * the history as those of other hosts. Cells with a verdict other than error are not run again, so the same call goes on with what is missing. */
#pragma once

#include "keep/matrix-record.h"
#include "run/slurm.h"
#include "tell/matrix.h"

typedef void (*XrMatrixNote)(const char *text, gpointer user_data);

/* Whether plans and builds are known, and fit. Makes paths of plans absolute. XR_ERROR_INPUT. */
gboolean xr_matrix_check(XrMatrixShape *shape, GError **error);
/* Reads [matrix] of a key file: builds, plans, repeats, set (by ";"), in the place of what is not given yet. XR_ERROR_INPUT. */
gboolean xr_matrix_read(const char *path, XrMatrixShape *shape, GError **error);

/* Makes the matrix, or opens the one in dir, which must be the same; an empty shape is any. XR_ERROR_INPUT, XR_ERROR_RECORD. */
XrMatrix *xr_matrix_have(const char *dir, const XrMatrixShape *shape, GError **error);

/* Runs the cells that are not done (xr_matrix_cell_is_done) here, one after another. FALSE with XR_ERROR_STOPPED by a signal. */
gboolean xr_matrix_run_here(XrMatrix *matrix, XrMatrixNote note, gpointer user_data,
                            GError **error);

/* Writes the script for the cells that are neither done nor at work, and submits it. TRUE also where there are none. */
gboolean xr_matrix_submit(XrMatrix *matrix, const XrSlurmOptions *options, XrMatrixNote note,
                          gpointer user_data, GError **error);
/* Until no cell is at work any more. */
gboolean xr_matrix_wait(const XrMatrix *matrix, XrMatrixNote note, gpointer user_data,
                        GError **error);

/* The rows of all cells, with what Slurm says of those without a verdict, where it is asked at all (jobs). Records of nodes are entered into the
 * history, once. Free with g_ptr_array_unref. NULL only where the history cannot be opened. */
GPtrArray *xr_matrix_gather(const XrMatrix *matrix, XrMatrixNote note, gpointer user_data,
                            GError **error);

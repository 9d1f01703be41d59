/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: Slurm, as far as a matrix needs it: a job array, submitted by sbatch and asked after by squeue. No accounting is
 * needed: whether a cell is done is told by its record. */
#pragma once

#include "keep/matrix-record.h"

/* What the user may say of it; all may be NULL. */
typedef struct {
    const char *partition;
    const char *time;     /* limit for a cell, as sbatch takes it: "30", "1:00:00" */
    char *const *options; /* more options of sbatch's, "--account=lab" */
} XrSlurmOptions;

/* What squeue says of an element of an array. */
typedef struct {
    guint index;
    char *state;  /* Slurm's word in small letters: "pending", "running", "timeout" */
    char *node;   /* "" where there is none yet */
    char *reason; /* "" or "none" where there is none */
} XrSlurmTask;
void xr_slurm_task_free(XrSlurmTask *task);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSlurmTask, xr_slurm_task_free)

/* --- slurm-words.c: pure --- */

/* Whether the options can be lines of a script: XR_ERROR_INPUT names the one that cannot. */
gboolean xr_slurm_check(const XrSlurmOptions *options, GError **error);
/* The script for sbatch: cells (XrMatrixCell) of matrix, each an element that becomes program, run on the cell. Free with g_free. */
char *xr_slurm_script(const XrMatrix *matrix, const GPtrArray *cells, const XrSlurmOptions *options,
                      const char *program);
/* "0-2,5" of cells in order of their indices. Free with g_free. */
char *xr_slurm_indices(const GPtrArray *cells);
/* squeue's lines (XR_SQUEUE_FORMAT) to XrSlurmTask; lines that are none are passed over. Text is made safe and bounded. */
#define XR_SQUEUE_FORMAT "%K|%T|%N|%r"
GPtrArray *xr_slurm_parse(const char *text);
/* Whether a task's state is one that it does not leave any more. */
gboolean xr_slurm_is_over(const XrSlurmTask *task);

/* --- slurm.c --- */

/* Submits a script; the job's id. NULL with XR_ERROR_HOST: sbatch is missing, or its words and the script's path. Free with
 * g_free. */
char *xr_slurm_submit(const char *script, GError **error);
/* The tasks of all jobs of a matrix that Slurm still knows, later jobs last; empty where it knows none. NULL with XR_ERROR_HOST. */
GPtrArray *xr_slurm_tasks(const XrMatrix *matrix, GError **error);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what a matrix came to. */
#pragma once

#include "judge/judge.h"
#include "keep/matrix-record.h"

/* A cell, and its run or what else is known of it. Borrows the cell, owns the rest. */
typedef struct {
    const XrMatrixCell *cell;
    XrHistoryRun *run; /* NULL: it has come to no verdict */
    char *node;        /* NULL: ran by the rig itself, or not at all */
    char *state;       /* without a run: "missing", "pending", "running", "timeout", … */
    char *detail;      /* without a run: a clause, or NULL */
} XrMatrixRow;
void xr_matrix_row_free(XrMatrixRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrMatrixRow, xr_matrix_row_free)

/* Of all cells, in order: as their folders tell it; state is "missing" for those without a run. */
GPtrArray *xr_matrix_rows(const XrMatrix *matrix);
/* The worst verdict of all; a cell without one is an error. */
XrVerdictKind xr_matrix_worst(const GPtrArray *rows);

/* A table, what was not passed in words, and the sum. Free with g_free. */
char *xr_tell_matrix(const XrMatrix *matrix, const GPtrArray *rows);
JsonObject *xr_tell_matrix_json(const XrMatrix *matrix, const GPtrArray *rows);

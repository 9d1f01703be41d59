/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: counted instructions by function, in reports of runs, comparisons and bisections. */
#pragma once

#include "judge/functions-diff.h"
#include "judge/judge.h"
#include "tell/html.h"

/* "Xen", "dom0's kernel", "dom0's programs", "other domains", a domU's own name. */
const char *xr_tell_layer(const char *layer);

/* The functions with the most instructions, or nothing where none were told. */
void xr_tell_functions_text(GString *out, const XrVerdict *verdict);
/* A section with more of them, the same way. */
void xr_page_functions(XrPage *page, const XrVerdict *verdict);

/* What a difference is of; both borrowed. */
typedef struct {
    const char *base, *head; /* names of builds, or of commits */
} XrFunctionsNames;

/* The table "functions that changed", and what only moved. */
void xr_tell_functions_diff_text(GString *out, const XrFunctionsDiff *diff,
                                 const XrFunctionsNames *names);
void xr_page_functions_diff(XrPage *page, const XrFunctionsDiff *diff,
                            const XrFunctionsNames *names);
/* Members "base", "head", "changed" and "moved", all of it. New object. */
JsonObject *xr_tell_functions_diff_json(const XrFunctionsDiff *diff);

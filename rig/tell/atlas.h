/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: an atlas told: what each release came to, and what changed between neighbours. */
#pragma once

#include "judge/functions-diff.h"
#include "judge/judge.h"
#include "keep/atlas-record.h"

/* What a measure of a release came to. All owned. */
typedef struct {
    XrHistoryRun *run; /* NULL: it has come to no verdict */
    double value; /* instructions a MiB, locks a pair of dom0's, bytes a tick; NaN: there is none */
    double domus; /* of locks: those of the domUs' tables */
    char *why;    /* without a run or a value, or where it did not pass: a clause; else NULL */
    char *record; /* of the run; NULL without */
    gboolean left_out; /* by --without: nothing is missing */
} XrAtlasCell;

typedef enum { XR_ATLAS_BOOTS_UNKNOWN, XR_ATLAS_BOOTS, XR_ATLAS_BOOTS_NOT } XrAtlasBoots;

/* A release of a variant. Names are the atlas'. */
typedef struct {
    const char *tag, *variant;
    char *build;
    XrAtlasCell cells[XR_ATLAS_MEASURES];
    XrAtlasBoots boots;
    char *version;    /* of Xen, as the runs say; "" if there is none */
    const char *root; /* its build root, which tells the compiler; NULL: not known */
} XrAtlasRow;

/* From one release with a count of instructions to the next one of the same variant that has one. */
typedef struct {
    const XrAtlasRow *base, *head;
    XrFunctionsDiff *diff; /* NULL: a run told no functions */
    gboolean other_root;   /* they were built in different build roots */
} XrAtlasChange;

typedef struct {
    const XrAtlas *atlas;
    GPtrArray *rows;          /* XrAtlasRow: by variant, then in the order of tags */
    GPtrArray *changes;       /* XrAtlasChange, in the order of rows */
    GPtrArray *hosts;         /* char *, a sentence each: where it was measured */
    gint64 first_us, last_us; /* started; 0: no run */
    double wait_low,
        wait_high; /* share of time that the host let runs by its clock wait; NaN: not known */
} XrAtlasTable;

/* From the records. The atlas must outlive it. */
XrAtlasTable *xr_atlas_table(const XrAtlas *atlas);
void xr_atlas_table_free(XrAtlasTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrAtlasTable, xr_atlas_table_free)

/* The worst verdict of all that was asked for; what has none is an error. */
XrVerdictKind xr_atlas_worst(const XrAtlasTable *table);
/* "pass", the verdict, "missing", or "left out". Static, or the run's. */
const char *xr_atlas_word(const XrAtlasCell *cell);
/* "yes", "no", "?". Static. */
const char *xr_atlas_boots_word(const XrAtlasRow *row);
/* "912345.67", "2.00 / 6.00", "8.83"; NULL: there is none. Free with g_free. */
char *xr_atlas_figure(const XrAtlasRow *row, XrAtlasMeasure measure);
/* "instructions a MiB 912345.67 to 900000.00, -1.35 %". Free with g_free. */
char *xr_atlas_change_sentence(const XrAtlasChange *change);
/* "most of it: Xen map_grant_ref +90.00, dom0's kernel foo -3.00": the largest ones. NULL: there is no difference, or none is
 * known by function. Not safe to show. Free with g_free. */
char *xr_atlas_functions_sentence(const XrAtlasChange *change);
/* That a change may be the compiler's; NULL: both were built in one root. Free with g_free. */
char *xr_atlas_root_sentence(const XrAtlasChange *change);
/* How figures were got, in sentences. */
extern const char xr_atlas_legend[];

/* Tables, what is missing and why, changes by function. Safe to print. Free with g_free. */
char *xr_tell_atlas(const XrAtlasTable *table);
/* As atlas.schema.json describes it. New object. */
JsonObject *xr_tell_atlas_json(const XrAtlasTable *table);
/* A whole page; hint: as xr_page_end gives it. Free both with g_free. */
char *xr_tell_html_atlas(const XrAtlasTable *table, char **hint);

/* --- atlas-plot.c --- */

/* gnuplot's script: instructions a MiB over releases, or bytes a tick. NULL: fewer than two releases have one. */
char *xr_atlas_plot(const XrAtlasTable *table, gboolean ticks, guint width);

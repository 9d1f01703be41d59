/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: a series told: the mail's table beside ours, curves, scaling laws, a picture. */
#pragma once

#include "judge/judge.h"
#include "judge/scaling.h"
#include "judge/series.h"
#include "keep/series-record.h"
#include "plan/series.h"
#include <stdio.h>

/* A point as it is told. */
typedef struct {
    const XrSeriesPoint *point; /* NULL: never run */
    XrSeriesFigure figure;      /* where it has figures */
    gboolean measured;
} XrSeriesCell;

/* All of a series; owns what it is made of. Made by xr_series_table_new. */
typedef struct {
    XrPlan *plan;
    XrSeriesShape *shape;
    XrSeriesRecord *record;
    XrSeriesCell cells[2][XR_SERIES_CURVES][XR_SERIES_VCPUS]; /* [held][curve][index of vcpus] */
    guint points, measured;
    gboolean one_build; /* each build's points are of one id */
} XrSeriesTable;

/* Takes plan and record, whose plan it is. */
XrSeriesTable *xr_series_table_new(XrPlan *plan, XrSeriesRecord *record);
void xr_series_table_free(XrSeriesTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrSeriesTable, xr_series_table_free)

/* Of all points: the worst verdict; one that was never run is an error. */
XrVerdictKind xr_series_verdict(const XrSeriesTable *table);
/* Index of the number of vCPUs that curves are compared at: the plan's dom0.vcpus, or the largest. */
guint xr_series_main(const XrSeriesTable *table);
/* The curve's points that were measured, up to a number of vCPUs, for a scaling law; samples are the cells'. */
guint xr_series_scaling_points(const XrSeriesTable *table, guint curve, guint vcpus_max,
                               XrScalingPoint points[XR_SERIES_VCPUS]);

/* The whole report. */
void xr_tell_series_text(const XrSeriesTable *table, FILE *out);
/* One object; schema in tell/series.schema.json. New object. */
JsonObject *xr_tell_series_json(const XrSeriesTable *table);

/* --- series-words.c --- */

/* Why ratios and the mail's differ. */
extern const char xr_series_why[];
/* MB/s that the mail told for that build; 0: it did not measure that. */
double xr_series_mail(const XrSeriesCurve *curve);
/* Of a point without figures: its verdict, or "missing". */
const char *xr_series_missing_word(const XrSeriesCell *cell);
/* "+2.6 %", or nothing; "2.08 (2.05 to 2.11)". Free with g_free. */
char *xr_series_slice_text(double off);
char *xr_series_ratio_text(const XrSeriesRatio *ratio);
/* What was run, and what it came to; a sentence each, without its end. Free with g_free. */
char *xr_series_what(const XrSeriesTable *table);
char *xr_series_sentence(const XrSeriesTable *table);

/* --- series-laws.c --- */

/* A curve's law in words, char* a sentence each. Free with g_ptr_array_unref. */
GPtrArray *xr_series_law_words(const XrSeriesTable *table, guint curve);
/* Each curve's scaling law, as text. */
void xr_tell_series_laws(const XrSeriesTable *table, FILE *out);
/* The law of a curve, fitted to all its points, as JSON. New object. */
JsonObject *xr_tell_series_law_json(const XrSeriesTable *table, guint curve);

/* --- series-plot.c --- */

/* Writes NAME.dat, NAME.gnuplot and, where gnuplot is there, NAME.svg into the record. Path of what can be looked at, or of the script,
 * to be freed with g_free; NULL with XR_ERROR_RECORD. hint gets a sentence where there is no picture, else NULL. */
char *xr_tell_series_plot(const XrSeriesTable *table, char **hint, GError **error);
/* What NAME.dat and NAME.gnuplot hold. Free with g_free. */
char *xr_tell_series_data(const XrSeriesTable *table);
char *xr_tell_series_script(const XrSeriesTable *table);

/* --- series-page-plot.c --- */

/* The curves of either set as a script for a picture in a page, width pixels wide. NULL: no point was measured. Free with g_free. */
char *xr_series_page_plot(const XrSeriesTable *table, gboolean held, guint width);

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

/* --- series-laws.c --- */

/* Each curve's scaling law, in words. */
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

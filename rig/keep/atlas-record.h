/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the record of an atlas: releases and variants of a repository, each run in several ways.
 *
 *   atlas.json              what was asked for last, by which command, on which host
 *   cells/BUILD/MEASURE-ID  a matrix of one cell (keep/matrix-record.h); ID is a hash over build and settings
 *   index.html              the page
 * A cell's place depends on its build and settings alone, so tags, variants and measures can be added later, and figures of
 * different settings are never mixed. */
#pragma once

#include "keep/matrix-record.h"

typedef enum {
    XR_ATLAS_SMOKE_PV,
    XR_ATLAS_SMOKE_PVH,
    XR_ATLAS_COUNT,
    XR_ATLAS_LOCKS,
    XR_ATLAS_LOCKSTEP_1,
    XR_ATLAS_LOCKSTEP_4,
    XR_ATLAS_LOCKSTEP_8,
    XR_ATLAS_MEASURES,
} XrAtlasMeasure;

/* "smoke-pv", "count", "lockstep-8". Static. */
const char *xr_atlas_measure_name(XrAtlasMeasure measure);
/* Whether name means the measure: its name, or what stands before the "-" ("lockstep"). */
gboolean xr_atlas_measure_is(XrAtlasMeasure measure, const char *name);
/* Number of dom0's vCPUs of a measure in lockstep; 0 of the others. */
guint xr_atlas_measure_vcpus(XrAtlasMeasure measure);

/* All owned. Lists are never NULL once checked (run/atlas.h); tags and variants are not empty then. */
typedef struct {
    char *repo;
    char **tags;     /* as given, which is the order of releases */
    char **variants; /* "stock" for none */
    char *root;      /* build root of all; NULL: that of each release */
    char **without;  /* names of measures that are left out */
    char **sets; /* "section.key=value"; of [count] and [lockstep] for the measures of that kind */
} XrAtlasShape;
void xr_atlas_shape_clear(XrAtlasShape *shape);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(XrAtlasShape, xr_atlas_shape_clear)

typedef struct {
    char *dir; /* absolute */
    XrAtlasShape shape;
    JsonObject *record; /* atlas.json */
} XrAtlas;
void xr_atlas_free(XrAtlas *atlas);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrAtlas, xr_atlas_free)

/* Writes atlas.json into dir, or a folder of its own in STATE/atlases. What was measured there stays. Copies shape. argv: of the
 * command. XR_ERROR_RECORD. */
XrAtlas *xr_atlas_new(const char *dir, const XrAtlasShape *shape, const char *const *argv,
                      GError **error);
gboolean xr_atlas_is(const char *dir);
/* XR_ERROR_INPUT for what is none; XR_ERROR_RECORD for a damaged one. */
XrAtlas *xr_atlas_open(const char *dir, GError **error);

/* "git:DIR@TAG+VARIANT,root=RELEASE": of the measure of locks with their profile. Free with g_free. */
char *xr_atlas_build(const XrAtlas *atlas, const char *tag, const char *variant,
                     XrAtlasMeasure measure);
gboolean xr_atlas_leaves_out(const XrAtlas *atlas, XrAtlasMeasure measure);
/* The matrix of one cell, there or not. Clear it. */
void xr_atlas_cell_shape(const XrAtlas *atlas, const char *tag, const char *variant,
                         XrAtlasMeasure measure, XrMatrixShape *shape);
/* Its folder. Free with g_free. */
char *xr_atlas_cell_dir(const XrAtlas *atlas, const char *tag, const char *variant,
                        XrAtlasMeasure measure);

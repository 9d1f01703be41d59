/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which lines of a hypervisor's grant and event code ran, from what its build kept and what it counted. */
#pragma once

#include <gio/gio.h>

/* One source file. Lines are those that the compiler made code of. */
typedef struct {
    char *name;       /* in the source tree: "xen/common/grant_table.c" */
    GTree *lines;     /* guint line -> guint64 times it ran */
    GTree *functions; /* char *name -> XrCoverageFunction */
} XrCoverageFile;

typedef struct {
    guint line; /* of its definition */
    guint64 count;
} XrCoverageFunction;

/* Of the compiled files, those that ran, and where. */
guint xr_coverage_hit(const XrCoverageFile *file);

/* What xencov read of a hypervisor whose build kept folder (XrBuild.coverage): XrCoverageFile, by name. data is not
 * trusted. XR_ERROR_AGENT where data is not what xencov writes or not of that build, XR_ERROR_HOST without gcov. */
GPtrArray *xr_coverage_read(GBytes *data, const char *folder, GError **error);

/* The files as an lcov tracefile (geninfo(1)): for genhtml, editors and CI. Free with g_free. Pure. */
char *xr_coverage_info(const GPtrArray *files);

/* --- parts of xr_coverage_read; pure --- */

/* One compilation unit's counters as xencov wrote them: the bytes of a .gcda file. */
typedef struct {
    char *name; /* last component of the path, without .gcda */
    GBytes *bytes;
} XrCoverageUnit;

/* XrCoverageUnit; XR_ERROR_AGENT. */
GPtrArray *xr_coverage_split(GBytes *data, GError **error);

/* An empty set of files: XrCoverageFile. Free with g_ptr_array_unref. */
GPtrArray *xr_coverage_new(void);

/* Adds what gcov --json-format says of those files whose source folder has. XR_ERROR_HOST for what gcov does not
 * write. */
gboolean xr_coverage_add(GPtrArray *files, const char *json, const char *folder, GError **error);

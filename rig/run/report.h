/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: pages of HTML from stored records. */
#pragma once

#include "run/report-history.h"

typedef struct {
    GPtrArray *
        paths; /* char*: pages that were written, in the order of records; of several, index.html last */
    GPtrArray *failures; /* char*: a sentence for each record that gave none */
    char *hint;          /* why pictures are missing, or NULL */
} XrReportPages;
void xr_report_pages_free(XrReportPages *pages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XrReportPages, xr_report_pages_free)

/* Writes a page a record (of a run, a comparison or a series) into dir, which is made if need be, and with history, unless NULL,
 * history.html; of several pages also index.html, which links them. A page is named by its run's id, with a number behind
 * where two have the same, and takes the place of one of that name; it is there whole or not at all. A record that cannot be
 * read is a failure, and the others go on; so is a history. NULL with XR_ERROR_RECORD where dir cannot be made or written to. */
XrReportPages *xr_report_pages(const char *const *records, const XrReportHistory *history,
                               const char *dir, GError **error);

/* The record of the latest run in the state folder. XR_ERROR_RECORD if there is none. Free with g_free. */
char *xr_report_latest(GError **error);

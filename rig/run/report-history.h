/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: the history as a page. */
#pragma once

#include <glib.h>

/* NULL: all; of host: this one. */
typedef struct {
    const char *plan, *build, *host;
    const char *since; /* as in xr_since_parse */
} XrReportHistory;

/* The page's text, to be freed with g_free. hrefs: id of a run to the name of its page. sentence gets what it came to, hint why
 * pictures are missing, or NULL. NULL with XR_ERROR_INPUT where there is no such run, or with XR_ERROR_RECORD. */
char *xr_report_history(const XrReportHistory *asked, GHashTable *hrefs, char **sentence,
                        char **hint, GError **error);

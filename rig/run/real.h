/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what comparisons, bisections and nights share when they run on the real thing. */
#pragma once

#include "run/compare.h"
#include <gio/gio.h>

/* Once a signal has come, nothing more begins. First member of what is handed as user_data to the functions below. */
typedef struct {
    const XrCompareOptions *options;
    GCancellable *cancellable; /* cancelled by a signal */
    guint sources[3];
} XrReal;

/* From here to xr_real_clear SIGINT, SIGTERM and SIGHUP are heard. options have to live as long. */
void xr_real_init(XrReal *real, const XrCompareOptions *options);
void xr_real_clear(XrReal *real);

/* For XrCompareFuncs, user_data being an XrReal. */
gboolean xr_real_stopped(gpointer user_data);
void xr_real_note(const char *text, gpointer user_data);

/* A run as XrCompareFuncs.run makes it, with its block of progress if options want one. snapshots as in XrRunOptions. */
XrRunFigure *xr_real_run(const XrCompareOptions *options, const XrPlan *plan, const char *dir,
                         const char *snapshots, GError **error);

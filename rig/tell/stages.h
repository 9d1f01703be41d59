/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: which stage of a run a moment fell into. */
#pragma once

#include <glib.h>

/* Begin of each stage of the record in dir, in order. An unreadable or missing record (dir may be
 * NULL) gives an empty array: a report does without. Free with g_ptr_array_unref. */
GPtrArray *xr_tell_stages(const char *dir);
/* "create", "window 2" (people count from 1), of the stage under way at when_ns; NULL before the
 * first and for when_ns -1. Owned by stages. */
const char *xr_tell_stage_at(const GPtrArray *stages, gint64 when_ns);

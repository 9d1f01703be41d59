/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenrig: what consoles said around findings; of timeline.c. */
#pragma once

#include "tell/timeline.h"
#include <json-glib/json-glib.h>

/* An excerpt that is still empty for each of the findings that gets one. Array of XrExcerpt, which it owns. */
GPtrArray *xr_excerpts_new(const GPtrArray *findings);
/* Takes a console event in, in the order of the record. */
void xr_excerpts_line(GPtrArray *excerpts, JsonObject *event, gint64 t_ns);
/* All is read: drops those that are empty, or show what one before them shows. */
void xr_excerpts_settle(GPtrArray *excerpts);
